package web

import (
	"net/http"
	"slices"
	"sync"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/openapi"
	"gatehouse/views/reference"
	"gatehouse/views/ui"
)

// management is the description of our own API. It is part of the program, so
// that it is read in this process (R105 as settled), when somebody first asks.
var management = sync.OnceValues(func() (spec.Document, error) {
	d, err := spec.Own(openapi.Management)
	at := map[string]int{}
	for i, t := range d.Tags {
		at[t.Name] = i
	}
	// swag sorts by path; the list at the left goes by tag, and so do the links to the next.
	slices.SortStableFunc(d.Operations, func(a, b spec.Operation) int { return at[a.Tags[0]] - at[b.Tags[0]] })
	return d, err
})

// ManagementAPI is the reference of our own API: one operation, the first unless
// the address names another.
func (w *Web) ManagementAPI(c echo.Context) error {
	d, err := management()
	if err != nil {
		return err
	}
	slug := c.Param("operation")
	if slug == "" {
		slug = d.Operations[0].Slug
	}
	op, ok := d.Operation(slug)
	if !ok || op.Slug != slug {
		return fault.Missing("operation")
	}
	detail, err := op.Open()
	if err != nil {
		return err
	}
	title := op.Title() + " · Management API"
	p := w.managementPage(c, d, op, detail)
	if isHTMX(c) {
		return render(c, http.StatusOK, reference.Fragment(title, p))
	}
	frame := w.page(c, title)
	frame.Wide = true
	return render(c, http.StatusOK, reference.Full(frame, p))
}

func (w *Web) managementPage(c echo.Context, d spec.Document, op spec.Operation, detail spec.Detail) reference.Page {
	const base = "/docs/api"
	q := c.QueryParam("q")
	at := func(slug string) string { return keeping(c, base+"/operations/"+slug) }
	p := reference.Page{
		Crumbs: []ui.Link{{Text: "Guides", URL: "/docs"}, {Text: "For programs that manage", URL: "/docs/automation"}, {Text: "Management API", URL: base}}, Total: len(d.Operations),
		Groups: reference.Groups(d, q, op.Slug, at), Filter: q, FilterURL: base + "/operations/" + op.Slug, BaseURL: w.Origin.String(),
		Kept: keptChoices(c), Operation: op, Detail: detail,
	}
	showCode(c, &p, base+"/operations/"+op.Slug, spec.DefaultToken)
	for i, o := range d.Operations {
		if o.Slug != op.Slug {
			continue
		}
		if i > 0 {
			p.Prev = ui.Link{Text: d.Operations[i-1].Title(), URL: at(d.Operations[i-1].Slug)}
		}
		if i+1 < len(d.Operations) {
			p.Next = ui.Link{Text: d.Operations[i+1].Title(), URL: at(d.Operations[i+1].Slug)}
		}
	}
	return p
}

// ManagementDocument is the description of our own API for programs.
func (w *Web) ManagementDocument(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/json", openapi.Management)
}
