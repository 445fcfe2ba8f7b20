package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/views/settings"
)

func hostURL(c echo.Context) string { return tenantBase(c) + "/admin/settings/host" }

// OwnHost is the page of the tenant's own host name.
func (w *Web) OwnHost(c echo.Context) error {
	return w.showHost(c, http.StatusOK, settings.HostPage{})
}

func (w *Web) showHost(c echo.Context, status int, p settings.HostPage) error {
	actor := guard.Actor(c)
	own, err := w.Hosts.Of(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	p.Tenant, p.Own, p.Central, p.Now = actor.Tenant().Slug, own, w.Origin.Hostname(), w.Clock.Now()
	if own != nil {
		p.URL = w.originOn(own.Host) + "/"
	}
	return render(c, status, p.Page(w.page(c, "Own host name · Settings")))
}

// AskHost says under which name of its own the tenant wants to be reached.
func (w *Web) AskHost(c echo.Context) error {
	name := c.FormValue("host")
	if err := w.Hosts.Ask(c.Request().Context(), guard.Actor(c), name); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showHost(c, status, settings.HostPage{Form: "ask", Typed: name, Problems: problems})
		}
		return err
	}
	return done(c, "Now prove that the name is yours: the record that its DNS needs stands below.", hostURL(c))
}

// CheckHost looks into the DNS of the tenant's own host name now.
func (w *Web) CheckHost(c echo.Context) error {
	own, err := w.Hosts.Check(c.Request().Context(), guard.Actor(c))
	if err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showHost(c, formStatus(err), settings.HostPage{Form: "check", Problems: problems})
		}
		return err
	}
	return done(c, own.Host+" is proven. This portal is reached under it.", hostURL(c))
}

// RemoveHost gives the tenant's own host name up.
func (w *Web) RemoveHost(c echo.Context) error {
	if err := w.Hosts.Remove(c.Request().Context(), guard.Actor(c)); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showHost(c, status, settings.HostPage{Form: "remove", Problems: problems})
		}
		return err
	}
	return done(c, "The portal is not reached under that name any more.", hostURL(c))
}
