package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/views/members"
)

// ListRecoveries shows which accounts are being recovered, and begins another one.
func (w *Web) ListRecoveries(c echo.Context) error {
	return w.showRecoveries(c, http.StatusOK, members.RecoveryForm{})
}

func recoveriesURL(c echo.Context) string { return tenantBase(c) + "/admin/recoveries" }

func (w *Web) showRecoveries(c echo.Context, status int, form members.RecoveryForm) error {
	rows, err := w.Recoveries.List(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	now := w.Clock.Now()
	d := members.Recoveries{Tenant: guard.Actor(c).Tenant().Slug, Form: form, Now: now}
	for _, r := range rows {
		d.Rows = append(d.Rows, members.Recovery{ID: r.ID, Name: r.User.Name, Email: r.User.Email, By: r.By.Name, Reason: r.Reason,
			State: r.State, Open: r.IsOpen(now), Begun: r.CreatedAt, DueAt: r.DueAt})
	}
	return render(c, status, members.RecoveryList(w.page(c, "Recoveries"), d))
}

// StartRecovery begins the recovery of an account.
func (w *Web) StartRecovery(c echo.Context) error {
	form := members.RecoveryForm{Email: c.FormValue("email"), Reason: c.FormValue("reason")}
	if err := w.Recoveries.Start(c.Request().Context(), guard.Actor(c), form.Email, form.Reason); err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = problems
		return w.showRecoveries(c, status, form)
	}
	return done(c, "The recovery has begun. "+form.Email+" gets a link in 24 hours, unless somebody stops it.", recoveriesURL(c))
}

// StopRecovery ends one.
func (w *Web) StopRecovery(c echo.Context) error {
	if err := w.Recoveries.Stop(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, "The recovery was stopped.", recoveriesURL(c))
}
