package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/openid"
	"gatehouse/internal/portal"
	"gatehouse/internal/session"
	"gatehouse/models"
	"gatehouse/views/account"
	"gatehouse/views/layout"
)

// offerOf is a provider as pages show it.
func offerOf(o portal.ProviderOffer, next string) account.Provider {
	return account.Provider{ID: o.ID, Name: o.Name, Tenant: o.Tenant.Name, Next: next}
}

// offered is the provider that the sign-in page names: that of the tenant whose look it
// wears, which the person may see, and else that of the staff.
func (w *Web) offered(c echo.Context, page layout.Page, next string) (*account.Provider, error) {
	var tenant models.Tenant
	if page.Home != "" && page.ThemeURL != "" {
		actor, err := w.Actors.OfSession(c.Request().Context(), "", page.Home[len("/t/"):], guard.Request(c))
		if err != nil {
			return nil, nil
		}
		tenant = actor.Tenant()
	}
	o, err := w.Portal.Providers.Offered(c.Request().Context(), tenant)
	if err != nil || o.ID == "" {
		return nil, err
	}
	shown := offerOf(o, next)
	return &shown, nil
}

// ProviderDoor is the page of a provider's own address, which is given to its people.
func (w *Web) ProviderDoor(c echo.Context) error {
	o, err := w.Portal.Providers.Find(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	next := session.SafeNext(c.QueryParam("next"))
	return render(c, http.StatusOK, account.ProviderDoor(w.gateOf(c, "Sign in", o, next), offerOf(o, next)))
}

// gateOf is a gate that wears the look of the provider's tenant: who has its address is
// of its people.
func (w *Web) gateOf(c echo.Context, title string, o portal.ProviderOffer, next string) layout.Page {
	page := w.gate(c, title, next)
	if o.Tenant.ID != "" {
		page.Brand, page.ThemeURL, page.Home = Brand(o.Tenant), themeURL(o.Tenant), "/t/"+o.Tenant.Slug
	}
	return page
}

// GoToProvider sends the browser to a provider.
func (w *Web) GoToProvider(c echo.Context) error {
	s, err := w.started(c)
	if err != nil {
		return err
	}
	address, err := w.Portal.Providers.Begin(c.Request().Context(), s.Hash(), c.Param("id"), session.SafeNext(c.FormValue("next")))
	return w.leave(c, address, err)
}

// leave is the page on which the browser goes to a provider. A redirect would not do:
// what a form may lead to is our own pages alone (R41).
func (w *Web) leave(c echo.Context, address string, err error) error {
	o, lost := w.Portal.Providers.Find(c.Request().Context(), c.Param("id"))
	if lost != nil {
		return lost
	}
	if err != nil {
		return w.notSignedIn(c, o, err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Refresh", "0; url="+u.String())
	return render(c, http.StatusOK, account.OnToProvider(w.gateOf(c, "On to "+o.Name, o, ""), o.Name, u.Host, u.String()))
}

// notSignedIn says why a sign-in through a provider came to nothing.
func (w *Web) notSignedIn(c echo.Context, o portal.ProviderOffer, err error) error {
	e := fault.From(err)
	status := map[string]int{"provider_refused": http.StatusBadRequest, "provider_unavailable": http.StatusServiceUnavailable,
		"identity_taken": http.StatusConflict, "not_allowed": http.StatusForbidden, "passkey_session_required": http.StatusForbidden,
		"account_exists": http.StatusConflict, "address_reserved": http.StatusConflict}[e.Code]
	if status == 0 {
		return err
	}
	again := "/login"
	if o.ID != "" {
		again = portal.ProviderPath(o.ID)
	}
	return render(c, status, account.NotSignedIn(w.gateOf(c, "You were not signed in", o, ""), "You were not signed in", e.Message, again))
}

// FromProvider signs in who comes back from a provider.
func (w *Web) FromProvider(c echo.Context) error {
	reply := openid.Reply{Code: c.QueryParam("code"), State: c.QueryParam("state"), Issuer: c.QueryParam("iss"), Error: c.QueryParam("error")}
	out, err := w.Portal.Providers.Finish(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash(), c.Param("id"), reply)
	if err != nil {
		return w.notSignedIn(c, out.Offer, err)
	}
	switch {
	case out.Linked:
		return done(c, "Your account is linked to "+out.Offer.Name+".", "/account")
	case out.User.ID != "":
		return w.signInThrough(c, out)
	}
	u := account.Unlinked{Provider: offerOf(out.Offer, ""), Email: out.Email, Mailed: out.Mailed}
	if w.Demo {
		u.Mailbox = "/dev/mailbox"
	}
	return render(c, http.StatusOK, account.NotLinked(w.gateOf(c, "One step is left", out.Offer, ""), u))
}

// FoundAccount makes the account that a link promises, and signs in to it.
func (w *Web) FoundAccount(c echo.Context) error {
	out, err := w.Portal.Providers.Found(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash(), c.Param("secret"))
	if fault.Is(err, fault.Gone) {
		return w.linkOver(c, err)
	}
	if err != nil {
		return w.notSignedIn(c, portal.ProviderOffer{}, err)
	}
	return w.signInThrough(c, out)
}

// signInThrough gives the person a session that opens the scope of the provider, and
// nothing else.
func (w *Web) signInThrough(c echo.Context, out portal.Returned) error {
	class, home := session.Member, "/t/"+out.Offer.Tenant.Slug
	if out.Staff {
		class, home = session.Staff, "/support"
	}
	place := from(c)
	place.Provider = out.Scope
	if err := guard.Session(c).SignIn(c.Response(), c.Request(), out.User.ID, class, place); err != nil {
		return err
	}
	next := session.SafeNext(out.Next)
	if next == "/" {
		next = home
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// LinkIdentity sends the browser to a provider, to link who is there to the account.
func (w *Web) LinkIdentity(c echo.Context) error {
	address, err := w.Portal.Providers.BeginLink(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash(), c.Param("id"))
	if problems, status, ok := proofFields(err); err != nil && ok {
		return w.showAccount(c, status, guard.Actor(c).Account().Name, problems)
	}
	if fault.Is(err, fault.NotFound) {
		return err
	}
	return w.leave(c, address, err)
}

// UnlinkIdentity ends a link.
func (w *Web) UnlinkIdentity(c echo.Context) error {
	if err := w.Portal.Providers.Unlink(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showAccount(c, status, guard.Actor(c).Account().Name, problems)
		}
		return err
	}
	return done(c, "The link was ended.", "/account")
}

// visit is the page of the account in a session that came through a provider.
func (w *Web) visit(c echo.Context) error {
	actor := guard.Actor(c)
	v, err := w.Accounts.Visit(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	d := account.Visit{Name: actor.Account().Name, Email: actor.Account().Email, Provider: v.Provider, Place: v.Tenant.Name, URL: "/t/" + v.Tenant.Slug, Passkeys: v.Passkeys, MayFirst: v.MayFirst}
	if v.Tenant.ID == "" {
		d.Place, d.URL = "the support console", "/support"
	}
	return render(c, http.StatusOK, account.Visiting(w.page(c, "Your account"), d))
}

// BeginFirstPasskey asks the browser for the first passkey of an account that a
// provider made.
func (w *Web) BeginFirstPasskey(c echo.Context) error {
	return options(c)(w.Accounts.BeginFirst(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash(), c.FormValue("name")))
}

// FinishFirstPasskey stores it.
func (w *Web) FinishFirstPasskey(c echo.Context) error {
	response, err := answerOf(c)
	if err != nil {
		return err
	}
	s := guard.Session(c)
	if err := w.Accounts.FinishFirst(c.Request().Context(), guard.Actor(c), s.Hash(), response); err != nil {
		return err
	}
	s.Flash(flashSuccess, "The passkey was added. Sign in with it to open your whole account.")
	return goTo(c, "/account")
}
