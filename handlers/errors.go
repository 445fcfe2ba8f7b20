package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/handlers/web"
	"gatehouse/internal/fault"
	"gatehouse/internal/problem"
	"gatehouse/internal/session"
	"gatehouse/views/account"
	"gatehouse/views/grants"
	"gatehouse/views/layout"
)

// answering makes answers of errors.
type answering struct {
	options Options
	web     *web.Web
}

func errorsOf(o Options, w *web.Web) answering { return answering{o, w} }

// answer is the one place where an error becomes a response: a page for people,
// a flash for htmx, problem+json for programs.
func (a answering) answer(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	r, e := c.Request(), fault.From(a.classify(err, c))
	id := guard.Request(c).ID
	switch {
	case oauth(r):
		problem.Log(r, e, id)
		writeOAuth(c.Response(), r, e)
	case program(r):
		a.bearerHint(c, e)
		problem.Write(c.Response(), r, e, a.options.Portal.Scheme+"://"+a.options.Portal.Host, id)
	case e.Code == "recovery_only" && safe(r.Method) && r.Header.Get("HX-Request") == "":
		_ = c.Redirect(http.StatusSeeOther, guard.RecoveryPage)
	case e.Code == "not_let_in" && safe(r.Method) && r.Header.Get("HX-Request") == "":
		_ = c.Redirect(http.StatusSeeOther, web.JoinPath(guard.Actor(c).Tenant(), a.place(c)))
	case e.Kind == fault.Unauthenticated:
		if _, own := guard.OwnHost(c); own && !safe(r.Method) && r.Header.Get("HX-Request") == "" {
			// Browsers let no form lead on to another host, where signing in is: a link does.
			a.show(c, e, account.SignInAgain(a.web.ErrorPage(c), a.login(c)))
			return
		}
		problem.Log(r, e, id)
		a.signIn(c)
	case guard.Why[*guard.NameWanted](e) != nil:
		a.show(c, e, a.web.NameWanted(c, guard.Why[*guard.NameWanted](e).Typed))
	case r.Header.Get("HX-Request") == "true":
		a.show(c, e, layout.Flash(e.Message))
	case guard.Why[*guard.WrongTenant](e) != nil:
		a.show(c, e, a.web.WrongTenant(c, *guard.Why[*guard.WrongTenant](e), a.place(c)))
	case guard.Ended(c) != nil:
		a.show(c, e, grants.Ended(a.web.ErrorPage(c), a.web.GrantEnded(c, *guard.Ended(c))))
	default:
		status := problem.Status(e)
		a.show(c, e, a.web.ErrorPage(c).Error(status, heading(status), e.Message, id, e.Code))
	}
}

// heading of an error's page, in words that say whose fault it is.
func heading(status int) string {
	switch status {
	case http.StatusNotFound:
		return "This page isn’t here, or isn’t yours to see"
	case http.StatusForbidden:
		return "This isn’t for you"
	case http.StatusConflict:
		return "That doesn’t fit any more"
	case http.StatusTooManyRequests:
		return "That was too often"
	case http.StatusInternalServerError:
		return "Something broke on our side"
	}
	return http.StatusText(status)
}

// program reports whether the caller wants a problem document.
func program(r *http.Request) bool {
	return forPrograms(r.URL.Path) || strings.Contains(r.Header.Get("Accept"), "application/json") ||
		strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

// forPrograms reports whether an address is for programs alone: it reads no cookie
// and no form.
func forPrograms(path string) bool {
	for _, prefix := range []string{"/api/", "/credentials/", "/leaks/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// bearerHint is WWW-Authenticate of RFC 6750 §3 (R12).
func (a answering) bearerHint(c echo.Context, e *fault.Error) {
	if !strings.HasPrefix(c.Request().URL.Path, "/api/") {
		return
	}
	value := `Bearer realm="Gatehouse"`
	switch {
	case e.Code == "insufficient_scope" && len(e.Fields) == 1:
		value += `, error="insufficient_scope", scope="` + e.Fields[0].Message + `"`
	case e.Code == "invalid_request":
		value += `, error="invalid_request"`
	case e.Kind != fault.Unauthenticated:
		return
	case e.Code == "invalid_token":
		value += `, error="invalid_token"`
	}
	c.Response().Header().Set("WWW-Authenticate", value)
}

// signIn leads to the sign-in page and back again. htmx would follow a redirect
// and swap the sign-in page into a corner, so it is told in a header.
func (a answering) signIn(c echo.Context) {
	target := a.login(c)
	if c.Request().Header.Get("HX-Request") == "true" {
		c.Response().Header().Set("HX-Redirect", target)
		c.Response().WriteHeader(http.StatusUnauthorized)
		return
	}
	_ = c.Redirect(http.StatusSeeOther, target)
}

// login is the address of the sign-in page that leads back to where the person is.
func (a answering) login(c echo.Context) string {
	r, q := c.Request(), url.Values{}
	if next := session.SafeNext(a.place(c)); next != "/" {
		q.Set("next", next)
	}
	if !safe(r.Method) {
		q.Set("lost", "1")
	}
	if len(q) == 0 {
		return "/login"
	}
	return "/login?" + q.Encode()
}

// place is the page that the person is on: the one they asked for, or the one that
// they sent a form or a script asked for a fragment from.
func (a answering) place(c echo.Context) string {
	r := c.Request()
	from := r.Header.Get("Referer")
	switch {
	case r.Header.Get("HX-Request") == "true":
		from = r.Header.Get("HX-Current-URL")
	case safe(r.Method):
		return r.URL.RequestURI()
	}
	page, err := url.Parse(from)
	if err != nil || page.Scheme+"://"+page.Host != originOf(c, a.options) {
		return ""
	}
	return page.RequestURI()
}

func (a answering) show(c echo.Context, e *fault.Error, view templ.Component) {
	problem.Log(c.Request(), e, guard.Request(c).ID)
	problem.Headers(c.Response().Header(), e)
	c.Response().Header().Set("Content-Type", "text/html; charset=utf-8")
	c.Response().WriteHeader(problem.Status(e))
	if c.Request().Method != http.MethodHead {
		_ = view.Render(c.Request().Context(), c.Response())
	}
}

// classify translates Echo's own errors; everything else is a fault already or is internal.
func (a answering) classify(err error, c echo.Context) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.New(fault.TooLarge, "body_too_large", "This is more than the %d bytes that are read here.", tooLarge.Limit)
	}
	he, ok := errors.AsType[*echo.HTTPError](err)
	if !ok {
		return err
	}
	switch he.Code {
	case http.StatusNotFound:
		return fault.Missing("page").Because(err)
	case http.StatusMethodNotAllowed:
		return fault.New(fault.NotAllowed, "method_not_allowed", "This address does not answer %s.", c.Request().Method).Because(err)
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge, "body_too_large", "This is more than is read here.").Because(err)
	case http.StatusUnsupportedMediaType:
		return fault.New(fault.Unsupported, "unsupported_media_type", "This kind of content is not read here.").Because(err)
	case http.StatusBadRequest:
		return fault.New(fault.BadRequest, "bad_request", "The request could not be read.").Because(err)
	}
	return err
}
