package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/session"
	"gatehouse/views/account"
)

// Signing in on a tenant's own host, in four steps. There, askHandOver gives the browser a
// nonce and sends it to the portal's host with the nonce's hash. Here, FindHandOver leads
// through the sign-in, where that is needed; HandOverForm asks whether to go on as who is
// signed in, and HandOverSession sends the browser back with a code. There, ReceiveSession
// takes the code from the browser that holds the nonce, and from no other.

// nonceCookie holds the nonce on a tenant's own host.
const nonceCookie = "__Host-n"

// nonceAge is how long a person may take to sign in, and to make an account before.
const nonceAge = 3600

// askHandOver begins a sign-in on a tenant's own host.
func (w *Web) askHandOver(c echo.Context, own guard.Host) error {
	next := portal.NextOn(own.Slug, session.SafeNext(c.QueryParam("next")))
	if guard.Actor(c).SignedIn() {
		return c.Redirect(http.StatusSeeOther, next)
	}
	nonce := nonceOf(c)
	if nonce == "" { // else another tab begins to sign in as well
		nonce = rand.Text()
		setNonce(c, nonce, nonceAge)
	}
	q := url.Values{"host": {own.Name}, "nonce": {base64.RawURLEncoding.EncodeToString(portal.NonceHash(nonce))}, "next": {next}}
	return c.Redirect(http.StatusSeeOther, w.Origin.String()+"/hand-over?"+q.Encode())
}

func nonceOf(c echo.Context) string {
	cookie, err := c.Cookie(nonceCookie)
	if err != nil || len(cookie.Value) != len(rand.Text()) {
		return ""
	}
	return cookie.Value
}

func setNonce(c echo.Context, value string, age int) {
	c.SetCookie(&http.Cookie{Name: nonceCookie, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// crossing is what a request wants to carry over, and where to.
func crossing(c echo.Context) portal.Crossing {
	nonce, _ := base64.RawURLEncoding.DecodeString(c.FormValue("nonce")) // what is none has another length
	return portal.Crossing{Host: c.FormValue("host"), Nonce: nonce, Next: session.SafeNext(c.FormValue("next"))}
}

// FindHandOver leads from a tenant's own host to the page of that tenant that asks
// whether to go on, and before it to the sign-in.
func (w *Web) FindHandOver(c echo.Context) error {
	slug, ok := w.Hosts.Served(c.QueryParam("host"))
	if !ok {
		return fault.Missing("page")
	}
	q := url.Values{"host": {c.QueryParam("host")}, "nonce": {c.QueryParam("nonce")}, "next": {portal.NextOn(slug, session.SafeNext(c.QueryParam("next")))}}
	page := "/t/" + slug + "/hand-over?" + q.Encode()
	if !guard.Actor(c).SignedIn() {
		page = account.LoginURL(page)
	}
	return c.Redirect(http.StatusSeeOther, page)
}

// HandOverForm asks whether to go on, on the tenant's own host, as who is signed in:
// otherwise any site could find out who somebody is, by leading them through here.
func (w *Web) HandOverForm(c echo.Context) error {
	actor, to := guard.Actor(c), crossing(c)
	next := portal.NextOn(actor.Tenant().Slug, to.Next)
	if err := w.Hosts.MayCross(actor, to); err != nil {
		if fault.Code(err) == "staff_stay" {
			return c.Redirect(http.StatusSeeOther, next)
		}
		return err
	}
	origin := w.originOn(to.Host)
	framing(c, "form-action 'self'", "form-action 'self' "+origin) // to which the answer of the form leads
	return render(c, http.StatusOK, account.HandOver(w.gate(c, "Go on to "+to.Host, next), account.HandOverForm{Tenant: actor.Tenant().Slug,
		Portal: actor.Tenant().Name, Host: to.Host, Nonce: c.FormValue("nonce"), Next: next, Email: actor.Account().Email}))
}

// HandOverSession sends the browser back to the tenant's own host with a code.
func (w *Web) HandOverSession(c echo.Context) error {
	to := crossing(c)
	code, err := w.Hosts.HandOver(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash(), to)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, w.originOn(to.Host)+"/sign-in?code="+url.QueryEscape(code))
}

// originOn is the origin of a tenant's own host, which has the portal's scheme and port.
func (w *Web) originOn(host string) string {
	u := url.URL{Scheme: w.Origin.Scheme, Host: host}
	if port := w.Origin.Port(); port != "" {
		u.Host += ":" + port
	}
	return u.String()
}

// origin that a request came in on: links to other pages stay there.
func (w *Web) origin(c echo.Context) string {
	if own, ok := guard.OwnHost(c); ok {
		return own.Origin
	}
	return w.Origin.String()
}

// ReceiveSession signs the person in on a tenant's own host, by a code.
func (w *Web) ReceiveSession(c echo.Context) error {
	own, ok := guard.OwnHost(c)
	if !ok {
		return fault.Missing("page")
	}
	r, err := w.Hosts.Receive(c.Request().Context(), guard.Actor(c), own.Name, c.QueryParam("code"), nonceOf(c))
	if fault.Code(err) == "hand_over_refused" {
		return render(c, http.StatusForbidden, account.NotReceived(w.gate(c, "You are not signed in", "/t/"+own.Slug), fault.From(err).Message))
	}
	if err != nil {
		return err
	}
	carried := session.Carried{Parent: r.Parent, UserID: r.UserID, PasskeyID: r.PasskeyID, Provider: r.Provider, CreatedAt: r.CreatedAt}
	if err := guard.Session(c).Carry(c.Response(), c.Request(), carried, from(c)); err != nil {
		return err
	}
	setNonce(c, "", -1)
	return c.Redirect(http.StatusSeeOther, r.Next)
}

// SignedOut says on a tenant's own host what signing out there did.
func (w *Web) SignedOut(c echo.Context) error {
	own, ok := guard.OwnHost(c)
	if !ok {
		return c.Redirect(http.StatusSeeOther, "/login")
	}
	return render(c, http.StatusOK, account.SignedOut(w.gate(c, "You are signed out", "/t/"+own.Slug), own.Name, "/t/"+own.Slug, w.Origin.Host, w.Origin.String()+portal.SessionsPath))
}
