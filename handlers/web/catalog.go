package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/account"
	"gatehouse/views/catalog"
	"gatehouse/views/layout"
	"gatehouse/views/publish"
	"gatehouse/views/ui"
)

// homeCards is how many APIs a tenant's home shows; the others are in the list.
const homeCards = 12

// listCards is how many APIs a page of the list shows.
const listCards = 60

// tenantBase is where the pages of the request's tenant are.
func tenantBase(c echo.Context) string { return "/t/" + guard.Actor(c).Tenant().Slug }

// apiURL is where an API is read.
func apiURL(c echo.Context, api string) string { return tenantBase(c) + "/apis/" + api }

// TenantHome is the entrance of a tenant's portal.
func (w *Web) TenantHome(c echo.Context) error {
	tenant := guard.Actor(c).Tenant()
	h, err := w.tenantHome(c, tenant)
	if err != nil {
		return err
	}
	p := w.page(c, "")
	p.Alternates = []layout.Alternate{feedLink(tenant.Name, tenantBase(c)+"/feed.atom")}
	return render(c, http.StatusOK, catalog.ShowHome(p, h))
}

// tenantHome is what stands on a tenant's home in a look, which is a draft's in a preview.
func (w *Web) tenantHome(c echo.Context, look models.Tenant) (h catalog.Home, err error) {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	list, more, err := w.APIs.List(ctx, actor, portal.APIPage{Limit: homeCards})
	if err != nil {
		return h, err
	}
	welcome, err := w.APIs.Welcome(ctx, actor)
	if err != nil {
		return h, err
	}
	h = catalog.Home{ListURL: tenantBase(c) + "/apis", Guides: tenantBase(c) + "/guides", Operations: welcome.Operations, Cards: cardsOf(c, list),
		Steps: steps(c, welcome, list), News: newsOf(c, welcome.News), Manage: manageURL(c), Welcome: look.Welcome, Help: look.Help, Now: w.Clock.Now()}
	h.Title, h.Lead = catalog.Headline(look)
	if more != "" {
		h.All = h.ListURL
	}
	h.Categories, err = w.homeCategories(c)
	return h, err
}

// API is one API with its plans and versions.
func (w *Web) API(c echo.Context) error {
	actor := guard.Actor(c)
	slug, markdown := asMarkdown(c, "api")
	one, err := w.APIs.Show(c.Request().Context(), actor, slug)
	if err != nil {
		return err
	}
	if markdown {
		return w.apiMarkdown(c, one)
	}
	base := apiURL(c, one.Slug)
	a := catalog.API{Base: base, ListURL: tenantBase(c) + "/apis", Name: one.Name, Summary: one.Summary, Description: one.Description, Now: w.Clock.Now()}
	if manageURL(c) != "" {
		a.Manage = manageURL(c) + "/" + one.Slug
	}
	if a.Guides, err = w.guideLinks(c, one.Slug); err != nil {
		return err
	}
	if a.Incidents, _, err = w.incidentsOf(c, one.Slug); err != nil {
		return err
	}
	front, ok := one.Front()
	if ok {
		a.Reference = base + "/" + front.Name
	}
	if ok && front.State != models.VersionPublished {
		a.Signs = append(a.Signs, ui.State(string(front.State)))
	}
	labels(c, &a, one)
	for _, v := range one.Versions {
		row := catalog.Version{Name: v.Name, URL: base + "/" + v.Name, Sign: ui.State(string(v.State)), StandingURL: tenantBase(c) + "/subscriptions"}
		if v.PublishedAt != nil {
			row.PublishedAt = *v.PublishedAt
		}
		for _, s := range one.Standing {
			if s.VersionID == v.ID {
				row.Standing = new(ui.State(string(s.State)))
			}
		}
		a.Versions = append(a.Versions, row)
		if e := w.ending(c, one.API, v, successorIn(v, one.Versions)); v.Live() && !e.Deprecated.IsZero() {
			a.Endings = append(a.Endings, e)
		}
	}
	for _, p := range one.Plans {
		a.Plans = append(a.Plans, plan(c, base, front, p, a.Now))
	}
	if a.Changelog, err = w.changelog(c, one.Slug); err != nil {
		return err
	}
	if len(a.Changelog) > 1 {
		a.CompareURL = base + "/compare"
	}
	p := w.page(c, one.Name)
	p.Alternates = []layout.Alternate{markdownLink(base + ".md"), feedLink(one.Name, base+"/feed.atom")}
	return render(c, http.StatusOK, catalog.ShowAPI(p, a))
}

// plan is a plan with the way to ask for it, on the version that stands first.
func plan(c echo.Context, base string, front models.Version, p models.Plan, now time.Time) catalog.Plan {
	actor := guard.Actor(c)
	row := catalog.Plan{Name: p.Name, Summary: p.Summary, Limits: ui.Limits(p), Auto: p.AutoApprove, Held: "No version is published yet."}
	if actor.Grant() != nil {
		row.Held = "You are here as staff, by a grant. Partners subscribe for their own teams."
	} else if front.Live() && front.Closing(now) {
		row.Held = "Its last version ends soon; nobody subscribes anew."
	} else if front.Live() {
		row.SubscribeURL = subscribeOr(c, base+"/subscribe?"+url.Values{"version": {front.Name}, "plan": {p.Slug}}.Encode())
	}
	return row
}

// manageURL is where APIs are published, for those who may look.
func manageURL(c echo.Context) string {
	if !guard.Actor(c).Can(models.APIReadAll) {
		return ""
	}
	return tenantBase(c) + "/admin/apis"
}

func cardsOf(c echo.Context, list []portal.Listing) (cards []catalog.Card) {
	for _, l := range list {
		card := catalog.Card{}
		card.Name, card.URL, card.Summary, card.Sign = l.Name, apiURL(c, l.Slug), l.Summary, ui.State(string(models.VersionDraft))
		card.Category, card.Tags = l.Category, l.Tags
		if v, ok := l.Front(); ok {
			card.Version, card.Sign = v.Name, ui.State(string(v.State))
			if v.SunsetAt != nil && v.Live() {
				card.Meta = append(card.Meta, "Ends at "+ui.LastDay(*v.SunsetAt))
			}
		}
		healthOnCard(&card, l)
		if l.Operations > 0 {
			card.Meta = append(card.Meta, ui.Plural(l.Operations, "operation"))
		}
		card.Meta = append(card.Meta, access(l))
		if l.Visibility != models.VisiblePublic && manageURL(c) != "" {
			card.Hidden = publish.VisibilityName(l.Visibility)
		}
		cards = append(cards, card)
	}
	return cards
}

// access says how the reader stands with an API, or how access is had.
func access(l portal.Listing) string {
	for _, s := range l.Standing {
		switch s.State {
		case models.SubscriptionApproved:
			return "Subscribed"
		case models.SubscriptionPending:
			return "Waiting for approval"
		case models.SubscriptionPaused:
			return "Subscription paused"
		}
	}
	for _, p := range l.Plans {
		if p.AutoApprove {
			return "Open to all"
		}
	}
	if len(l.Plans) == 0 {
		return "Closed to new"
	}
	return "Needs approval"
}

func newsOf(c echo.Context, news []portal.News) (rows []catalog.News) {
	for _, n := range news {
		at := time.Time{}
		if n.Revision.PublishedAt != nil {
			at = *n.Revision.PublishedAt
		}
		rows = append(rows, catalog.News{Name: n.API.Name + " " + n.Version.Name, URL: apiURL(c, n.API.Slug) + "/" + n.Version.Name,
			Operations: n.Revision.Operations, First: n.Version.PublishedAt != nil && n.Version.PublishedAt.Equal(at), At: at})
	}
	return rows
}

// steps are the four to a first call, with what the reader has done of them.
func steps(c echo.Context, w portal.Welcome, list []portal.Listing) []catalog.Step {
	actor, base := guard.Actor(c), tenantBase(c)
	s := []catalog.Step{
		{Number: "1", Title: "Sign in with a passkey", Text: "No password to lose: your device or your key says who you are.", Link: ui.Link{Text: "Sign up", URL: account.SignUpURL(base)}},
		{Number: "2", Title: "Subscribe to an API", Text: "Choose a plan and say what you will use it for.", Link: ui.Link{Text: "Look at the APIs", URL: base + "/apis"}},
		{Number: "3", Title: "Make a token", Text: "Choose what it may do and how long it lives. The secret is shown once.", Link: ui.Link{Text: "New token", URL: base + "/tokens/new"}},
		{Number: "4", Title: "Make the first call", Text: "Copy a line of curl, or try it in the browser with a token made for you."},
	}
	if len(list) > 0 {
		if v, ok := list[0].Front(); ok {
			s[3].Link = ui.Link{Text: "Try " + list[0].Name, URL: apiURL(c, list[0].Slug) + "/" + v.Name}
		}
	}
	done := []bool{actor.SignedIn(), len(w.Approved) > 0, w.Tokens > 0, false}
	if actor.SignedIn() {
		s[0].Text, s[0].Link = "You are signed in as "+actor.Account().Name+".", ui.Link{Text: "Your account", URL: "/account"}
	}
	if len(w.Approved) > 0 {
		s[1].Text, s[1].Link = "You have "+ui.Plural(len(w.Approved), "subscription")+".", ui.Link{Text: "See subscriptions", URL: base + "/subscriptions"}
	} else if len(w.Waiting) > 0 {
		s[1].Text, s[1].Link = "Your request is waiting for a decision; you are told.", ui.Link{Text: "See subscriptions", URL: base + "/subscriptions"}
	}
	if w.Tokens > 0 {
		s[2].Text = "You have " + ui.Plural(int(w.Tokens), "live token") + "."
	}
	if actor.SignedIn() && actor.May(models.TokenCreate) != nil { // tokens are for teams, and this reader has none here
		s[2].Link = ui.Link{}
	}
	return marked(s, done)
}

// marked says which steps are done and which one is next.
func marked(s []catalog.Step, done []bool) []catalog.Step {
	next := true
	for i := range s {
		switch {
		case done[i]:
			s[i].Tone, s[i].Word = ui.OK, "Done"
		case next:
			s[i].Tone, s[i].Word, s[i].Primary, next = ui.Info, "Next", true, false
		}
	}
	return s
}
