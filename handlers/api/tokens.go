package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// tokenJSON is a token as clients see it: what it is and may do, never its secret.
type tokenJSON struct {
	ID          string           `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Kind        string           `json:"kind" enums:"access,management,try"`
	Name        string           `json:"name" example:"ETA sync"`
	Purpose     string           `json:"purpose" example:"Tells customers when their ship comes in"`
	Description string           `json:"description" example:"Reads arrivals every minute"`
	Hint        string           `json:"hint" example:"9fK2"` // its last four characters
	State       string           `json:"state" enums:"pending,active,expires_soon,rotating,expired,paused,retired,revoked"`
	Owner       string           `json:"owner" example:"partner@shipper.example"`         // address; "" where it is a service account's
	Service     *serviceRefJSON  `json:"service_account,omitempty"`                       // whose it is, where that is no person
	Responsible []string         `json:"responsible" example:"colleague@shipper.example"` // besides the owner, who get its notices; of a service account's, all who do
	Team        *teamJSON        `json:"team,omitempty"`                                  // of an access token
	Permissions []permissionJSON `json:"permissions"`                                     // of an access token
	Scopes      []string         `json:"scopes" example:"apis:read"`                      // of a management token
	AllowedIPs  []string         `json:"allowed_ips" example:"192.0.2.0/24"`
	Requested   *requestedJSON   `json:"requested,omitempty"` // what it may do once that is approved
	CreatedAt   time.Time        `json:"created_at" format:"date-time"`
	ExpiresAt   time.Time        `json:"expires_at" format:"date-time"`
	LastUsedAt  *time.Time       `json:"last_used_at,omitempty" format:"date-time"` // absent if it was never used
	RevokedAt   *time.Time       `json:"revoked_at,omitempty" format:"date-time"`
	Reason      string           `json:"reason,omitempty" example:"Its secret was seen in public."`       // of the pause or the revocation
	Replaces    *string          `json:"replaces,omitempty"`                                              // id of the token whose place it took
	RetiresAt   *time.Time       `json:"retires_at,omitempty" format:"date-time"`                         // when it ends, or ended, for another took its place
	Cause       string           `json:"cause,omitempty" example:"leaked"`                                // of the revocation
	Change      int64            `json:"change,omitempty" example:"4711"`                                 // number of its last change, which gateways have applied
	RefusedAt   *time.Time       `json:"refused_at,omitempty" format:"date-time"`                         // first call that was refused after its end
	RefusedID   string           `json:"refused_id,omitempty" example:"1f0c6b2ad5f84e0c9a7b3d2e1c0f9a8b"` // its request id
	Gateways    []gatewayJSON    `json:"gateways,omitempty"`                                              // of a revoked or paused token that is read alone: who decides by its last change
} // @name Token

// serviceRefJSON names a service account.
type serviceRefJSON struct {
	ID   string `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Name string `json:"name" example:"Invoice run"`
} // @name ServiceAccountName

// gatewayJSON is a gateway process and whether it refuses a stopped token.
type gatewayJSON struct {
	ID      string    `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Applied int64     `json:"applied" example:"4711"` // number of the last change that it decides by
	Has     bool      `json:"has" example:"true"`     // the token's change is among them
	Silent  bool      `json:"silent" example:"false"` // it has told nothing for too long
	SeenAt  time.Time `json:"seen_at" format:"date-time"`
} // @name Gateway

// permissionJSON is what a token may do with one version.
type permissionJSON struct {
	API        string   `json:"api" example:"berths"`
	Version    string   `json:"version" example:"v1"`
	Access     string   `json:"access" enums:"none,read,write,custom"`
	Scopes     []string `json:"scopes,omitempty" example:"berths:read"`     // with custom
	Operations []string `json:"operations,omitempty" example:"GET /berths"` // with custom
} // @name Permission

// requestedJSON is what somebody wants a token to be allowed.
type requestedJSON struct {
	Permissions []permissionJSON `json:"permissions"`
	AllowedIPs  []string         `json:"allowed_ips" example:"192.0.2.0/24"`
	At          time.Time        `json:"at" format:"date-time"`
} // @name RequestedRights

// tokenFrom shapes a token as it is at a time.
func tokenFrom(now time.Time) func(portal.TokenRow) tokenJSON {
	return func(t portal.TokenRow) tokenJSON {
		out := tokenJSON{ID: t.ID, Kind: string(t.Kind), Name: t.Name, Purpose: t.Purpose, Description: t.Description, Hint: t.Hint, State: t.Shown(now),
			Owner: t.Owner.Email, Responsible: []string{}, Permissions: permissionsFrom(t.Permissions), Scopes: append([]string{}, t.Scopes...), AllowedIPs: rangesFrom(t.AllowedIPs),
			CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, RevokedAt: t.RevokedAt, Reason: t.Reason, Replaces: t.Replaces, RetiresAt: t.RetireAt,
			Cause: string(t.Cause), Change: t.ChangeSeq, RefusedAt: t.RefusedAt, RefusedID: t.RefusedID}
		if t.TeamID != nil {
			out.Team = &teamJSON{t.Team.ID, t.Team.Name}
		}
		if !t.Last.At.IsZero() {
			out.LastUsedAt = &t.Last.At
		}
		if t.ServiceID != nil {
			out.Service = &serviceRefJSON{*t.ServiceID, t.Owner.Name}
		}
		for _, u := range t.People {
			out.Responsible = append(out.Responsible, u.Email)
		}
		if w := t.Wish; w != nil && t.Asks(now) {
			out.Requested = &requestedJSON{permissionsFrom(t.Wished), rangesFrom(w.AllowedIPs), w.At}
		}
		return out
	}
}

func permissionsFrom(ps []portal.PermissionRow) []permissionJSON {
	out := []permissionJSON{}
	for _, p := range ps {
		out = append(out, permissionJSON{p.API.Slug, p.Version.Name, string(p.Access), p.Scopes, p.Permission.Operations})
	}
	return out
}

func rangesFrom(ranges []netip.Prefix) []string {
	out := []string{}
	for _, r := range ranges {
		out = append(out, r.String())
	}
	return out
}

// ListTokens shows what tokens exist.
//
//	@Summary   List tokens
//	@ID        listTokens
//	@Tags      tokens
//	@Description  All access and management tokens of the tenant, the newest first. Filters narrow further where several are given. Last use is known to filters and orders up to a quarter of an hour late. Scope: tokens:read.
//	@Param     tenant     path   string  true   "slug of the tenant"  example(northquay)
//	@Param     view       query  string  false  "only these"  enums(active,pending,expiring,paused,ended,dormant,orphaned,broad)
//	@Param     api        query  string  false  "only those that may call this API; its slug"
//	@Param     q          query  string  false  "text in name or description, or the last four characters"
//	@Param     kind       query  string  false  "only these"  enums(access,management)
//	@Param     owner      query  string  false  "id of the owner, a person or a service account, or text in their name or address"
//	@Param     team       query  string  false  "id of the team, or text in its name"
//	@Param     access     query  string  false  "with this access to a version"  enums(read,write,custom,none)
//	@Param     scope      query  string  false  "with this scope"
//	@Param     operation  query  string  false  "that name this operation"  example(GET /orders)
//	@Param     older      query  string  false  "made at least so many days ago"
//	@Param     newer      query  string  false  "made within so many days"
//	@Param     unused     query  string  false  "not used for so many days, or never"  example(90)
//	@Param     used       query  string  false  "used within so many days"
//	@Param     risk       query  []string  false  "with all of these: alert, writes, anywhere, long, idle"  collectionFormat(multi)
//	@Param     cause      query  string  false  "of the end"  enums(lost,leaked,left,unneeded,rotated,unused,aged,denied)
//	@Param     sort       query  string  false  "order; the newest first without it"  enums(created,name,-name,expires,-expires,used,-used)
//	@Param     after      query  string  false  "next of the page before"
//	@Param     limit      query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[tokenJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens [get]
func (a *API) ListTokens(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	behind, err := after(c)
	if err != nil {
		return err
	}
	q := portal.ParseTokenQuery(c.QueryParams())
	q.After, q.Limit = behind, limit
	if !slices.Contains(portal.TokenWatches, q.Watch) {
		q.View, q.Watch = q.Watch, ""
	}
	if q.View != "" && !slices.Contains([]string{"active", "pending", "expiring", "paused", "ended"}, q.View) {
		return invalid("view", "Choose active, pending, expiring, paused, ended, dormant, orphaned or broad.")
	}
	page, err := a.AllTokens.List(c.Request().Context(), guard.Actor(c), q)
	if err != nil {
		return err
	}
	next := last(page.Rows, page.More, func(t portal.TokenRow) string { return t.ID })
	return c.JSON(http.StatusOK, listOf(page.Rows, tokenFrom(a.Clock.Now()), next))
}

// ReadToken shows one token.
//
//	@Summary   Read a token
//	@ID        readToken
//	@Tags      tokens
//	@Description  What one token is and may do; of a stopped one, which gateways refuse it. Scope: tokens:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "id of the token"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  tokenJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/{id} [get]
func (a *API) ReadToken(c echo.Context) error {
	d, err := a.AllTokens.Show(c.Request().Context(), guard.Actor(c), c.Param("id"), "1h")
	if err != nil {
		return err
	}
	now := a.Clock.Now()
	out := tokenFrom(now)(d.TokenRow)
	for _, g := range d.Proof {
		out.Gateways = append(out.Gateways, gatewayJSON{g.ID, g.Applied, g.Has(d.ChangeSeq), g.Silent(now), g.SeenAt})
	}
	return show(c, http.StatusOK, strconv.Itoa(d.Revision), out)
}

// PauseToken makes a token refused for a while.
//
//	@Summary   Pause a token
//	@ID        pauseToken
//	@Tags      tokens
//	@Description  Makes a token refused until an admin resumes it, with a reason that its owner reads. Gateways know before the answer comes. Scope: tokens:write and tokens:read.
//	@Param     tenant    path    string      true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string      true   "id of the token"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string      false  "ETag of what was read"  example("7")
//	@Param     body      body    reasonJSON  true   "why"
//	@Success   200  {object}  tokenJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/{id}/pause [post]
func (a *API) PauseToken(c echo.Context) error {
	var in reasonJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.TokenReadAll); err != nil {
		return err
	}
	if err := a.AllTokens.AsSeen(seenIn(c)...).Pause(c.Request().Context(), guard.Actor(c), c.Param("id"), in.Reason); err != nil {
		return late(err)
	}
	return a.ReadToken(c)
}

// ResumeToken makes a paused token work again.
//
//	@Summary   Resume a token
//	@ID        resumeToken
//	@Tags      tokens
//	@Description  Makes a paused token work again. Scope: tokens:write and tokens:read.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true   "id of the token"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  false  "ETag of what was read"  example("7")
//	@Success   200  {object}  tokenJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,409,412  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/{id}/resume [post]
func (a *API) ResumeToken(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.TokenReadAll); err != nil {
		return err
	}
	if err := a.AllTokens.AsSeen(seenIn(c)...).Resume(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return late(err)
	}
	return a.ReadToken(c)
}

// revokeJSON says why a token ends.
type revokeJSON struct {
	Cause  string `json:"cause" binding:"required" enums:"unneeded,lost,leaked,left"`
	Reason string `json:"reason" binding:"required" example:"Its secret was seen in public."`
} // @name Revocation

// RevokeToken ends a token for good.
//
//	@Summary   Revoke a token
//	@ID        revokeToken
//	@Tags      tokens
//	@Description  Ends a token for good, with a cause and a reason that its owner reads. Gateways know before the answer comes. Doing it again changes nothing. Scope: tokens:write and tokens:read.
//	@Param     tenant    path    string      true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string      true   "id of the token"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string      false  "ETag of what was read"  example("7")
//	@Param     body      body    revokeJSON  true   "why"
//	@Success   200  {object}  tokenJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,412,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/{id}/revoke [post]
func (a *API) RevokeToken(c echo.Context) error {
	var in revokeJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.TokenReadAll); err != nil {
		return err
	}
	if err := a.AllTokens.AsSeen(seenIn(c)...).Revoke(c.Request().Context(), guard.Actor(c), c.Param("id"), models.TokenCause(in.Cause), in.Reason); err != nil {
		return late(err)
	}
	return a.ReadToken(c)
}
