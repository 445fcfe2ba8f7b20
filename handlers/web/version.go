package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/sarif"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/publish"
)

// AdminVersion is one version for those who publish it.
func (w *Web) AdminVersion(c echo.Context) error {
	return w.adminVersion(c, http.StatusOK, func(*publish.Workbench) {})
}

// adminVersion shows a version's page; with puts in what was typed and what is wrong.
func (w *Web) adminVersion(c echo.Context, status int, with func(*publish.Workbench)) error {
	actor, api, name := guard.Actor(c), c.Param("api"), c.Param("version")
	bench, err := w.APIs.Workbench(c.Request().Context(), actor, api, name)
	if err != nil {
		return err
	}
	v := publish.Workbench{
		Tenant: actor.Tenant().Slug, List: tenantBase(c) + "/admin/apis", APIURL: tenantBase(c) + "/admin/apis/" + api,
		Base: versionURL(c, name), Public: apiURL(c, api) + "/" + name, CallURL: w.callURL(c, api, name), MockURL: w.mockURL(c, api, name),
		API: bench.API, Version: bench.Version, Missing: bench.Missing(), Credential: bench.Credential,
		May: actor.Can(models.APIManage), MayCredential: actor.Can(models.CredentialWrite), Now: w.Clock.Now(),
		Upstream: publish.UpstreamForm{URL: bench.Version.Upstream, BodyLimit: mebibytes(bench.Version.BodyLimit), Revision: bench.Version.Revision,
			Suggestions: bench.Servers},
	}
	for _, r := range bench.Revisions {
		v.Revisions = append(v.Revisions, revisionRow(c, bench, r))
	}
	if draft, ok := bench.Draft(); ok {
		v.Draft = &v.Revisions[0]
		if v.Outlook, err = w.outlook(c, bench, draft, outlookGroups/5); err != nil {
			return err
		}
	}
	v.Source, v.UnderWay, v.Missed = sourceForm(bench.Source), bench.UnderWay, bench.Missed
	if cred := bench.Credential; cred != nil {
		v.SetBy, v.Header, v.Detached = bench.People[cred.SetBy].Name, cred.Header, bench.Version.Detached(*cred)
	}
	if v.Life, err = w.lifeOf(c); err != nil {
		return err
	}
	with(&v)
	return render(c, status, publish.ShowVersion(w.page(c, bench.API.Name+" "+name+" · Publish"), v))
}

func revisionRow(c echo.Context, bench portal.Workbench, r models.Revision) publish.Revision {
	return publish.Revision{Revision: r, URL: versionURL(c, bench.Version.Name) + "/revisions/" + r.ID, By: bench.People[r.CreatedBy].Name,
		InForce: bench.Version.PublishedID != nil && *bench.Version.PublishedID == r.ID}
}

// mebibytes writes a size as the form has it.
func mebibytes(n int64) string { return strconv.FormatFloat(float64(n)/(1<<20), 'f', -1, 64) }

// Understood is what was understood of one document.
func (w *Web) Understood(c echo.Context) error {
	actor, api, name := guard.Actor(c), c.Param("api"), c.Param("version")
	r, err := w.APIs.Understood(c.Request().Context(), actor, api, name, c.Param("revision"))
	if err != nil {
		return err
	}
	newest, draft := r.Draft()
	at := publish.Filter{Base: versionURL(c, name) + "/revisions/" + r.Revision.ID, Grade: spec.Severity(c.QueryParam("grade")), Kind: c.QueryParam("kind")}
	u := publish.Understood{
		Tenant: actor.Tenant().Slug, List: tenantBase(c) + "/admin/apis", APIURL: tenantBase(c) + "/admin/apis/" + api, Base: versionURL(c, name),
		API: r.API, Version: r.Version, Revision: revisionRow(c, r.Workbench, r.Revision), Outline: r.Outline, Report: publish.ReportOf(r.Document, r.Outline.Problems, at),
		Groups: publish.GroupsOf(r.Outline, r.Operations), Ready: len(r.Missing()) == 0, Draft: draft && newest.ID == r.Revision.ID,
		May: actor.Can(models.APIManage), Now: w.Clock.Now(),
	}
	if u.Draft {
		if u.Outlook, err = w.outlook(c, r.Workbench, r.Revision, outlookGroups); err != nil {
			return err
		}
	}
	return render(c, http.StatusOK, publish.ShowUnderstood(w.page(c, r.API.Name+" "+name+" · Document"), u))
}

// ReportFile is what is wrong with one document, for programs: as JSON, or in SARIF.
func (w *Web) ReportFile(c echo.Context) error {
	r, err := w.APIs.Understood(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), c.Param("revision"))
	if err != nil {
		return err
	}
	name, media := path.Base(c.Request().URL.Path), "application/json"
	raw := []byte(nil)
	if name == "report.sarif" {
		media = sarif.Media
		raw, err = sarif.Of(r.Outline.Problems, func(p spec.Problem) string { return cmp.Or(p.File, "openapi."+r.Revision.Format) })
	} else {
		raw, err = json.MarshalIndent(map[string]any{"problems": append([]spec.Problem{}, r.Outline.Problems...)}, "", "  ")
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+r.API.Slug+"-"+r.Version.Name+"-"+name+`"`)
	return c.Blob(http.StatusOK, media, raw)
}

// SetUpstream says where calls go.
func (w *Web) SetUpstream(c echo.Context) error {
	form := publish.UpstreamForm{URL: c.FormValue("upstream"), BodyLimit: c.FormValue("body_limit"), Revision: number(c, "revision")}
	limit, err := strconv.ParseFloat(strings.TrimSpace(form.BodyLimit), 64)
	if err != nil || !(limit > 0 && limit <= 1024) {
		limit = 0 // Check says what is allowed
	}
	after, err := w.APIs.SetUpstream(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"),
		models.Version{Upstream: form.URL, BodyLimit: int64(limit * (1 << 20)), Revision: form.Revision})
	if problems, ok := fieldsOf(err); ok {
		return w.adminVersion(c, http.StatusUnprocessableEntity, func(v *publish.Workbench) {
			form.Problems, form.Suggestions = problems, v.Upstream.Suggestions
			if now := v.Upstream; outrun(err) {
				form.Revision, form.Problems = now.Revision,
					meanwhile(entry{"upstream", form.URL, now.URL}, entry{"body_limit", form.BodyLimit, now.BodyLimit})
			}
			v.Upstream = form
		})
	}
	if err != nil {
		return err
	}
	return done(c, "Calls go to "+after.Upstream+".", versionURL(c, c.Param("version")))
}

// SetMock switches the version's mock.
func (w *Web) SetMock(c echo.Context) error {
	after, err := w.APIs.SetMock(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), c.FormValue("on") == "yes")
	if err != nil {
		return err
	}
	message := "The mock is off; calls to it are refused."
	if after.Mock {
		message = "The mock is on: whoever sees the API can build against it."
	}
	return done(c, message, versionURL(c, c.Param("version")))
}

// SetCredential stores what the upstream demands. Its value comes back in no answer.
func (w *Web) SetCredential(c echo.Context) error {
	header := strings.TrimSpace(c.FormValue("credential_header"))
	err := w.APIs.SetCredential(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), header, c.FormValue("credential_value"))
	if problems, status, ok := proofFields(err); ok {
		return w.adminVersion(c, status, func(v *publish.Workbench) { v.Header, v.CredentialProblems = header, problems })
	}
	if err != nil {
		return err
	}
	return done(c, "The credential is stored.", versionURL(c, c.Param("version")))
}

// DeleteCredential removes what the upstream demanded.
func (w *Web) DeleteCredential(c echo.Context) error {
	err := w.APIs.DeleteCredential(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	return done(c, "The credential is removed.", versionURL(c, c.Param("version")))
}

// Publish puts a document in force.
func (w *Web) Publish(c echo.Context) error {
	apis := w.APIs
	if c.FormValue("accept_breaking") == "on" {
		apis = apis.Accepting(c.FormValue("over"))
	}
	v, err := apis.Publish(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), c.FormValue("revision"))
	if _, ok := fieldsOf(err); ok {
		return w.adminVersion(c, http.StatusConflict, func(b *publish.Workbench) { b.Problem = fault.From(err).Message })
	}
	if err != nil {
		return err
	}
	return done(c, "Version "+v.Name+" is published: partners see it and subscribers call it.", versionURL(c, v.Name))
}
