package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/internal/search"
)

// foundJSON is something that a search found.
type foundJSON struct {
	Kind    string `json:"kind" enums:"operation,guide,webhook,schema,prose"`
	API     string `json:"api,omitempty" example:"berths"`           // its slug; none of a guide of the tenant
	Version string `json:"version,omitempty" example:"v1"`           // its name; none of a guide
	Slug    string `json:"slug" example:"get-berths"`                // of its page; of prose, of its place on the version's page
	Title   string `json:"title" example:"List berths"`              // plain text
	Method  string `json:"method,omitempty" example:"GET"`           // of operations and webhooks
	Path    string `json:"path,omitempty" example:"/berths"`         // the same
	Text    string `json:"text" example:"All berths of the port. …"` // plain text around the first hit
} // @name Found

func foundFrom(q string) func(portal.Found) foundJSON {
	return func(f portal.Found) foundJSON {
		return foundJSON{Kind: string(f.Kind), API: f.API.Slug, Version: f.Version.Name, Slug: f.Slug, Title: f.Title,
			Method: f.Method, Path: f.Path, Text: search.Snippet(f.Body, q, 200)}
	}
}

// Search finds what is published.
//
//	@Summary   Search
//	@ID        search
//	@Tags      apis
//	@Description  What is published of all APIs that the token's person may see: and the guides that are shown to readers: at most 50 operations, 10 guides, 10 webhooks, 20 schemas and 10 pieces of text, each kind the best first. Every word has to begin a word of a name, a path or a description. Scope: apis:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     q       query  string  true   "the beginnings of words"  example(berth)
//	@Success   200  {object}  listJSON[foundJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/search [get]
func (a *API) Search(c echo.Context) error {
	q := c.QueryParam("q")
	found, err := a.APIs.Find(c.Request().Context(), guard.Actor(c), q)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(found.All(), foundFrom(q), ""))
}
