package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// What is wrong with an API is told once, and stands on its status page, on its own, in
// the feeds and with who is subscribed; R53: nowhere else.
func TestAnIncidentIsTold(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		desk, page := "/t/nq/admin/apis/orders/incidents", "/t/nq/apis/orders"
		m, stranger := p.Manager, k.Visitor()
		has(t, m.Get(page+"/status"), 200, desk)
		hasNot(t, stranger.Get(page+"/status"), desk)
		has(t, m.Get(desk), 200, "No incident yet", "Tell of an incident")

		form := url.Values{"title": {"Slow <i>answers</i>"}, "state": {"investigating"}, "text": {"We *look* into it. <script>x()</script>"}, "versions": {"v1"}}
		for field, bad := range map[string]string{"title": "", "state": "asleep", "text": "", "versions": "v9"} {
			wrong := url.Values{}
			for name, v := range form {
				wrong[name] = v
			}
			wrong.Set(field, bad)
			a := m.Post(desk, wrong)
			has(t, a, 422, `role="alert"`)
			if field != "text" {
				has(t, a, 422, "We *look* into it.")
			}
		}
		has(t, m.Post(desk, form), 303)
		for _, at := range []string{page, page + "/status"} {
			a := stranger.Get(at)
			has(t, a, 200, "Slow &lt;i&gt;answers&lt;/i&gt;", "<em>look</em>", "Investigating")
			hasNot(t, a, "<script>x")
		}
		has(t, p.Auditor.Get(desk), 200, "Slow &lt;i&gt;answers")
		hasNot(t, p.Auditor.Get(desk), "Tell of an incident")
		k.Mail(p.Partner.User.Email, "Orders: Slow <i>answers</i> (investigating)")
		notices := func() (titles []string) {
			rows, err := k.Portal.Notifications.List(t.Context(), k.Actor(p.Partner, ""))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Kind == models.NotifyIncident {
					titles = append(titles, r.Title)
				}
			}
			return titles
		}
		if got := notices(); len(got) != 1 || !strings.Contains(got[0], "investigating") {
			t.Errorf("notices: %q", got)
		}

		_, rows, err := k.Portal.Incidents.List(t.Context(), k.Actor(m, "nq"), "orders")
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		one := desk + "/" + rows[0].ID
		has(t, m.Post(one, url.Values{"state": {"identified"}, "text": {""}}), 422, `role="alert"`)
		has(t, m.Post(one, url.Values{"state": {"identified"}, "text": {"A cable."}}), 303)
		has(t, m.Post(desk+"/nothing", url.Values{"state": {"identified"}, "text": {"A cable."}}), 404)
		has(t, m.Post(one, url.Values{"state": {"resolved"}, "text": {"All is well."}}), 303)
		k.Mail(p.Partner.User.Email, "Orders: Slow <i>answers</i> (resolved)")
		testkit.Eventually(t, "three notices", func() bool { return len(notices()) == 3 })
		hasNot(t, stranger.Get(page), "Slow &lt;i")
		has(t, stranger.Get(page+"/status"), 200, "Incidents before", "All is well.", "A cable.", "Resolved")
		for _, feed := range []string{"/t/nq/feed.atom", page + "/feed.atom"} {
			has(t, stranger.Get(feed), 200, "(resolved)", "(identified)", "A cable.", "#incident-"+rows[0].ID)
		}
		job := portal.TellIncident{Tenant: p.Tenant.ID, Incident: rows[0].ID, Update: rows[0].Updates[0].ID}
		if err := k.Portal.Incidents.Tell(t.Context(), job); err != nil || len(notices()) != 3 {
			t.Errorf("told twice: %q %v", notices(), err)
		}
		api, err := k.Portal.APIs.Show(t.Context(), k.Actor(m, "nq"), "orders")
		if err == nil {
			_, err = k.Portal.APIs.SetAudience(t.Context(), k.Actor(m, "nq"), "orders", api.Revision, models.Audience{Visibility: models.VisibleHidden})
		}
		if err != nil {
			t.Fatal(err)
		}
		has(t, stranger.Get(page+"/status"), 404)
		hasNot(t, stranger.Get("/t/nq/feed.atom"), "Slow")
		has(t, m.Get("/t/nq/feed.atom"), 200, "Slow")
	})
}

// A machine tells of incidents, and ends them.
func TestAMachineTellsOfAnIncident(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	at := "/api/v1/tenants/nq/apis/orders/incidents"
	ask := func(method, path, body string) testkit.Answer {
		return k.Visitor().Do(method, path, strings.NewReader(body), "Authorization", "Bearer "+p.ManagementSecret.Reveal(), "Content-Type", "application/json")
	}
	made := ask(http.MethodPost, at, `{"title":"Slow answers","state":"investigating","text":"We look into it.","began_at":"2020-01-02T03:04:05Z"}`)
	has(t, made, 201, `"began_at":"2020-01-02T03:04:05Z"`, `"versions":[]`)
	one := made.Header.Get("Location")
	has(t, ask(http.MethodPost, at, `{"title":"","state":"x","text":"","versions":["v9"],"began_at":"2120-01-02T03:04:05Z"}`), 422, `"title"`, `"state"`, `"text"`, `"versions"`, `"began_at"`)
	has(t, ask(http.MethodPost, one+"/updates", `{"state":"resolved","text":"All is well."}`), 201, `"ended_at"`, "All is well.")
	has(t, ask(http.MethodPost, one+"/updates", `{"state":"watching","text":"Not quite."}`), 201, `"state":"watching"`)
	has(t, k.Visitor().Do(http.MethodGet, one, nil, "Authorization", "Bearer "+p.ManagementSecret.Reveal()), 200, "Not quite.", "We look into it.")
	has(t, k.Visitor().Do(http.MethodGet, at, nil, "Authorization", "Bearer "+p.ManagementSecret.Reveal()), 200, `"items":[{`, "Slow answers")
}
