package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// Guides are written as drafts, published, rewritten while readers see what was
// published, put in order and taken away; the first is there by itself.
func TestGuidesFromDraftToReader(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		m, stranger, desk := p.Manager, k.Visitor(), "/t/nq/admin/guides"
		started := "/t/nq/apis/orders/guides/getting-started"
		has(t, stranger.Get("/t/nq/apis/orders"), 200, started)
		has(t, stranger.Get("/t/nq/guides"), 200, started)
		byItself := stranger.Get(started)
		has(t, byItself, 200, "1. Get access", "Standard: ", "export NQ_TOKEN=", "curl", "/nq/orders/v1/orders", "Written from the OpenAPI document")
		if strings.Contains(byItself.Body, desk) {
			t.Error("a stranger is led to the desk")
		}

		form := url.Values{"api": {"orders"}, "title": {"Labels"}, "slug": {"labels"}, "body": {"## Print\n\nUse *thermal* paper. <script>x()</script>"}, "do": {"keep"}}
		for field, bad := range map[string]string{"title": "", "slug": "No Slug", "body": ""} {
			wrong := url.Values{}
			for name, v := range form {
				wrong[name] = v
			}
			wrong.Set(field, bad)
			has(t, m.Post(desk+"/new", wrong), 422, `role="alert"`)
		}
		preview := url.Values{"api": {"orders"}, "title": {"Labels"}, "slug": {"labels"}, "body": form["body"], "do": {"preview"}}
		has(t, m.Post(desk+"/new", preview), 200, "<em>thermal</em>", `<h2 id="s-print">`)
		has(t, stranger.Get("/t/nq/apis/orders/guides/labels"), 404)

		at := m.Post(desk+"/new", form).Header.Get("Location")
		has(t, m.Post(desk+"/new", form), 422, "There is a guide with this slug already.")
		has(t, stranger.Get("/t/nq/apis/orders/guides/labels"), 404)
		has(t, m.Get(desk), 200, "Labels", "Draft")

		form.Set("do", "publish")
		form.Set("revision", "1")
		has(t, m.Post(at, form), 303)
		read := stranger.Get("/t/nq/apis/orders/guides/labels")
		has(t, read, 200, "<em>thermal</em>", started)
		if strings.Contains(read.Body, "<script>x") {
			t.Error("a script came through")
		}
		form.Set("body", "Use a pen.")
		has(t, m.Post(at, form), 422, "Somebody else changed this")
		form.Set("do", "keep")
		form.Set("revision", "2")
		has(t, m.Post(at, form), 303)
		has(t, m.Get(at), 200, "There is a newer draft", "Use a pen.")
		has(t, stranger.Get("/t/nq/apis/orders/guides/labels"), 200, "thermal")

		mine := m.Get(desk + "/new?api=orders&from=getting-started")
		has(t, mine, 200, "1. Get access", `value="getting-started"`)
		if !regexp.MustCompile(`<textarea[^>]*>[^<]*curl`).MatchString(mine.Body) {
			t.Error("the form does not begin with the guide that is there by itself")
		}
		if !strings.Contains(mine.Body, "/t/nq/tokens/new") || strings.Contains(m.Get(started).Body, "/t/nq/tokens/new") {
			t.Error("the guide leads a manager to tokens, or the one to be written does not lead partners there")
		}
		own := m.Post(desk+"/new", url.Values{"api": {"orders"}, "title": {"Begin here"}, "slug": {"getting-started"}, "body": {"Ask us."}, "do": {"publish"}}).Header.Get("Location")
		has(t, stranger.Get(started), 200, "Begin here", "Ask us.")
		has(t, m.Post(own+"/move", url.Values{"position": {"0"}}), 303)
		if list := stranger.Get("/t/nq/apis/orders").Body; strings.Index(list, "Begin here") > strings.Index(list, ">Labels") {
			t.Error("the order is not that of the desk")
		}
		has(t, m.Post(own+"/delete", nil), 303)
		has(t, stranger.Get(started), 200, "1. Get access")

		form.Set("do", "withdraw")
		form.Set("revision", "3")
		has(t, m.Post(at, form), 303)
		has(t, stranger.Get("/t/nq/apis/orders/guides/labels"), 404)

		house := m.Post(desk+"/new", url.Values{"title": {"House rules"}, "slug": {"rules"}, "body": {"Be kind."}, "do": {"publish"}}).Header.Get("Location")
		has(t, stranger.Get("/t/nq/guides"), 200, "House rules")
		has(t, stranger.Get("/t/nq/guides/rules"), 200, "Be kind.")
		has(t, p.Partner.Get(house), 403)
		has(t, p.Auditor.Get(house), 200, "Be kind.")
	})
}

// R53: guides of an API are there for those for whom the API is.
func TestGuidesOfAnAPIThatIsNotSeen(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m := p.Manager
	m.Post("/t/nq/admin/guides/new", url.Values{"api": {"orders"}, "title": {"Canary"}, "slug": {"canary"}, "body": {"Sing."}, "do": {"publish"}})
	has(t, k.Visitor().Get("/t/nq/guides"), 200, "Canary")
	if _, err := k.Portal.APIs.Update(t.Context(), k.Actor(m, "nq"), "orders", models.API{Name: "Orders", Revision: 1}, &models.Audience{Visibility: models.VisibleHidden}); err != nil {
		t.Fatal(err)
	}
	if page := k.Visitor().Get("/t/nq/guides"); strings.Contains(page.Body, "Canary") || strings.Contains(page.Body, "Orders") {
		t.Error("a stranger reads of an API that is hidden")
	}
	has(t, k.Visitor().Get("/t/nq/apis/orders/guides/canary"), 404)
	has(t, k.Visitor().Get("/t/nq/apis/orders/guides/getting-started"), 404)
	has(t, p.Partner.Get("/t/nq/apis/orders/guides/canary"), 200, "Sing.") // its team is subscribed
	has(t, m.Get("/t/nq/apis/orders/guides/canary"), 200, "Sing.")
}
