package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/support"
)

// Installation shows what holds for all tenants: what is said to everybody, and what the
// server was started with.
func (w *Web) Installation(c echo.Context) error {
	said, err := w.Portal.Installation.Said(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return w.showInstallation(c, http.StatusOK, said, nil)
}

func (w *Web) showInstallation(c echo.Context, status int, said models.Installation, problems []fault.Field) error {
	configured, err := w.Portal.Installation.Configured(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return render(c, status, support.Settings(w.console(c, "Installation"), support.Installation{Said: said, Configured: configured, Problems: problems}))
}

// ConfigureInstallation changes what is said to everybody.
func (w *Web) ConfigureInstallation(c echo.Context) error {
	said := models.Installation{Banner: c.FormValue("banner"), Contact: c.FormValue("contact")}
	if err := w.Portal.Installation.Configure(c.Request().Context(), guard.Actor(c), said); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showInstallation(c, status, said, problems)
		}
		return err
	}
	return done(c, "Saved. Every page says it from now on.", "/support/installation")
}

// Health shows operators how this server is.
func (w *Web) Health(c echo.Context) error {
	conditions, err := w.Portal.Installation.Health(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, support.Health(w.console(c, "Health"), conditions))
}
