package web

import (
	"fmt"
	"net/http"
	"strings"
	"unicode"

	ics "github.com/arran4/golang-ical"
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
)

// TokenCalendar is a file that puts the end of one token into a calendar.
func (w *Web) TokenCalendar(c echo.Context) error {
	token, err := w.Tokens.One(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return w.sendCalendar(c, []models.Token{token})
}

// TokenCalendars is a file with the ends of all one's own tokens that work.
func (w *Web) TokenCalendars(c echo.Context) error {
	own, err := w.Tokens.Ends(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return w.sendCalendar(c, own)
}

// sendCalendar answers with an iCalendar file, RFC 5545: an event without length
// for each token's end, with an alarm for each of the notices.
func (w *Web) sendCalendar(c echo.Context, all []models.Token) error {
	tenant := guard.Actor(c).Tenant()
	cal := ics.NewCalendarFor("Gatehouse")
	cal.SetMethod(ics.MethodPublish)
	for _, t := range all {
		page := w.Origin.String() + tokensURL(c) + "/" + t.ID
		e := cal.AddEvent(t.ID + "@" + w.Origin.Hostname())
		e.SetDtStampTime(t.UpdatedAt)
		e.SetStartAt(t.ExpiresAt)
		e.SetSummary(calendarText("Token " + t.Name + " of " + tenant.Name + " expires"))
		e.SetDescription(calendarText("Its secret ends in …"+t.Hint+".") + "\nRotate it before: " + page + "/rotate")
		e.SetURL(page)
		e.SetTimeTransparency(ics.TransparencyTransparent)
		for _, days := range t.ExpiryAhead() {
			a := e.AddAlarm()
			a.SetAction(ics.ActionDisplay)
			a.SetTrigger(fmt.Sprintf("-P%dD", days))
			a.SetProperty(ics.ComponentPropertyDescription, calendarText(fmt.Sprintf("Token %s expires in %d days", t.Name, days)))
		}
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="token-expiry.ics"`)
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", []byte(cal.Serialize(ics.WithNewLineWindows)))
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
