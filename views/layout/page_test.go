package layout

import (
	"context"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"gatehouse/views/ui"

	"github.com/a-h/templ"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	ctx := templ.WithChildren(context.Background(), templ.Raw("<h1>content</h1>"))
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var inside = Page{
	Title:    "Tokens",
	Brand:    ui.Brand{Name: "Meridian Grid", Mark: "grid"},
	Tenant:   "meridian",
	ThemeURL: "/t/meridian/theme.0123456789ab.css",
	Theme:    "dark",
	Viewer:   Viewer{SignedIn: true, Name: "Support Staff", Email: "support@gatehouse.example", Roles: "Support staff", Staff: true},
	Tabs:     []Tab{{Text: "Home", URL: "/t/meridian"}, {Text: "Tokens", URL: "/t/meridian/tokens", Current: true}},
	Search:   Search{Action: "/t/meridian/search", Query: `"><b>`},
	Unread:   12,
	Staff:    &Staff{Pattern: 3},
	Grant:    &Grant{Level: "support", MinutesLeft: 42, Reason: "ticket 4812", LeaveURL: "/support/leave"},
	Path:     "/t/meridian/tokens?q=a&state=active",
}

// R60: who acts inside a tenant sees its name, logo and colour on every page.
func TestTheTenantBarNamesTenantGrantAndReason(t *testing.T) {
	page := render(t, inside.With())
	for _, want := range []string{
		`<section class="tenant-bar pattern-3" aria-label="You are inside a tenant">`, "Meridian Grid", "<strong>support</strong>", "42 min left",
		"ticket 4812", `href="/t/meridian/theme.0123456789ab.css"`, "<title>MG | Meridian Grid · Tokens</title>", `action="/support/leave"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	partner := inside
	partner.Staff, partner.Grant = nil, nil
	if strings.Contains(render(t, partner.With()), "tenant-bar") {
		t.Error("the bar is there for who is no staff")
	}
}

// R41: strict CSP. Nothing inline, everything from our own origin.
func TestNoPageHasAnythingInline(t *testing.T) {
	for name, c := range map[string]templ.Component{
		"page": inside.With(), "empty page": Page{}.With(), "error": inside.Error(404, "Not here", "Gone.", "req_1", "not_found"),
	} {
		page := render(t, c)
		if found := regexp.MustCompile(`\sstyle=|\son[a-z]+=|<style|<script(?:\s+type="module")?>|javascript:|(?:src|href)="(?:https?:)?//`).FindString(page); found != "" {
			t.Errorf("%s: %q", name, found)
		}
		if strings.Contains(page, "<b>") {
			t.Errorf("%s: what was searched for is not escaped", name)
		}
	}
}

func TestHtmxIsConfiguredSafely(t *testing.T) {
	found := regexp.MustCompile(`name="htmx-config" content="([^"]*)"`).FindStringSubmatch(render(t, Page{}.With()))
	if found == nil {
		t.Fatal("no configuration")
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(html.UnescapeString(found[1])), &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"includeIndicatorStyles": false, "allowEval": false, "allowScriptTags": false, "selfRequestsOnly": true,
		"historyCacheSize": 0.0, "historyRestoreAsHxRequest": false, "refreshOnHistoryMiss": true,
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	if len(got["responseHandling"].([]any)) != 4 {
		t.Error("answers of 4xx and 5xx would be dropped")
	}
}

func TestTheFrameFitsWhoIsLooking(t *testing.T) {
	in := render(t, inside.With())
	out := render(t, Page{Path: "/t/port/apis?q=a&b"}.With())
	for _, tt := range []struct {
		name, text string
		in, out    bool
	}{
		{"the account menu", `action="/logout"`, true, false},
		{"the bell with its number in words", `aria-label="Notifications, 12 unread"`, true, false},
		{"the way to sign in, and back", `href="/login?next=%2Ft%2Fport%2Fapis%3Fq%3Da%26b"`, false, true},
		{"the dark theme", `data-theme="dark"`, true, false},
		{"the theme switch", `action="/theme"`, true, true},
		{"the skip link", `href="#main"`, true, true},
		{"the current tab", `href="/t/meridian/tokens" aria-current="page"`, true, false},
		{"the support console", `href="/support"`, true, false},
		{"our own name", "Gatehouse", false, true},
		{"content", "<h1>content</h1>", true, true},
	} {
		if got := strings.Contains(in, tt.text); got != tt.in {
			t.Errorf("%s, signed in: %v", tt.name, got)
		}
		if got := strings.Contains(out, tt.text); got != tt.out {
			t.Errorf("%s, signed out: %v", tt.name, got)
		}
	}
}

func TestAnErrorSaysWhatHappenedAndWhereToGo(t *testing.T) {
	page := render(t, inside.Error(404, "This page isn’t here", "It may be gone.", "req_01JD4W7T", "not_found"))
	for _, want := range []string{"404", "This page isn’t here", "It may be gone.", "req_01JD4W7T", "/docs/errors/not_found"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(page, "<h1"); n != 2 { // one of ours and the test's child, which stands among the buttons
		t.Errorf("%d first headings", n)
	}
}
