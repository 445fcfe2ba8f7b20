package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// tenantJSON is a tenant as operators see it from outside.
type tenantJSON struct {
	ID              string     `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Slug            string     `json:"slug" example:"northquay"` // stands in addresses
	Code            string     `json:"code" example:"nq"`        // stands in tokens
	Name            string     `json:"name" example:"Northquay Ports"`
	Tagline         string     `json:"tagline" example:"Berths, cranes and gates"`
	Colour          string     `json:"colour" example:"#0f766e"`
	Public          bool       `json:"public"` // strangers see its portal
	State           string     `json:"state" enums:"active,suspended,archived"`
	CreatedAt       time.Time  `json:"created_at" format:"date-time"`
	RestorableUntil *time.Time `json:"restorable_until,omitempty" format:"date-time"` // of an archived one
} // @name Tenant

// tenantLineJSON is a tenant in a list, with what waits in it.
type tenantLineJSON struct {
	tenantJSON
	Waiting      int       `json:"waiting" example:"3"` // requests that nobody decided
	Alerts       int       `json:"alerts" example:"0"`  // open ones
	LastActivity time.Time `json:"last_activity" format:"date-time"`
} // @name TenantLine

// newTenantJSON is a tenant to be made. What is left out begins as the settings of the installation say.
type newTenantJSON struct {
	Slug    string  `json:"slug" example:"northquay"`
	Code    string  `json:"code" example:"nq"`
	Name    string  `json:"name" example:"Northquay Ports"`
	Tagline string  `json:"tagline" example:"Berths, cranes and gates"`
	Colour  *string `json:"colour,omitempty" example:"#0f766e"`
	Public  *bool   `json:"public,omitempty"`
} // @name NewTenant

// tenantChangeJSON is why a tenant is suspended, resumed, archived or restored.
type tenantChangeJSON struct {
	Reason  string `json:"reason" example:"The contract has ended."`    // 5 to 500 characters; the tenant reads it in its audit log
	Confirm string `json:"confirm,omitempty" example:"Northquay Ports"` // the tenant's name, where calls are about to break: to suspend and to archive
} // @name TenantChange

func tenantFrom(t models.Tenant) tenantJSON {
	return tenantJSON{ID: t.ID, Slug: t.Slug, Code: t.Code, Name: t.Name, Tagline: t.Tagline, Colour: t.Colour, Public: t.Public, State: string(t.State),
		CreatedAt: t.CreatedAt, RestorableUntil: t.RestorableUntil()}
}

func tenantLineFrom(r portal.DirectoryRow) tenantLineJSON {
	return tenantLineJSON{tenantFrom(r.Tenant), r.Waiting, r.Alerts, r.ActiveAt}
}

// ListTenants shows all tenants.
//
//	@Summary   List tenants
//	@ID        listTenants
//	@Tags      tenants
//	@Description  All tenants by name, in pages, archived ones too. Takes a token of an operator. Scope: tenants:read.
//	@Param     q      query  string  false  "part of the name, the slug or the code"
//	@Param     state  query  string  false  "only those in this state"  Enums(active,suspended,archived)
//	@Param     limit  query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Param     after  query  string  false  "next of the page before"
//	@Success   200  {object}  listJSON[tenantLineJSON]
//	@Failure   401,403,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/tenants [get]
func (a *API) ListTenants(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	f := portal.DirectoryFilter{Text: c.QueryParam("q"), State: models.TenantState(c.QueryParam("state")), After: c.QueryParam("after"), Limit: limit + 1}
	switch f.State {
	case "", models.TenantActive, models.TenantSuspended, models.TenantArchived:
	default:
		return invalid("state", "Choose active, suspended or archived.")
	}
	page, err := a.Tenants.Directory(c.Request().Context(), guard.Actor(c), f, false, false)
	if f.After != "" && fault.Is(err, fault.NotFound) {
		return notNext()
	}
	if err != nil {
		return err
	}
	rows, more := page.Rows, len(page.Rows) > limit
	if more {
		rows = rows[:limit]
	}
	return c.JSON(http.StatusOK, listOf(rows, tenantLineFrom, last(rows, more, func(r portal.DirectoryRow) string { return r.Tenant.Slug })))
}

// ReadTenant shows one tenant.
//
//	@Summary   Read a tenant
//	@ID        readTenant
//	@Tags      tenants
//	@Description  One tenant from outside. Takes a token of an operator. Scope: tenants:read.
//	@Param     slug  path  string  true  "slug of the tenant"  example(northquay)
//	@Success   200  {object}  tenantJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/tenants/{slug} [get]
func (a *API) ReadTenant(c echo.Context) error {
	t, _, err := a.Tenants.Find(c.Request().Context(), guard.Actor(c), c.Param("slug"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, tenantFrom(t))
}

// CreateTenant makes a tenant.
//
//	@Summary   Create a tenant
//	@ID        createTenant
//	@Tags      tenants
//	@Description  It begins as the settings of the installation say, without an admin: a token gives no roles, so an operator invites the first admin in the support console. Takes a token of an operator. Scope: tenants:write.
//	@Param     body  body  newTenantJSON  true  "the tenant"
//	@Success   201  {object}  tenantJSON
//	@Header    201  {string}  Location  "where it is from now on"
//	@Failure   400,401,403,409,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/tenants [post]
func (a *API) CreateTenant(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	var in newTenantJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	colour, public, err := a.beginning(c, in)
	if err != nil {
		return err
	}
	t, err := a.Tenants.Create(ctx, actor, portal.NewTenant{Slug: in.Slug, Code: in.Code, Name: in.Name, Tagline: in.Tagline, Colour: colour, Public: public})
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/api/v1/installation/tenants/"+t.Slug)
	return c.JSON(http.StatusCreated, tenantFrom(t))
}

// beginning is what a new tenant's colour is and whether everybody sees it, as the
// installation's settings say where nothing was sent.
func (a *API) beginning(c echo.Context, in newTenantJSON) (colour string, public bool, err error) {
	defaults, err := a.Tenants.Defaults(c.Request().Context(), guard.Actor(c))
	colour, public = defaults.Colour, defaults.Public
	if in.Colour != nil {
		colour = *in.Colour
	}
	if in.Public != nil {
		public = *in.Public
	}
	return colour, public, err
}

// SuspendTenant refuses all calls to a tenant's APIs.
//
//	@Summary   Suspend a tenant
//	@ID        suspendTenant
//	@Tags      tenants
//	@Description  From the answer on every call to its APIs is refused, and its portal is hidden. Takes a token of an operator. Scope: tenants:write.
//	@Param     slug  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     body  body  tenantChangeJSON  true  "why, and the tenant's name"
//	@Success   200  {object}  tenantJSON
//	@Failure   400,401,403,404,409,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/tenants/{slug}/suspend [post]
func (a *API) SuspendTenant(c echo.Context) error {
	return a.turnTenant(c, models.TenantSuspended, models.TenantActive)
}

// ResumeTenant brings a suspended tenant back.
//
//	@Summary   Resume a tenant
//	@ID        resumeTenant
//	@Tags      tenants
//	@Description  Calls to the APIs of a suspended tenant go through again. Takes a token of an operator. Scope: tenants:write.
//	@Param     slug  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     body  body  tenantChangeJSON  true  "why"
//	@Success   200  {object}  tenantJSON
//	@Failure   400,401,403,404,409,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/tenants/{slug}/resume [post]
func (a *API) ResumeTenant(c echo.Context) error {
	return a.turnTenant(c, models.TenantActive, models.TenantSuspended)
}

// ArchiveTenant ends a suspended tenant.
//
//	@Summary   Archive a tenant
//	@ID        archiveTenant
//	@Tags      tenants
//	@Description  Of a suspended one: all its tokens are revoked for good. It can be restored for 30 days. Takes a token of an operator. Scope: tenants:write.
//	@Param     slug  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     body  body  tenantChangeJSON  true  "why, and the tenant's name"
//	@Success   200  {object}  tenantJSON
//	@Failure   400,401,403,404,409,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/tenants/{slug}/archive [post]
func (a *API) ArchiveTenant(c echo.Context) error {
	return a.turnTenant(c, models.TenantArchived, models.TenantSuspended)
}

// RestoreTenant makes an archived tenant a suspended one again.
//
//	@Summary   Restore a tenant
//	@ID        restoreTenant
//	@Tags      tenants
//	@Description  An archived tenant is a suspended one again; its tokens stay revoked. Takes a token of an operator. Scope: tenants:write.
//	@Param     slug  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     body  body  tenantChangeJSON  true  "why"
//	@Success   200  {object}  tenantJSON
//	@Failure   400,401,403,404,409,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/tenants/{slug}/restore [post]
func (a *API) RestoreTenant(c echo.Context) error {
	return a.turnTenant(c, models.TenantSuspended, models.TenantArchived)
}

// turnTenant brings a tenant from one state to another: suspending and restoring lead to
// the same one, and are told apart by where they begin.
func (a *API) turnTenant(c echo.Context, to, from models.TenantState) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	var in tenantChangeJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	t, err := a.Tenants.SetState(ctx, actor, c.Param("slug"), portal.TenantChange{From: from, To: to, Reason: in.Reason, Typed: in.Confirm})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, tenantFrom(t))
}
