package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/internal/search"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/reference"
	"gatehouse/views/ui"
)

// Limits on the list at the left of a reference, so that a page weighs little.
const (
	listMost  = 150 // operations that are listed whole; of more, groups are folded
	pagesMost = 20  // schemas or webhooks that are listed without being asked for
)

// kindPath is where the pages of a kind are, below a version's.
var kindPath = map[models.PageKind]string{models.PageOperation: "/operations/", models.PageSchema: "/schemas/", models.PageWebhook: "/webhooks/"}

// reading is what all pages of a version's reference share: the list at the left,
// or what its filter finds. slug is that of the page that is shown, or "".
func (w *Web) reading(c echo.Context, e portal.Edition, outline spec.Document, kind models.PageKind, slug string) (reference.Page, error) {
	base, q := apiURL(c, e.Slug)+"/"+e.Version.Name, c.QueryParam("q")
	here := base
	if slug != "" {
		here += kindPath[kind] + slug
	}
	p := reference.Page{
		Crumbs: append(crumbs(c, e)[:2], ui.Link{Text: e.Version.Name, URL: base}), Versions: versionLinks(c, e), Total: len(e.Operations),
		Filter: q, FilterURL: here, BaseURL: w.callURL(c, e.Slug, e.Version.Name), BaseAt: base, Searches: true,
		Ending: w.ending(c, e.API, e.Version, successorIn(e.Version, e.Versions)), Kept: keptChoices(c),
	}
	if len(e.Versions) > 1 {
		p.CompareURL = apiURL(c, e.Slug) + "/compare?" + url.Values{"to": {e.Version.Name}}.Encode()
	}
	if q != "" {
		found, err := w.APIs.FindWithin(c.Request().Context(), guard.Actor(c), e, q)
		p.Found = foundGroups(c, found, q, func(f portal.Found) string {
			if f.Kind == models.PageGuide {
				return guideURL(c, e.Slug, f.Slug)
			}
			return base
		}, slug)
		return p, err
	}
	open := c.QueryParam("group")
	openURL := func(group string) string {
		v := keptChoices(c)
		v.Set("group", group)
		return here + "?" + v.Encode()
	}
	list := reference.List{Document: outline, Open: open, Most: listMost, OpenURL: openURL,
		URL: func(slug string) string { return keeping(c, base+kindPath[models.PageOperation]+slug) }}
	if kind == models.PageOperation {
		list.Current = slug
	}
	p.Groups = list.Groups()
	for _, more := range []struct {
		kind      models.PageKind
		title, id string
		count     int
	}{{models.PageWebhook, "Webhooks", "webhooks", outline.Webhooks}, {models.PageSchema, "Schemas", "schemas", outline.SchemaPages}} {
		if more.count == 0 {
			continue
		}
		g := reference.Group{Title: more.title, ID: more.id, Count: more.count}
		if more.count > pagesMost && kind != more.kind && open != more.id {
			g.Fold = openURL(more.id)
			p.Groups = append(p.Groups, g)
			continue
		}
		pages, err := w.APIs.Pages(c.Request().Context(), guard.Actor(c), e, more.kind)
		if err != nil {
			return p, err
		}
		for _, page := range pages {
			title := page.Title // a component's name is no Markdown
			if more.kind == models.PageWebhook {
				title = spec.Line(title)
			}
			g.Items = append(g.Items, reference.Item{Method: page.Method, Title: title, URL: keeping(c, base+kindPath[more.kind]+page.Slug),
				Slug: more.id + "-" + page.Slug, Deprecated: page.Deprecated, Current: kind == more.kind && page.Slug == slug})
		}
		p.Groups = append(p.Groups, g)
	}
	return p, nil
}

// foundGroups are findings as a list shows them; base is the version's address of
// each, or a guide's own.
func foundGroups(c echo.Context, found portal.Findings, q string, base func(portal.Found) string, current string) (groups []reference.FoundGroup) {
	for _, kind := range []struct {
		title string
		all   []portal.Found
		most  int
	}{{"Operations", found.Operations, 50}, {"Guides", found.Guides, 10}, {"Webhooks", found.Webhooks, 10}, {"Schemas", found.Schemas, 20}, {"Text", found.Prose, 10}} {
		g := reference.FoundGroup{Title: kind.title, More: len(kind.all) == kind.most}
		for _, f := range kind.all {
			h := reference.Hit{Method: f.Method, Title: search.Mark(f.Title, q), Current: f.Slug == current && f.Kind == models.PageOperation}
			switch f.Kind {
			case models.PageOperation:
				h.ID, h.URL, h.Path = "op-"+f.Slug, keeping(c, base(f)+kindPath[f.Kind]+f.Slug), search.Mark(f.Path, q)
			case models.PageProse:
				h.URL = base(f) + "#" + f.Slug
			case models.PageGuide:
				h.URL, h.Where = base(f), "All APIs"
			default:
				h.URL = base(f) + kindPath[f.Kind] + f.Slug
			}
			if f.API.ID != "" {
				h.ID, h.Where = "", strings.TrimSpace(f.API.Name+" "+f.Version.Name)
			}
			if f.API.ID != "" || f.Kind == models.PageGuide || !slices.ContainsFunc(h.Title, func(p search.Piece) bool { return p.Hit }) {
				h.Quote = reference.Quote(f.Body, q)
			}
			g.Hits = append(g.Hits, h)
		}
		if len(g.Hits) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// overview is the page of a version as a whole.
func (w *Web) overview(c echo.Context, e portal.Edition) error {
	outline := outlineOf(e)
	p, err := w.reading(c, e, outline, "", "")
	if err != nil {
		return err
	}
	o := reference.Overview{Crumbs: crumbs(c, e), Ending: p.Ending, Title: e.Name + " " + e.Version.Name, Document: outline, BaseURL: p.BaseURL,
		Download: p.BaseAt + "/openapi.json"}
	if e.Version.State != models.VersionPublished {
		o.Signs = append(o.Signs, ui.State(string(e.Version.State)))
	}
	at := func(slug string) string { return p.BaseAt + kindPath[models.PageOperation] + slug }
	if len(outline.Operations) > 0 {
		o.First = ui.Link{Text: spec.Line(outline.Operations[0].Title()), URL: at(outline.Operations[0].Slug)}
	}
	o.Tags, o.Facts = overviewTags(outline, at), facts(outline)
	p.Content, p.Side = reference.ShowOverview(o), reference.OverviewSide(o)
	p.Markdown = "/llms.txt"
	return w.showReference(c, e, "Overview", p)
}

// overviewTags are the groups of a document, with their descriptions.
func overviewTags(d spec.Document, at func(slug string) string) (tags []reference.OverviewTag) {
	count, first := map[string]int{}, map[string]string{}
	for _, o := range d.Operations {
		for _, t := range o.Tags {
			if count[t]++; first[t] == "" {
				first[t] = at(o.Slug)
			}
		}
	}
	for _, t := range d.Tags {
		title := t.Summary
		if title == "" {
			title = t.Name
		}
		if count[t.Name] > 0 || t.Description != "" {
			tags = append(tags, reference.OverviewTag{ID: reference.TagID(t.Name), Title: title, Text: t.Description, Count: count[t.Name], First: first[t.Name]})
		}
	}
	return tags
}

// facts are what a document says of itself in a word.
func facts(d spec.Document) (facts []reference.Fact) {
	add := func(name, text, url string) {
		if text != "" {
			facts = append(facts, reference.Fact{Name: name, Text: text, URL: url})
		}
	}
	add("Operations", ui.Number(int64(len(d.Operations))), "")
	add("Document", d.Version, "")
	add("OpenAPI", d.OpenAPIVersion, "")
	add("Made for", reference.Purposes(d.Servers), "")
	contact := d.Contact
	if contact.Name == "" {
		contact.Name = contact.URL
	}
	add("Contact", contact.Name, contact.URL)
	add("E-mail", contact.Email, "")
	licence := d.Licence
	if licence.Name == "" {
		licence.Name = licence.URL
	}
	add("Licence", licence.Name, licence.URL)
	if d.TermsURL != "" {
		add("Terms", "Terms of service", d.TermsURL)
	}
	if d.DocsURL != "" {
		add("More", "Other documentation", d.DocsURL)
	}
	return facts
}

// ReferenceSchema is the page of a component schema.
func (w *Web) ReferenceSchema(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	slug, markdown := asMarkdown(c, "schema")
	e, err := w.APIs.Edition(ctx, actor, c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	page, err := w.APIs.SchemaPage(ctx, actor, e, slug)
	if err != nil {
		return err
	}
	tree, err := page.Open()
	if err != nil {
		return err
	}
	if markdown {
		base := w.versionPage(c, e)
		return sendTagged(c, markdownMedia, []byte(reference.SchemaText{API: e.Name + " " + e.Version.Name, BaseURL: base,
			Page: page, Tree: tree, Document: base + "/openapi.json"}.Markdown()))
	}
	p, err := w.reading(c, e, outlineOf(e), models.PageSchema, slug)
	if err != nil {
		return err
	}
	p.Content = reference.ShowSchema(reference.SchemaPage{Crumbs: append(p.Crumbs, ui.Link{Text: "Schemas"}), Ending: p.Ending, Page: page, Tree: tree})
	p.Side = reference.ExampleSide(spec.Pretty(tree.Example(false)))
	p.Markdown = kindPath[models.PageSchema] + page.Slug + ".md"
	return w.showReference(c, e, page.Name, p)
}

// ReferenceWebhook is the page of a webhook.
func (w *Web) ReferenceWebhook(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	slug, markdown := asMarkdown(c, "webhook")
	e, err := w.APIs.Edition(ctx, actor, c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	hook, err := w.APIs.Webhook(ctx, actor, e, slug)
	if err != nil {
		return err
	}
	detail, err := hook.Open()
	if err != nil {
		return err
	}
	if markdown {
		base := w.versionPage(c, e)
		return sendTagged(c, markdownMedia, []byte(reference.HookText{API: e.Name + " " + e.Version.Name, BaseURL: base,
			Hook: hook, Detail: detail, Document: base + "/openapi.json"}.Markdown()))
	}
	p, err := w.reading(c, e, outlineOf(e), models.PageWebhook, slug)
	if err != nil {
		return err
	}
	p.Content = reference.ShowHook(reference.HookPage{Crumbs: append(p.Crumbs, ui.Link{Text: "Webhooks"}), Ending: p.Ending, Hook: hook, Detail: detail})
	if detail.Body != nil {
		if example := spec.JSONExample(detail.Body.Media, true); example != nil {
			p.Side = reference.ExampleSide(spec.Pretty(example))
		}
	}
	p.Markdown = kindPath[models.PageWebhook] + hook.Slug + ".md"
	return w.showReference(c, e, spec.Line(hook.Title()), p)
}

// moved leads to what took an operation's place, or says where it was.
// What was never there is not found.
func (w *Web) moved(c echo.Context, e portal.Edition, slug string) error {
	m, err := w.APIs.Moved(c.Request().Context(), guard.Actor(c), e, slug)
	if err != nil {
		return err
	}
	base := apiURL(c, e.Slug) + "/"
	if m.Here != "" {
		return c.Redirect(http.StatusFound, keeping(c, base+e.Version.Name+kindPath[models.PageOperation]+m.Here))
	}
	g := reference.Gone{Crumbs: crumbs(c, e), Key: m.Key, Where: e.Name + " " + e.Version.Name, Last: e.Name + " " + m.Last.Name, Start: base + e.Version.Name}
	for _, o := range m.Others {
		g.Others = append(g.Others, reference.GoneLink{Text: spec.Line(operationTitle(o.Operation)), Version: o.Version.Name,
			URL: base + o.Version.Name + kindPath[models.PageOperation] + o.Operation.Slug})
	}
	return render(c, http.StatusNotFound, reference.ShowGone(w.page(c, "Gone · "+e.Name+" "+e.Version.Name), g))
}

func operationTitle(o models.Operation) string {
	return spec.Operation{Key: o.Key, Summary: o.Summary, OperationID: o.OperationID}.Title()
}
