package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/support"
)

// TenantDoor shows a tenant from outside: how to get in, and who is.
func (w *Web) TenantDoor(c echo.Context) error { return w.showDoor(c, http.StatusOK, support.Door{}) }

func (w *Web) showDoor(c echo.Context, status int, d support.Door) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	tenant, hasAdmin, err := w.Tenants.Find(ctx, actor, c.Param("slug"))
	if err != nil {
		return err
	}
	access, err := w.Grants.AtDoor(ctx, actor, tenant.Slug)
	if err != nil {
		return err
	}
	d.Now, d.HasAdmin, d.Tenant = w.Clock.Now(), hasAdmin, consoleTenant(tenant, nil)
	d.MayGive, d.MayInvite = actor.Can(models.GrantGive), actor.Can(models.AdminInvite)
	d.MaySuspend, d.MayBreak = actor.Can(models.TenantSuspend), w.Grants.MayBreakGlass(actor)
	d.Access = w.grantsData(access, actor, false)
	for _, g := range access.Live {
		if g.UserID == actor.User() && d.Tenant.Grant == nil {
			d.Tenant.Grant = &g.Grant
		}
	}
	for _, r := range access.Waiting {
		if r.UserID == actor.User() {
			asked := grantRequest(r, actor)
			d.Asked = &asked
		}
	}
	for i, v := range access.Standing {
		if v.UserID == actor.User() {
			d.Standing = &d.Access.Standing[i]
		}
	}
	d.Enter.Minutes, d.Give.Minutes = orElse(d.Enter.Minutes, "60"), orElse(d.Give.Minutes, "60")
	d.Enter.Level, d.Give.Level = orElse(d.Enter.Level, string(models.GrantView)), orElse(d.Give.Level, string(models.GrantSupport))
	return render(c, status, support.At(w.console(c, tenant.Name), d))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// wish is what a form asks for; a number of minutes that is none is 0, which is refused.
func wish(f support.GrantForm) portal.GrantWish {
	minutes, _ := strconv.Atoi(f.Minutes)
	return portal.GrantWish{Level: models.GrantLevel(f.Level), Reason: f.Reason, Ticket: f.Ticket, Minutes: minutes}
}

// EnterTenant gives the staff person a grant to look; for more it asks.
func (w *Web) EnterTenant(c echo.Context) error {
	form := support.GrantForm{Level: orElse(c.FormValue("level"), string(models.GrantView)), Reason: c.FormValue("reason"), Ticket: c.FormValue("ticket"), Minutes: c.FormValue("minutes")}
	ask := w.Grants.Ask
	if form.Level == string(models.GrantView) {
		ask = w.Grants.Enter
	}
	tenant, err := ask(c.Request().Context(), guard.Actor(c), c.Param("slug"), wish(form))
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = problems
		return w.showDoor(c, status, support.Door{Enter: form})
	}
	if form.Level != string(models.GrantView) {
		return done(c, "The operators and the admins of "+tenant.Name+" were told. You hear when one of them answers.", "/support/tenants/"+tenant.Slug)
	}
	return done(c, "You are in "+tenant.Name+" now.", "/t/"+tenant.Slug)
}

// GiveGrant lets another staff person do more in a tenant.
func (w *Web) GiveGrant(c echo.Context) error {
	form := support.GrantForm{Email: c.FormValue("email"), Level: c.FormValue("give_level"), Reason: c.FormValue("give_reason"), Ticket: c.FormValue("give_ticket"), Minutes: c.FormValue("give_minutes")}
	tenant, err := w.Grants.Give(c.Request().Context(), guard.Actor(c), c.Param("slug"), form.Email, wish(form))
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = renamed(problems, map[string]string{"reason": "give_reason", "minutes": "give_minutes", "level": "give_level", "ticket": "give_ticket"})
		return w.showDoor(c, status, support.Door{Give: form})
	}
	return done(c, form.Email+" has the grant "+form.Level+" in "+tenant.Name+" now.", "/support/tenants/"+tenant.Slug)
}

// GiveStanding lets another staff person look whenever they have to.
func (w *Web) GiveStanding(c echo.Context) error {
	form := support.GrantForm{Email: c.FormValue("stand_email"), Reason: c.FormValue("stand_reason")}
	tenant, err := w.Grants.GiveStanding(c.Request().Context(), guard.Actor(c), c.Param("slug"), form.Email, form.Reason)
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = renamed(problems, map[string]string{"email": "stand_email", "reason": "stand_reason"})
		return w.showDoor(c, status, support.Door{Stand: form})
	}
	return done(c, form.Email+" may look into "+tenant.Name+" whenever they have to.", "/support/tenants/"+tenant.Slug)
}

// renamed gives problems the names that their fields have on this page.
func renamed(problems []fault.Field, names map[string]string) []fault.Field {
	out := slices.Clone(problems)
	for i, p := range out {
		out[i].Name = orElse(names[p.Name], p.Name)
	}
	return out
}

// Emergency is the page on which somebody enters with nobody there to approve.
func (w *Web) Emergency(c echo.Context) error {
	return w.showEmergency(c, http.StatusOK, support.GrantForm{Minutes: "60"})
}

func (w *Web) showEmergency(c echo.Context, status int, form support.GrantForm) error {
	actor := guard.Actor(c)
	tenant, _, err := w.Tenants.Find(c.Request().Context(), actor, c.Param("slug"))
	if err != nil {
		return err
	}
	if !w.Grants.MayBreakGlass(actor) {
		return fault.New(fault.Forbidden, "not_allowed", "Only operators enter in an emergency here.")
	}
	return render(c, status, support.Break(w.console(c, "Emergency"), support.Emergency{Tenant: consoleTenant(tenant, nil), Form: form}))
}

// BreakGlass lets the staff person manage a tenant at once, and tells everybody.
func (w *Web) BreakGlass(c echo.Context) error {
	form := support.GrantForm{Name: c.FormValue("tenant_name"), Reason: c.FormValue("reason"), Ticket: c.FormValue("ticket"), Minutes: c.FormValue("minutes")}
	tenant, err := w.Grants.BreakGlass(c.Request().Context(), guard.Actor(c), c.Param("slug"), form.Name, wish(form))
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = problems
		return w.showEmergency(c, status, form)
	}
	return follow(c, flashWarning, "You manage "+tenant.Name+" now. All operators and its admins were told.", "/t/"+tenant.Slug)
}

// LeaveTenant ends the staff person's grant. Their rights change, so their
// session's id does, too (R36).
func (w *Web) LeaveTenant(c echo.Context) error {
	actor := guard.Actor(c)
	if err := w.Grants.Leave(c.Request().Context(), actor); err != nil {
		return err
	}
	if err := guard.Session(c).Renew(c.Response(), c.Request()); err != nil {
		return err
	}
	return done(c, "You left "+actor.Tenant().Name+".", "/support")
}
