package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/publish"
	"gatehouse/views/ui"
)

// AdminAPIs lists the APIs for those who publish them.
func (w *Web) AdminAPIs(c echo.Context) error {
	return w.adminAPIs(c, http.StatusOK, publish.APIForm{})
}

func (w *Web) adminAPIs(c echo.Context, status int, form publish.APIForm) error {
	actor, base, page := guard.Actor(c), tenantBase(c)+"/admin/apis", apiPage(c)
	list, more, err := w.APIs.List(c.Request().Context(), actor, page)
	if err != nil {
		return err
	}
	l := publish.List{Tenant: actor.Tenant().Slug, Base: base, Guides: guidesDesk(c), May: actor.Can(models.APIManage), Form: form, Now: w.Clock.Now()}
	if l.Filter, l.All, err = w.apiFilter(c, base, page); err != nil {
		return err
	}
	l.Prev, l.Next = turns(base, page, more)
	for _, a := range list {
		row := publish.Row{Name: a.Name, Slug: a.Slug, Summary: a.Summary, URL: base + "/" + a.Slug, Plans: len(a.Plans), Changed: a.UpdatedAt, Category: a.Category, Tags: a.Tags}
		if a.Visibility != models.VisiblePublic {
			row.Hidden = publish.VisibilityName(a.Visibility)
		}
		for _, v := range a.Versions {
			row.Versions = append(row.Versions, publish.Tag{Text: v.Name, Sign: ui.State(string(v.State))})
		}
		l.Rows = append(l.Rows, row)
	}
	return render(c, status, publish.ShowList(w.page(c, "Publish"), l))
}

// CreateAPI makes an API.
func (w *Web) CreateAPI(c echo.Context) error {
	form := readAPI(c)
	made, err := w.APIs.Create(c.Request().Context(), guard.Actor(c), models.API{
		Name: form.Name, Slug: form.Slug, Summary: form.Summary, Description: form.Description,
		Category: form.Category, Tags: strings.Split(form.Tags, ",")})
	if problems, ok := fieldsOf(err); ok {
		form.Problems = problems
		return w.adminAPIs(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return done(c, made.Name+" is made. Next it gets a version and a plan.", tenantBase(c)+"/admin/apis/"+made.Slug)
}

func readAPI(c echo.Context) publish.APIForm {
	return publish.APIForm{Name: c.FormValue("name"), Slug: c.FormValue("slug"), Summary: c.FormValue("summary"),
		Description: c.FormValue("description"), Category: c.FormValue("category"), Tags: c.FormValue("tags"), Revision: number(c, "revision")}
}

// number is a whole number of a form, 0 where it is none.
func number(c echo.Context, field string) int {
	n, err := strconv.Atoi(c.FormValue(field))
	if err != nil {
		return 0
	}
	return n
}

// AdminAPI is one API for those who publish it.
func (w *Web) AdminAPI(c echo.Context) error {
	return w.adminAPI(c, http.StatusOK, func(*publish.API) {})
}

// adminAPI shows an API's page; with puts in what was typed and what is wrong.
func (w *Web) adminAPI(c echo.Context, status int, with func(*publish.API)) error {
	ctx, actor, slug := c.Request().Context(), guard.Actor(c), c.Param("api")
	one, err := w.APIs.Show(ctx, actor, slug)
	if err != nil {
		return err
	}
	_, plans, err := w.Plans.List(ctx, actor, slug)
	if err != nil {
		return err
	}
	base := tenantBase(c) + "/admin/apis/" + slug
	a := publish.API{Tenant: actor.Tenant().Slug, List: tenantBase(c) + "/admin/apis", Base: base, Public: apiURL(c, slug),
		Name: one.Name, May: actor.Can(models.APIManage), Plans: plans, Visibility: one.Visibility, Teams: len(one.Teams), Now: w.Clock.Now(),
		Form: publish.APIForm{Name: one.Name, Slug: one.Slug, Summary: one.Summary, Description: one.Description,
			Category: one.Category, Tags: strings.Join(one.Tags, ", "), Revision: one.Revision}}
	for _, v := range one.Versions {
		a.Versions = append(a.Versions, publish.Version{Version: v, URL: base + "/versions/" + v.Name, Draft: one.Waiting[v.ID]})
	}
	with(&a)
	return render(c, status, publish.ShowAPI(w.page(c, one.Name+" · Publish"), a))
}

// UpdateAPI changes an API's text.
func (w *Web) UpdateAPI(c echo.Context) error {
	form := readAPI(c)
	_, err := w.APIs.Update(c.Request().Context(), guard.Actor(c), c.Param("api"), models.API{
		Name: form.Name, Summary: form.Summary, Description: form.Description, Category: form.Category, Tags: strings.Split(form.Tags, ","),
		Revision: form.Revision}, nil)
	if problems, ok := fieldsOf(err); ok {
		return w.adminAPI(c, http.StatusUnprocessableEntity, func(a *publish.API) {
			form.Problems = problems
			if now := a.Form; outrun(err) {
				form.Revision, form.Problems = now.Revision, meanwhile(entry{"name", form.Name, now.Name},
					entry{"summary", form.Summary, now.Summary}, entry{"description", form.Description, now.Description},
					entry{"category", form.Category, now.Category}, entry{"tags", form.Tags, now.Tags})
			}
			a.Form = form
		})
	}
	if err != nil {
		return err
	}
	return done(c, "Saved.", tenantBase(c)+"/admin/apis/"+c.Param("api"))
}

// CreateVersion makes a version as a draft.
func (w *Web) CreateVersion(c echo.Context) error {
	api, name := c.Param("api"), c.FormValue("version")
	v, err := w.APIs.CreateVersion(c.Request().Context(), guard.Actor(c), api, name)
	if problems, ok := fieldsOf(err); ok {
		return w.adminAPI(c, http.StatusUnprocessableEntity, func(a *publish.API) { a.NewVersion, a.VersionProblems = name, problems })
	}
	if err != nil {
		return err
	}
	return done(c, "Version "+v.Name+" is made as a draft. Next it gets a document.", versionURL(c, v.Name))
}

// versionURL is where a version is published.
func versionURL(c echo.Context, version string) string {
	return tenantBase(c) + "/admin/apis/" + c.Param("api") + "/versions/" + version
}
