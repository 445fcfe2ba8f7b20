package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// importJSON is a document on its way in, or what became of it.
type importJSON struct {
	ID         string        `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	API        string        `json:"api" example:"berths"`
	Version    string        `json:"version" example:"v1"`
	Origin     string        `json:"origin" enums:"upload,api,url,check" example:"api"`
	Address    string        `json:"address,omitempty" example:"https://api.example.com/openapi.yaml"` // from where it is fetched
	State      string        `json:"state" enums:"queued,reading,stored,refused,failed" example:"reading"`
	Stage      string        `json:"stage,omitempty" enums:"fetching,reading,storing" example:"reading"` // while it is reading
	Revision   string        `json:"revision,omitempty" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c002"`  // once it is stored
	Operations int           `json:"operations" example:"15"`
	Reason     string        `json:"reason,omitempty" example:"The document cannot be imported."` // where it was refused or failed
	Problems   []problemJSON `json:"problems"`                                                    // of the document, the worst first
	CreatedAt  time.Time     `json:"created_at" format:"date-time"`
	FinishedAt *time.Time    `json:"finished_at,omitempty" format:"date-time"` // when nothing more happens
} // @name Import

func importFrom(r portal.ImportRow) importJSON {
	out := importJSON{ID: r.ID, API: r.API, Version: r.Version, Origin: string(r.Origin), Address: r.Address, State: string(r.State), Stage: r.Stage,
		Operations: r.Operations, Reason: r.Message, Problems: problemsFrom(r.Found),
		CreatedAt: r.CreatedAt, FinishedAt: r.FinishedAt}
	set(&out.Revision, r.RevisionID)
	return out
}

// wantsLater reports whether the client would rather ask again (RFC 7240 §4.1).
func wantsLater(c echo.Context) bool {
	for _, line := range c.Request().Header.Values("Prefer") {
		for preference := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(preference, ";")
			if strings.EqualFold(strings.TrimSpace(name), "respond-async") {
				return true
			}
		}
	}
	return false
}

// later takes a document to be read in the background.
func (a *API) later(c echo.Context, raw []byte) error {
	in, err := a.Imports.Begin(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), models.ImportAPI, raw)
	if err != nil {
		return named(err, "slug", "api")
	}
	c.Response().Header().Set("Preference-Applied", "respond-async")
	return accepted(c, in)
}

// accepted answers with where an import is.
func accepted(c echo.Context, in models.Import) error {
	c.Response().Header().Set("Location", "/api/v1/tenants/"+c.Param("tenant")+"/imports/"+in.ID)
	c.Response().Header().Set("Retry-After", "1")
	return c.JSON(http.StatusAccepted, importFrom(portal.ImportRow{Import: in}))
}

// ReadImport shows how far a document is.
//
//	@Summary   Read an import
//	@ID        readImport
//	@Tags      apis
//	@Description  A document that is read in the background: how far it is, and what became of it, with each of its problems. Imports are kept for a month. Scope: apis:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     import  path  string  true  "id of the import"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  importJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/imports/{import} [get]
func (a *API) ReadImport(c echo.Context) error {
	row, err := a.Imports.Show(c.Request().Context(), guard.Actor(c), c.Param("import"))
	if err != nil {
		return err
	}
	if !row.Done() {
		c.Response().Header().Set("Retry-After", "1")
	}
	return c.JSON(http.StatusOK, importFrom(row))
}
