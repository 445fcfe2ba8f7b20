package web

import (
	"net/http"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// TokenCalendar is a file that puts the end of one token into a calendar.
func (w *Web) TokenCalendar(c echo.Context) error {
	token, err := w.Tokens.One(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return w.sendEnds(c, []models.Token{token})
}

// TokenCalendars is a file with the ends of all one's own tokens that work.
func (w *Web) TokenCalendars(c echo.Context) error {
	own, err := w.Tokens.Ends(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return w.sendEnds(c, own)
}

// sendEnds answers with an event for the end of each token.
func (w *Web) sendEnds(c echo.Context, all []models.Token) error {
	tenant := guard.Actor(c).Tenant()
	cal := ics.NewCalendarFor("Gatehouse")
	cal.SetMethod(ics.MethodPublish)
	for _, t := range all {
		page := w.Origin.String() + tokensURL(c) + "/" + t.ID
		w.calendarEvent(cal, t.ID, t.UpdatedAt, t.ExpiresAt, "Token "+t.Name+" of "+tenant.Name+" expires",
			calendarText("Its secret ends in …"+t.Hint+".")+"\nRotate it before: "+page+"/rotate", page, "Token "+t.Name+" expires", t.ExpiryAhead())
	}
	return sendCalendar(c, cal, "token-expiry.ics")
}

// sendCalendar answers with an iCalendar file, RFC 5545.
func sendCalendar(c echo.Context, cal *ics.Calendar, name string) error {
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", []byte(cal.Serialize(ics.WithNewLineWindows)))
}

// calendarEvent adds an event without length, with an alarm for each of the notices.
func (w *Web) calendarEvent(cal *ics.Calendar, id string, stamp, at time.Time, summary, description, page, what string, ahead []int) {
	e := cal.AddEvent(id + "@" + w.Origin.Hostname())
	e.SetDtStampTime(stamp)
	e.SetStartAt(at)
	e.SetSummary(calendarText(summary))
	e.SetDescription(description)
	e.SetURL(page)
	e.SetTimeTransparency(ics.TransparencyTransparent)
	for _, days := range ahead {
		a := e.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetTrigger("-P" + ui.Number(days) + "D")
		a.SetProperty(ics.ComponentPropertyDescription, calendarText(what+" in "+ui.Plural(days, "day")))
	}
}

// calendarText is what a person wrote, without control characters, which the
// format has no escape for.
func calendarText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
