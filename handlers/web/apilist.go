package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/layout"
	"gatehouse/views/publish"
	"gatehouse/views/ui"
)

// APIList is the catalog with its search and its filters.
func (w *Web) APIList(c echo.Context) error {
	ctx, actor, page := c.Request().Context(), guard.Actor(c), apiPage(c)
	list, more, err := w.APIs.List(ctx, actor, page)
	if err != nil {
		return err
	}
	l := catalog.List{URL: tenantBase(c) + "/apis", Cards: cardsOf(c, list), Manage: manageURL(c)}
	if l.Filter, l.All, err = w.apiFilter(c, l.URL, page); err != nil {
		return err
	}
	l.Prev, l.Next = turns(l.URL, page, more)
	if only := (portal.APIPage{Text: page.Text, Sort: page.Sort, After: page.After, Limit: page.Limit}); only == page { // filters are of APIs
		found, err := w.APIs.Find(ctx, actor, page.Text)
		if err != nil {
			return err
		}
		l.Found = foundGroups(c, found, page.Text, func(f portal.Found) string {
			if f.Kind == models.PageGuide {
				return guideURL(c, f.API.Slug, f.Slug)
			}
			return apiURL(c, f.API.Slug) + "/" + f.Version.Name
		}, "")
	}
	p := w.page(c, "APIs")
	p.Alternates = []layout.Alternate{feedLink(actor.Tenant().Name, tenantBase(c)+"/feed.atom")}
	p.Search.Query = page.Text
	return render(c, http.StatusOK, catalog.ShowList(p, l))
}

// apiPage is the part of the catalog that an address names.
func apiPage(c echo.Context) portal.APIPage {
	return portal.APIPage{Text: c.QueryParam("q"), Category: c.QueryParam("category"), Tag: c.QueryParam("tag"), State: c.QueryParam("state"),
		Access: c.QueryParam("access"), Visibility: c.QueryParam("visibility"), Sort: c.QueryParam("sort"), After: c.QueryParam("after"), Limit: listCards}
}

// apisURL is the address of a part of the catalog.
func apisURL(base string, p portal.APIPage) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": p.Text, "category": p.Category, "tag": p.Tag, "state": p.State, "access": p.Access,
		"visibility": p.Visibility, "sort": p.Sort, "after": p.After} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return base
	}
	return base + "?" + q.Encode()
}

// turns are the addresses of the first page and of the next one, "" where there is none.
func turns(base string, page portal.APIPage, more string) (prev, next string) {
	at := page.After
	if page.After = ""; at != "" {
		prev = apisURL(base, page)
	}
	if page.After = more; more != "" {
		next = apisURL(base, page)
	}
	return prev, next
}

// apiFilter is the form of a list's filters, and how many APIs they let through.
func (w *Web) apiFilter(c echo.Context, base string, page portal.APIPage) (f catalog.Filter, all int, err error) {
	page.After = ""
	categories, tags, all, err := w.APIs.Labels(c.Request().Context(), guard.Actor(c), page)
	if err != nil {
		return f, 0, err
	}
	f = catalog.Filter{Query: page.Text, Category: page.Category, Tag: page.Tag, State: page.State, Access: page.Access, Visibility: page.Visibility, Sort: page.Sort,
		Tags:     []ui.Option{{Label: "Any tag"}},
		States:   []ui.Option{{Label: "Any state"}, {Value: "published", Label: "Published"}, {Value: "deprecated", Label: "Deprecated"}},
		Accesses: []ui.Option{{Label: "Any access"}, {Value: "open", Label: "Open to all"}, {Value: "approval", Label: "Needs approval"}}}
	for _, tag := range slices.Sorted(maps.Keys(tags.Tags)) {
		f.Tags = append(f.Tags, ui.Option{Value: tag, Label: tag + " (" + ui.Number(tags.Tags[tag]) + ")"})
	}
	if page.Tag != "" && tags.Tags[page.Tag] == 0 {
		f.Tags = append(f.Tags, ui.Option{Value: page.Tag, Label: page.Tag + " (0)"})
	}
	f.Categories = categoryLinks(base, page, categories)
	if guard.Actor(c).Can(models.SubscriptionReadOwn) || page.Access == "subscribed" {
		f.Accesses = append(f.Accesses, ui.Option{Value: "subscribed", Label: "Subscribed"})
	}
	if manageURL(c) != "" {
		f.States = append(f.States, ui.Option{Value: "draft", Label: "Draft"}, ui.Option{Value: "retired", Label: "Retired"})
		f.Visibilities = []ui.Option{{Label: "Seen by anyone"}}
		for _, v := range models.Visibilities {
			f.Visibilities = append(f.Visibilities, ui.Option{Value: string(v), Label: publish.VisibilityName(v)})
		}
	}
	f.Widen = widen(base, page)
	return f, all, nil
}

// categoryLinks lead to the categories, each with how many APIs it would show.
func categoryLinks(base string, page portal.APIPage, n portal.APILabels) (links []ui.SegLink) {
	here := page.Category
	page.Category = ""
	links = append(links, ui.SegLink{Text: "All", URL: apisURL(base, page), Count: strconv.Itoa(n.All), Current: here == ""})
	names := slices.Sorted(maps.Keys(n.Categories))
	if here != "" && n.Categories[here] == 0 {
		names = append(names, here)
	}
	for _, name := range names {
		page.Category = name
		links = append(links, ui.SegLink{Text: name, URL: apisURL(base, page), Count: strconv.Itoa(n.Categories[name]), Current: name == here})
	}
	return links
}

// widen are links that each leave out one of what is chosen.
func widen(base string, page portal.APIPage) (links []ui.Link) {
	for _, one := range []struct {
		value *string
		words string
	}{
		{&page.Text, "Without the words “" + page.Text + "”"}, {&page.Category, "In every category"}, {&page.Tag, "With any tag"},
		{&page.State, "In any state"}, {&page.Access, "With any access"}, {&page.Visibility, "Seen by anyone"},
	} {
		if was := *one.value; was != "" {
			*one.value = ""
			links = append(links, ui.Link{Text: one.words, URL: apisURL(base, page)})
			*one.value = was
		}
	}
	return links
}

// homeCategories lead from a tenant's home into its catalog.
func (w *Web) homeCategories(c echo.Context) (links []ui.Link, err error) {
	categories, _, _, err := w.APIs.Labels(c.Request().Context(), guard.Actor(c), portal.APIPage{Limit: 1})
	for _, name := range slices.Sorted(maps.Keys(categories.Categories)) {
		links = append(links, ui.Link{Text: name, URL: apisURL(tenantBase(c)+"/apis", portal.APIPage{Category: name})})
	}
	return links[:min(len(links), homeCategoriesMost)], err
}

// homeCategoriesMost is how many categories a home names.
const homeCategoriesMost = 8

// labels puts an API's category, tags and status on its page.
func labels(c echo.Context, a *catalog.API, one portal.Listing) {
	a.StatusURL = a.Base + "/status"
	if one.Category != "" {
		a.Category = ui.Link{Text: one.Category, URL: apisURL(a.ListURL, portal.APIPage{Category: one.Category})}
	}
	for _, tag := range one.Tags {
		a.Tags = append(a.Tags, ui.Link{Text: tag, URL: apisURL(a.ListURL, portal.APIPage{Tag: tag})})
	}
	if one.Visibility != models.VisiblePublic && manageURL(c) != "" {
		a.Signs = append(a.Signs, ui.Sign{Tone: ui.Off, Icon: "lock", Word: publish.VisibilityName(one.Visibility)})
	}
	if one.Health == nil {
		return
	}
	if one.Health.Now != portal.HealthQuiet {
		a.Signs = append(a.Signs, ui.State(string(one.Health.Now)))
	}
	if share, known := one.Health.Lately(portal.CardDays); known {
		a.Uptime = percent(share) + " uptime in " + strconv.Itoa(portal.CardDays) + " days"
	}
}
