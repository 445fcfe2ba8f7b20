package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// versionJSON is a version as its publisher sees it.
type versionJSON struct {
	ID          string        `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	API         string        `json:"api" example:"berths"`
	Name        string        `json:"name" example:"v1"`
	State       string        `json:"state" enums:"draft,published,deprecated,retired"`
	Upstream    string        `json:"upstream" example:"https://berths.northquay.example"` // where calls go; empty until it is set
	BodyLimit   int64         `json:"body_limit" example:"10485760"`                       // bytes that a call may send
	Mock        bool          `json:"mock"`                                                // whether examples answer those who may not call it yet
	Published   *revisionJSON `json:"published,omitempty"`                                 // the document in force
	Draft       *revisionJSON `json:"draft,omitempty"`                                     // a newer document, not in force yet
	Missing     []string      `json:"missing" example:"a plan"`                            // what publishing waits for, in words
	PublishedAt *time.Time    `json:"published_at,omitempty" format:"date-time"`

	DeprecatedAt *time.Time `json:"deprecated_at,omitempty" format:"date-time"` // from when nobody should begin to build on it
	SunsetAt     *time.Time `json:"sunset_at,omitempty" format:"date-time"`     // from when its calls get 410
	RetiredAt    *time.Time `json:"retired_at,omitempty" format:"date-time"`
	Notice       string     `json:"notice,omitempty" example:"Move to **v2**."` // what its callers are told, Markdown

	CreatedAt time.Time `json:"created_at" format:"date-time"`
	UpdatedAt time.Time `json:"updated_at" format:"date-time"`
	Warnings  []string  `json:"warnings,omitempty" example:"The document still calls itself 1.4.0, although an operation is new. 1.5.0 would fit."` // of publishing, in words
} // @name Version

// revisionJSON is one document of a version.
type revisionJSON struct {
	ID         string    `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Number     int       `json:"number" example:"3"`
	OpenAPI    string    `json:"openapi" example:"3.1.0"`
	Title      string    `json:"title" example:"Berths"`
	Operations int       `json:"operations" example:"15"`
	Grave      int       `json:"grave" example:"0"` // problems that keep it from being published
	Warnings   int       `json:"warnings" example:"0"`
	Internal   int       `json:"internal" example:"0"` // operations that the document keeps from everybody
	CreatedAt  time.Time `json:"created_at" format:"date-time"`
} // @name Revision

// newVersionJSON is what a version is made of.
type newVersionJSON struct {
	Name string `json:"name" example:"v1"` // the path segment: 1 to 20 lower-case letters, digits, dots and hyphens
} // @name NewVersion

// versionChangeJSON is what can be changed of a version; what is left out stays.
type versionChangeJSON struct {
	Upstream  *string `json:"upstream,omitempty" example:"https://berths.northquay.example"`
	BodyLimit *int64  `json:"body_limit,omitempty" example:"10485760"` // 1 byte to 1 GiB
	Mock      *bool   `json:"mock,omitempty" example:"true"`           // answer from examples and schemas under /-/mock
} // @name VersionChange

// publicationJSON says which document is put in force.
type publicationJSON struct {
	Revision       string `json:"revision" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"` // id
	IfNewest       bool   `json:"if_newest,omitempty" example:"true"`                      // only while no other document was stored after it
	AcceptBreaking bool   `json:"accept_breaking,omitempty" example:"false"`               // publish it although partners' programs may stop working
} // @name Publication

func versionFrom(w portal.Workbench) versionJSON {
	v := w.Version
	out := versionJSON{ID: v.ID, API: w.API.Slug, Name: v.Name, State: string(v.State), Upstream: v.Upstream, BodyLimit: v.BodyLimit, Mock: v.Mock,
		Missing: append([]string{}, w.Missing()...), PublishedAt: v.PublishedAt, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
		DeprecatedAt: v.DeprecatedAt, SunsetAt: v.SunsetAt, RetiredAt: v.RetiredAt, Notice: v.Notice}
	if r, ok := w.Published(); ok {
		out.Published = revisionFrom(r)
	}
	if r, ok := w.Draft(); ok {
		out.Draft = revisionFrom(r)
	}
	return out
}

func revisionFrom(r models.Revision) *revisionJSON {
	return &revisionJSON{r.ID, r.Number, r.OpenAPI, r.Title, r.Operations, r.Grave, r.Warnings, r.Internal, r.CreatedAt}
}

// ListVersions shows an API's versions.
//
//	@Summary   List versions
//	@ID        listVersions
//	@Tags      apis
//	@Description  The versions of an API, the newest first. Scope: apis:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     api     path   string  true   "slug of the API"  example(berths)
//	@Param     after   query  string  false  "next of the page before"
//	@Param     limit   query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[versionRefJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions [get]
func (a *API) ListVersions(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	api, err := a.APIs.Show(c.Request().Context(), guard.Actor(c), c.Param("api"))
	if err != nil {
		return err
	}
	versions := api.Versions
	if behind := c.QueryParam("after"); behind != "" {
		i := slices.IndexFunc(versions, func(v models.Version) bool { return v.Name == behind })
		if i < 0 {
			return notNext()
		}
		versions = versions[i+1:]
	}
	shown := versions[:min(len(versions), limit)]
	next := last(shown, len(versions) > limit, func(v models.Version) string { return v.Name })
	return c.JSON(http.StatusOK, listOf(shown, func(v models.Version) versionRefJSON { return versionRefJSON{v.Name, string(v.State)} }, next))
}

// CreateVersion makes a version of an API.
//
//	@Summary   Create a version
//	@ID        createVersion
//	@Tags      apis
//	@Description  Makes a version as a draft. Scope: apis:write and apis:read.
//	@Param     tenant  path  string          true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string          true  "slug of the API"  example(berths)
//	@Param     body    body  newVersionJSON  true  "the version"
//	@Success   201  {object}  versionJSON
//	@Header    201  {string}  ETag      "its state"
//	@Header    201  {string}  Location  "its address"
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions [post]
func (a *API) CreateVersion(c echo.Context) error {
	var in newVersionJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), guard.Actor(c)
	if err := actor.May(models.APIReadAll); err != nil {
		return err
	}
	v, err := a.APIs.CreateVersion(ctx, actor, c.Param("api"), in.Name)
	if err != nil {
		return named(err, "version", "name")
	}
	w := portal.Workbench{API: models.API{Slug: c.Param("api")}, Version: v}
	return made(c, c.Request().URL.Path+"/"+v.Name, strconv.Itoa(v.Revision), versionFrom(w))
}

// ReadVersion shows one version.
//
//	@Summary   Read a version
//	@ID        readVersion
//	@Tags      apis
//	@Description  One version with its upstream and its documents, for those who publish. Scope: apis:read.
//	@Param     tenant   path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string  true  "slug of the API"  example(berths)
//	@Param     version  path  string  true  "name of the version"  example(v1)
//	@Success   200  {object}  versionJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version} [get]
func (a *API) ReadVersion(c echo.Context) error {
	w, err := a.APIs.Workbench(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, strconv.Itoa(w.Version.Revision), versionFrom(w))
}

// UpdateVersion says where a version's calls go.
//
//	@Summary   Change a version
//	@ID        updateVersion
//	@Tags      apis
//	@Description  Sets the upstream, the largest body of a call, and whether the version has a mock; what is left out stays. A credential that was entered for another upstream is not sent to the new one. Scope: apis:write and apis:read.
//	@Param     tenant    path    string             true  "slug of the tenant"  example(northquay)
//	@Param     api       path    string             true  "slug of the API"  example(berths)
//	@Param     version   path    string             true  "name of the version"  example(v1)
//	@Param     If-Match  header  string             true  "ETag of what was read"  example("7")
//	@Param     body      body    versionChangeJSON  true  "the change"
//	@Success   200  {object}  versionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version} [patch]
func (a *API) UpdateVersion(c echo.Context) error {
	ctx, actor, api, name := c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")
	w, err := a.APIs.Workbench(ctx, actor, api, name)
	if err != nil {
		return err
	}
	if err := unchanged(c, strconv.Itoa(w.Version.Revision)); err != nil {
		return err
	}
	var in versionChangeJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.Upstream != nil || in.BodyLimit != nil || in.Mock == nil {
		change := a.APIs.SetBodyLimit
		if in.Upstream != nil {
			change = a.APIs.SetUpstream
		}
		set(&w.Version.Upstream, in.Upstream)
		set(&w.Version.BodyLimit, in.BodyLimit)
		if w.Version, err = change(ctx, actor, api, name, w.Version); err != nil {
			return late(err)
		}
		w.Version.Revision++
	}
	if in.Mock != nil {
		if _, err := a.APIs.AsSeen(strconv.Itoa(w.Version.Revision)).SetMock(ctx, actor, api, name, *in.Mock); err != nil {
			return late(err)
		}
	}
	return a.ReadVersion(c)
}

// PublishVersion puts a document in force.
//
//	@Summary   Publish a version
//	@ID        publishVersion
//	@Tags      apis
//	@Description  Puts a revision of the document in force: partners see it, and subscribers call it, from now on. The version needs an upstream and its API a plan. A document that may stop the programs of those who call the version is refused with 409 `breaking_changes` unless `accept_breaking` says that this is wanted. With `if_newest`, it is refused with 409 `newer_document` where another document was stored after it. Where the document's own version number does not fit what changed, `warnings` name one that would. Scope: apis:write and apis:read.
//	@Param     tenant   path  string           true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string           true  "slug of the API"  example(berths)
//	@Param     version  path  string           true  "name of the version"  example(v1)
//	@Param     If-Match  header  string        false  "ETag of what was read"  example("7")
//	@Param     body     body  publicationJSON  true  "which revision"
//	@Success   200  {object}  versionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422,503  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/publish [post]
func (a *API) PublishVersion(c echo.Context) error {
	ctx, actor, api, name := c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")
	var in publicationJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := actor.May(models.APIReadAll); err != nil {
		return err
	}
	outlook, err := a.APIs.OutlookOf(ctx, actor, api, name, in.Revision)
	if err != nil {
		return err
	}
	apis := a.APIs.AsSeen(seenIn(c)...)
	if in.IfNewest {
		apis = apis.Newest()
	}
	if in.AcceptBreaking {
		apis = apis.Accepting()
	}
	if _, err := apis.Publish(ctx, actor, api, name, in.Revision); err != nil {
		return late(err)
	}
	w, err := a.APIs.Workbench(ctx, actor, api, name)
	if err != nil {
		return err
	}
	out := versionFrom(w)
	if outlook != nil && outlook.Version.Text != "" {
		out.Warnings = []string{outlook.Version.Text}
	}
	return show(c, http.StatusOK, strconv.Itoa(w.Version.Revision), out)
}
