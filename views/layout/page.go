// Package layout is the frame around every page: head, top bar, tabs, tenant bar, foot, and
// the page of an error. It takes what it shows; it fetches nothing.
package layout

import (
	"net/url"
	"strings"

	"gatehouse/static"
	"gatehouse/views/ui"

	"github.com/a-h/templ"
)

// Page is everything that the frame shows. The zero values of most fields leave a part out.
type Page struct {
	Title  string // "ETA sync · Tokens"; the brand's name is added
	Brand  ui.Brand
	Sub    string // beside the brand: "Developer portal" when empty
	Home   string // where the brand leads; "/" when empty
	Tenant string // slug of the tenant the page is in, or ""

	ThemeURL string // the tenant's stylesheet (ui.ThemeCSS), or ""
	IconURL  string // the tenant's favicon; ours when empty
	Theme    string // "light", "dark", or "system" (also when empty), from the reader's cookie

	Viewer  Viewer
	Tabs    []Tab
	Side    []ui.SideItem // at the side of pages for those who run a tenant
	Search  Search
	Unread  int    // notifications not read
	Staff   *Staff // of staff inside a tenant
	Banner  string // what operators say to everybody
	Contact string // where people find help: an address of mail or the web
	Grant   *Grant // by which they act there
	Flash   string // what the last action did, shown once above the page
	Warn    bool   // the flash says that not all was done
	Path    string // path and query of this page: where the theme switch and sign-in come back to
	Wide    bool   // the reference uses 96 rem
	Still   bool   // a picture of a page, in a frame in which nothing runs
	Scripts []string
	Styles  []string // further assets by name, as in static.URL: "graph.js", "swagger-ui.css"

	FootLinks []ui.Link // the tenant's own: imprint, terms

	Alternates []Alternate // the page in other forms, and feeds

	RequestID string
}

// Alternate is a link in the head for programs.
type Alternate struct{ Type, Title, URL string }

// Viewer is who is looking. The zero Viewer is not signed in.
type Viewer struct {
	SignedIn bool
	Name     string
	Email    string
	Roles    string // in words: "Admin of Northquay Ports", "Support staff"
	Staff    bool   // a link to the support console stands in the account menu
}

// Tab is one entry under the top bar.
type Tab struct {
	Text, URL string
	Current   bool
	Count     int
}

// Search is the field in the top bar; without Action there is none.
type Search struct {
	Action string // where the form leads, with q
	Label  string // "Search APIs, operations, tokens" when empty
	Query  string // what was searched for
}

// Staff is the bar of whoever is of the staff and sees a page inside a tenant.
type Staff struct {
	Pattern  int    // ui.Pattern of the tenant
	EnterURL string // where staff without a grant get one
}

// Grant is shown in the tenant bar to staff who act inside a tenant.
type Grant struct {
	Level       string // "view", "support", "manage"
	MinutesLeft int
	Reason      string
	SwitchURL   string // where another tenant is found
	LeaveURL    string // POST: ends being in this tenant
}

// deferred are the scripts of others, which are not modules.
var deferred = map[string]bool{"htmx.min.js": true, "swagger-ui-bundle.js": true}

// styles are the stylesheets of the page, in order; a tenant's theme comes last.
func (p Page) styles() []string {
	urls := []string{static.URL("app.css")}
	for _, name := range p.Styles {
		urls = append(urls, static.URL(name))
	}
	if p.ThemeURL != "" {
		urls = append(urls, p.ThemeURL)
	}
	return urls
}

func (p Page) scripts() []string {
	if p.Still {
		return nil
	}
	names := []string{"htmx.min.js", "copy.js", "passkey.js"}
	if p.Viewer.Staff {
		names = append(names, "switcher.js")
	}
	return append(names, p.Scripts...)
}

// fullTitle is the page's, and whose it is. Staff read first whose it is: of a narrow
// tab they see the beginning alone (R60).
func (p Page) fullTitle() string {
	if p.Staff != nil {
		mark := ui.Initials(p.brand().Name) + " | " + p.brand().Name
		if p.Title == "" || p.Title == p.Brand.Name {
			return mark
		}
		return mark + " · " + p.Title
	}
	if p.Title == "" || p.Title == p.Brand.Name {
		return p.brand().Name
	}
	return p.Title + " · " + p.brand().Name
}

// brand is whose page this is; ours outside any tenant.
func (p Page) brand() ui.Brand {
	if p.Brand.Name == "" {
		return ui.Brand{Name: "Gatehouse", Mark: "gatehouse"}
	}
	return p.Brand
}

func (p Page) icon() string { return or(p.IconURL, static.URL("favicon.svg")) }

func (p Page) mainClass() string {
	if p.Wide {
		return "wrap wrap-wide"
	}
	return "wrap"
}

// themed is data-theme on <html>; without it the system decides.
func (p Page) themed() templ.Attributes {
	if p.Theme == "light" || p.Theme == "dark" {
		return templ.Attributes{"data-theme": p.Theme}
	}
	return nil
}

// back is the address of this page, for forms that return to it.
func (p Page) back() string { return or(p.Path, "/") }

func escape(s string) string { return url.QueryEscape(s) }

func (s Search) label() string { return or(s.Label, "Search APIs, operations, tokens") }

func (v Viewer) name() string { return or(v.Name, v.Email) }

func bell(unread int) string {
	if unread == 0 {
		return "Notifications"
	}
	return "Notifications, " + ui.Number(unread) + " unread"
}

func current(on bool) templ.Attributes {
	if on {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

func or(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}

// contact is the link to where people find help.
func contact(to string) templ.SafeURL {
	if strings.Contains(to, "://") {
		return templ.URL(to)
	}
	return templ.URL("mailto:" + to)
}
