package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/session"
	"gatehouse/models"
	"gatehouse/views/account"
	"gatehouse/views/layout"
)

// Link shows what a one-time link is for. Only a POST uses it up (R34).
func (w *Web) Link(c echo.Context) error {
	return w.showLink(c, http.StatusOK, nil)
}

func (w *Web) showLink(c echo.Context, status int, problems []fault.Field) error {
	secret, actor := c.Param("secret"), guard.Actor(c)
	link, err := w.Accounts.Link(c.Request().Context(), actor, secret)
	if fault.Is(err, fault.Gone) || fault.Is(err, fault.NotFound) {
		return w.linkOver(c, err)
	}
	if err != nil {
		return err
	}
	d := linkData(link, actor)
	d.Secret, d.Problems = secret, problems
	return render(c, status, account.Link(w.linkPage(c, d.Title), d))
}

// linkPage is a gate whose own address, which is a secret, stands nowhere on it.
func (w *Web) linkPage(c echo.Context, title string) layout.Page {
	p := w.gate(c, title, "")
	p.Path = "/"
	return p
}

func (w *Web) linkOver(c echo.Context, err error) error {
	status, title := http.StatusGone, "This link works no more"
	if fault.Is(err, fault.NotFound) {
		status, title = http.StatusNotFound, "There is no such link"
	}
	return render(c, status, account.LinkOver(w.linkPage(c, title), title,
		"Links work once, and until the time that their mail names. If you have used it, sign in; if not, get a new one."))
}

// linkData says what a link offers to whoever looks at it.
func linkData(l portal.LinkPage, actor models.Actor) account.LinkData {
	d := account.LinkData{Email: l.Email, Title: "Create your account", Lead: "Your address is confirmed. One step is left: your passkey."}
	promise := ""
	switch l.Kind {
	case models.LinkInvite:
		d.Title, promise = "Join "+l.Tenant.Name, "You will be "+RoleName(l.Role)+" of "+l.Tenant.Name+"."
	case models.LinkTeam:
		d.Title, promise = "Join "+l.Team.Name, "You will be a member of the team "+l.Team.Name+" at "+l.Tenant.Name+"."
	case models.LinkStaff:
		d.Title, promise = "Join the support staff", "You will be support staff: you enter tenants for a while, with a reason that they read."
	case models.LinkOperator:
		d.Title, d.Lead = "Set this installation up", "You become its first operator: you create tenants and invite their admins. The link works once."
	case models.LinkDevice:
		d.Offer, d.Title = account.AddDevice, "Add a passkey on this device"
		d.Lead = "It lets you sign in to your account from here, too. Do this only if you made the link yourself."
		return d
	case models.LinkRecover:
		d.Offer, d.Title, d.Button = account.StartRecovery, "Make a new passkey", "Go on"
		d.Lead = "For " + l.Email + ". You have 15 minutes from the next page on, which can be opened once. Be on the device that should hold the passkey."
		return d
	case models.LinkRecoverStop:
		d.Offer, d.Title, d.Button = account.StopRecovery, "Stop the recovery of your account?", "Stop it"
		d.Lead = "An admin of " + l.Tenant.Name + " began it for " + l.Email + ". Once it is stopped nothing is changed, and nobody gets a link."
		return d
	case models.LinkEnrol:
		d.Offer, d.Title = account.AddPasskey, "Create a passkey on this device"
		d.Lead = "For " + l.Person.Name + ", a person of the demo. With it you are signed in as them."
		return d
	case models.LinkProvider:
		d.Offer, d.Verb, d.Button = account.Accept, "provider", "Make my account"
		d.Title, d.Lead = "Confirm your address", "Your account gets the address "+l.Email+". Go on in the browser in which you signed in at your company."
		return d
	case models.LinkEmail:
		return emailData(l, actor, d)
	case models.LinkUndo:
		d.Offer, d.Verb, d.Button = account.Accept, "undo", "Undo the change"
		d.Title = "Take your address back"
		d.Lead = "The account of " + l.Person.Name + " gets the address " + l.Email + " again, and everybody is signed out."
		return d
	}
	if promise != "" {
		d.Lead = promise
	}
	if l.Person.ID == "" {
		return d
	}
	d.Offer, d.Button = account.SignInFirst, "Sign in"
	switch {
	case promise != "" && actor.User() == l.Person.ID:
		d.Offer, d.Verb, d.Button = account.Accept, "accept", "Accept the invitation"
	case actor.SignedIn() && actor.User() != l.Person.ID:
		d.SignedInAs = actor.Account().Email
	}
	return d
}

// emailData offers a new address to whoever is signed in to its account.
func emailData(l portal.LinkPage, actor models.Actor, d account.LinkData) account.LinkData {
	d.Title, d.Lead = "Confirm your new address", "Your account will have the address "+l.Email+". The old one is told, and can undo it for 7 days."
	d.Offer, d.Verb, d.Button = account.Accept, "email", "Change the address"
	if actor.User() != l.Person.ID {
		d.Offer, d.Button, d.Email = account.SignInFirst, "Sign in", l.Person.Email
	}
	if actor.SignedIn() && actor.User() != l.Person.ID {
		d.SignedInAs = actor.Account().Email
	}
	return d
}

// ConfirmEmail gives the account of the session the address that a link proves.
func (w *Web) ConfirmEmail(c echo.Context) error {
	err := w.Accounts.ConfirmEmail(c.Request().Context(), guard.Actor(c), c.Param("secret"))
	if err != nil {
		return w.linkProblem(c, err)
	}
	return done(c, "Your address was changed. The old one was told, and can undo it for 7 days.", "/account")
}

// UndoEmail gives an account the address back that it had. Everybody is signed out,
// so nobody is left to be told but on the page itself.
func (w *Web) UndoEmail(c echo.Context) error {
	if err := w.Accounts.UndoEmail(c.Request().Context(), guard.Actor(c), c.Param("secret")); err != nil {
		return w.linkProblem(c, err)
	}
	return render(c, http.StatusOK, account.Undone(w.linkPage(c, "Your address is yours again")))
}

// linkProblem shows what is in the way of using a link.
func (w *Web) linkProblem(c echo.Context, err error) error {
	if fault.Is(err, fault.Gone) || fault.Is(err, fault.NotFound) {
		return w.linkOver(c, err)
	}
	if problems, ok := fieldsOf(err); ok {
		return w.showLink(c, http.StatusConflict, problems)
	}
	return err
}

// BeginEnrol asks for a passkey of the person whom a link was sent to.
func (w *Web) BeginEnrol(c echo.Context) error {
	s, err := w.started(c)
	if err != nil {
		return err
	}
	return options(c)(w.Accounts.BeginEnrol(c.Request().Context(), guard.Actor(c), s.Hash(), c.Param("secret"), c.FormValue("name"), c.FormValue("email")))
}

// FinishEnrol uses the link up and signs the person in.
func (w *Web) FinishEnrol(c echo.Context) error {
	response, err := answerOf(c)
	if err != nil {
		return err
	}
	s := guard.Session(c)
	made, err := w.Accounts.FinishEnrol(c.Request().Context(), guard.Actor(c), s.Hash(), response)
	if err != nil {
		return err
	}
	if !made.SignIn { // a link for another device only adds a passkey
		if guard.Actor(c).User() == made.User.ID {
			return goTo(c, passkeysChanged)
		}
		return goTo(c, "/login?done=added&next=%2Faccount")
	}
	next := session.SafeNext(made.Next)
	if made.Tenant.Slug != "" {
		next = "/t/" + made.Tenant.Slug
	}
	return w.signIn(c, made.User, made.Key, next)
}

// AcceptInvitation gives the signed-in person what an invitation promises. Their
// rights change, so their session's id does, too (R36).
func (w *Web) AcceptInvitation(c echo.Context) error {
	tenant, err := w.Accounts.Accept(c.Request().Context(), guard.Actor(c), c.Param("secret"))
	if err != nil {
		return w.linkProblem(c, err)
	}
	if tenant.Slug == "" {
		return w.becomeStaff(c)
	}
	if err := guard.Session(c).Renew(c.Response(), c.Request()); err != nil {
		return err
	}
	return done(c, "Welcome to "+tenant.Name+".", "/t/"+tenant.Slug)
}

// becomeStaff gives who joined the staff a session with the short life of one of
// theirs, and ends their longer ones (R37).
func (w *Web) becomeStaff(c echo.Context) error {
	s, actor := guard.Session(c), guard.Actor(c)
	if err := w.Accounts.EndOtherSessions(c.Request().Context(), actor, s.Hash()); err != nil {
		return err
	}
	if err := s.SignIn(c.Response(), c.Request(), actor.User(), session.Staff, from(c)); err != nil {
		return err
	}
	return done(c, "Welcome to the support staff.", "/support")
}
