package web

import (
	"net/http"

	ics "github.com/arran4/golang-ical"
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/ui"
)

// VersionEnd is what is announced of a version, for its readers.
func (w *Web) VersionEnd(c echo.Context) error {
	e, err := w.Versions.End(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	return w.showEnd(c, http.StatusOK, e)
}

// SeeVersionEnd notes that who was told has seen it. Where scripts run, the page sends
// it by itself as soon as it is open.
func (w *Web) SeeVersionEnd(c echo.Context) error {
	if err := w.Versions.See(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")); err != nil {
		return err
	}
	if isHTMX(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return done(c, "Thank you. Those who publish it see that you know.", apiURL(c, c.Param("api"))+"/"+c.Param("version")+"/life")
}

// gone answers who looks for a version that was retired, where err says that it is
// not there: with the way on, and 410.
func (w *Web) gone(c echo.Context, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	e, missing := w.Versions.End(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if missing != nil || e.Version.State != models.VersionRetired {
		return err
	}
	return w.showEnd(c, http.StatusGone, e)
}

func (w *Web) showEnd(c echo.Context, status int, e portal.End) error {
	base, v, now := apiURL(c, e.API.Slug), e.Version, w.Clock.Now()
	page := catalog.End{Ending: w.ending(c, e.API, v, e.Successor), Sign: ui.State(string(v.StateAt(now))),
		Crumbs: []ui.Link{{Text: "APIs", URL: tenantBase(c) + "/apis"}, {Text: e.API.Name, URL: base}, {Text: v.Name}}}
	page.Ending.More = ""
	if v.Live() || guard.Actor(c).Can(models.APIReadAll) {
		page.Reference = base + "/" + v.Name
	}
	if v.SunsetAt != nil && !v.Gone(now) {
		page.Calendar = base + "/" + v.Name + "/life/end.ics"
	}
	for _, t := range e.Tokens {
		page.Tokens = append(page.Tokens, catalog.EndToken{Name: t.Token.Name, URL: tokensURL(c) + "/" + t.Token.ID, Team: t.Team.Name, LastAt: t.LastAt, Operations: t.Operations})
	}
	for _, a := range e.Announcements {
		n := catalog.EndNews{Icon: "hourglass", Tone: ui.Warn, What: announcedWhat(a), Text: a.Summary, At: a.CreatedAt}
		switch a.Kind {
		case models.AnnouncePublished:
			n.Icon, n.Tone = "edit", ui.Info
		case models.AnnounceUndeprecate, models.AnnounceRevived:
			n.Icon, n.Tone = "check", ui.OK
		}
		page.News = append(page.News, n)
	}
	if e.Unseen {
		page.Seen = base + "/" + v.Name + "/life/seen"
	}
	page.Tenant = guard.Actor(c).Tenant().Slug
	frame := w.page(c, page.Ending.Name)
	return render(c, status, catalog.ShowEnd(frame, page))
}

// ending is the banner of a version whose end is announced.
func (w *Web) ending(c echo.Context, api models.API, v, successor models.Version) ui.EndingData {
	now := w.Clock.Now()
	e := ui.EndingData{Name: api.Name + " " + v.Name, Retired: v.Gone(now), Notice: v.Notice, Now: now,
		More: portal.LifePath(guard.Actor(c).Tenant().Slug, api.Slug, v.Name)}
	if v.DeprecatedAt != nil {
		e.Deprecated = *v.DeprecatedAt
	}
	if v.SunsetAt != nil {
		e.Sunset = *v.SunsetAt
	}
	if successor.ID != "" && successor.Live() {
		e.Successor = ui.Link{Text: successor.Name, URL: apiURL(c, api.Slug) + "/" + successor.Name}
	}
	return e
}

// successorIn is the version to go to, among those that the reader sees.
func successorIn(v models.Version, seen []models.Version) (next models.Version) {
	for _, other := range seen {
		if v.SuccessorID != nil && other.ID == *v.SuccessorID {
			next = other
		}
	}
	return next
}

// VersionCalendar is a file that puts the end of a version into a calendar.
func (w *Web) VersionCalendar(c echo.Context) error {
	e, err := w.Versions.End(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	if e.Version.SunsetAt == nil || e.Version.State == models.VersionDraft {
		return fault.Missing("end")
	}
	name, page := e.API.Name+" "+e.Version.Name, w.origin(c)+portal.LifePath(guard.Actor(c).Tenant().Slug, e.API.Slug, e.Version.Name)
	cal := ics.NewCalendarFor("Gatehouse")
	cal.SetMethod(ics.MethodPublish)
	ahead := []int{}
	for _, days := range models.EndNotices {
		if w.Clock.Now().Before(e.Version.SunsetAt.AddDate(0, 0, -days)) {
			ahead = append(ahead, days)
		}
	}
	w.calendarEvent(cal, e.Version.ID, e.Version.UpdatedAt, *e.Version.SunsetAt, name+" of "+guard.Actor(c).Tenant().Name+" ends", "Its calls are refused from then on: "+page, page, name+" ends", ahead)
	return sendCalendar(c, cal, "version-end.ics")
}
