package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/session"
	"gatehouse/models"
	"gatehouse/views/layout"
	"gatehouse/views/support"
	"gatehouse/views/ui"
)

const tenantsPage = 25

// console is the frame of the staff's pages.
func (w *Web) console(c echo.Context, title string) layout.Page {
	p, actor, path := w.page(c, title), guard.Actor(c), c.Request().URL.Path
	p.Sub, p.Home = "Support console", "/support"
	p.Search = layout.Search{Action: "/support", Label: "Go to a tenant"}
	for _, t := range []struct {
		text, url string
		needs     models.Action
	}{
		{"Tenants", "/support", models.TenantDirectory},
		{"Grants", "/support/grants", models.GrantOversee},
		{"Jobs", "/support/jobs", models.JobsRead},
		{"Staff", "/support/staff", models.StaffManage},
		{"People", "/support/people", models.PersonManage},
		{"Installation", "/support/installation", models.InstallationConfigure},
		{"Health", "/support/health", models.InstallationRead},
		{"Audit", "/support/audit", models.InstallationAuditRead},
	} {
		if actor.Can(t.needs) {
			tab := layout.Tab{Text: t.text, URL: t.url, Current: t.url == tabOf(path)}
			if t.needs == models.GrantOversee {
				if n, err := w.Grants.Overdue(c.Request().Context(), actor); err == nil {
					tab.Count = int(n)
				}
			}
			p.Tabs = append(p.Tabs, tab)
		}
	}
	return p
}

// tabOf is the address of the tab that a page of the console stands under.
func tabOf(path string) string {
	rest := strings.Split(strings.TrimPrefix(path, "/support"), "/") // "", then the parts
	switch {
	case len(rest) > 3 && rest[1] == "tenants" && (rest[3] == "grants" || rest[3] == "requests"):
		return "/support/grants"
	case len(rest) == 1 || rest[1] == "tenants":
		return "/support"
	}
	return "/support/" + rest[1]
}

// shows are the filters of the directory, as they stand in the address.
var shows = []struct{ name, text string }{
	{"", "All"}, {"favourites", "Favourites"}, {"waiting", "Waiting"}, {"alerts", "Alerts"}, {"suspended", "Suspended"},
}

// sorts are the columns of the directory and the orders that they stand for.
var sorts = []struct{ name, text string }{
	{portal.TenantsByName, "Tenant"}, {portal.TenantsByWaiting, "Waiting>"}, {portal.TenantsByAlerts, "Alerts>"}, {portal.TenantsByActive, "Last activity"},
}

// directory is what an address of the directory asks for.
type directory struct{ text, show, sort, after string }

func (d directory) url() string {
	q := url.Values{}
	for name, value := range map[string]string{"q": d.text, "show": d.show, "sort": d.sort, "after": d.after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/support"
	}
	return "/support?" + q.Encode()
}

// first is the same list from its beginning.
func (d directory) first() directory { d.after = ""; return d }

func (d directory) filter() (f portal.DirectoryFilter) {
	f = portal.DirectoryFilter{Text: d.text, Order: d.sort, After: d.after, Limit: tenantsPage + 1}
	switch d.show {
	case "waiting", "alerts":
		f.Needs = d.show
	case "suspended":
		f.State = models.TenantSuspended
	}
	return f
}

// readDirectory reads the address; what is none of the choices is the first of them.
func readDirectory(c echo.Context) (d directory) {
	d.text, d.after = strings.TrimSpace(c.QueryParam("q")), c.QueryParam("after")
	for _, s := range shows {
		if c.QueryParam("show") == s.name {
			d.show = s.name
		}
	}
	for _, s := range sorts {
		if c.QueryParam("sort") == s.name {
			d.sort = s.name
		}
	}
	return d
}

// Support finds tenants, as one types.
func (w *Web) Support(c echo.Context) error {
	actor, at := guard.Actor(c), readDirectory(c)
	found, err := w.Tenants.Directory(c.Request().Context(), actor, at.filter(), at.show == "favourites", !isHTMX(c))
	if err != nil {
		return err
	}
	d := w.consoleOf(at, found)
	d.MayCreate = actor.Can(models.TenantCreate)
	if isHTMX(c) {
		return render(c, http.StatusOK, support.Tenants(d))
	}
	page := w.console(c, "Tenants")
	page.Search.Action = "" // the page has a search of its own
	return render(c, http.StatusOK, support.All(page, d))
}

func (w *Web) consoleOf(at directory, found portal.DirectoryPage) support.Console {
	d := support.Console{Text: at.text, Show: at.show, Sort: at.sort, Back: at.url(), Now: w.Clock.Now(),
		Live: consoleTenants(found.Yours.Live), Recent: consoleTenants(found.Yours.Recent),
		Favourites: consoleTenants(found.Yours.Favourites), Standing: consoleTenants(found.Yours.Standing),
		Totals: support.Totals{Tenants: int(found.All.Tenants), Waiting: int(found.All.Waiting), TenantsWaiting: int(found.All.TenantsWaiting),
			Alerts: int(found.All.Alerts), TenantsAlerting: int(found.All.TenantsAlerting),
			WaitingURL: directory{show: "waiting", sort: portal.TenantsByWaiting}.url(), AlertingURL: directory{show: "alerts", sort: portal.TenantsByAlerts}.url()}}
	for _, r := range found.Yours.Asked {
		d.Asked = append(d.Asked, support.Wish{Name: r.Tenant.Name, Slug: r.Tenant.Slug, Colour: r.Tenant.Colour, Level: r.Level, Until: r.AnswerBy})
	}
	for _, s := range shows {
		link := at.first()
		link.show = s.name
		d.Shows = append(d.Shows, ui.SegLink{Text: s.text, URL: link.url(), Current: at.show == s.name})
	}
	for _, s := range sorts {
		link, dir := at.first(), ""
		if link.sort == s.name {
			dir = map[bool]string{true: "ascending", false: "descending"}[s.name == portal.TenantsByName]
		}
		link.sort = s.name
		d.Columns = append(d.Columns, support.Column{Name: s.text, Direction: dir, URL: link.url()})
	}
	rows := found.Rows
	if len(rows) > tenantsPage {
		rows = rows[:tenantsPage]
		next := at
		next.after = rows[len(rows)-1].Slug
		d.Next = next.url()
	}
	if at.after != "" {
		d.First = at.first().url()
	}
	d.Tenants = consoleTenants(rows)
	return d
}

func consoleTenants(rows []portal.DirectoryRow) (out []support.Tenant) {
	for _, r := range rows {
		t := consoleTenant(r.Tenant, r.Grant)
		t.Asked, t.Standing, t.Favourite = r.Asked, r.Standing, r.Favourite
		t.Waiting, t.Alerts, t.Active = r.Waiting, r.Alerts, r.ActiveAt
		out = append(out, t)
	}
	return out
}

func consoleTenant(t models.Tenant, g *models.Grant) support.Tenant {
	return support.Tenant{Name: t.Name, Slug: t.Slug, Colour: t.Colour, State: t.State, Public: t.Public, Grant: g}
}

// SwitchTenant finds tenants for the switcher. It is a part of every page; by itself
// it leads to the list of all.
func (w *Web) SwitchTenant(c echo.Context) error {
	text := strings.TrimSpace(c.QueryParam("q"))
	if !isHTMX(c) {
		return c.Redirect(http.StatusSeeOther, directory{text: text}.url())
	}
	yours, others, err := w.Tenants.Switch(c.Request().Context(), guard.Actor(c), text)
	if err != nil {
		return err
	}
	f := support.Found{Text: text}
	for _, g := range []struct {
		name string
		rows []portal.DirectoryRow
	}{{"Recent", yours.Recent}, {"Favourites", yours.Favourites}, {"All tenants", others}} {
		if len(g.rows) > 0 {
			f.Groups = append(f.Groups, support.Group{Name: g.name, Tenants: consoleTenants(g.rows)})
		}
	}
	return render(c, http.StatusOK, support.Switcher(f))
}

// SetFavourite keeps a tenant at the staff person's hand, or no longer.
func (w *Web) SetFavourite(c echo.Context) error {
	on := c.FormValue("on")
	if on != "true" && on != "false" {
		return fault.New(fault.Invalid, "invalid_input", "Choose whether the tenant is a favourite.")
	}
	tenant, err := w.Tenants.SetFavourite(c.Request().Context(), guard.Actor(c), c.FormValue("slug"), on == "true")
	if err != nil {
		return err
	}
	back := session.SafeNext(c.FormValue("back"))
	if back != "/support" && !strings.HasPrefix(back, "/support?") {
		back = "/support"
	}
	if on == "true" {
		return done(c, tenant.Name+" is a favourite now.", back)
	}
	return done(c, tenant.Name+" is no favourite any more.", back)
}
