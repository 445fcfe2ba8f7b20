package e2e

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/e2e/drive"
)

// bar is where the page says that it is: the tenant's bar, the tab's title and its
// picture, and the form to leave.
const bar = `[document.querySelector(".tenant-bar .who").innerText.trim(), document.title, document.querySelector("link[rel=icon]").getAttribute("href"),
  document.querySelector(".tenant-bar form").getAttribute("action"), document.querySelector(".tenant-bar input[name=tenant]").value].join(" · ")`

// R47, R60: a staff person has two tenants open in two tabs of one browser. Whatever
// they do there (going back, reloading, coming back to a page that the browser kept,
// sending a form that is out of date), no page takes itself for the other's, and
// nothing is written in the wrong one. What a script keeps in the browser has no say.
func TestTwoTabsInTwoTenants(t *testing.T) {
	b := chromium(t)
	server := drive.Demo(t, t.TempDir())
	s := member(t, b, server, "support") // who has a grant in each of them
	at := map[string]string{}
	for _, slug := range []string{"northquay", "meridian"} {
		s.Open("/t/" + slug)
		at[slug] = drive.JS[string](s, bar)
	}
	for slug, says := range at {
		for other := range at {
			if named := strings.Contains(says, "/t/"+other+"/"); named != (slug == other) {
				t.Errorf("in %s the bar says %s", slug, says)
			}
		}
	}
	if !strings.HasPrefix(at["northquay"], "Northquay Ports · NP | Northquay Ports · ") {
		t.Errorf("the title does not begin with the tenant: %s", at["northquay"])
	}
	is := func(p *drive.Person, slug, after string) {
		t.Helper()
		if got := strings.Replace(drive.JS[string](p, bar), drive.JS[string](p, "document.title"), "", 1); got != strings.Replace(at[slug], titleOf(at[slug]), "", 1) {
			t.Errorf("%s, in %s: %s\nwant %s", after, slug, got, at[slug])
		}
		if title := drive.JS[string](p, "document.title"); !strings.HasPrefix(title, titleOf(at[slug])) {
			t.Errorf("%s, in %s: the title is %q", after, slug, title)
		}
	}
	two := s.Tab() // s stands in meridian, two in northquay
	two.Open("/t/northquay/admin/tokens")
	is(s, "meridian", "with another tab in northquay")
	is(two, "northquay", "with another tab in meridian")

	s.Reload()
	is(s, "meridian", "reloaded")
	for _, p := range []*drive.Person{s, two} {
		drive.JS[bool](p, `["tenant", "acting_tenant", "acting-tenant", "slug", "gatehouse.tenant"].forEach((k) => { localStorage.setItem(k, "swiftway"); sessionStorage.setItem(k, "swiftway"); }), document.cookie = "tenant=swiftway", true`)
		p.Reload()
	}
	is(s, "meridian", "after the browser's storage was changed")
	is(two, "northquay", "after the browser's storage was changed")

	// From one tenant to the other in one tab, and back, twice: as the server shows it
	// or as the browser kept it.
	two.Open("/t/meridian/admin/tokens")
	is(two, "meridian", "moved on")
	two.Back()
	two.Arrives("/t/northquay/admin/tokens")
	is(two, "northquay", "back")
	if kept := drive.JS[bool](two, `(() => { const e = performance.getEntriesByType("navigation")[0]; return e.type === "back_forward"; })()`); !kept {
		t.Log("the browser showed a page that it had kept")
	}
	two.Reload()
	is(two, "northquay", "back, and reloaded")

	// A form that is changed to say the other tenant is refused, with both names.
	drive.JS[bool](two, `document.querySelector(".tenant-bar input[name=tenant]").value = "meridian", true`)
	two.Expect("409 (Conflict)")
	two.Press("Leave")
	two.Sees("This form belongs to another tenant", "Opened in", "Meridian Grid", "Sent to", "Northquay Ports", "Nothing was changed in either")
	is(two, "northquay", "refused")
	s.Reload()
	is(s, "meridian", "after a refused form")

	// Before something breaks the tenant's name is asked for; another tenant's is none.
	two.Open("/t/northquay/admin/tokens?q=" + server.AccessToken[len(server.AccessToken)-4:])
	two.Press("Command line")
	two.Press("Revoke")
	two.Sees("What this breaks")
	two.Ticks("Lost")
	two.Expect("409 (Conflict)")
	two.Press("Revoke it")
	two.Sees("Is this the right tenant?")
	is(two, "northquay", "asked for its name")
	two.Expect("409 (Conflict)")
	two.Fills("Type Northquay Ports to confirm", "Meridian Grid")
	two.Press("Do it in Northquay Ports")
	two.Sees("This is not its name")

	// The page goes out of date: the grant ends in the other tab, another tenant is
	// entered, and the old page's form is sent, filled in rightly.
	s.Open("/t/northquay")
	s.Leaves(func() { s.Press("Leave") })
	s.Sees("You left Northquay Ports")
	s.Open("/t/meridian")
	two.Fills("Type Northquay Ports to confirm", "Northquay Ports")
	two.Expect("403 (Forbidden)")
	two.Press("Do it in Northquay Ports")
	two.Sees("You are not in Northquay Ports any more", "Nothing of what you sent was done", "without a grant")
	if got := callWith(t, server.ExampleCall, server.AccessToken); got != http.StatusOK {
		t.Errorf("the token was revoked by a page that was out of date: %d", got)
	}
	s.Reload()
	is(s, "meridian", "in the end")
}

// titleOf is the tenant's own part of a title, which stands second in what bar reads.
func titleOf(says string) string {
	_, rest, _ := strings.Cut(says, " · ")
	title, _, _ := strings.Cut(rest, " · ")
	return title
}
