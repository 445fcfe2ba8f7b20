package api

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// versionEndJSON is what is announced of a version's end: all of it, in place of what
// was announced before.
type versionEndJSON struct {
	DeprecatedAt  *time.Time `json:"deprecated_at,omitempty" format:"date-time"` // left out: now, or as it was announced
	SunsetAt      *time.Time `json:"sunset_at,omitempty" format:"date-time"`     // from when its calls get 410; left out: open
	Successor     string     `json:"successor,omitempty" example:"v2"`           // name of the version to go to
	Notice        string     `json:"notice,omitempty" example:"Move to **v2**."` // what its callers are told, Markdown
	AcceptSooner  bool       `json:"accept_sooner,omitempty"`                    // the end may come sooner than it was announced
	AcceptCallers bool       `json:"accept_callers,omitempty"`                   // it may end within a week although it is called
} // @name VersionEnd

// retirementJSON is how a version is ended.
type retirementJSON struct {
	AcceptCallers bool `json:"accept_callers,omitempty"` // although it was called in the last 30 days
} // @name Retirement

// asRead is the use cases for who has read the version and says so in If-Match (R142).
func (a *API) asRead(c echo.Context) (*portal.Versions, error) {
	w, err := a.APIs.Workbench(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return nil, err
	}
	now := strconv.Itoa(w.Version.Revision)
	return a.Versions.AsSeen(now), unchanged(c, now)
}

// DeprecateVersion announces a version's end, or changes what was announced.
//
//	@Summary   Announce the end of a version
//	@ID        deprecateVersion
//	@Tags      apis
//	@Description  Announces that a version is deprecated and when it ends, or changes what was announced. Those who called it are told; the gateway says it in the headers Deprecation, Sunset and Link (RFC 9745, RFC 8594). Scope: apis:write and apis:read.
//	@Param     tenant   path  string           true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string           true  "slug of the API"  example(berths)
//	@Param     version  path  string           true  "name of the version"  example(v1)
//	@Param     If-Match  header  string        true  "ETag of what was read"  example("7")
//	@Param     body     body  versionEndJSON  true  "what is meant"
//	@Success   200  {object}  versionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/deprecate [post]
func (a *API) DeprecateVersion(c echo.Context) error {
	versions, err := a.asRead(c)
	if err != nil {
		return err
	}
	var in versionEndJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	end := portal.VersionEnd{Successor: in.Successor, Accept: portal.Accept{Callers: in.AcceptCallers},
		Ending: models.Ending{DeprecatedAt: in.DeprecatedAt, SunsetAt: in.SunsetAt, Notice: in.Notice, Sooner: in.AcceptSooner}}
	if _, err := versions.Deprecate(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), end); err != nil {
		return late(err)
	}
	return a.ReadVersion(c)
}

// UndeprecateVersion takes an announced end back.
//
//	@Summary   Take the end of a version back
//	@ID        undeprecateVersion
//	@Tags      apis
//	@Description  Takes an announced end back. Those who called it are told. Scope: apis:write and apis:read.
//	@Param     tenant   path  string           true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string           true  "slug of the API"  example(berths)
//	@Param     version  path  string           true  "name of the version"  example(v1)
//	@Param     If-Match  header  string        true  "ETag of what was read"  example("7")
//	@Success   200  {object}  versionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   401,403,404,409,412,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/undeprecate [post]
func (a *API) UndeprecateVersion(c echo.Context) error {
	versions, err := a.asRead(c)
	if err != nil {
		return err
	}
	if _, err := versions.Undeprecate(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")); err != nil {
		return late(err)
	}
	return a.ReadVersion(c)
}

// RetireVersion ends a version now.
//
//	@Summary   Retire a version
//	@ID        retireVersion
//	@Tags      apis
//	@Description  Ends a version now: its calls get 410. Where it was called in the last 30 days, that is refused with callers_left unless accept_callers is true. Subscriptions stay; for 30 days it can be brought back. Scope: apis:write and apis:read.
//	@Param     tenant   path  string           true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string           true  "slug of the API"  example(berths)
//	@Param     version  path  string           true  "name of the version"  example(v1)
//	@Param     If-Match  header  string        true  "ETag of what was read"  example("7")
//	@Param     body     body  retirementJSON  true  "what is meant"
//	@Success   200  {object}  versionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/retire [post]
func (a *API) RetireVersion(c echo.Context) error {
	versions, err := a.asRead(c)
	if err != nil {
		return err
	}
	var in retirementJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if _, err := versions.Retire(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), portal.Accept{Callers: in.AcceptCallers}); err != nil {
		return late(err)
	}
	return a.ReadVersion(c)
}

// ReviveVersion brings a retired version back.
//
//	@Summary   Bring a version back
//	@ID        reviveVersion
//	@Tags      apis
//	@Description  Brings a version back that was retired in the last 30 days, without a day of its end. Scope: apis:write and apis:read.
//	@Param     tenant   path  string           true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string           true  "slug of the API"  example(berths)
//	@Param     version  path  string           true  "name of the version"  example(v1)
//	@Param     If-Match  header  string        true  "ETag of what was read"  example("7")
//	@Success   200  {object}  versionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   401,403,404,409,412,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/revive [post]
func (a *API) ReviveVersion(c echo.Context) error {
	versions, err := a.asRead(c)
	if err != nil {
		return err
	}
	if _, err := versions.Revive(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")); err != nil {
		return late(err)
	}
	return a.ReadVersion(c)
}
