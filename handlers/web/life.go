package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/csvfile"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/publish"
	"gatehouse/views/ui"
)

func lifeURL(c echo.Context) string { return versionURL(c, c.Param("version")) + "/life" }

// VersionLife is what is announced of a version's end, and what came of it.
func (w *Web) VersionLife(c echo.Context) error {
	return w.versionLife(c, http.StatusOK, func(*publish.Life) {})
}

// versionLife shows it; with puts in what was typed and what is wrong.
func (w *Web) versionLife(c echo.Context, status int, with func(*publish.Life)) error {
	l, err := w.lifeOf(c)
	if err != nil {
		return err
	}
	with(&l)
	return render(c, status, publish.ShowLife(w.page(c, "Life of "+l.Name+" · Publish"), l))
}

func (w *Web) lifeOf(c echo.Context) (l publish.Life, err error) {
	actor, now := guard.Actor(c), w.Clock.Now()
	life, err := w.Versions.Life(c.Request().Context(), actor, c.Param("api"), c.Param("version"))
	if err != nil {
		return l, err
	}
	v, name := life.Version, life.API.Name+" "+life.Version.Name
	l = publish.Life{Tenant: actor.Tenant().Slug, URL: lifeURL(c), Public: portal.LifePath(actor.Tenant().Slug, life.API.Slug, v.Name),
		Name: name, API: life.API.Name, Crumbs: lifeCrumbs(c, life), Version: v, State: v.StateAt(now), Successor: life.Successor.Name, Called: calledWords(life.Callers, now),
		Calling: life.Callers.Tokens > 0, Others: []ui.Option{{Value: "", Label: "No successor is named"}}, May: actor.Can(models.APIManage), Now: now}
	l.Revivable = v.State == models.VersionRetired && v.RetiredAt != nil && now.Before(v.RetiredAt.AddDate(0, 0, models.RevivalDays))
	for _, other := range life.Others {
		l.Others = append(l.Others, ui.Option{Value: other.Name, Label: other.Name})
	}
	l.Form = publish.EndForm{Deprecated: dayOf(v.DeprecatedAt), LastDay: dayBefore(v.SunsetAt), Successor: life.Successor.Name, Notice: v.Notice}
	for _, row := range life.Announcements {
		l.Rows = append(l.Rows, announcementRow(c, row))
	}
	return l, nil
}

func lifeCrumbs(c echo.Context, life portal.Life) []ui.Link {
	list := tenantBase(c) + "/admin/apis"
	return []ui.Link{{Text: "Publish", URL: list}, {Text: life.API.Name, URL: list + "/" + life.API.Slug}, {Text: life.Version.Name, URL: versionURL(c, life.Version.Name)}}
}

func calledWords(sum portal.CallerSum, now time.Time) string {
	if sum.Tokens == 0 {
		return "by nobody"
	}
	return "by " + ui.Plural(sum.Teams, "team") + " with " + ui.Plural(sum.Tokens, "token") + ", last on " + ui.Date(sum.Last.UTC())
}

// dayOf is a moment as a form has its day.
func dayOf(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.DateOnly)
}

func announcementRow(c echo.Context, row portal.AnnouncementRow) publish.Announcement {
	out := publish.Announcement{Announcement: row.Announcement, What: announcedWhat(row.Announcement), By: row.By.Name, URL: lifeURL(c) + "/" + row.ID,
		Told: row.Told, Seen: row.Seen, Still: row.Still, Later: row.Later}
	for _, team := range row.Teams {
		one := publish.ToldTeam{Name: team.Team.Name, Told: team.Told, Seen: team.Seen, Still: team.Still}
		for _, token := range team.Tokens {
			one.Tokens = append(one.Tokens, publish.ToldToken{Name: token.Name, LastAt: token.LastAt, Operations: token.Operations})
		}
		out.Teams = append(out.Teams, one)
	}
	out.Counts = ui.Number(row.Told) + " told, " + ui.Number(row.Seen) + " seen, " + ui.Plural(row.Still, "token") + " still calling"
	return out
}

func announcedWhat(a models.Announcement) string {
	switch a.Kind {
	case models.AnnouncePublished:
		if a.Breaking > 0 {
			return "New document with " + ui.Plural(a.Breaking, "breaking change")
		}
		return "New document"
	case models.AnnounceUndeprecate:
		return "End taken back"
	case models.AnnounceRetired:
		return "Retired"
	case models.AnnounceRevived:
		return "Brought back"
	}
	what := "Deprecated"
	if a.Kind == models.AnnounceDates {
		what = "Changed"
	}
	if a.SunsetAt != nil {
		return what + ", ends at " + ui.LastDay(*a.SunsetAt)
	}
	return what + ", without a last day"
}

// DeprecateVersion announces a version's end, or changes what was announced.
func (w *Web) DeprecateVersion(c echo.Context) error {
	form := publish.EndForm{Deprecated: c.FormValue("deprecated_on"), LastDay: c.FormValue("last_day"), Successor: c.FormValue("successor"),
		Notice: c.FormValue("notice"), Confirm: c.FormValue("confirm"), Sooner: c.FormValue("sooner") != ""}
	_, err := w.deprecate(c, form)
	if err == nil {
		return done(c, "It is announced. Those who call it are being told, here and by e-mail.", lifeURL(c))
	}
	problems, ok := fieldsOf(err)
	if !ok {
		return err
	}
	problems = withCause(err, problems)
	form.Ask = fault.Code(err) == "callers_left" || form.Confirm != ""
	if len(problems) == 1 && problems[0].Name == "" && fault.Code(err) == "end_sooner" {
		problems[0].Name = "sooner"
	}
	return w.versionLife(c, formStatus(err), func(l *publish.Life) {
		form.Problems = renamed(problems, map[string]string{"deprecated_at": "deprecated_on", "sunset_at": "last_day"})
		if now := l.Form; outrun(err) {
			form.Problems = meanwhile(entry{"deprecated_on", form.Deprecated, now.Deprecated}, entry{"last_day", form.LastDay, now.LastDay},
				entry{"successor", form.Successor, now.Successor}, entry{"notice", form.Notice, now.Notice})
		}
		l.Form = form
	})
}

// withCause says above the field why a version may not end without more ado.
func withCause(err error, problems []fault.Field) []fault.Field {
	if fault.Code(err) != "callers_left" {
		return problems
	}
	return append([]fault.Field{{Message: fault.From(err).Message}}, problems...)
}

// deprecate reads the days of the form: one that was announced stays to the second.
func (w *Web) deprecate(c echo.Context, form publish.EndForm) (v models.Version, err error) {
	ctx, actor, api, name := c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")
	life, err := w.Versions.Life(ctx, actor, api, name)
	if err != nil {
		return v, err
	}
	in := portal.VersionEnd{Successor: form.Successor, Accept: portal.Accept{Confirm: form.Confirm}}
	in.Notice, in.Sooner = form.Notice, form.Sooner
	if in.SunsetAt, err = endOf(form.LastDay, "last_day"); err != nil {
		return v, err
	}
	if form.LastDay == dayBefore(life.Version.SunsetAt) {
		in.SunsetAt = life.Version.SunsetAt
	}
	if form.Deprecated != dayOf(life.Version.DeprecatedAt) {
		from, err := endOf(form.Deprecated, "deprecated_on")
		if err != nil {
			return v, err
		}
		now := w.Clock.Now()
		if from == nil || form.Deprecated == dayOf(&now) {
			in.DeprecatedAt = &now
		} else {
			day := from.AddDate(0, 0, -1)
			in.DeprecatedAt = &day
		}
	}
	return w.Versions.AsSeen(c.FormValue("revision")).Deprecate(ctx, actor, api, name, in)
}

// UndeprecateVersion takes an announced end back.
func (w *Web) UndeprecateVersion(c echo.Context) error {
	_, err := w.Versions.AsSeen(c.FormValue("revision")).Undeprecate(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	return w.afterLife(c, err, "The end is taken back. Those who call it are being told.")
}

// ReviveVersion brings a retired version back.
func (w *Web) ReviveVersion(c echo.Context) error {
	_, err := w.Versions.AsSeen(c.FormValue("revision")).Revive(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	return w.afterLife(c, err, "It is back: its calls are answered again. Those who call it are being told.")
}

func (w *Web) afterLife(c echo.Context, err error, message string) error {
	if _, ok := fieldsOf(err); ok {
		return w.versionLife(c, formStatus(err), func(l *publish.Life) { l.Problem = fault.From(err).Message })
	}
	if err != nil {
		return err
	}
	return done(c, message, lifeURL(c))
}

// RetireVersion ends a version now.
func (w *Web) RetireVersion(c echo.Context) error {
	form := publish.EndForm{Confirm: c.FormValue("confirm_retire")}
	_, err := w.Versions.AsSeen(c.FormValue("revision")).Retire(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), portal.Accept{Confirm: form.Confirm})
	if err == nil {
		return done(c, "It is retired: its calls get 410. Those who called it are being told.", lifeURL(c))
	}
	problems, ok := fieldsOf(err)
	if !ok {
		return err
	}
	return w.versionLife(c, formStatus(err), func(l *publish.Life) {
		form.Problems = renamed(withCause(err, problems), map[string]string{"confirm": "confirm_retire"})
		if !l.Version.Live() {
			l.Problem = fault.From(err).Message
		}
		l.Retire = form
	})
}

// Announcement is who was told of one, who saw it, and who still calls.
func (w *Web) Announcement(c echo.Context) error { return w.announcement(c, http.StatusOK, "") }

func (w *Web) announcement(c echo.Context, status int, problem string) error {
	actor := guard.Actor(c)
	life, row, err := w.Versions.Told(c.Request().Context(), actor, c.Param("api"), c.Param("version"), c.Param("announcement"))
	if err != nil {
		return err
	}
	t := publish.Told{Tenant: actor.Tenant().Slug, Name: life.API.Name + " " + life.Version.Name, Crumbs: append(lifeCrumbs(c, life), ui.Link{Text: "Life", URL: lifeURL(c)}),
		Row: announcementRow(c, row), May: actor.Can(models.APIManage), Problem: problem}
	t.URL = t.Row.URL
	return render(c, status, publish.ShowTold(w.page(c, t.Row.What+" · "+t.Name), t))
}

// RemindCallers tells those who still call once more.
func (w *Web) RemindCallers(c echo.Context) error {
	n, err := w.Versions.Remind(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), c.Param("announcement"))
	if _, ok := fieldsOf(err); ok {
		return w.announcement(c, formStatus(err), fault.From(err).Message)
	}
	if err != nil {
		return err
	}
	return done(c, "Reminded: the people of "+ui.Plural(n, "token")+".", lifeURL(c)+"/"+c.Param("announcement"))
}

// ToldCSV is the list of who was told as a file.
func (w *Web) ToldCSV(c echo.Context) error {
	_, row, err := w.Versions.Told(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), c.Param("announcement"))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="told.csv"`)
	h.Set("Cache-Control", "no-store")
	out := csvfile.NewWriter(c.Response())
	_ = out.Write("team", "people_told", "people_seen", "token_id", "token", "called_before", "operations", "still_called") // Flush has the first error
	for _, team := range row.Teams {
		start := []string{team.Team.Name, ui.Number(team.Told), ui.Number(team.Seen)}
		if len(team.Tokens) == 0 {
			_ = out.Write(append(start, "", "", "", "", "")...)
		}
		for _, token := range team.Tokens {
			_ = out.Write(append(start, token.TokenID, token.Name, csvTime(token.LastAt), strings.Join(token.Operations, "; "), csvTime(token.Still))...)
		}
	}
	return out.Flush()
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
