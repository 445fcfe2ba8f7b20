package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/session"
	"gatehouse/models"
	"gatehouse/views/account"
	"gatehouse/views/layout"
	"gatehouse/views/ui"
)

// SignUp is the form that asks for an address.
func (w *Web) SignUp(c echo.Context) error {
	return w.showSignUp(c, http.StatusOK, account.SignUpForm{Next: session.SafeNext(c.QueryParam("next"))})
}

func (w *Web) showSignUp(c echo.Context, status int, f account.SignUpForm) error {
	page := w.gate(c, "Create an account", f.Next)
	page.Path = account.SignUpURL(f.Next)
	return render(c, status, account.SignUp(page, f))
}

// SendLink sends the link that proves an address.
func (w *Web) SendLink(c echo.Context) error {
	form := account.SignUpForm{Email: c.FormValue("email"), Next: session.SafeNext(c.FormValue("next"))}
	if err := w.Accounts.SignUp(c.Request().Context(), guard.Actor(c), form.Email, form.Next); err != nil {
		if e := fault.From(err); e.Code == "sign_up_closed" {
			form.Problems = []fault.Field{{Name: "email", Message: e.Message}}
			return w.showSignUp(c, http.StatusForbidden, form)
		}
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		form.Problems = problems
		return w.showSignUp(c, http.StatusUnprocessableEntity, form)
	}
	return done(c, "", account.SentURL(form.Next))
}

// LinkSent says that the mail is on its way.
func (w *Web) LinkSent(c echo.Context) error {
	mailbox := ""
	if w.Demo {
		mailbox = "/dev/mailbox"
	}
	next := session.SafeNext(c.QueryParam("next"))
	return render(c, http.StatusOK, account.Sent(w.gate(c, "Look into your mail", next), account.SignUpURL(next), mailbox))
}

// Login is the sign-in page.
func (w *Web) Login(c echo.Context) error {
	if own, ok := guard.OwnHost(c); ok {
		return w.askHandOver(c, own)
	}
	form := account.LoginForm{Next: session.SafeNext(c.QueryParam("next"))}
	page := w.gate(c, "Sign in", form.Next)
	form.Brand = page.Brand
	switch c.QueryParam("done") {
	case "recovered":
		form.Done = "Your account has a new passkey"
	case "added":
		form.Done = "The passkey was added"
	}
	switch {
	case c.QueryParam("lost") != "":
		form.Lost = true
		form.Why = "You were not signed in any more, so nothing was changed. Sign in, and you are back on the page that you sent it from; please fill it in again."
	case c.QueryParam("next") != "":
		form.Why = "What you wanted to open comes once you are in."
	}
	var err error
	if form.Provider, err = w.offered(c, page, form.Next); err != nil {
		return err
	}
	return render(c, http.StatusOK, account.Login(page, form))
}

// BeginLogin asks the browser for a passkey.
func (w *Web) BeginLogin(c echo.Context) error {
	s, err := w.started(c)
	if err != nil {
		return err
	}
	return options(c)(w.Accounts.BeginLogin(c.Request().Context(), s.Hash()))
}

// FinishLogin signs in.
func (w *Web) FinishLogin(c echo.Context) error {
	answer, err := answerOf(c)
	if err != nil {
		return err
	}
	user, key, err := w.Accounts.FinishLogin(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash(), answer)
	if err != nil {
		return err
	}
	return w.signIn(c, user, key, session.SafeNext(c.QueryParam("next")))
}

// Logout ends the session and empties what the browser kept of us (R44).
func (w *Web) Logout(c echo.Context) error {
	s := guard.Session(c)
	if err := w.Accounts.SignOut(c.Request().Context(), guard.Actor(c), s.Hash()); err != nil {
		return err
	}
	if err := s.SignOut(c.Response(), c.Request()); err != nil {
		return err
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if _, ok := guard.OwnHost(c); ok {
		return c.Redirect(http.StatusSeeOther, "/signed-out")
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}

// signIn gives the person a session of their own, by one of their passkeys, and says
// where to go on.
func (w *Web) signIn(c echo.Context, user models.User, key, next string) error {
	class := session.Member
	if user.Staff != models.NotStaff {
		class = session.Staff
	}
	place := from(c)
	place.PasskeyID = key
	if err := guard.Session(c).SignIn(c.Response(), c.Request(), user.ID, class, place); err != nil {
		return err
	}
	if next == "/" && user.Staff != models.NotStaff {
		next = "/support"
	}
	return goTo(c, next)
}

// from is where the request came from, for the list of sessions.
func from(c echo.Context) session.From {
	return session.From{ClientIP: guard.Request(c).ClientIP, UserAgent: c.Request().UserAgent()}
}

// started is the session of the browser, begun if there was none: a ceremony is
// bound to it (R40).
func (w *Web) started(c echo.Context) (*session.Session, error) {
	s := guard.Session(c)
	return s, s.Start(c.Response(), c.Request(), from(c))
}

// gate is the frame of a page around signing in. It wears the look of the tenant
// that the person comes from, where strangers may see that one. It belongs into
// no cache: what stands on it is for one person.
func (w *Web) gate(c echo.Context, title, next string) layout.Page {
	c.Response().Header().Set("Cache-Control", "no-store")
	p := w.page(c, title)
	p.Brand = ui.Brand{Name: "Gatehouse", Mark: "gatehouse"}
	slug, found := strings.CutPrefix(next, "/t/")
	if slug, _, _ = strings.Cut(slug, "/"); !found || slug == "" {
		return p
	}
	slug, _, _ = strings.Cut(slug, "?")
	actor, err := w.Actors.OfSession(c.Request().Context(), "", slug, guard.Request(c))
	if err != nil {
		return p
	}
	t := actor.Tenant()
	p.Brand, p.ThemeURL, p.Home = Brand(t), themeURL(t), "/t/"+t.Slug
	return p
}
