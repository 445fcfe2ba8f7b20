package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// Staff find tenants by name, slug and code, by what waits there, and by what they
// marked; somebody who waits is counted in the write that made them wait.
func TestDirectory(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("veiled", false)
		other := k.Place("other", true)
		s, asks := k.Person("Support person", models.StaffSupport), k.Person("Newcomer", models.NotStaff)
		at := func(path string, shown, hidden string) {
			t.Helper()
			page := s.Do(http.MethodGet, path, nil, "HX-Request", "true")
			expect(t, page, http.StatusOK, shown)
			if hidden != "" && strings.Contains(page.Body, hidden) {
				t.Errorf("%s shows %s", path, hidden)
			}
		}
		at("/support?q=VEIL", "Tenant veiled", "Tenant other")
		at("/support?q=%25", "No tenant found", "Tenant other")
		at("/support?show=waiting", "No tenant fits this filter", "Tenant other")
		a := asks.Post("/t/other/apis/orders/v1/subscribe", url.Values{"plan": {"standard"}, "team_name": {"Labels Ltd"}, "purpose": {"To print labels."}})
		expect(t, a, http.StatusSeeOther)
		at("/support?show=waiting&sort=waiting", "Tenant other", "Tenant veiled")
		expect(t, s.Get("/support"), http.StatusOK, "in 1 tenant")
		at("/support?show=favourites", "Mark tenants with the star", "Tenant veiled")
		star := s.Post("/support/favourites", url.Values{"slug": {"veiled"}, "on": {"true"}, "back": {"/support?q=veil"}})
		if expect(t, star, http.StatusSeeOther); star.Header.Get("Location") != "/support?q=veil" {
			t.Error(star.Header.Get("Location"))
		}
		at("/support?show=favourites", "Remove Tenant veiled from favourites", "Tenant other")
		elsewhere := s.Elsewhere() // kept on the server
		elsewhere.SignIn()
		expect(t, elsewhere.Get("/support"), http.StatusOK, "Remove Tenant veiled from favourites")
		expect(t, s.Post("/support/favourites", url.Values{"slug": {"veiled"}, "on": {"true"}, "back": {"//evil.example"}}), http.StatusSeeOther)
		expect(t, s.Post("/support/favourites", url.Values{"slug": {"absent"}, "on": {"true"}}), http.StatusNotFound)

		o := k.Person("Operator", models.StaffOperator)
		expect(t, turns(o, other, "suspend"), http.StatusSeeOther)
		at("/support?show=suspended", "Tenant other", "Tenant veiled")
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { p.Tenant.Name = "Renamed"; return tx.UpdateTenant(p.Tenant) })
		at("/support?q=renam", "Renamed", "")
	})
}

// R51, R53: the switcher shows where one was, what one marked, and all others, and
// leads inside with a grant and to the door without; nobody but staff asks it.
func TestSwitcher(t *testing.T) {
	k := testkit.New(t)
	for _, slug := range []string{"aa", "bb", "cc"} {
		k.Place(slug, false)
	}
	s := k.Person("Support person", models.StaffSupport)
	ask := func(q string) testkit.Answer {
		return s.Do(http.MethodGet, "/support/switch?q="+q, nil, "HX-Request", "true")
	}
	expect(t, s.Post("/support/favourites", url.Values{"slug": {"bb"}, "on": {"true"}}), http.StatusSeeOther)
	expect(t, s.Post("/support/tenants/cc", url.Values{"reason": {"ticket 1"}, "minutes": {"60"}, "step_up": {s.StepUp(models.GrantTake, "cc")}}), http.StatusSeeOther)
	all := ask("")
	expect(t, all, http.StatusOK, `href="/t/cc"`, `href="/support/tenants/bb"`, `href="/support/tenants/aa"`, `role="listbox"`)
	at := func(word string) int { return strings.Index(all.Body, word) }
	if !(at("Tenant cc") < at("Tenant bb") && at("Tenant bb") < at("Tenant aa")) || strings.Count(all.Body, `role="option"`) != 3 {
		t.Errorf("recent, favourites, others, each once: %s", all.Body)
	}
	expect(t, ask("tenant+b"), http.StatusOK, `data-q="tenant b"`, "Tenant bb")
	expect(t, ask("nobody"), http.StatusOK, "No tenant has")
	if a := s.Get("/support/switch?q=bb"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/support?q=bb" {
		t.Error(a.Status, a.Header)
	}
	expect(t, s.Get("/t/cc/admin"), http.StatusOK, `id="switcher"`, "data-switcher")
	p := k.Person("Nobody", models.NotStaff)
	expect(t, p.Get("/support/switch"), http.StatusForbidden)
	if strings.Contains(p.Get("/account").Body, "switcher") {
		t.Error("others have the switcher")
	}
}

// The job finds what time alone changed, and leaves alone what is right.
func TestRecountHealth(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		k.Place("aa", true)
		o := k.Actor(k.Person("Operator", models.StaffOperator), "")
		lines := func() portal.DirectoryPage {
			t.Helper()
			page, err := k.Portal.Tenants.Directory(t.Context(), o, portal.DirectoryFilter{Limit: 10}, false, true)
			if err != nil {
				t.Fatal(err)
			}
			return page
		}
		before := lines().All
		if err := k.Store.Platform(t.Context(), store.Platform.RecountHealth); err != nil {
			t.Fatal(err)
		}
		if after := lines().All; after != before {
			t.Errorf("%+v, before %+v", after, before)
		}
	})
}
