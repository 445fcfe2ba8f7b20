package web

import (
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/support"
)

// SuspendTenant refuses all calls to a tenant's APIs and hides its portal.
func (w *Web) SuspendTenant(c echo.Context) error {
	return w.setTenantState(c, models.TenantSuspended, " is suspended; calls to its APIs are refused.")
}

// ResumeTenant brings a suspended tenant back.
func (w *Web) ResumeTenant(c echo.Context) error {
	return w.setTenantState(c, models.TenantActive, " is back; calls to its APIs go through.")
}

func (w *Web) setTenantState(c echo.Context, state models.TenantState, outcome string) error {
	form := support.GrantForm{Reason: c.FormValue("state_reason")}
	tenant, err := w.Tenants.Suspend(c.Request().Context(), guard.Actor(c), c.Param("slug"), state, form.Reason)
	if err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		form.Problems = renamed(problems, map[string]string{"reason": "state_reason"})
		return w.showDoor(c, formStatus(err), support.Door{Suspend: form})
	}
	return done(c, tenant.Name+outcome, "/support/tenants/"+tenant.Slug)
}
