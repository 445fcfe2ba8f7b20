package api

import (
	"cmp"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
)

// sourceJSON is the URL from which a version's document comes.
type sourceJSON struct {
	URL          string     `json:"url" example:"https://api.example.com/openapi.yaml"`
	Schedule     string     `json:"schedule" enums:"off,hourly,daily,weekly" example:"daily"`
	CheckedAt    *time.Time `json:"checked_at,omitempty" format:"date-time"`
	NextAt       *time.Time `json:"next_at,omitempty" format:"date-time"`
	Failure      string     `json:"failure,omitempty" example:"The server answers 404 Not Found."` // of the last look
	FailingSince *time.Time `json:"failing_since,omitempty" format:"date-time"`
} // @name Source

// newSourceJSON says where a document comes from.
type newSourceJSON struct {
	URL      string `json:"url" example:"https://api.example.com/openapi.yaml"`                               // https, without a user name, query or fragment
	Schedule string `json:"schedule,omitempty" enums:"off,hourly,daily,weekly" default:"off" example:"daily"` // how often it is looked at
} // @name NewSource

// ReadSource shows where a version's document comes from.
//
//	@Summary   Read the source of a document
//	@ID        readSource
//	@Tags      apis
//	@Description  The URL that a version's document is fetched from, when it is looked at, and since when that fails. Scope: apis:read.
//	@Param     tenant   path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string  true  "slug of the API"  example(berths)
//	@Param     version  path  string  true  "name of the version"  example(v1)
//	@Success   200  {object}  sourceJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/source [get]
func (a *API) ReadSource(c echo.Context) error {
	s, err := a.Imports.Source(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, sourceJSON{s.URL, string(s.Schedule), s.CheckedAt, s.NextAt, s.Failure, s.FailingSince})
}

// PutSource says where a version's document comes from, and fetches it.
//
//	@Summary   Set the source of a document
//	@ID        putSource
//	@Tags      apis
//	@Description  Fetches a version's document from a URL, now and, if a schedule says so, again and again: a changed one becomes a new draft, and those who publish are told. The URL is https and open to everybody; it holds no credential. No redirect is followed, and only globally reachable addresses are asked. Sending the same again fetches at once. Scope: apis:write and apis:read.
//	@Param     tenant   path  string         true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string         true  "slug of the API"  example(berths)
//	@Param     version  path  string         true  "name of the version"  example(v1)
//	@Param     body     body  newSourceJSON  true  "the source"
//	@Success   202  {object}  importJSON  "it is being fetched"
//	@Header    202  {string}  Location  "the import's address"
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/source [put]
func (a *API) PutSource(c echo.Context) error {
	var in newSourceJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), guard.Actor(c)
	if err := actor.May(models.APIReadAll); err != nil {
		return err
	}
	schedule := models.Schedule(cmp.Or(in.Schedule, string(models.ScheduleOff)))
	_, begun, err := a.Imports.SetSource(ctx, actor, c.Param("api"), c.Param("version"), in.URL, schedule)
	if err != nil {
		return err
	}
	return accepted(c, begun)
}

// DeleteSource ends that a version's document comes from a URL.
//
//	@Summary   Delete the source of a document
//	@ID        deleteSource
//	@Tags      apis
//	@Description  Nothing is fetched any more; the documents that came from there stay. Scope: apis:write.
//	@Param     tenant   path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string  true  "slug of the API"  example(berths)
//	@Param     version  path  string  true  "name of the version"  example(v1)
//	@Success   204  "it is gone"
//	@Failure   400,401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/source [delete]
func (a *API) DeleteSource(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	if err := a.Imports.DeleteSource(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
