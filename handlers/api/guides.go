package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// guideJSON is a guide as its writers see it.
type guideJSON struct {
	ID          string     `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	API         string     `json:"api,omitempty" example:"berths"` // slug; left out for one of the tenant
	Slug        string     `json:"slug" example:"first-steps"`
	Title       string     `json:"title" example:"First steps"`
	Body        string     `json:"body" example:"## Before you begin\n\nAsk for *read* access."` // Markdown, as it is written; not what readers see where a newer draft waits
	Published   bool       `json:"published"`
	Draft       bool       `json:"newer_draft"` // something was written since readers see it
	PublishedAt *time.Time `json:"published_at,omitempty" format:"date-time"`
	UpdatedAt   time.Time  `json:"updated_at" format:"date-time"`
} // @name Guide

// newGuideJSON is what a guide is made of.
type newGuideJSON struct {
	API       string `json:"api,omitempty" example:"berths"`                               // slug; left out for one of the tenant
	Slug      string `json:"slug" example:"first-steps"`                                   // 1 to 48 lower-case letters, digits and single hyphens; getting-started takes the place of the guide that is written by itself
	Title     string `json:"title" example:"First steps"`                                  // at most 100 characters
	Body      string `json:"body" example:"## Before you begin\n\nAsk for *read* access."` // Markdown, at most 100,000 characters
	Published bool   `json:"published,omitempty"`                                          // readers see it at once
} // @name NewGuide

// guideChangeJSON is what can be changed of a guide; what is left out stays.
type guideChangeJSON struct {
	Slug      *string `json:"slug,omitempty" example:"first-steps"`
	Title     *string `json:"title,omitempty" example:"First steps"`
	Body      *string `json:"body,omitempty" example:"## Before you begin\n\nAsk for *read* access."`
	Published *bool   `json:"published,omitempty"`                        // true: readers see what is written now; false: they see nothing of it
	Position  *int    `json:"position,omitempty" minimum:"0" example:"0"` // among the guides of the API or the tenant, from 0 on
} // @name GuideChange

func guideFrom(api string) func(models.Guide) guideJSON {
	return func(g models.Guide) guideJSON {
		return guideJSON{ID: g.ID, API: api, Slug: g.Slug, Title: g.Title, Body: g.Body, Published: g.Shown(), Draft: g.Ahead(), PublishedAt: g.PublishedAt, UpdatedAt: g.UpdatedAt}
	}
}

// ListGuides shows the guides of a tenant or of one of its APIs.
//
//	@Summary   List guides
//	@ID        listGuides
//	@Tags      guides
//	@Description  The guides of the tenant, or with api of that API, in their order, drafts too. Scope: apis:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     api     query  string  false  "slug of an API"  example(berths)
//	@Success   200  {object}  listJSON[guideJSON]
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/guides [get]
func (a *API) ListGuides(c echo.Context) error {
	actor := guard.Actor(c)
	if err := actor.May(models.APIReadAll); err != nil {
		return err
	}
	shelf, err := a.Portal.Guides.Of(c.Request().Context(), actor, c.QueryParam("api"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(shelf.Guides, guideFrom(shelf.API.Slug), ""))
}

// CreateGuide writes a guide.
//
//	@Summary   Create a guide
//	@ID        createGuide
//	@Tags      guides
//	@Description  Writes a guide of an API or of the tenant, behind the others. Scope: apis:write.
//	@Param     tenant  path  string        true  "slug of the tenant"  example(northquay)
//	@Param     body    body  newGuideJSON  true  "the guide"
//	@Success   201  {object}  guideJSON
//	@Header    201  {string}  ETag      "its state"
//	@Header    201  {string}  Location  "its address"
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/guides [post]
func (a *API) CreateGuide(c echo.Context) error {
	var in newGuideJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	one, err := a.Portal.Guides.Create(c.Request().Context(), guard.Actor(c), in.API, models.Guide{Slug: in.Slug, Title: in.Title, Body: in.Body}, in.Published)
	if err != nil {
		return err
	}
	return made(c, c.Request().URL.Path+"/"+one.ID, strconv.Itoa(one.Revision), guideFrom(in.API)(one))
}

// ReadGuide shows one guide.
//
//	@Summary   Read a guide
//	@ID        readGuide
//	@Tags      guides
//	@Description  One guide as it is written. Scope: apis:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "id of the guide"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  guideJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/guides/{id} [get]
func (a *API) ReadGuide(c echo.Context) error {
	one, api, err := a.Portal.Guides.Show(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, strconv.Itoa(one.Revision), guideFrom(api.Slug)(one))
}

// UpdateGuide changes a guide.
//
//	@Summary   Change a guide
//	@ID        updateGuide
//	@Tags      guides
//	@Description  Changes what is written and its place; with published readers see it as it is from now on, or nothing of it. Scope: apis:write, and apis:read to see what is changed.
//	@Param     tenant    path    string           true  "slug of the tenant"  example(northquay)
//	@Param     id        path    string           true  "id of the guide"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string           true  "ETag of what was read"  example("7")
//	@Param     body      body    guideChangeJSON  true  "the change"
//	@Success   200  {object}  guideJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/guides/{id} [patch]
func (a *API) UpdateGuide(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	before, _, err := a.Portal.Guides.Show(ctx, actor, c.Param("id"))
	if err != nil {
		return err
	}
	if err := unchanged(c, strconv.Itoa(before.Revision)); err != nil {
		return err
	}
	var in guideChangeJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.Position != nil && *in.Position < 0 {
		return invalid("position", "Count from 0 on.")
	}
	change, step := before, portal.GuideKeep
	set(&change.Slug, in.Slug)
	set(&change.Title, in.Title)
	set(&change.Body, in.Body)
	if in.Published != nil {
		step = portal.GuideWithdraw
		if *in.Published {
			step = portal.GuidePublish
		}
	}
	if in.Slug != nil || in.Title != nil || in.Body != nil || in.Published != nil {
		if _, err := a.Portal.Guides.Update(ctx, actor, before.ID, change, step); err != nil {
			return late(err)
		}
	}
	if in.Position != nil {
		if _, err := a.Portal.Guides.Place(ctx, actor, before.ID, *in.Position); err != nil {
			return err
		}
	}
	return a.ReadGuide(c)
}

// DeleteGuide removes a guide.
//
//	@Summary   Delete a guide
//	@ID        deleteGuide
//	@Tags      guides
//	@Description  Readers lose it, and its text is gone. Scope: apis:write.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "id of the guide"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   204
//	@Failure   400,401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/guides/{id} [delete]
func (a *API) DeleteGuide(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	if _, err := a.Portal.Guides.Delete(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
