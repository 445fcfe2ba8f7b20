package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

var (
	currentLink = regexp.MustCompile(`<a href="([^"]+)" aria-current="page">`)
	navOf       = regexp.MustCompile(`(?s)<nav class="(wrap tabs|side)"[^>]*>(.*?)</nav>`)
)

// navs are what a page's navigation marks as current, tabs first and then the side.
func navs(t *testing.T, page testkit.Answer) (tabs, side []string, list string) {
	t.Helper()
	expect(t, page, http.StatusOK)
	for _, nav := range navOf.FindAllStringSubmatch(page.Body, -1) {
		var current []string
		for _, m := range currentLink.FindAllStringSubmatch(nav[2], -1) {
			current = append(current, m[1])
		}
		if nav[1] == "side" {
			side, list = current, nav[2]
		} else {
			tabs = current
		}
	}
	return tabs, side, list
}

// The pages of those who run a tenant stand in one list at the side, which marks where
// one is and leads where one's role may go; all other pages have the tabs alone.
func TestNavigationOfATenant(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	for _, c := range []struct {
		who        *testkit.Browser
		path, side string // "" where there is no list
	}{
		{p.Admin, "/t/aa/admin", "/t/aa/admin"},
		{p.Admin, "/t/aa/admin/tokens/" + p.Token.ID, "/t/aa/admin/tokens"},
		{p.Admin, "/t/aa/admin/settings/sign-up", "/t/aa/admin/settings"},
		{p.Admin, "/t/aa/admin/members/joins", "/t/aa/admin/members"},
		{p.Admin, "/t/aa/admin/recoveries", "/t/aa/admin/members"},
		{p.Manager, "/t/aa/admin/apis", "/t/aa/admin/apis"},
		{p.Auditor, "/t/aa/admin/audit", "/t/aa/admin/audit"},
		{p.Admin, "/t/aa/apis", ""},
		{p.Partner, "/t/aa/tokens", ""},
	} {
		tabs, side, list := navs(t, c.who.Get(c.path))
		if len(tabs) != 1 {
			t.Errorf("%s: %d tabs are current: %v", c.path, len(tabs), tabs)
		}
		if c.side == "" && (list != "" || tabs[0] == "/t/aa/admin") || c.side != "" && (len(side) != 1 || side[0] != c.side) {
			t.Errorf("%s: the list marks %v, want %q", c.path, side, c.side)
		}
		if strings.Contains(list, "/admin/settings") != (c.side != "" && c.who == p.Admin) {
			t.Errorf("%s: the list of %s leads to the settings, or does not", c.path, c.who.User.Name)
		}
	}
	if page := p.Partner.Get("/t/aa/tokens"); strings.Contains(page.Body, ">Admin<") {
		t.Error("a partner is led to the administration")
	}
}
