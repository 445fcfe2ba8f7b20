package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/models"
)

// hostJSON is the name of its own under which a tenant is reached.
type hostJSON struct {
	Host        string     `json:"host" example:"developers.northquay.example"`
	RecordName  string     `json:"record_name" example:"_gatehouse-host.developers.northquay.example"` // of the TXT record that proves it
	RecordValue string     `json:"record_value" example:"gatehouse-host=R5KQ3M"`
	ProvenAt    *time.Time `json:"proven_at,omitempty" format:"date-time"` // it is served since then
	LookedAt    *time.Time `json:"looked_at,omitempty" format:"date-time"` // when its DNS was last looked at
	LostAt      *time.Time `json:"lost_at,omitempty" format:"date-time"`   // its record is gone since then
	StopsAt     *time.Time `json:"stops_at,omitempty" format:"date-time"`  // when it stops unless the record is back
	CreatedAt   time.Time  `json:"created_at" format:"date-time"`
} // @name Host

// newHostJSON says under which name a tenant wants to be reached.
type newHostJSON struct {
	Host string `json:"host" example:"developers.northquay.example"`
} // @name NewHost

func hostFrom(h models.TenantHost) hostJSON {
	out := hostJSON{h.Host, h.RecordName(), h.RecordValue(), h.ProvenAt, h.LookedAt, h.LostAt, nil, h.CreatedAt}
	if h.LostAt != nil {
		stops := h.StopsAt()
		out.StopsAt = &stops
	}
	return out
}

// hostState is the entity tag of a host: what its being looked at in vain leaves as it is.
func hostState(h models.TenantHost) string {
	sum := sha256.Sum256(fmt.Append(nil, h.Challenge, h.Proven(), h.LostAt != nil))
	return hex.EncodeToString(sum[:8])
}

// host is the tenant's own, NotFound where it has none.
func (a *API) host(c echo.Context) (models.TenantHost, error) {
	own, err := a.Hosts.Of(c.Request().Context(), guard.Actor(c))
	if err == nil && own == nil {
		err = fault.Missing("host")
	}
	if err != nil {
		return models.TenantHost{}, err
	}
	return *own, nil
}

// ReadHost shows the tenant's own host name.
//
//	@Summary   Read the own host name
//	@ID        readHost
//	@Tags      settings
//	@Description  The name of its own under which the tenant is reached, and the record in its DNS that proves it. Takes a token of an admin. Scope: settings:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Success   200  {object}  hostJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/host [get]
func (a *API) ReadHost(c echo.Context) error {
	own, err := a.host(c)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, hostState(own), hostFrom(own))
}

// AskHost says under which name of its own the tenant wants to be reached.
//
//	@Summary   Set the own host name
//	@ID        putHost
//	@Tags      settings
//	@Description  The tenant is reached under it once the record that the answer names is in its DNS. A tenant has one: delete it before setting another; setting the same again changes nothing. Takes a token of an admin. Scope: settings:write and settings:read.
//	@Param     tenant  path  string       true  "slug of the tenant"  example(northquay)
//	@Param     body    body  newHostJSON  true  "the name"
//	@Success   200  {object}  hostJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   400,401,403,409,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/host [put]
func (a *API) AskHost(c echo.Context) error {
	var in newHostJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	own, err := a.Hosts.Of(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	if own == nil || own.Host != in.Host {
		if err := a.Hosts.Ask(c.Request().Context(), guard.Actor(c), in.Host); err != nil {
			return err
		}
	}
	return a.ReadHost(c)
}

// CheckHost looks into the DNS of the tenant's own host name now.
//
//	@Summary   Check the own host name
//	@ID        checkHost
//	@Tags      settings
//	@Description  Looks for its record now. Where it is not there yet, the answer is 409, host_not_proven. Takes a token of an admin. Scope: settings:write and settings:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Success   200  {object}  hostJSON  "it is proven"
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   400,401,403,404,409  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/host/check [post]
func (a *API) CheckHost(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	own, err := a.Hosts.Check(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, hostState(own), hostFrom(own))
}

// RemoveHost gives the tenant's own host name up.
//
//	@Summary   Delete the own host name
//	@ID        deleteHost
//	@Tags      settings
//	@Description  The tenant is reached under it no more, at once, and who is signed in there is not any more. Takes a token of an admin. Scope: settings:write and settings:read.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     If-Match  header  string  false  "ETag of what was read"  example("7")
//	@Success   204  "it is gone"
//	@Failure   400,401,403,404,412  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/host [delete]
func (a *API) RemoveHost(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	own, err := a.host(c)
	if err != nil {
		return err
	}
	if err := stillThere(c, hostState(own)); err != nil {
		return err
	}
	if err := a.Hosts.Remove(c.Request().Context(), guard.Actor(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
