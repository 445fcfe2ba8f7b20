package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/compare"
	"gatehouse/views/publish"
	"gatehouse/views/ui"
)

// comparisonWait is how long a page waits for a comparison that was not made yet;
// it is made to its end all the same.
const comparisonWait = 10 * time.Second

// outlookGroups is how many operations a page of a draft lists.
const outlookGroups = 50

// compareGroups is how many operations a page of a comparison lists.
const compareGroups = 100

// Compare is two documents of an API side by side.
func (w *Web) Compare(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), comparisonWait)
	defer cancel()
	s, err := w.APIs.SideBySide(ctx, guard.Actor(c), c.Param("api"), c.QueryParam("from"), c.QueryParam("to"))
	if err != nil {
		return err
	}
	p := compare.Page{Base: apiURL(c, s.API.Slug) + "/compare", Kind: c.QueryParam("kind"), Query: strings.TrimSpace(c.QueryParam("q")), Kinds: compare.KindOptions(),
		Crumbs: []ui.Link{{Text: "APIs", URL: tenantBase(c) + "/apis"}, {Text: s.API.Name, URL: apiURL(c, s.API.Slug)}, {Text: "Compare"}}, Late: s.Late, Failure: s.Failure}
	for _, e := range s.Editions {
		v := s.Versions[e.VersionID]
		p.Choices = append(p.Choices, ui.Option{Value: portal.EditionName(v, e), Label: editionTitle(v, e)})
	}
	if s.From != nil && s.To != nil {
		p.From, p.To = w.compareSide(*s.From), w.compareSide(*s.To)
		w.compareChanges(c, s, &p)
	}
	return render(c, http.StatusOK, compare.Show(w.page(c, "Compare · "+s.API.Name), p))
}

// editionTitle is what people call a version's document.
func editionTitle(v models.Version, r models.Revision) string {
	if portal.EditionName(v, r) == v.Name {
		return v.Name
	}
	return v.Name + ", document " + strconv.Itoa(r.Number)
}

func (w *Web) compareSide(s portal.Side) compare.Side {
	state := "in force"
	switch {
	case s.Revision.PublishedAt == nil:
		state = "a draft"
	case s.Name() != s.Version.Name:
		state = "was in force"
	}
	lead := state + ", " + ui.Plural(s.Revision.Operations, "operation")
	if s.Revision.DocVersion != "" {
		lead = s.Revision.DocVersion + ", " + lead
	}
	return compare.Side{Name: s.Name(), Title: editionTitle(s.Version, s.Revision), Lead: lead}
}

// compareChanges fills in what is asked for of the changes.
func (w *Web) compareChanges(c echo.Context, s portal.SideBySide, p *compare.Page) {
	address := func(more url.Values) string {
		q := url.Values{"from": {p.From.Name}, "to": {p.To.Name}}
		for name, values := range more {
			if values[0] != "" {
				q[name] = values
			}
		}
		return p.Base + "?" + q.Encode()
	}
	p.Tally, p.Clear, p.Filtered = models.TallyOf(s.Changes), address(nil), p.Kind != "" || p.Query != ""
	p.Only = func(kind string) string { return address(url.Values{"kind": {kind}}) }
	var chosen []models.DocumentChange
	for _, change := range s.Changes {
		if change.Rule == models.RuleIncomplete ||
			compare.Of(change, p.Kind) && strings.Contains(strings.ToLower(change.Operation), strings.ToLower(p.Query)) {
			chosen = append(chosen, change)
		}
	}
	groups, notes := compare.Groups(chosen)
	page, _ := strconv.Atoi(c.QueryParam("page"))
	page = max(0, min(page-1, (len(groups)-1)/compareGroups))
	first, last := page*compareGroups, min((page+1)*compareGroups, len(groups))
	p.Notes, p.Groups, p.Pages = notes, groups[first:last], ui.Pages{From: first + 1, To: last, Total: len(groups)}
	at := func(n int) string {
		return address(url.Values{"kind": {p.Kind}, "q": {p.Query}, "page": {strconv.Itoa(n)}})
	}
	if page > 0 {
		p.Pages.Prev = at(page)
	}
	if last < len(groups) {
		p.Pages.Next = at(page + 2)
	}
	for i, g := range p.Groups {
		key := g.Method + " " + g.Path
		p.Groups[i].From, p.Groups[i].To = operationLink(c, s.API.Slug, *s.From, key), operationLink(c, s.API.Slug, *s.To, key)
	}
}

// operationLink leads to an operation on one side, where it has a page.
func operationLink(c echo.Context, api string, s portal.Side, key string) ui.Link {
	slug, ok := s.Slugs[key]
	if !ok {
		return ui.Link{}
	}
	return ui.Link{Text: s.Version.Name, URL: apiURL(c, api) + "/" + s.Version.Name + "/operations/" + slug}
}

// outlook is what publishing a draft would change.
func (w *Web) outlook(c echo.Context, bench portal.Workbench, draft models.Revision, most int) (*publish.Outlook, error) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), comparisonWait)
	defer cancel()
	o, err := w.APIs.Outlook(ctx, guard.Actor(c), bench, draft)
	if err != nil || o == nil {
		return nil, err
	}
	out := &publish.Outlook{Base: o.Base.Number, Over: o.Base.ID, Tally: o.Tally, Version: o.Version, Late: o.Late, Failure: o.Failure, Asks: o.Asks() && bench.Version.Live(),
		CompareURL: apiURL(c, bench.API.Slug) + "/compare?" + url.Values{"from": {bench.Version.Name}, "to": {portal.EditionName(bench.Version, draft)}}.Encode()}
	out.Groups, out.Notes = compare.Groups(o.Changes)
	if out.More = len(out.Groups) - most; out.More > 0 {
		out.Groups = out.Groups[:most]
	}
	return out, nil
}

// changelog is what was published of an API, with what changed each time.
func (w *Web) changelog(c echo.Context, api string) (rows []catalog.Release, err error) {
	releases, err := w.APIs.Changelog(c.Request().Context(), guard.Actor(c), api)
	for _, r := range releases {
		row := catalog.Release{Version: r.Version.Name, Number: r.Revision.DocVersion, At: *r.Revision.PublishedAt, Operations: r.Revision.Operations}
		if r.Before != nil {
			row.CompareURL = apiURL(c, api) + "/compare?" + url.Values{"from": {portal.EditionName(r.Version, *r.Before)}, "to": {portal.EditionName(r.Version, r.Revision)}}.Encode()
		}
		if r.Tally != nil {
			row.Changed, row.Breaking = compare.Words(*r.Tally), r.Tally.Breaking > 0
		}
		rows = append(rows, row)
	}
	return rows, err
}
