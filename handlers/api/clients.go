package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
)

// clientJSON is a registered client, never its secret.
type clientJSON struct {
	ID         string              `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"` // the client_id
	Name       string              `json:"name" example:"Orders server"`
	Hint       string              `json:"hint" example:"9fK2"` // last four characters of its secret
	MayRevoke  bool                `json:"may_revoke"`          // whether it may revoke tokens (RFC 7009)
	Versions   []clientVersionJSON `json:"versions"`            // about whose tokens it is told (RFC 7662)
	CreatedAt  time.Time           `json:"created_at" format:"date-time"`
	RotatedAt  time.Time           `json:"rotated_at" format:"date-time"`             // when its secret was made
	LastUsedAt *time.Time          `json:"last_used_at,omitempty" format:"date-time"` // within 15 minutes; absent if it never asked
} // @name Client

// clientVersionJSON is a version of an API.
type clientVersionJSON struct {
	API     string `json:"api" example:"berths"`
	Version string `json:"version" example:"v1"`
} // @name ClientVersion

func clientFrom(row portal.ClientRow) clientJSON {
	out := clientJSON{ID: row.ID, Name: row.Name, Hint: row.Hint, MayRevoke: row.MayRevoke, Versions: []clientVersionJSON{},
		CreatedAt: row.CreatedAt, RotatedAt: row.RotatedAt, LastUsedAt: row.LastUsedAt}
	for _, v := range row.Versions {
		out.Versions = append(out.Versions, clientVersionJSON{v.API.Slug, v.Version.Name})
	}
	return out
}

// ListClients shows what clients are registered.
//
//	@Summary   List registered clients
//	@ID        listClients
//	@Tags      clients
//	@Description  The programs that may ask whether a token is good (RFC 7662) or revoke it (RFC 7009), by name; all on one page. They are registered in the portal, where their secret is shown once. Scope: clients:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Success   200  {object}  listJSON[clientJSON]
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/clients [get]
func (a *API) ListClients(c echo.Context) error {
	rows, err := a.Clients.List(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(rows, clientFrom, ""))
}

// ReadClient shows one client.
//
//	@Summary   Read a registered client
//	@ID        readClient
//	@Tags      clients
//	@Description  What one client is told about, and when it last asked. Scope: clients:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "id of the client"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  clientJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/clients/{id} [get]
func (a *API) ReadClient(c echo.Context) error {
	row, err := a.Clients.Show(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, strconv.Itoa(row.Revision), clientFrom(row))
}

// RemoveClient ends a client.
//
//	@Summary   Remove a registered client
//	@ID        removeClient
//	@Tags      clients
//	@Description  Ends a client: its secret opens nothing any more. Scope: clients:write.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true   "id of the client"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  false  "ETag of what was read"  example("7")
//	@Success   204
//	@Failure   400,401,403,404,412  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/clients/{id} [delete]
func (a *API) RemoveClient(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	if err := a.Clients.AsSeen(seenIn(c)...).Remove(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return late(err)
	}
	return c.NoContent(http.StatusNoContent)
}
