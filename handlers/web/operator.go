package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/views/support"
)

// NewTenant is the form of a new tenant.
func (w *Web) NewTenant(c echo.Context) error {
	begin, err := w.Tenants.Defaults(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, support.New(w.console(c, "Create a tenant"), support.TenantForm{Colour: begin.Colour, Public: begin.Public}))
}

// CreateTenant makes it, and invites its first admin.
func (w *Web) CreateTenant(c echo.Context) error {
	form := support.TenantForm{
		Name: c.FormValue("name"), Tagline: c.FormValue("tagline"), Slug: strings.TrimSpace(c.FormValue("slug")), Code: strings.TrimSpace(c.FormValue("code")),
		Colour: strings.ToLower(strings.TrimSpace(c.FormValue("colour"))), Public: c.FormValue("public") != "", Admin: strings.TrimSpace(c.FormValue("admin_email")),
	}
	tenant, err := w.Tenants.Create(c.Request().Context(), guard.Actor(c), portal.NewTenant{
		Slug: form.Slug, Code: form.Code, Name: form.Name, Tagline: form.Tagline, Colour: form.Colour, Public: form.Public, Admin: form.Admin,
	})
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = problems
		return render(c, status, support.New(w.console(c, "Create a tenant"), form))
	}
	message := tenant.Name + " was created."
	if form.Admin != "" {
		message += " The invitation is on its way to " + form.Admin + "."
	}
	return done(c, message, "/support/tenants/"+tenant.Slug)
}

// InviteAdmin sends a tenant's first admin a link.
func (w *Web) InviteAdmin(c echo.Context) error {
	form := support.GrantForm{Email: c.FormValue("admin_email")}
	if err := w.Tenants.InviteAdmin(c.Request().Context(), guard.Actor(c), c.Param("slug"), form.Email); err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = renamed(problems, map[string]string{"email": "admin_email"})
		return w.showDoor(c, status, support.Door{Invite: form})
	}
	return done(c, "The invitation is on its way to "+form.Email+".", "/support/tenants/"+c.Param("slug"))
}
