package web

import (
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/layout"
	"gatehouse/views/reference"
	"gatehouse/views/ui"
)

const markdownMedia = "text/markdown; charset=utf-8"

// asMarkdown reports whether a page is wanted as Markdown: its name in the address
// ends in .md, or nothing else is accepted. It returns the name without.
func asMarkdown(c echo.Context, param string) (name string, yes bool) {
	name, yes = strings.CutSuffix(c.Param(param), ".md")
	accept := c.Request().Header.Get("Accept")
	c.Response().Header().Add("Vary", "Accept")
	return name, yes || strings.Contains(accept, "text/markdown") && !strings.Contains(accept, "text/html")
}

// markdownLink is a page's address as Markdown, for its head.
func markdownLink(address string) layout.Alternate {
	return layout.Alternate{Type: "text/markdown", Title: "This page as Markdown", URL: address}
}

// sendMarkdown is an operation's page for programs.
func (w *Web) sendMarkdown(c echo.Context, e portal.Edition, op spec.Operation, d spec.Detail) error {
	base, gateway := w.versionPage(c, e), w.callURL(c, e.Slug, e.Version.Name)
	page := reference.Text{
		API: e.Name + " " + e.Version.Name, BaseURL: gateway, PageURL: base + "/operations/" + op.Slug,
		DocumentURL: base + "/openapi.json?operation=" + op.Slug, IndexURL: base + "/llms.txt",
		Operation: op, Detail: d, Sample: spec.Samples(op, d, gateway, tokenVariable(c))[0],
	}
	return sendTagged(c, markdownMedia, []byte(page.Markdown()))
}

// versionPage is the whole address of a version's page.
func (w *Web) versionPage(c echo.Context, e portal.Edition) string {
	return w.origin(c) + apiURL(c, e.Slug) + "/" + e.Version.Name
}

// LLMs is what a language model reads first of a tenant's portal (llmstxt.org).
func (w *Web) LLMs(c echo.Context) error {
	list, more, err := w.APIs.List(c.Request().Context(), guard.Actor(c), portal.APIPage{Limit: 100})
	if err != nil {
		return err
	}
	t, base := guard.Actor(c).Tenant(), w.origin(c)+tenantBase(c)
	title, lead := catalog.Headline(t)
	if title != t.Name {
		lead = strings.TrimSuffix(title+": "+lead, ": ")
	}
	apis := catalog.IndexSection{Title: "APIs"}
	for _, l := range list {
		apis.Links = append(apis.Links, catalog.IndexLink{Title: l.Name, URL: base + "/apis/" + l.Slug + ".md", Words: spec.MarkdownText(l.Summary)})
	}
	if more != "" {
		apis.Links = append(apis.Links, catalog.IndexLink{Title: "All other APIs", URL: base + "/apis?after=" + more})
	}
	return w.sendIndex(c, catalog.Index{Title: t.Name + " developer portal", Summary: lead,
		Prose: "APIs are called at " + w.Gateway.String() + "/" + t.Slug + "/{api}/{version} with a token of this portal: `Authorization: Bearer TOKEN`. " +
			"The pages of APIs are Markdown.",
		Sections: []catalog.IndexSection{apis, {Title: "Optional", Links: []catalog.IndexLink{
			{Title: "Changelog", URL: base + "/feed.atom", Words: "what was published, deprecated and retired, as Atom"},
			{Title: "Guide for partners", URL: w.origin(c) + "/docs/partner", Words: "subscriptions, tokens, limits and errors, as HTML"}}}},
	})
}

// sendIndex leaves out sections without links.
func (w *Web) sendIndex(c echo.Context, x catalog.Index) error {
	filled := x.Sections[:0]
	for _, s := range x.Sections {
		if len(s.Links) > 0 {
			filled = append(filled, s)
		}
	}
	x.Sections = filled
	return sendTagged(c, markdownMedia, []byte(x.Markdown()))
}

// apiMarkdown is an API's page for programs.
func (w *Web) apiMarkdown(c echo.Context, one portal.Listing) error {
	base := w.origin(c) + apiURL(c, one.Slug)
	versions, plans := catalog.IndexSection{Title: "Versions"}, ""
	for _, v := range one.Versions {
		versions.Links = append(versions.Links, catalog.IndexLink{Title: one.Name + " " + v.Name, URL: base + "/" + v.Name + "/llms.txt",
			Words: string(v.State) + "; called at " + w.callURL(c, one.Slug, v.Name)})
	}
	for _, p := range one.Plans {
		plans += "- " + spec.MarkdownText(p.Name) + ": " + spec.MarkdownText(ui.Limits(p)) + "\n"
	}
	if plans != "" {
		plans = "\n\nPlans to subscribe to:\n\n" + plans
	}
	return w.sendIndex(c, catalog.Index{Title: one.Name, Summary: one.Summary, Prose: one.Description + plans,
		Sections: []catalog.IndexSection{versions, {Title: "Optional", Links: []catalog.IndexLink{
			{Title: "The page for people", URL: base}, {Title: "Changelog", URL: base + "/feed.atom", Words: "as Atom"}}}}})
}

// indexMost is how many operations an index lists.
const indexMost = 2000

// VersionLLMs is what a language model reads first of a version.
func (w *Web) VersionLLMs(c echo.Context) error {
	e, err := w.APIs.Edition(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	return w.sendVersion(c, e)
}

// sendVersion is a version's page for programs: what it is, and what there is.
func (w *Web) sendVersion(c echo.Context, e portal.Edition) error {
	base := w.versionPage(c, e)
	x := catalog.Index{Title: e.Name + " " + e.Version.Name, Summary: e.Summary,
		Prose: "Base URL: " + w.callURL(c, e.Slug, e.Version.Name) + "\n\nSend a token of the developer portal with every call: `Authorization: Bearer TOKEN`."}
	if e.Version.State != models.VersionPublished {
		x.Prose += "\n\nThis version is " + string(e.Version.State) + "."
	}
	d, room := outlineOf(e), indexMost
	if d.Description != "" {
		x.Prose += "\n\n" + reference.Clipped(d.Description)
	}
	key := map[string]string{}
	for _, o := range d.Operations {
		key[o.Slug] = o.Key
	}
	for _, g := range reference.Groups(d, "", "", func(slug string) string { return base + "/operations/" + slug + ".md" }) {
		s := catalog.IndexSection{Title: g.Title}
		for _, i := range g.Items[:min(len(g.Items), room)] {
			words := spec.MarkdownCode(key[i.Slug])
			if i.Deprecated {
				words += ", deprecated"
			}
			s.Links = append(s.Links, catalog.IndexLink{Title: i.Title, URL: i.URL, Words: words})
		}
		room, s.Left = room-len(s.Links), len(g.Items)-len(s.Links)
		x.Sections = append(x.Sections, s)
	}
	x.Sections = append(x.Sections, catalog.IndexSection{Title: "Optional", Links: []catalog.IndexLink{
		{Title: "OpenAPI document", URL: base + "/openapi.json", Words: "JSON, everything in one file"}, {Title: "OpenAPI document in YAML", URL: base + "/openapi.yaml"},
		{Title: "Changelog", URL: w.origin(c) + apiURL(c, e.Slug) + "/feed.atom", Words: "as Atom"}}})
	return w.sendIndex(c, x)
}
