package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/guides"
	"gatehouse/views/ui"
)

// guidesDesk is where guides are written.
func guidesDesk(c echo.Context) string { return tenantBase(c) + "/admin/guides" }

// GuidesDesk lists the guides for those who write them.
func (w *Web) GuidesDesk(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	shelves, err := w.Portal.Guides.Shelves(ctx, actor)
	if err != nil {
		return err
	}
	d := guides.Desk{Tenant: actor.Tenant().Slug, Base: guidesDesk(c), Publish: manageURL(c), May: actor.Can(models.APIManage), Now: w.Clock.Now()}
	for _, s := range shelves {
		drawer := guides.Drawer{Title: orTenant(c, s.API), New: d.Base + "/new"}
		if s.API.ID != "" {
			drawer.New += "?api=" + s.API.Slug
			drawer.Started = drawer.New + "&from=" + models.GettingStarted
		}
		for i, g := range s.Guides {
			drawer.Rows = append(drawer.Rows, guides.Row{ID: g.ID, Title: g.Title, Slug: g.Slug, URL: d.Base + "/" + g.ID, Sign: guides.SignOf(g.Shown(), g.Ahead()),
				Changed: g.UpdatedAt, Position: i, Last: i == len(s.Guides)-1})
		}
		d.Shelves = append(d.Shelves, drawer)
	}
	return render(c, http.StatusOK, guides.ShowDesk(w.page(c, "Guides · Publish"), d))
}

// NewGuide is the form for another guide; ?api= says of what, and ?from= may begin
// it with what is written by itself.
func (w *Web) NewGuide(c echo.Context) error {
	f := guides.Form{API: c.QueryParam("api")}
	if c.QueryParam("from") == models.GettingStarted && f.API != "" {
		text, err := w.gettingStarted(c, f.API, models.Actor{}) // written for whoever comes
		if err != nil {
			return err
		}
		f.Title, f.Slug, f.Body = startedTitle, models.GettingStarted, text
	}
	return w.guideForm(c, http.StatusOK, models.Guide{}, f)
}

// CreateGuide stores a new guide.
func (w *Web) CreateGuide(c echo.Context) error {
	f := readGuide(c)
	f.API = c.FormValue("api")
	if f.Preview {
		return w.previewGuide(c, models.Guide{}, f)
	}
	publish := c.FormValue("do") == string(portal.GuidePublish)
	one, err := w.Portal.Guides.Create(c.Request().Context(), guard.Actor(c), f.API, models.Guide{Slug: f.Slug, Title: f.Title, Body: f.Body}, publish)
	if problems, ok := fieldsOf(err); ok {
		f.Problems = problems
		return w.guideForm(c, http.StatusUnprocessableEntity, models.Guide{}, f)
	}
	if err != nil {
		return err
	}
	return done(c, saved(one), guidesDesk(c)+"/"+one.ID)
}

// saved says what became of a guide.
func saved(g models.Guide) string {
	switch {
	case g.Ahead():
		return "Saved. Readers see what was published last."
	case g.Shown():
		return "Published: readers see it now."
	}
	return "Saved as a draft: readers do not see it."
}

func readGuide(c echo.Context) guides.Form {
	return guides.Form{Title: c.FormValue("title"), Slug: c.FormValue("slug"), Body: c.FormValue("body"),
		Revision: number(c, "revision"), Preview: c.FormValue("do") == "preview"}
}

// WriteGuide is one guide for those who write it.
func (w *Web) WriteGuide(c echo.Context) error {
	one, _, err := w.Portal.Guides.Show(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return w.guideForm(c, http.StatusOK, one, guides.Form{Title: one.Title, Slug: one.Slug, Body: one.Body, Revision: one.Revision})
}

// UpdateGuide stores what was written, publishes or withdraws it.
func (w *Web) UpdateGuide(c echo.Context) error {
	ctx, actor, f := c.Request().Context(), guard.Actor(c), readGuide(c)
	stored, _, err := w.Portal.Guides.Show(ctx, actor, c.Param("id"))
	if err != nil {
		return err
	}
	if f.Preview {
		return w.previewGuide(c, stored, f)
	}
	one, err := w.Portal.Guides.Update(ctx, actor, stored.ID, models.Guide{Slug: f.Slug, Title: f.Title, Body: f.Body, Revision: f.Revision}, portal.GuideStep(c.FormValue("do")))
	if problems, ok := fieldsOf(err); ok {
		f.Problems = problems
		if outrun(err) {
			f.Revision, f.Problems = stored.Revision, meanwhile(entry{"title", f.Title, stored.Title}, entry{"slug", f.Slug, stored.Slug}, entry{"body", f.Body, stored.Body})
		}
		return w.guideForm(c, http.StatusUnprocessableEntity, stored, f)
	}
	if err != nil {
		return err
	}
	return done(c, saved(one), guidesDesk(c)+"/"+one.ID)
}

// previewGuide shows how what is typed will read, and what is wrong with it.
func (w *Web) previewGuide(c echo.Context, stored models.Guide, f guides.Form) error {
	status := http.StatusOK
	if problems, ok := fieldsOf((models.Guide{Slug: f.Slug, Title: f.Title, Body: f.Body}).Check()); ok {
		status, f.Problems = http.StatusUnprocessableEntity, problems
	}
	return w.guideForm(c, status, stored, f)
}

// guideForm shows the form for a guide that is stored, or with the zero Guide for a
// new one of the API that f names.
func (w *Web) guideForm(c echo.Context, status int, stored models.Guide, f guides.Form) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	f.Tenant, f.Back, f.May, f.Fresh = actor.Tenant().Slug, guidesDesk(c), actor.Can(models.APIManage), stored.ID == ""
	f.Heading, f.Action = "New guide", f.Back+"/new"
	of := models.API{}
	if f.Fresh && f.API != "" {
		one, err := w.APIs.Show(ctx, actor, f.API)
		if err != nil {
			return err
		}
		of = one.API
	}
	if !f.Fresh {
		var err error
		if stored, of, err = w.Portal.Guides.Show(ctx, actor, stored.ID); err != nil {
			return err
		}
		f.Heading, f.Action, f.Shown, f.Ahead = stored.Title, f.Back+"/"+stored.ID, stored.Shown(), stored.Ahead()
		f.Public, f.Delete = guideURL(c, of.Slug, stored.Slug), f.Back+"/"+stored.ID+"/delete"
		f.Preview = f.Preview || !f.May
	}
	f.Crumbs = []ui.Link{{Text: "Publish", URL: manageURL(c)}, {Text: "Guides", URL: f.Back}, {Text: orTenant(c, of)}, {Text: f.Heading}}
	return render(c, status, guides.ShowForm(w.page(c, f.Heading+" · Guides"), f))
}

// MoveGuide puts a guide elsewhere among its siblings.
func (w *Web) MoveGuide(c echo.Context) error {
	if _, err := w.Portal.Guides.Place(c.Request().Context(), guard.Actor(c), c.Param("id"), number(c, "position")); err != nil {
		return err
	}
	return done(c, "", guidesDesk(c))
}

// DeleteGuide removes a guide.
func (w *Web) DeleteGuide(c echo.Context) error {
	one, err := w.Portal.Guides.Delete(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return done(c, "“"+one.Title+"” is deleted.", guidesDesk(c))
}
