package e2e

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/e2e/drive"
	"gatehouse/internal/testkit"
)

// notPages are addresses of the sitemap that no reader opens as a page, and why.
var notPages = map[string]string{
	"/support/switch":                       "is the list of the switcher, which w.switcher opens",
	"/static/*":                             "an asset",
	"/hand-over":                            "leads on, which w.ownHost follows",
	"/sign-in":                              "likewise",
	"/login/with/:id/callback":              "likewise, which w.provider follows",
	"/t/:tenant/":                           "leads to the same without its last slash",
	"/t/:tenant/theme.:file":                "a stylesheet",
	"/t/:tenant/logo/:file":                 "a picture",
	"/t/:tenant/admin/settings/look/colour": "a fragment of the look",
	"/t/:tenant/admin/settings/look/preview/theme.:file": "a stylesheet",
	"/t/:tenant/admin/settings/look/preview/logo/:file":  "a picture",
	"/t/:tenant/admin/settings/look/preview/mail":        "a mail in a frame",
	"/t/:tenant/icon/:file":                              "a picture",
}

// sitemap reads the addresses of all GET pages out of handlers/routes*.go, so
// that a page that nobody looks at here fails the test.
func sitemap(t *testing.T) (patterns []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(drive.Root(), "handlers/routes*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:page|open)\(get, "([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
			if notPages[m[1]] == "" && !file.MatchString(m[1]) {
				patterns = append(patterns, m[1])
			}
		}
	}
	if len(patterns) < 50 {
		t.Fatalf("only %d pages were read out of handlers/routes*.go; has its form changed?", len(patterns))
	}
	return patterns
}

// file is the end of an address that a browser downloads rather than shows.
var file = regexp.MustCompile(`\.(json|sarif|yaml|txt|md|atom|ics|csv)$`)

// match is the page of the sitemap that a path leads to, "" for none. Fixed
// segments win over parameters, as in the router.
func match(patterns []string, path string) (best string) {
	for _, p := range patterns {
		re := "^" + regexp.MustCompile(`:[a-z]+`).ReplaceAllString(regexp.QuoteMeta(p), `[^/]+`) + "/?$"
		if regexp.MustCompile(re).MatchString(path) && (best == "" || strings.Count(p, ":") < strings.Count(best, ":")) {
			best = p
		}
	}
	return best
}

// walk follows links from page to page and looks at each kind of page once.
type walk struct {
	*testing.T
	patterns []string
	visited  map[string]int // how many people looked at the pages of a pattern
	html     *papers
	axe      string
}

func newWalk(t *testing.T) *walk {
	axe, err := os.ReadFile(filepath.Join(drive.Root(), "static/node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatal("run make assets first: ", err)
	}
	return &walk{T: t, patterns: sitemap(t), visited: map[string]int{}, html: &papers{dir: t.TempDir()}, axe: string(axe)}
}

// enough is how many people look at the same kind of page; others pass through.
func enough() int {
	if os.Getenv("GATEHOUSE_SOAK") != "" {
		return 3
	}
	return 1
}

// through lets a person follow every link that leads to a kind of page that they
// have not seen yet. Where the person begins is up to starts.
func (w *walk) through(p *drive.Person, starts ...string) {
	w.Helper()
	seen := map[string]bool{}
	for queue := starts; len(queue) > 0; queue = queue[1:] {
		u, err := url.Parse(queue[0])
		if err != nil {
			w.Errorf("a link to %q: %v", queue[0], err)
			continue
		}
		pattern := match(w.patterns, u.Path)
		guide := strings.HasPrefix(pattern, "/docs") && w.visited[pattern] > 0 // the same for everybody
		if pattern == "" || guide || file.MatchString(u.Path) || seen[queue[0]] || seen[pattern] && !slices.Contains(starts, queue[0]) {
			continue
		}
		seen[pattern], seen[queue[0]] = true, true
		p.Open(queue[0])
		if w.visited[pattern]++; w.visited[pattern] <= enough() || slices.Contains(starts, queue[0]) {
			w.look(p, p.Name+" at "+queue[0])
		}
		queue = append(queue, drive.JS[[]string](p, `[...document.querySelectorAll("a[href]")].map((a) => new URL(a.href, location)).filter((u) => u.origin === location.origin).map((u) => u.pathname + u.search)`)...)
	}
}

// look judges the page that a person is at: axe-core at two widths in both
// colour schemes, no sideways scroll, and keeps its HTML for the checker.
func (w *walk) look(p *drive.Person, where string) {
	w.Helper()
	w.html.keep(w.T, where, drive.JS[string](p, `fetch(location.href, { headers: { Accept: "text/html" } }).then((r) => r.text())`))
	drive.JS[bool](p, w.axe+"; true")
	for _, v := range []struct {
		width int64
		dark  bool
		rules string
	}{
		{1280, false, `{}`},
		{1280, true, `{ runOnly: ["color-contrast"] }`},
		{375, true, `{}`},
		{375, false, `{ runOnly: ["color-contrast"] }`},
	} {
		p.View(v.width, 900, v.dark)
		if !p.Waits(fmt.Sprintf(dressed, v.dark)) {
			w.Errorf("%s does not follow the colours of the system", where)
		}
		for _, violation := range drive.JS[[]string](p, fmt.Sprintf(axeRun, v.rules)) {
			w.Errorf("%s, %d px, dark %t: %s", where, v.width, v.dark, violation)
		}
	}
	for _, width := range []int64{375, 320} {
		p.View(width, 900, false)
		if wide := drive.JS[int](p, `document.documentElement.scrollWidth`); wide > int(width) {
			w.Errorf("%s is %d px wide in a window of %d px: %s", where, wide, width, drive.JS[string](p, widest))
		}
	}
	p.View(1280, 900, false)
}

// dressed waits for Swagger UI, which a script gives the colours of the system.
const dressed = `!document.getElementById("swagger") || document.documentElement.classList.contains("dark-mode") === %t`

// axeRun gives a line for each violation.
const axeRun = `axe.run(document, Object.assign({ resultTypes: ["violations"] }, %s)).then((r) => r.violations.map((v) =>
	v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? "")).join(" | ")))`

// widest names what sticks out at the right.
const widest = `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".tabs, .code-box")).slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ")`

// Every page of the sitemap, as the people who meet it, is accessible, fits a
// phone, is valid HTML and keeps to the content security policy.
func TestEveryPage(t *testing.T) {
	b := chromium(t)
	w := newWalk(t)
	n := testkit.NewNameserver(t)
	issuer := testkit.NewIssuer(t)
	server := drive.Demo(t, t.TempDir(), "GATEHOUSE_DNS="+n.Addr, "GATEHOUSE_UPSTREAM_ALLOW="+strings.TrimPrefix(issuer.URL, "http://"))
	stranger := b.Person(t, "stranger", server.Portal)
	w.visited["/link/:secret"]++
	stranger.Open(server.People[0].EnrolURL)
	w.look(stranger, "the enrol link")
	var partner *drive.Person
	for _, r := range server.People {
		p := b.Person(t, r.Role, server.Portal)
		p.Enrols(r.EnrolURL, r.Email, r.Name)
		if r.Role == "admin" {
			w.many(p)
			w.team(p, partner, server.People[0].Name)
			w.ownHost(p, partner, n)
			w.provider(p, partner, b.Person(t, "somebody new", server.Portal), issuer)
			w.side(p)
			w.at(p, "/t/:tenant/admin/settings/tokens/rules/what-if", "/t/northquay/admin/settings/tokens/rules/what-if?makers=owners")
		}
		if r.Role == "operator" { // of no tenant
			w.through(p, "/support", "/support/jobs?show=all", "/support/sign-in", "/support/installation/tokens")
			w.at(p, "/support/tenants/:slug/archive-file", "/support/tenants/northquay/archive-file")
			w.archive(p, server, "northquay")
			continue
		}
		w.through(p, "/", "/t/"+r.Tenant, "/account", "/t/"+r.Tenant+"/apis/equipment/v2", "/t/"+r.Tenant+"/apis?q=crane")
		w.nothing(p)
		if r.Role == "api_manager" {
			p.Open("/t/northquay/apis/containers/v2")
			p.Press("Compare")
			p.Sees("From v1 to v2")
			w.look(p, "two versions side by side")
			w.visited["/t/:tenant/apis/:api/compare"]++
			w.mock(p)
			w.imported(p)
			w.ending(p)
		}
		if r.Role == "support" {
			w.switcher(p)
		}
		if r.Role == "partner" {
			partner = p
			w.passkeys(p)
			w.service(p)
			w.recovery(p, b.Person(t, "who lost everything", server.Portal))
			w.look(p, "why a call was refused: "+p.OpensRefusal(server))
			w.visited["/t/:tenant/requests/:id"]++
			w.single(p)
			w.keys(p)
		}
	}
	w.through(stranger, "/", "/t/northquay", "/t/northquay/join", "/signup", "/signup/sent", "/found/thanks", "/goodbye", "/login", "/dev/mailbox", "/docs/errors")
	w.refused(stranger, "/found", "Report it")
	w.empty(b, server)
	for _, p := range w.patterns {
		if w.visited[p] == 0 {
			t.Errorf("no link leads to %s, so nobody has looked at it", p)
		}
	}
	w.html.check(t)
}

// imported looks at the report of a document that was not stored.
func (w *walk) imported(p *drive.Person) {
	const version = "/t/northquay/admin/apis/equipment/versions/v2"
	p.Open(version)
	p.Uploads("faulty.yaml", "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {pets: {}}\n")
	p.Expect("422 (Unprocessable")
	p.Press("Upload document")
	p.Sees("does not start with a slash")
	p.Open(version)
	p.Press("See why")
	p.Arrives(version + "/imports/.*")
	w.look(p, "the report of a document that was not stored")
	w.visited["/t/:tenant/admin/apis/:api/versions/:version/imports/:import"]++
}

// ending looks at what is announced of a version, and at who was told.
func (w *walk) ending(p *drive.Person) {
	const life = "/t/northquay/admin/apis/equipment/versions/v1/life"
	p.Open(life)
	p.Sees("Change what is announced", "Retire it now")
	w.look(p, "the life of a version that is deprecated")
	p.Press("Deprecated, ends")
	p.Arrives(life + "/.+")
	p.Sees("Who was told", "Halden Freight")
	w.look(p, "who was told of a version's end")
	w.visited["/t/:tenant/admin/apis/:api/versions/:version/life/:announcement"]++
}

// passkeys looks at what stands behind a step-up: adding one, and, with two of
// them, removing one.
func (w *walk) passkeys(p *drive.Person) {
	p.Open("/account")
	p.Press("Add a passkey")
	p.Arrives("/account/passkeys/new")
	w.look(p, "adding a passkey")
	phone := p.Tab()
	phone.Open("/account/passkeys/new")
	phone.Fills("Name of the passkey", "Phone")
	phone.Press("Create the passkey")
	phone.Arrives(`/account(\?.*)?`)
	phone.Sees("Phone")
	w.visited["/account/passkeys/new"]++
	w.through(p, "/account")
}

// recovery looks at what is shown once: codes, a link for another device, and the one
// page of a recovery session.
func (w *walk) recovery(p, lost *drive.Person) {
	p.Open("/account")
	p.Leaves(func() { p.Press("Add one from another device") })
	p.Sees("Your link, shown this once")
	w.look(p, "a link for another device")
	p.Open("/account/recovery-codes")
	p.Leaves(func() { p.Press("Make ten codes") })
	p.Sees("They are shown this once")
	w.look(p, "recovery codes")
	code := drive.JS[string](p, `document.querySelector(".codes code").textContent`)
	lost.Open("/recover")
	lost.Fills("Recovery code", code)
	lost.Leaves(func() { lost.Press("Go on") })
	lost.Sees("Make a new passkey")
	w.look(lost, "the page of a recovery session")
	w.visited["/recover/passkey"]++
	lost.Leaves(func() { lost.Press("Stop here") })
}

// single looks at the form of a token for single operations, filled in by a link of
// which not everything can be, and at what asks for a passkey because it widens.
func (w *walk) single(p *drive.Person) {
	p.Open("/t/northquay/tokens/new?name=Crane+screen&expires=7&ips=192.0.2.0/24&scopes=nothing:read,equipment:equipment:read&operations=equipment:GET+/cranes")
	p.Sees("Not everything could be filled in", "asked for by")
	p.Press("Make a link to this form")
	p.Sees("it makes nothing")
	w.look(p, "the form of a token for single operations")
	p.Press("Generate token")
	p.Sees("is ready")
	p.Press("I have kept it")
	p.Press("Edit")
	p.Fills("Addresses and ranges", "192.0.2.0/23")
	p.Expect("403 (Forbidden)")
	p.Press("Save")
	p.Sees("This lets the token do more")
	w.look(p, "an edit that widens")
	p.Press("Confirm and save")
	p.Sees("Saved.", "192.0.2.0/23")
	w.look(p, "a token for single operations")
	w.at(p, "/t/:tenant/tokens/:id/narrow", drive.JS[string](p, `location.pathname`)+"/narrow")
}

// many pauses all tokens of a name, so that there is a receipt to look at.
func (w *walk) many(p *drive.Person) {
	p.Open("/t/northquay/admin/tokens/bulk?verb=pause&q=Crane+watch")
	w.look(p, "pausing many")
	p.Fills("Note", "It calls too often.")
	p.Fills("Type Northquay Ports to confirm", "northquay ports")
	p.Leaves(func() { p.Press("Pause all 1") })
	p.Sees("1 token paused")
}

// nothing looks at the page of what is not there.
func (w *walk) nothing(p *drive.Person) {
	p.Expect("404 (Not Found)")
	p.Open("/t/nowhere/tokens")
	w.look(p, p.Name+" at an address where nothing is")
}

// empty walks through an installation and a tenant in which nothing is yet.
func (w *walk) empty(b *drive.Browser, other *drive.Server) {
	f := &flow{T: w.T, browser: b, mails: drive.TakeMails(w.T)}
	f.server = drive.Serve(w.T, w.TempDir(), f.mails.Env()...)
	f.install()
	w.enters(f.operator)
	w.moved(f.operator, other)
	w.through(f.operator, "/", "/support", "/support/tenants/new", "/support/staff", "/support/jobs", "/support/audit", "/t/northquay")
	f.invite()
	f.signUp()
	for _, p := range []*drive.Person{f.admin, f.manager, f.partner} {
		w.through(p, "/t/northquay", "/t/northquay/apis", "/notifications")
	}
	w.refused(f.manager, "/t/northquay/admin/apis", "Make API")
	w.refused(f.admin, "/t/northquay/admin/members", "Send the invitation")
	w.refused(f.operator, "/support/tenants/new", "Create the tenant")
}

// enters asks for a grant, and takes one in an emergency that is over soon.
func (w *walk) enters(p *drive.Person) {
	w.Helper()
	const door = "/support/tenants/northquay"
	p.Open(door)
	drive.JS[bool](p, `(document.querySelector("[name=level][value=support]").click(), true)`)
	p.Fills("Why", "Tokens are refused.")
	p.Fills("Ticket", "4812")
	p.Press("Enter or ask")
	p.Sees("You asked for support")
	w.emergency(p, "northquay")
	p.Open(door)
	drive.JS[bool](p, `(document.querySelector('form[action$="/end"] button').click(), true)`)
	p.Sees("The grant was ended")
}

// emergency enters a tenant without anybody's consent.
func (w *walk) emergency(p *drive.Person, slug string) {
	w.Helper()
	p.Open("/support/tenants/" + slug + "/emergency")
	p.Fills("Tenant’s name", drive.JS[string](p, `document.querySelector("#f-tenant-name-about").textContent.replace("Write it out: ", "")`))
	p.Fills("What is the matter", "Nobody answers.")
	p.Fills("Ticket", "4813")
	p.Press("Enter and tell everybody")
	p.Arrives("/t/" + slug)
}

// refused looks at a form that comes back because it was sent empty.
func (w *walk) refused(p *drive.Person, path, button string) {
	w.Helper()
	p.Expect("422 (Unprocessable Entity)")
	p.Open(path)
	drive.JS[bool](p, `document.querySelectorAll("form").forEach((f) => { f.noValidate = true }), true`)
	p.Press(button)
	if !p.Waits(`document.querySelector("[aria-invalid=true]") !== null`) {
		w.Errorf("%s, sent empty, names no field: %s", path, p.Text())
	}
	w.look(p, path+" sent empty")
}
