package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/guides"
	"gatehouse/views/ui"
)

// startedTitle is the title of the guide that is written from the document.
const startedTitle = "Getting started"

// Guides leads to all guides of a tenant and its APIs.
func (w *Web) Guides(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	shelves, err := w.Portal.Guides.Shelves(ctx, actor)
	if err != nil {
		return err
	}
	i := guides.Index{}
	if actor.Can(models.APIReadAll) {
		i.Write = guidesDesk(c)
	}
	for _, s := range shelves {
		g := guides.Group{Title: orTenant(c, s.API)}
		if s.API.ID != "" && !written(s.Guides) {
			g.Links = append(g.Links, ui.Link{Text: startedTitle, URL: guideURL(c, s.API.Slug, models.GettingStarted)})
		}
		for _, one := range s.Guides {
			if one.Shown() {
				g.Links = append(g.Links, ui.Link{Text: one.ShownTitle, URL: guideURL(c, s.API.Slug, one.Slug)})
			}
		}
		if len(g.Links) > 0 {
			i.Groups = append(i.Groups, g)
		}
	}
	return render(c, http.StatusOK, guides.ShowIndex(w.page(c, "Guides"), i))
}

// orTenant is whose guides they are.
func orTenant(c echo.Context, api models.API) string {
	if api.ID == "" {
		return guard.Actor(c).Tenant().Name
	}
	return api.Name
}

// written reports whether somebody wrote the guide that is there by itself.
func written(all []models.Guide) bool {
	for _, g := range all {
		if g.Slug == models.GettingStarted && g.Shown() {
			return true
		}
	}
	return false
}

// guideURL is where a guide of an API, or with "" of the tenant, is read.
func guideURL(c echo.Context, api, slug string) string {
	if api == "" {
		return tenantBase(c) + "/guides/" + slug
	}
	return apiURL(c, api) + "/guides/" + slug
}

// TenantGuide is one guide of a tenant, or of one of its APIs.
func (w *Web) TenantGuide(c echo.Context) error {
	api, slug := c.Param("api"), c.Param("guide")
	shelf, err := w.Portal.Guides.Of(c.Request().Context(), guard.Actor(c), api)
	if err != nil {
		return err
	}
	p := guides.Page{Crumbs: []ui.Link{{Text: "Guides", URL: tenantBase(c) + "/guides"}}, Now: w.Clock.Now()}
	if api != "" {
		p.Crumbs = []ui.Link{{Text: "APIs", URL: tenantBase(c) + "/apis"}, {Text: shelf.API.Name, URL: apiURL(c, api)}}
	}
	links, found := guideShelf(c, shelf, slug, &p)
	if !found {
		if api == "" || slug != models.GettingStarted {
			return fault.Missing("guide")
		}
		started, err := w.gettingStarted(c, api, guard.Actor(c))
		if err != nil {
			return err
		}
		p.Title, p.Body, p.FromDoc = startedTitle, started, true
		if guard.Actor(c).Can(models.APIManage) {
			p.Edit = guidesDesk(c) + "/new?api=" + api + "&from=" + models.GettingStarted
		}
	}
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.Title})
	for i, l := range links {
		here := strings.HasSuffix(l.URL, "/"+slug)
		p.Shelf = append(p.Shelf, ui.SideItem{Icon: "book", Text: l.Text, URL: l.URL, Current: here})
		if here && i > 0 {
			p.Prev = links[i-1]
		}
		if here && i+1 < len(links) {
			p.Next = links[i+1]
		}
	}
	return render(c, http.StatusOK, guides.Show(w.page(c, p.Title+" · Guides"), p))
}

// guideLinks lead to the guides of an API.
func (w *Web) guideLinks(c echo.Context, api string) ([]ui.Link, error) {
	shelf, err := w.Portal.Guides.Of(c.Request().Context(), guard.Actor(c), api)
	links, _ := guideShelf(c, shelf, "", &guides.Page{})
	return links, err
}

// guideShelf lists what readers see beside a guide and puts the guide itself, if
// somebody wrote it, into the page.
func guideShelf(c echo.Context, shelf portal.GuideShelf, slug string, p *guides.Page) (links []ui.Link, found bool) {
	if shelf.API.ID != "" && !written(shelf.Guides) {
		links = append(links, ui.Link{Text: startedTitle, URL: guideURL(c, shelf.API.Slug, models.GettingStarted)})
	}
	for _, one := range shelf.Guides {
		if !one.Shown() {
			continue
		}
		links = append(links, ui.Link{Text: one.ShownTitle, URL: guideURL(c, shelf.API.Slug, one.Slug)})
		if one.Slug != slug {
			continue
		}
		found, p.Title, p.Body, p.Written = true, one.ShownTitle, one.ShownBody, *one.PublishedAt
		if guard.Actor(c).Can(models.APIReadAll) {
			p.Edit = guidesDesk(c) + "/" + one.ID
		}
	}
	return links, found
}

// gettingStarted is the guide to a first call of an API, written from the document
// of the version that stands first; it leads to where its reader may go.
func (w *Web) gettingStarted(c echo.Context, api string, reader models.Actor) (string, error) {
	const nothing = "There is nothing to call yet: this API has no operation."
	ctx, actor := c.Request().Context(), guard.Actor(c)
	one, err := w.APIs.Show(ctx, actor, api)
	if err != nil {
		return "", err
	}
	front, ok := one.Front()
	if !ok {
		return nothing, nil
	}
	e, err := w.APIs.Edition(ctx, actor, api, front.Name)
	if err != nil {
		return "", err
	}
	i := spec.StartsWith(outlineOf(e).Operations)
	if i < 0 {
		return nothing, nil
	}
	op, err := w.APIs.Operation(ctx, actor, e, e.Operations[i].Slug)
	if err != nil {
		return "", err
	}
	detail, err := op.Open()
	if err != nil {
		return "", err
	}
	at := strings.TrimSuffix(w.origin(c), "/")
	s := spec.Start{API: e.Name, Version: e.Version.Name,
		Reference: at + apiURL(c, api) + "/" + e.Version.Name + "/operations/" + op.Slug, BaseURL: w.callURL(c, api, e.Version.Name), TokenVariable: tokenVariable(c)}
	if !reader.SignedIn() || reader.Can(models.SubscriptionRequest) {
		s.Subscribe = at + apiURL(c, api) + "/subscribe?version=" + e.Version.Name
	}
	if !reader.SignedIn() || reader.Can(models.TokenCreate) {
		s.NewToken = at + tenantBase(c) + "/tokens/new"
	}
	for _, p := range e.Plans {
		words := p.Name + ": " + ui.Limits(p)
		if !p.AutoApprove {
			words += "; somebody looks at your request first"
		}
		s.Plans = append(s.Plans, words)
	}
	return spec.GettingStarted(s, op, detail), nil
}
