package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/home"
)

// Home shows the portals that there are. Where there is one, it is the home.
func (w *Web) Home(c echo.Context) error {
	actor := guard.Actor(c)
	if host, ok := guard.OwnHost(c); ok {
		return c.Redirect(http.StatusSeeOther, "/t/"+host.Slug)
	}
	own, public, err := w.Tenants.Home(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	d := home.Data{CanCreate: actor.Can(models.TenantCreate)}
	d.Query = c.QueryParam("q")
	found, err := w.Tenants.FindPublic(c.Request().Context(), actor, d.Query)
	if err != nil {
		return err
	}
	for _, f := range found {
		d.Found = append(d.Found, home.Found{Name: f.Name, Summary: f.Summary, URL: "/t/" + f.Tenant.Slug + "/apis/" + f.Slug, Tenant: f.Tenant.Name, Category: f.Category, Tags: f.Tags})
	}
	for _, inside := range own {
		d.Own = append(d.Own, homeTenant(inside.Tenant(), standingName(inside)))
	}
	for _, t := range public {
		d.Public = append(d.Public, homeTenant(t, ""))
	}
	if all := append(d.Own, d.Public...); len(all) == 1 && !actor.Staff() && d.Query == "" {
		return c.Redirect(http.StatusSeeOther, all[0].URL)
	}
	return render(c, http.StatusOK, home.Home(w.page(c, "Developer portals"), d))
}

func homeTenant(t models.Tenant, what string) home.Tenant {
	return home.Tenant{Brand: Brand(t), Colour: t.Colour, URL: "/t/" + t.Slug, Tagline: t.Tagline, What: what}
}

// standingName is what somebody is in a tenant, in a word.
func standingName(inside models.Actor) string {
	switch {
	case inside.Role() != models.NoRole:
		return RoleName(inside.Role())
	case len(inside.Teams()) > 0:
		return "Partner"
	case inside.Grant() != nil:
		return "Staff, " + string(inside.Grant().Level)
	}
	return ""
}
