package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/layout"
	"gatehouse/views/settings"
)

// Provider is the page of the OpenID provider of a tenant, or of the staff.
func (w *Web) Provider(c echo.Context) error {
	f, err := w.providerForm(c)
	if err != nil {
		return err
	}
	return w.showProvider(c, http.StatusOK, f)
}

// providerBase is the page's address, in the tenant or in the console.
func providerBase(c echo.Context) string {
	if guard.Actor(c).Tenant().ID == "" {
		return "/support/sign-in"
	}
	return tenantBase(c) + "/admin/settings/sign-in"
}

// providerForm is the form as it is stored.
func (w *Web) providerForm(c echo.Context) (f settings.Provider, err error) {
	f.Slug, f.Base, f.Now = guard.Actor(c).Tenant().Slug, providerBase(c), w.Clock.Now()
	page, err := w.Portal.Providers.Show(c.Request().Context(), guard.Actor(c), c.QueryParam("after"))
	if err != nil {
		return f, err
	}
	f.Stored, f.Known, f.Callback = page.Provider, page.Known, page.Callback
	for _, i := range page.People {
		f.People = append(f.People, settings.ProviderPerson{ID: i.UserID, Name: i.User.Name, Email: i.User.Email, Gone: i.GoneAt != nil, SeenAt: i.SeenAt, CheckedAt: i.CheckedAt})
	}
	if page.Next != "" {
		f.Next = f.Base + "?after=" + page.Next
	}
	p := page.Provider
	f.Name, f.Issuer, f.ClientID, f.GroupsClaim, f.Roles = p.Name, p.Issuer, p.ClientID, p.GroupsClaim, models.GroupRolesText(p.Roles)
	f.SignUp, f.Enabled, f.Revision = p.SignUp, p.Enabled, strconv.Itoa(p.Revision)
	f.Door = w.Origin.String() + portal.ProviderPath(p.ID)
	return f, nil
}

func (w *Web) showProvider(c echo.Context, status int, f settings.Provider) error {
	const title = "Sign-in through your company"
	var page layout.Page
	if page = w.page(c, title); f.Slug == "" {
		page = w.console(c, title)
	}
	return render(c, status, f.Page(page))
}

// SetProvider makes or changes it.
func (w *Web) SetProvider(c echo.Context) error {
	stored, err := w.providerForm(c)
	if err != nil {
		return err
	}
	f := stored
	f.Name, f.Issuer, f.ClientID, f.GroupsClaim, f.Roles = c.FormValue("name"), c.FormValue("issuer"), c.FormValue("client_id"), c.FormValue("groups_claim"), c.FormValue("roles")
	f.SignUp, f.Enabled, f.Revision = c.FormValue("sign_up") != "", c.FormValue("enabled") != "", c.FormValue("revision")
	revision, _ := strconv.Atoi(f.Revision)
	err = w.Portal.Providers.Set(c.Request().Context(), guard.Actor(c), portal.ProviderChange{Secret: c.FormValue("client_secret"), Provider: models.Provider{
		Name: f.Name, Issuer: f.Issuer, ClientID: f.ClientID, GroupsClaim: f.GroupsClaim, Roles: models.ParseGroupRoles(f.Roles),
		SignUp: f.SignUp, Enabled: f.Enabled, Revision: revision,
	}})
	if err == nil {
		return done(c, "The provider was saved.", f.Base)
	}
	problems, status, ok := proofFields(err)
	if !ok {
		return err
	}
	f.Problems = problems
	if outrun(err) {
		f.Revision, f.Problems = stored.Revision, meanwhile(entry{"name", f.Name, stored.Name}, entry{"issuer", f.Issuer, stored.Issuer},
			entry{"client_id", f.ClientID, stored.ClientID}, entry{"groups_claim", f.GroupsClaim, stored.GroupsClaim}, entry{"roles", f.Roles, stored.Roles},
			entry{"sign_up", onOff(f.SignUp), onOff(stored.SignUp)}, entry{"enabled", onOff(f.Enabled), onOff(stored.Enabled)})
	}
	return w.showProvider(c, status, f)
}

// TestProvider asks the stored provider what it offers.
func (w *Web) TestProvider(c echo.Context) error {
	f, err := w.providerForm(c)
	if err != nil {
		return err
	}
	facts, err := w.Portal.Providers.Test(c.Request().Context(), guard.Actor(c))
	if err == nil {
		f.Tested = &settings.ProviderFacts{Endpoint: facts.Endpoint, Notes: facts.Notes, Warnings: facts.Warnings}
		return w.showProvider(c, http.StatusOK, f)
	}
	if e := fault.From(err); e.Code == "provider_unavailable" || e.Code == "provider_refused" {
		f.Failed = e.Message
		return w.showProvider(c, http.StatusUnprocessableEntity, f)
	}
	return err
}

// ReleaseIdentity ends somebody's link to the provider.
func (w *Web) ReleaseIdentity(c echo.Context) error {
	if err := w.Portal.Providers.Release(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		f, err := w.providerForm(c)
		if err != nil {
			return err
		}
		f.Problems = problems
		return w.showProvider(c, status, f)
	}
	return done(c, "The link was ended.", providerBase(c))
}
