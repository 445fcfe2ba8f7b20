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
