package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// groupRoleJSON gives a role to who is in a group.
type groupRoleJSON struct {
	Group string `json:"group" example:"port-it"`
	Role  string `json:"role" enums:"auditor,api_manager,admin,partner" example:"api_manager"`
} // @name GroupRole

// providerJSON is the OpenID provider through which a tenant's people sign in.
type providerJSON struct {
	Name         string          `json:"name" example:"Northquay account"` // as people know it
	Issuer       string          `json:"issuer" example:"https://id.northquay.example"`
	ClientID     string          `json:"client_id" example:"gatehouse"`
	Fingerprint  string          `json:"client_secret_fingerprint" example:"9f3c"`      // last four hex digits of its SHA-256
	GroupsClaim  string          `json:"groups_claim" example:"groups"`                 // empty where no groups are read
	Roles        []groupRoleJSON `json:"roles"`                                         // the first that fits counts
	SignUp       bool            `json:"sign_up"`                                       // people without an account may make one by it
	Enabled      bool            `json:"enabled"`                                       // people sign in through it
	Callback     string          `json:"callback" example:"https://portal.example/..."` // redirect URI to register at the provider
	FailingSince *time.Time      `json:"failing_since,omitempty" format:"date-time"`    // it has not answered the checks since then
	Failure      string          `json:"failure,omitempty" example:"it refused the client secret"`
	UpdatedAt    time.Time       `json:"updated_at" format:"date-time"`
} // @name SignInProvider

// providerChangeJSON is all that is set of a provider.
type providerChangeJSON struct {
	Name        string          `json:"name" example:"Northquay account"`
	Issuer      string          `json:"issuer" example:"https://id.northquay.example"`
	ClientID    string          `json:"client_id" example:"gatehouse"`
	Secret      string          `json:"client_secret,omitempty" example:"from-the-provider"` // left out, the one that is there stays
	GroupsClaim string          `json:"groups_claim" example:"groups"`
	Roles       []groupRoleJSON `json:"roles"`
	SignUp      bool            `json:"sign_up"`
	Enabled     bool            `json:"enabled"`
} // @name SignInProviderChange

func providerFrom(p portal.ProviderPage) providerJSON {
	out := providerJSON{p.Name, p.Issuer, p.ClientID, p.Fingerprint, p.GroupsClaim, []groupRoleJSON{}, p.SignUp, p.Enabled, p.Callback, p.FailingSince, p.Failure, p.UpdatedAt}
	for _, r := range p.Roles {
		out.Roles = append(out.Roles, groupRoleJSON(r))
	}
	return out
}

// provider is the tenant's, NotFound where it has none.
func (a *API) provider(c echo.Context) (portal.ProviderPage, error) {
	page, err := a.Providers.Show(c.Request().Context(), guard.Actor(c), "")
	if err == nil && !page.Known {
		err = fault.Missing("provider")
	}
	return page, err
}

// ReadProvider shows the tenant's OpenID provider.
//
//	@Summary   Read the provider for sign-in
//	@ID        readSignInProvider
//	@Tags      settings
//	@Description  The OpenID provider through which people sign in; never its client secret. Takes a token of an admin. Scope: settings:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Success   200  {object}  providerJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/sign-in-provider [get]
func (a *API) ReadProvider(c echo.Context) error {
	page, err := a.provider(c)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, strconv.Itoa(page.Revision), providerFrom(page))
}

// WriteProvider changes what a program may change of the tenant's OpenID provider.
//
//	@Summary   Change the provider for sign-in
//	@ID        writeSignInProvider
//	@Tags      settings
//	@Description  Renews the client secret, renames the provider, turns sign-up or all of it off; then sessions that came through it end. All of it is sent: read it first. What lets others in or gives a role is decided on the page with a passkey: setting a provider up, its issuer, client id, groups and roles, and turning anything on; here that is 403, step_up_required. Takes a token of an admin. Scope: settings:write and settings:read.
//	@Param     tenant    path    string  true  "slug of the tenant"  example(northquay)
//	@Param     If-Match  header  string  true  "ETag of what was read"  example("7")
//	@Param     body      body    providerChangeJSON  true  "the provider"
//	@Success   200  {object}  providerJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   400,401,403,404,412,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/sign-in-provider [put]
func (a *API) WriteProvider(c echo.Context) error {
	before, err := a.provider(c)
	if err != nil {
		return err
	}
	if err := unchanged(c, strconv.Itoa(before.Revision)); err != nil {
		return err
	}
	var in providerChangeJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	change := portal.ProviderChange{Secret: in.Secret, Provider: models.Provider{Name: in.Name, Issuer: in.Issuer, ClientID: in.ClientID,
		GroupsClaim: in.GroupsClaim, SignUp: in.SignUp, Enabled: in.Enabled, Revision: before.Revision}}
	for _, r := range in.Roles {
		change.Roles = append(change.Roles, models.GroupRole(r))
	}
	if err := a.Providers.Set(c.Request().Context(), guard.Actor(c), change); err != nil {
		return late(err)
	}
	return a.ReadProvider(c)
}
