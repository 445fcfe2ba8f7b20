package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/layout"
	"gatehouse/views/reference"
	"gatehouse/views/ui"
)

// callURL is a version's address at the gateway.
func (w *Web) callURL(c echo.Context, api, version string) string {
	return strings.TrimSuffix(w.Gateway.String(), "/") + "/" + guard.Actor(c).Tenant().Slug + "/" + api + "/" + version
}

// mockURL is where a version's mock is called.
func (w *Web) mockURL(c echo.Context, api, version string) string {
	return strings.TrimSuffix(w.Gateway.String(), "/") + portal.MockPrefix + "/" + guard.Actor(c).Tenant().Slug + "/" + api + "/" + version
}

// Reference is the page on which a version is read: as a whole, or the operation
// that the address names.
func (w *Web) Reference(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	e, err := w.APIs.Edition(ctx, actor, c.Param("api"), c.Param("version"))
	if err != nil {
		return w.gone(c, err)
	}
	if e.Revision.ID == "" {
		return render(c, http.StatusOK, catalog.NoDocument(w.page(c, e.Name), catalog.Empty{
			Crumbs: crumbs(c, e), Title: e.Name + " " + e.Version.Name, Manage: manageVersion(c, e)}))
	}
	slug, markdown := asMarkdown(c, "operation")
	switch {
	case slug == "" && markdown:
		return w.sendVersion(c, e)
	case slug == "":
		return w.overview(c, e)
	}
	op, err := w.APIs.Operation(ctx, actor, e, slug)
	if fault.Is(err, fault.NotFound) {
		return w.moved(c, e, slug)
	} else if err != nil {
		return err
	}
	detail, err := op.Open()
	if err != nil {
		return err
	}
	if markdown {
		return w.sendMarkdown(c, e, op, detail)
	}
	p, err := w.referencePage(c, e, op, detail)
	if err != nil {
		return err
	}
	p.Markdown = kindPath[models.PageOperation] + op.Slug + ".md"
	return w.showReference(c, e, spec.Line(op.Title()), p)
}

// showReference answers htmx with the page's content alone.
func (w *Web) showReference(c echo.Context, e portal.Edition, title string, p reference.Page) error {
	title += " · " + e.Name + " " + e.Version.Name
	if isHTMX(c) {
		return render(c, http.StatusOK, reference.Fragment(title+" · "+guard.Actor(c).Tenant().Name, p))
	}
	frame := w.page(c, title)
	frame.Wide, frame.Scripts = true, []string{"keys.js"}
	frame.Alternates = []layout.Alternate{feedLink(e.Name, apiURL(c, e.Slug)+"/feed.atom")}
	frame.Alternates = append(frame.Alternates, markdownLink(apiURL(c, e.Slug)+"/"+e.Version.Name+p.Markdown))
	return render(c, http.StatusOK, reference.Full(frame, p))
}

func (w *Web) referencePage(c echo.Context, e portal.Edition, op spec.Operation, detail spec.Detail) (reference.Page, error) {
	base, gateway := apiURL(c, e.Slug)+"/"+e.Version.Name, w.callURL(c, e.Slug, e.Version.Name)
	at := func(slug string) string { return keeping(c, base+"/operations/"+slug) }
	outline := outlineOf(e)
	p, err := w.reading(c, e, outline, models.PageOperation, op.Slug)
	if err != nil {
		return p, err
	}
	p.BaseURL, p.Operation, p.Detail, p.Scopes, p.Downloads = gateway, op, detail, e.Scopes, downloads(base, op)
	for i := range p.Versions { // the same operation, or what took its place
		p.Versions[i].URL = keeping(c, p.Versions[i].URL+"/operations/"+op.Slug)
	}
	w.tryable(e, base, w.mockURL(c, e.Slug, e.Version.Name), &p)
	showCode(c, &p, base+"/operations/"+op.Slug, tokenVariable(c))
	if len(op.Tags) > 0 {
		p.Crumbs = append(p.Crumbs, ui.Link{Text: op.Tags[0]})
	}
	for i, o := range outline.Operations {
		if o.Slug != op.Slug {
			continue
		}
		if i > 0 {
			p.Prev = ui.Link{Text: spec.Line(outline.Operations[i-1].Title()), URL: at(outline.Operations[i-1].Slug)}
		}
		if i+1 < len(outline.Operations) {
			p.Next = ui.Link{Text: spec.Line(outline.Operations[i+1].Title()), URL: at(outline.Operations[i+1].Slug)}
		}
	}
	return p, nil
}

// tryable says whether the operation can be tried, and how the reader stands.
func (w *Web) tryable(e portal.Edition, base, mock string, p *reference.Page) {
	if !e.Version.Live() {
		p.TryHeld = "A draft; it can be tried when it is published."
		return
	}
	p.TryURL = base + "/try?" + url.Values{"operation": {p.Operation.Slug}}.Encode()
	if e.Version.Mock {
		p.MockURL, p.MockTry = mock, p.TryURL+"&to=mock"
	}
	s, ok := e.Standing()
	if !ok || s.State != models.SubscriptionApproved {
		return
	}
	for _, plan := range e.Plans {
		if plan.ID == s.PlanID {
			p.Limits = ui.Limits(plan)
		}
	}
}

// outlineOf is an edition's document as the list needs it.
func outlineOf(e portal.Edition) spec.Document {
	d := e.Outline
	d.Operations = make([]spec.Operation, len(e.Operations))
	for i, o := range e.Operations {
		d.Operations[i] = spec.Operation{Key: o.Key, Slug: o.Slug, Method: o.Method, Path: o.Path,
			OperationID: o.OperationID, Summary: o.Summary, Deprecated: o.Deprecated}
		if o.Tag != "" {
			d.Operations[i].Tags = []string{o.Tag}
		}
	}
	return d
}

// crumbs lead from the list to a version; the last one has no address.
func crumbs(c echo.Context, e portal.Edition) []ui.Link {
	return []ui.Link{{Text: "APIs", URL: tenantBase(c) + "/apis"}, {Text: e.Name, URL: apiURL(c, e.Slug)}, {Text: e.Version.Name}}
}

func versionLinks(c echo.Context, e portal.Edition) (links []ui.SegLink) {
	for _, v := range e.Versions {
		links = append(links, ui.SegLink{Text: versionText(v), URL: apiURL(c, e.Slug) + "/" + v.Name, Current: v.ID == e.Version.ID})
	}
	return links
}

// versionText is a version to choose, with its state where that is not the usual one.
func versionText(v models.Version) string {
	if v.State == models.VersionPublished {
		return v.Name
	}
	return v.Name + ", " + string(v.State)
}

func manageVersion(c echo.Context, e portal.Edition) string {
	if manageURL(c) == "" {
		return ""
	}
	return manageURL(c) + "/" + e.Slug + "/versions/" + e.Version.Name
}

// tokenVariable is the environment variable in samples: NORTHQUAY_TOKEN.
func tokenVariable(c echo.Context) string {
	return strings.ToUpper(strings.ReplaceAll(guard.Actor(c).Tenant().Slug, "-", "_")) + "_TOKEN"
}

func query(name, value string) string {
	if value == "" {
		return ""
	}
	return "?" + url.Values{name: {value}}.Encode()
}
