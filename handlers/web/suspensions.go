package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/support"
)

// TenantState is the page on which a tenant is suspended, resumed, archived or restored,
// with what stops.
func (w *Web) TenantState(c echo.Context) error {
	return w.showState(c, http.StatusOK, support.StateForm{})
}

func (w *Web) showState(c echo.Context, status int, form support.StateForm) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	tenant, _, err := w.Tenants.Find(ctx, actor, c.Param("slug"))
	if err != nil {
		return err
	}
	stake, err := w.Tenants.AtStake(ctx, actor, tenant.Slug)
	if err != nil {
		return err
	}
	d := support.State{Tenant: consoleTenant(tenant, nil), Until: tenant.RestorableUntil(), Now: w.Clock.Now(), Form: form,
		Tokens: stake.Tokens, Management: stake.Management, Teams: stake.Teams, People: stake.People, CallsADay: stake.CallsADay}
	return render(c, status, support.Turn(w.console(c, tenant.Name), d))
}

// SuspendTenant refuses all calls to a tenant's APIs and hides its portal.
func (w *Web) SuspendTenant(c echo.Context) error {
	return w.setTenantState(c, models.TenantSuspended, " is suspended; calls to its APIs are refused.")
}

// ResumeTenant brings a suspended tenant back.
func (w *Web) ResumeTenant(c echo.Context) error {
	return w.setTenantState(c, models.TenantActive, " is back; calls to its APIs go through.")
}

// ArchiveTenant ends a suspended tenant.
func (w *Web) ArchiveTenant(c echo.Context) error {
	return w.setTenantState(c, models.TenantArchived, " is archived; its tokens are revoked for good.")
}

// RestoreTenant makes an archived tenant a suspended one again.
func (w *Web) RestoreTenant(c echo.Context) error {
	return w.setTenantState(c, models.TenantSuspended, " is restored. It is still suspended: resume it, then its partners make new tokens.")
}

func (w *Web) setTenantState(c echo.Context, to models.TenantState, outcome string) error {
	form := support.StateForm{To: to, Reason: c.FormValue(support.ReasonField(to)), Typed: c.FormValue("confirm")}
	tenant, err := w.Tenants.SetState(c.Request().Context(), guard.Actor(c), c.Param("slug"), portal.TenantChange{To: to, Reason: form.Reason, Typed: form.Typed})
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = renamed(problems, map[string]string{"reason": support.ReasonField(to)})
		return w.showState(c, status, form)
	}
	return done(c, tenant.Name+outcome, "/support/tenants/"+tenant.Slug)
}
