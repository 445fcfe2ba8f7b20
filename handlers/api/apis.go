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

// apiJSON is an API as clients see it.
type apiJSON struct {
	ID          string           `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Slug        string           `json:"slug" example:"berths"` // stands in addresses
	Name        string           `json:"name" example:"Berths"`
	Summary     string           `json:"summary" example:"Which ship lies where, and until when"`
	Description string           `json:"description" example:"Berths, and who lies at them. **Times are UTC.**"` // Markdown
	Visibility  string           `json:"visibility" enums:"public,signed_in,teams,hidden"`                       // who sees it beside subscribers and those who publish
	Teams       []string         `json:"teams,omitempty"`                                                        // ids of the teams that see it, where it is for teams; not in lists
	Category    string           `json:"category" example:"Operations"`                                          // "" for none
	Tags        []string         `json:"tags"`
	Versions    []versionRefJSON `json:"versions"` // the newest first
	CreatedAt   time.Time        `json:"created_at" format:"date-time"`
	UpdatedAt   time.Time        `json:"updated_at" format:"date-time"`
} // @name API

// versionRefJSON names a version.
type versionRefJSON struct {
	Name  string `json:"name" example:"v1"`
	State string `json:"state" enums:"draft,published,deprecated,retired"`
} // @name VersionName

// newAPIJSON is what an API is made of.
type newAPIJSON struct {
	Slug        string `json:"slug" example:"berths"`                                                            // 1 to 48 lower-case letters, digits and single hyphens; it stays
	Name        string `json:"name" example:"Berths"`                                                            // at most 80 characters
	Summary     string `json:"summary,omitempty" example:"Which ship lies where, and until when"`                // at most 160 characters
	Description string `json:"description,omitempty" example:"Berths, and who lies at them. **Times are UTC.**"` // Markdown, at most 20,000 characters

	Visibility string   `json:"visibility,omitempty" enums:"public,signed_in,teams,hidden" default:"public"` // who sees it beside subscribers and those who publish
	Teams      []string `json:"teams,omitempty"`                                                             // ids of the teams that see it, with visibility teams
	Category   string   `json:"category,omitempty" example:"Operations"`                                     // at most 40 characters
	Tags       []string `json:"tags,omitempty"`                                                              // at most 10, in lower case
} // @name NewAPI

// apiChangeJSON is what can be changed of an API; what is left out stays.
type apiChangeJSON struct {
	Name        *string `json:"name,omitempty" example:"Berths"`                                                  // at most 80 characters
	Summary     *string `json:"summary,omitempty" example:"Which ship lies where, and until when"`                // at most 160 characters
	Description *string `json:"description,omitempty" example:"Berths, and who lies at them. **Times are UTC.**"` // Markdown, at most 20,000 characters

	Visibility *string   `json:"visibility,omitempty" enums:"public,signed_in,teams,hidden"` // who sees it beside subscribers and those who publish
	Teams      *[]string `json:"teams,omitempty"`                                            // ids of the teams that see it, with visibility teams; replaces them all
	Category   *string   `json:"category,omitempty" example:"Operations"`                    // at most 40 characters
	Tags       *[]string `json:"tags,omitempty"`                                             // at most 10, in lower case; replaces them all
} // @name APIChange

func apiFrom(l portal.Listing) apiJSON {
	out := apiJSON{ID: l.ID, Slug: l.Slug, Name: l.Name, Summary: l.Summary, Description: l.Description,
		Visibility: string(l.Visibility), Teams: l.Teams, Category: l.Category, Tags: append([]string{}, l.Tags...),
		Versions: []versionRefJSON{}, CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt}
	for _, v := range l.Versions {
		out.Versions = append(out.Versions, versionRefJSON{v.Name, string(v.State)})
	}
	return out
}

// ListAPIs shows the tenant's APIs.
//
//	@Summary   List APIs
//	@ID        listAPIs
//	@Tags      apis
//	@Description  The tenant's APIs, drafts too where the token's person may see them. Scope: apis:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     q       query  string  false  "words that stand in name, summary, slug, category or a tag"
//	@Param     category    query  string  false  "as it is written"
//	@Param     tag         query  string  false  "as it is written"
//	@Param     state       query  string  false  "of one of its versions"  enums(draft,published,deprecated,retired)
//	@Param     access      query  string  false  "how access is had: at once, or somebody approves"  enums(open,approval)
//	@Param     visibility  query  string  false  "who sees it"  enums(public,signed_in,teams,hidden)
//	@Param     sort        query  string  false  "without it, by name"  enums(newest,updated)
//	@Param     after   query  string  false  "next of the page before"
//	@Param     limit   query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[apiJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis [get]
func (a *API) ListAPIs(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	after := c.QueryParam("after")
	list, more, err := a.APIs.List(c.Request().Context(), guard.Actor(c), portal.APIPage{Text: c.QueryParam("q"), Category: c.QueryParam("category"),
		Tag: c.QueryParam("tag"), State: c.QueryParam("state"), Access: c.QueryParam("access"), Visibility: c.QueryParam("visibility"),
		Sort: c.QueryParam("sort"), After: after, Limit: limit})
	if after != "" && fault.Is(err, fault.NotFound) {
		return notNext()
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(list, apiFrom, more))
}

// CreateAPI makes an API.
//
//	@Summary   Create an API
//	@ID        createAPI
//	@Tags      apis
//	@Description  Makes an API without any version. Scope: apis:write.
//	@Param     tenant  path  string      true  "slug of the tenant"  example(northquay)
//	@Param     body    body  newAPIJSON  true  "the API"
//	@Success   201  {object}  apiJSON
//	@Header    201  {string}  ETag      "its state"
//	@Header    201  {string}  Location  "its address"
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis [post]
func (a *API) CreateAPI(c echo.Context) error {
	var in newAPIJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := teamsCount(models.Visibility(in.Visibility), in.Teams); err != nil {
		return err
	}
	api, err := a.APIs.Create(c.Request().Context(), guard.Actor(c),
		models.API{Slug: in.Slug, Name: in.Name, Summary: in.Summary, Description: in.Description,
			Visibility: models.Visibility(in.Visibility), Category: in.Category, Tags: in.Tags}, in.Teams...)
	if err != nil {
		return err
	}
	return made(c, c.Request().URL.Path+"/"+api.Slug, strconv.Itoa(api.Revision), apiFrom(portal.Listing{API: api, Teams: in.Teams}))
}

// ReadAPI shows one API.
//
//	@Summary   Read an API
//	@ID        readAPI
//	@Tags      apis
//	@Description  One API with its versions. Scope: apis:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string  true  "slug of the API"  example(berths)
//	@Success   200  {object}  apiJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api} [get]
func (a *API) ReadAPI(c echo.Context) error {
	api, err := a.APIs.Show(c.Request().Context(), guard.Actor(c), c.Param("api"))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, strconv.Itoa(api.Revision), apiFrom(api))
}

// UpdateAPI changes an API's words and who sees it.
//
//	@Summary   Change an API
//	@ID        updateAPI
//	@Tags      apis
//	@Description  Changes what it says of itself and who sees it; what is left out stays. Subscribed teams keep seeing it. Scope: apis:write, and apis:read to see what is changed.
//	@Param     tenant    path    string         true  "slug of the tenant"  example(northquay)
//	@Param     api       path    string         true  "slug of the API"  example(berths)
//	@Param     If-Match  header  string         true  "ETag of what was read"  example("7")
//	@Param     body      body    apiChangeJSON  true  "the change"
//	@Success   200  {object}  apiJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api} [patch]
func (a *API) UpdateAPI(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	before, err := a.APIs.Show(ctx, actor, c.Param("api"))
	if err != nil {
		return err
	}
	if err := unchanged(c, strconv.Itoa(before.Revision)); err != nil {
		return err
	}
	var in apiChangeJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	to, err := audienceIn(in, before)
	if err != nil {
		return err
	}
	change := before.API
	set(&change.Name, in.Name)
	set(&change.Summary, in.Summary)
	set(&change.Description, in.Description)
	set(&change.Category, in.Category)
	set(&change.Tags, in.Tags)
	if _, err := a.APIs.Update(ctx, actor, change.Slug, change, to); err != nil {
		return late(err)
	}
	return a.ReadAPI(c)
}

// audienceIn is who is to see the API, nil where nothing is said of it.
func audienceIn(in apiChangeJSON, before portal.Listing) (*models.Audience, error) {
	if in.Visibility == nil && in.Teams == nil {
		return nil, nil
	}
	to := models.Audience{Visibility: before.Visibility, Teams: before.Teams}
	if in.Visibility != nil {
		to.Visibility = models.Visibility(*in.Visibility)
	}
	if in.Teams == nil {
		return &to, nil
	}
	to.Teams = *in.Teams
	return &to, teamsCount(to.Visibility, to.Teams)
}

// teamsCount refuses teams where they would say nothing.
func teamsCount(v models.Visibility, teams []string) error {
	var p fault.Problems
	p.Add(v != models.VisibleTeams && len(teams) > 0, "teams", "Teams see an API by name with visibility teams alone.")
	return p.Err()
}

// set puts a value in where one was sent.
func set[T any](into, sent *T) {
	if sent != nil {
		*into = *sent
	}
}
