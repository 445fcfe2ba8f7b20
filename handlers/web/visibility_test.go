package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// Who sees an API is saved by who has seen from whom that takes it; teams are found
// by name, and what was chosen stays chosen meanwhile.
func TestWhoSeesAnAPI(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m, at := p.Manager, "/t/nq/admin/apis/orders/visibility"
	other, team := k.Person("Rower", models.NotStaff), models.NewID()
	k.Write(other, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertTeam(&models.Team{ID: team, Name: "Rowing <club>"}, other.User.ID)
	})
	has(t, m.Get("/t/nq/admin/apis/orders"), 200, "Whoever sees this portal sees the API.", at)
	has(t, m.Get(at), 200, "Team of nq", "Find teams by name")

	form := url.Values{"visibility": {"teams"}, "find": {"club"}, "look": {"1"}, "revision": {"1"}}
	has(t, m.Post(at, form), 200, "Rowing &lt;club&gt;", `value="teams" checked`)
	form.Set("find", "nobody of this name")
	form.Set("team", team)
	has(t, m.Post(at, form), 200, "No other team has", "Rowing &lt;club&gt;")
	form.Del("look")
	form.Del("team")
	has(t, m.Post(at, form), 422, "Choose at least one team")

	form.Set("visibility", "hidden")
	shown := m.Post(at, form)
	has(t, shown, 200, "This takes the API from somebody", "Visitors who are not signed in.", "The team Rowing &lt;club&gt;.", "Save, and take it from them")
	has(t, other.Get("/t/nq/apis/orders"), 200) // nothing was saved
	form.Set("seen", seenField.FindStringSubmatch(shown.Body)[1])
	form.Set("visibility", "signed_in") // not what was seen
	has(t, m.Post(at, form), 200, "This takes the API from somebody")
	form.Set("visibility", "hidden")
	has(t, m.Post(at, form), http.StatusSeeOther)
	has(t, m.Get("/t/nq/admin/apis/orders"), 200, "The API is there for its subscribers alone.")
	has(t, m.Get("/t/nq/admin/apis?visibility=hidden"), 200, `href="/t/nq/admin/apis/orders"`)
	has(t, m.Get("/t/nq/admin/apis?visibility=public"), 200, "Nothing matches", "Seen by anyone")
	has(t, other.Get("/t/nq/apis/orders"), 404)
	has(t, p.Partner.Get("/t/nq/apis/orders"), 200)

	form.Set("visibility", "public")
	has(t, m.Post(at, form), 422, "Somebody else changed this in the meantime", "It is now: Hidden")
	form.Set("revision", "2")
	has(t, m.Post(at, form), http.StatusSeeOther) // takes it from nobody
	has(t, other.Get("/t/nq/apis/orders"), 200)
}

// The filters work by their address alone, go on with the pages, and where nothing is
// left the page says how to see more.
func TestTheCatalogsFilters(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	has(t, p.Manager.Post("/t/nq/admin/apis/orders", url.Values{"name": {"Orders"}, "summary": {""}, "description": {""}, "category": {"Ships & quays"},
		"tags": {"Live, two words,live"}, "revision": {"1"}}), http.StatusSeeOther)
	page := k.Visitor().Get("/t/nq/apis?category=Ships+%26+quays&tag=two+words&sort=newest")
	has(t, page, 200, "1 API matches", `href="/t/nq/apis/orders"`, "Ships &amp; quays", `<option value="two words" selected>`, `<option value="newest" selected>`,
		`href="/t/nq/apis?sort=newest&amp;tag=two+words"`)
	has(t, k.Visitor().Get("/t/nq/apis?q=crane&tag=live&access=open"), 200, "Nothing matches “crane”", "Without the words “crane”", `href="/t/nq/apis?access=open&amp;q=crane"`, "Show all APIs")
	has(t, k.Visitor().Get("/t/nq/apis?state=draft"), 422)
	has(t, k.Visitor().Get("/t/nq"), 200, `href="/t/nq/apis?category=Ships+%26+quays"`, "two words")
	has(t, k.Visitor().Get("/t/nq/apis/orders"), 200, `href="/t/nq/apis?tag=live"`, "/t/nq/apis/orders/status")
	if strings.Contains(page.Body, "visibility") {
		t.Error("a visitor is offered the filter of those who publish")
	}
}

// The status page says how an API is, and no number of calls.
func TestTheStatusOfAnAPI(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	has(t, k.Visitor().Get("/t/nq/apis/orders/status"), 200, "No calls", "last 15 minutes", "degraded from 2 %", "Show as table")
	has(t, k.Visitor().Get("/t/nq/apis/nothing/status"), 404)
	for range 137 {
		r, err := http.NewRequest(http.MethodGet, k.GatewayURL.String()+"/nq/orders/v1/orders", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+p.Secret.Reveal())
		a, err := http.DefaultClient.Do(r)
		if err != nil || a.StatusCode != http.StatusOK {
			t.Fatal(a, err)
		}
		_ = a.Body.Close()
	}
	if err := k.Usage.Folder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := k.Portal.APIs // what was asked within the minute is kept; a program that starts anew knows nothing
	k.Stop()
	k.Start()
	if fresh == k.Portal.APIs {
		t.Fatal("it is the same program")
	}
	page := k.Visitor().Get("/t/nq/apis/orders/status")
	has(t, page, 200, "Operational", "100.00 %", " ms")
	if regexp.MustCompile(`>\s*137\s*<`).MatchString(page.Body) {
		t.Error("the status page tells how often an API is called")
	}
	has(t, k.Visitor().Get("/t/nq"), 200, "Operational", "Availability, last 45 days: 100.00 %")
	a := k.Visitor().Do(http.MethodGet, "/api/v1/tenants/nq/apis/orders/status", nil, "Authorization", "Bearer "+p.ManagementSecret.Reveal())
	has(t, a, 200, `"now":"operational"`, `"uptime_24h":1,`, `"uptime_90d":1,`, `"status":"no_calls","uptime":null}`)
	if strings.Contains(a.Body, `"calls"`) {
		t.Error("the management API tells how often an API is called")
	}
}
