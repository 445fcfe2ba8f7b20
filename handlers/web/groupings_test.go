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

// mintFor makes a token of the partner that may do so much with the version.
func mintFor(t *testing.T, k *testkit.Kit, p *testkit.Place, in portal.NewToken) string {
	t.Helper()
	in.Team, in.Expires = p.Team.ID, "30"
	_, secret, err := k.Portal.Tokens.Create(t.Context(), k.Proven(k.Actor(p.Partner, p.Slug), models.TokenCreate, p.Team.ID), in)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal()
}

// An API manager says which operations are read and which need a permission of
// their own: it is in force at the gateway at once, stands in the token form,
// outlives the document, and is asked about again where live tokens lose by it.
func TestRegroupingOperations(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	version := "/t/nq/admin/apis/orders/versions/v1"
	page := version + "/operations"
	reads := mintFor(t, k, p, portal.NewToken{Name: "reads", Access: map[string]models.Access{p.Version.ID: models.AccessRead}})
	if got := calls(t, k, p, "POST /orders", reads); got != http.StatusForbidden {
		t.Fatalf("a POST with read: %d", got)
	}
	has(t, p.Manager.Get(version), 200, `href="`+page+`"`)
	has(t, p.Manager.Get(page), 200, "Place an order", "What the ticked ones are", "0 operations of 4 regrouped")
	hasNot(t, p.Auditor.Get(page), "What the ticked ones are")

	// A POST that only reads: nobody loses. Readers see it at once.
	has(t, k.Visitor().Get("/t/nq/apis/orders/v1/operations/post-orders"), 200, "needs write")
	has(t, p.Manager.Post(page, url.Values{"op": {"post-orders"}, "access": {"read"}, "revision": {"0"}}), 303)
	if got := calls(t, k, p, "POST /orders", reads); got != http.StatusOK {
		t.Errorf("a POST that is read, with read: %d", got)
	}
	has(t, p.Manager.Get(page), 200, "<strong>read</strong>; the document says write", "1 operation of 4 regrouped")
	has(t, k.Visitor().Get("/t/nq/apis/orders/v1/operations/post-orders"), 200, "needs read")

	// A GET that is write: the token that reads loses it, after a second question.
	if got := calls(t, k, p, "GET /orders", reads); got != http.StatusOK {
		t.Fatalf("a GET with read: %d", got)
	}
	change := url.Values{"op": {"get-orders"}, "access": {"write"}, "mode": {"named"}, "scope": {"orders:list"}, "description": {"See all orders"}, "revision": {"1"}}
	asked := p.Manager.Post(page, change)
	has(t, asked, 200, "1 token that work now could call less", "Nothing is changed yet", "Team of nq", `name="seen"`)
	if got := calls(t, k, p, "GET /orders", reads); got != http.StatusOK {
		t.Errorf("before it was confirmed: %d", got)
	}
	_, seen, _ := strings.Cut(asked.Body, `name="seen" value="`)
	change.Set("seen", seen[:16])
	has(t, p.Manager.Post(page, change), 303)
	if got := calls(t, k, p, "GET /orders", reads); got != http.StatusForbidden {
		t.Errorf("a GET that is write, with read: %d", got)
	}
	form := p.Partner.Get("/t/nq/tokens/new?team=" + p.Team.ID)
	has(t, form, 200, "orders:list", "See all orders; asked for by 1 operation")
	lists := mintFor(t, k, p, portal.NewToken{Name: "lists", Access: map[string]models.Access{p.Version.ID: models.AccessCustom}, Scopes: map[string][]string{p.Version.ID: {"orders:list"}}})
	for path, want := range map[string]int{"/orders": http.StatusOK, "/orders/7": http.StatusForbidden} {
		if got := calls(t, k, p, "GET "+path, lists); got != want {
			t.Errorf("with the permission of its own, GET %s: %d, want %d", path, got, want)
		}
	}

	// What was said outlives documents, also one that loses the operation.
	without := strings.Replace(testkit.Document, "  /orders:\n    get:", "  /orders:\n    put:", 1)
	for _, document := range []string{without, testkit.Document + "# again\n"} {
		at := upload(t, p.Manager, version, document, 303).Header.Get("Location")
		has(t, p.Manager.Post(version+"/publish", url.Values{"revision": {at[strings.LastIndex(at, "/")+1:]}, "accept_breaking": {"on"}}), 303)
		if document == without {
			has(t, p.Manager.Get(page), 200, "Kept for operations that are gone", "GET /orders")
		}
	}
	if got := calls(t, k, p, "GET /orders", lists); got != http.StatusOK {
		t.Errorf("after two more documents: %d", got)
	}
	has(t, p.Manager.Post(page, url.Values{"op": {"get-orders"}, "access": {"document"}, "revision": {"1"}}), 422, "Nothing was changed")
	has(t, p.Manager.Post(page, url.Values{"op": {"get-orders"}, "mode": {"named"}, "scope": {"two words"}, "revision": {"2"}}), 422, "without blanks")
	has(t, p.Manager.Post(page, url.Values{"access": {"read"}, "revision": {"2"}}), 422, "Tick the operations")
	has(t, p.Admin.Get("/t/nq/admin/audit"), 200, "version.regroup")
}

// What a document marks as internal is on no page, in no download, search, answer
// of the management API to partners, or slice for trying, and cannot be called.
func TestInternalOperationsNeverLeaveTheServer(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	version := "/t/nq/admin/apis/orders/versions/v1"
	document := strings.Replace(testkit.Document, "  /orders/{id}:\n", `  /canary/{id}:
    get: {x-internal: true, operationId: canaryRead, tags: [canary tag], summary: canary, responses: {"200": {description: canary, content: {application/json: {schema: {$ref: '#/components/schemas/CanaryShip'}}}}}}
  /orders/{id}:
`, 1) + `components:
  schemas:
    CanaryShip: {type: object, description: canary}
tags:
  - {name: canary tag}
`
	document = strings.Replace(document, "schema: {type: object}", "schema: {type: object, properties: {ref: {type: string}, canaryCost: {type: number, x-internal: true}}}", 1)
	at := upload(t, p.Manager, version, document, 303).Header.Get("Location")
	has(t, p.Manager.Get(at), 200, "1 internal operation and 1 other internal part left out", "GET /canary/{id}")
	has(t, p.Manager.Post(version+"/publish", url.Values{"revision": {at[strings.LastIndex(at, "/")+1:]}, "accept_breaking": {"on"}}), 303)
	const base = "/t/nq/apis/orders/v1"
	seen, open := map[string]bool{}, []string{"/t/nq", "/t/nq/apis?q=canary", "/t/nq/apis/orders", base, base + "?q=canary", base + "/openapi.json", "/t/nq/tokens/new", "/t/nq/apis/orders/subscribe",
		base + "/try?operation=post-orders", base + "/try/openapi.json?operation=post-orders", "/api/v1/tenants/nq/apis/orders", version + "/operations"}
	for len(open) > 0 && len(seen) < 200 {
		path := open[0]
		open = open[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		who := p.Partner
		if strings.Contains(path, "/admin/") {
			who = p.Manager
		}
		a := who.Get(path)
		body := strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(a.Body), "q=canary", ""), "“canary”", "")
		body = strings.ReplaceAll(body, `value="canary"`, "")
		if i := strings.Index(body, "canary"); i >= 0 && !strings.Contains(path, "/admin/apis/orders/versions/v1/revisions") {
			t.Errorf("%s: …%s…", path, body[max(0, i-80):min(len(body), i+80)])
		}
		for _, link := range strings.Split(a.Body, `href="`)[1:] {
			if link, _, _ = strings.Cut(link, `"`); strings.HasPrefix(link, base) {
				open = append(open, strings.ReplaceAll(link, "&amp;", "&"))
			}
		}
	}
	if len(seen) < 14 {
		t.Errorf("only %d pages", len(seen))
	}
	for _, path := range []string{base + "/operations/get-canary-id", base + "/try/openapi.json?operation=get-canary-id"} {
		has(t, p.Partner.Get(path), 404)
	}
	for path, want := range map[string]int{"/canary/1": http.StatusNotFound, "/orders": http.StatusOK} {
		if got := calls(t, k, p, "GET "+path, p.Secret.Reveal()); got != want {
			t.Errorf("GET %s: %d, want %d", path, got, want)
		}
	}
}
