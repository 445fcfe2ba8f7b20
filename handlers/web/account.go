package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/account"
)

// Account is the page of one's own account.
func (w *Web) Account(c echo.Context) error {
	if guard.Actor(c).Via() != "" {
		return w.visit(c)
	}
	return w.showAccount(c, http.StatusOK, guard.Actor(c).Account().Name, nil)
}

func (w *Web) showAccount(c echo.Context, status int, name string, problems []fault.Field) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	d := account.Data{Name: name, Email: actor.Account().Email, Since: actor.Account().CreatedAt, Problems: problems, Now: w.Clock.Now()}
	var err error
	if d.Passkeys, err = w.Accounts.Passkeys(ctx, actor); err != nil {
		return err
	}
	if d.Safety, err = w.safety(c); err != nil {
		return err
	}
	sessions, err := w.Accounts.Sessions(ctx, actor, guard.Session(c).Hash())
	if err != nil {
		return err
	}
	d.Sessions = len(sessions)
	places, err := w.Accounts.Places(ctx, actor)
	if err != nil {
		return err
	}
	for _, p := range places {
		d.Places = append(d.Places, account.Place{Tenant: p.Tenant.Name, URL: "/t/" + p.Tenant.Slug, What: placeName(p)})
	}
	own, err := w.Portal.Providers.Own(ctx, actor)
	if err != nil {
		return err
	}
	for _, o := range own {
		d.Identities = append(d.Identities, account.Identity{Provider: offerOf(o.ProviderOffer, ""), Scope: o.Scope, Linked: o.Linked, Gone: o.Gone, Email: o.Email})
	}
	return render(c, status, account.Account(w.page(c, "Your account"), d))
}

// safety is what keeps the person from losing their account.
func (w *Web) safety(c echo.Context) (s account.Safety, err error) {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	codes, err := w.Accounts.RecoveryCodes(ctx, actor)
	if err != nil {
		return s, err
	}
	s = account.Safety{CodesLeft: codes.Left, CodesOf: codes.Of, CodesMade: codes.MadeAt, Changed: c.QueryParam("passkeys") == "changed"}
	if until, yes := actor.Account().Recovering(w.Clock.Now()); yes {
		s.TokensFrom = until
	}
	rows, err := w.Accounts.Recoveries(ctx, actor)
	for _, r := range rows {
		s.Recoveries = append(s.Recoveries, account.Recovery{ID: r.ID, Tenant: r.Tenant.Name, By: r.By.Name, Reason: r.Reason,
			Sent: r.State == models.RecoverySent, DueAt: r.DueAt})
	}
	return s, err
}

func placeName(p portal.Place) string {
	switch {
	case p.Role != models.NoRole:
		return RoleName(p.Role)
	case p.TeamRole == models.TeamOwner:
		return "Owner of " + p.Team.Name
	}
	return "Member of " + p.Team.Name
}

// RenameAccount changes how the person is called.
func (w *Web) RenameAccount(c echo.Context) error {
	name := c.FormValue("name")
	if err := w.Accounts.Rename(c.Request().Context(), guard.Actor(c), name); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showAccount(c, http.StatusUnprocessableEntity, name, problems)
		}
		return err
	}
	return done(c, "Your name was changed.", "/account")
}

// ListSessions shows where the person is signed in.
func (w *Web) ListSessions(c echo.Context) error {
	rows, err := w.Accounts.Sessions(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash())
	if err != nil {
		return err
	}
	d := account.SessionsData{Now: w.Clock.Now()}
	for _, s := range rows {
		d.Sessions = append(d.Sessions, account.Session{ID: s.ID, Host: s.Host, Device: s.Device, ClientIP: s.ClientIP, Network: s.Network, Passkey: s.Passkey, Provider: s.Provider,
			CreatedAt: s.CreatedAt, SeenAt: s.SeenAt, Current: s.Current})
	}
	return render(c, http.StatusOK, account.Sessions(w.page(c, "Where you are signed in"), d))
}

// ChangeEmail is the page on which the account's address is changed.
func (w *Web) ChangeEmail(c echo.Context) error {
	return w.showEmail(c, http.StatusOK, account.EmailForm{})
}

func (w *Web) showEmail(c echo.Context, status int, f account.EmailForm) error {
	f.Now = guard.Actor(c).Account().Email
	return render(c, status, account.Email(w.page(c, "Change your address"), f))
}

// AskEmail sends a link to the address that the person wants.
func (w *Web) AskEmail(c echo.Context) error {
	email := c.FormValue("email")
	if err := w.Accounts.AskEmail(c.Request().Context(), guard.Actor(c), email); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showEmail(c, status, account.EmailForm{Email: email, Problems: problems})
		}
		return err
	}
	return done(c, "We sent a link to "+email+". Open it in this browser within 24 hours; until then nothing is changed.", "/account/email")
}

// EndSession ends another session of the person, or all others.
func (w *Web) EndSession(c echo.Context) error {
	ctx, actor, id := c.Request().Context(), guard.Actor(c), c.FormValue("session")
	if id == "others" {
		if err := w.Accounts.EndOtherSessions(ctx, actor, guard.Session(c).Hash()); err != nil {
			return err
		}
		return done(c, "All other sessions were ended.", portal.SessionsPath)
	}
	if err := w.Accounts.EndSession(ctx, actor, id); err != nil {
		return err
	}
	return done(c, "The session was ended.", portal.SessionsPath)
}
