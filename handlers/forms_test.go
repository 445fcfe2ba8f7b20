package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/testkit"
)

// script is about addresses that no page is shown at: what calls them reads JSON, or
// what they do leads elsewhere whatever happens.
func script(path string) bool {
	return strings.HasSuffix(path, "/begin") || strings.HasSuffix(path, "/finish") || strings.HasSuffix(path, "/try/token") ||
		path == "/logout" || path == "/theme"
}

// A form with problems stands at the address that it was sent to. Reloading it,
// signing in on the way and switching the theme without scripts come back there by
// GET: every such address answers, with the page of the form.
func TestEveryFormsAddressCanBeOpened(t *testing.T) {
	k := testkit.New(t)
	p := newScene(t, k, "aa", true)
	rows := handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL})
	gets := map[string]bool{}
	for _, row := range rows {
		gets[row.Path] = gets[row.Path] || row.Method == http.MethodGet
	}
	led := 0
	for _, row := range rows {
		if row.Rule.By != guard.Browser || row.Method != http.MethodPost || script(row.Path) {
			continue
		}
		path := strings.Replace(fill(row.Path, p), ":secret", "none", 1)
		if !gets[row.Path] {
			t.Errorf("POST %s shows its form at an address that cannot be opened; say in the sitemap which page it is on", row.Path)
			continue
		}
		for _, b := range []*testkit.Browser{p.Partner, p.Admin} {
			a := b.Get(path)
			if a.StatusCode != http.StatusSeeOther {
				continue
			}
			led++
			to := a.Header.Get("Location")
			if strings.Contains(to, ":") || strings.HasPrefix(to, "/login") {
				t.Errorf("GET %s leads to %s", row.Path, to)
			}
			if page := b.Get(to); page.StatusCode != http.StatusOK && to != "/link/none" {
				t.Errorf("GET %s leads to %s: %d", row.Path, to, page.StatusCode)
			}
		}
	}
	if led < 20 {
		t.Errorf("only %d addresses led to their form", led)
	}
	if to := p.Partner.Get("/t/aa/apis/orders/v1/subscribe").Header.Get("Location"); to != "/t/aa/apis/orders/subscribe?version=v1" {
		t.Errorf("the form to subscribe is at %q", to)
	}
}
