// Package web answers browsers: it reads forms, calls one use case, and renders
// one view. It decides nothing about the product.
package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/session"
	"gatehouse/static"
	"gatehouse/views/dev"
)

// Web holds what its pages need.
type Web struct {
	*portal.Portal
	Sessions *session.Store
	Clock    clock.Clock
	Gateway  *url.URL // origin that calls go to
	Origin   *url.URL // of the portal
	Demo     bool
	Mails    func() []dev.Letter // what the demo\'s mailbox holds; nil elsewhere
	Letters  Letters             // writes examples of mails
	Tester   Tester              // makes the first call of a new token

	ImportWait time.Duration // how long an upload is waited for
}

// render buffers, so that a view that fails becomes an error page and not half a page.
func render(c echo.Context, status int, view templ.Component) error {
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	if err := view.Render(c.Request().Context(), buf); err != nil {
		return err
	}
	if err := saveSession(c); err != nil {
		return err
	}
	c.Response().Header().Add("Vary", "HX-Request")
	return c.HTMLBlob(status, buf.Bytes())
}

// saveSession stores that flashes were shown.
func saveSession(c echo.Context) error {
	s := guard.Session(c)
	if s == nil {
		return nil
	}
	return s.Save(c.Response(), c.Request())
}

// Kinds of flashes.
const (
	flashSuccess = "success"
	flashWarning = "warning" // not all of it was done
)

// done answers a successful write: the message is shown on the page that follows.
func done(c echo.Context, message, elsewhere string) error {
	return follow(c, flashSuccess, message, elsewhere)
}

// follow leads to the page that follows a write, and shows the message there.
func follow(c echo.Context, kind, message, elsewhere string) error {
	if s := guard.Session(c); s != nil && s.Started() && message != "" {
		s.Flash(kind, message)
		if err := s.Save(c.Response(), c.Request()); err != nil {
			return err
		}
	}
	if c.Request().Header.Get("HX-Request") == "true" {
		c.Response().Header().Set("HX-Redirect", elsewhere)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, elsewhere)
}

// fieldsOf are the problems to show in a form. An error that is about no field
// is shown above it; what is not the person's to mend is no form's business.
func fieldsOf(err error) ([]fault.Field, bool) {
	e := fault.From(err)
	switch e.Kind {
	case fault.Invalid, fault.Conflict, fault.BadRequest, fault.TooMany:
	default:
		return nil, false
	}
	if len(e.Fields) == 0 {
		return []fault.Field{{Message: e.Message}}, true
	}
	return e.Fields, true
}

// proofFields is fieldsOf for a form that is sent with a step-up: where its proof is
// missing, used up or too old, the form comes back as it was typed, to be sent again.
func proofFields(err error) (problems []fault.Field, status int, ok bool) {
	if e := fault.From(err); e.Code == "step_up_required" {
		return []fault.Field{{Message: e.Message}}, http.StatusForbidden, true
	}
	problems, ok = fieldsOf(err)
	return problems, formStatus(err), ok
}

// isHTMX reports whether only a fragment is wanted.
func isHTMX(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// Static serves our scripts, styles and pictures.
func (w *Web) Static(c echo.Context) error {
	http.StripPrefix("", static.Handler()).ServeHTTP(c.Response(), c.Request())
	return nil
}

// SwitchTheme keeps the reader's choice of light or dark in a cookie.
func (w *Web) SwitchTheme(c echo.Context) error {
	theme := c.FormValue("theme")
	if theme != "light" && theme != "dark" && theme != "system" {
		return fault.New(fault.Invalid, "invalid_input", "Choose light, dark or system.")
	}
	c.SetCookie(&http.Cookie{Name: themeCookie, Value: theme, Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return c.Redirect(http.StatusSeeOther, session.SafeNext(c.FormValue("back")))
}

const themeCookie = "__Host-theme"

func theme(c echo.Context) string {
	cookie, err := c.Cookie(themeCookie)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(cookie.Value)
}

// formStatus is what a form with problems is answered with: 409 where somebody
// or something else was in the way, 429 where it was sent too often, else 422.
func formStatus(err error) int {
	switch fault.From(err).Kind {
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooMany:
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}
