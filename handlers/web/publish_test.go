package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/spec"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// has fails unless the answer has the status and every one of the texts.
func has(t *testing.T, a testkit.Answer, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: %d, want %d: %.600s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			t.Errorf("%s %s: no %q", a.Request.Method, a.Request.URL, text)
		}
	}
}

// hasNot fails if the answer has one of the texts.
func hasNot(t *testing.T, a testkit.Answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			t.Errorf("%s %s: has %q", a.Request.Method, a.Request.URL, text)
		}
	}
}

func TestReadingTheReference(t *testing.T) {
	k := testkit.New(t)
	k.Place("nq", true)
	v, gateway := k.Visitor(), k.GatewayURL.String()
	has(t, v.Get("/t/nq"), 200, "Get started in four steps", `href="/t/nq/apis/orders"`, "4 operations")
	has(t, v.Get("/t/nq/apis?q=place+order"), 200, "<mark>Place</mark> an <mark>order</mark>", "/t/nq/apis/orders/v1/operations/post-orders")
	hasNot(t, v.Get("/t/nq/apis?q=place+order"), "Cancel an order")
	has(t, v.Get("/t/nq/apis?q=zebra"), 200, "Nothing matches “zebra”")
	has(t, v.Get("/t/nq/apis/orders"), 200, "Subscribe", "/t/nq/apis/orders/subscribe?plan=")
	has(t, v.Get("/t/nq/apis/orders/v1"), 200, "List orders", gateway+"/nq/orders/v1", `rel="next"`, "<html")
	has(t, v.Get("/t/nq/apis/orders/v1/operations/delete-orders-id?lang=go"), 200, "Cancel an order", "package main", "NQ_TOKEN")
	has(t, v.Get("/t/nq/apis/orders/v1/operations/none"), 404)
	filtered := v.Get("/t/nq/apis/orders/v1?q=cancel")
	has(t, filtered, 200, `id="op-delete-orders-id"`)
	hasNot(t, filtered, `id="op-post-orders"`)
	fragment := v.Do(http.MethodGet, "/t/nq/apis/orders/v1/operations/post-orders", nil, "HX-Request", "true")
	has(t, fragment, 200, "<title>Place an order", `id="operation"`, `id="code"`, `id="ops"`)
	hasNot(t, fragment, "<html", "<main")
	has(t, v.Get("/t/nq/apis/orders/v1/openapi.json"), 200, `"openapi":"3.1.0"`, gateway+"/nq/orders/v1")
	slice := v.Get("/t/nq/apis/orders/v1/try/openapi.json?operation=post-orders")
	has(t, slice, 200, "createOrder", gateway+"/nq/orders/v1")
	hasNot(t, slice, "listOrders")
}

// R53: what strangers must not see answers as what is not there.
func TestAPrivateTenantAndADraftAreNotThere(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", false)
	has(t, p.Manager.Post("/t/nq/admin/apis/orders/versions", url.Values{"version": {"v2"}}), 303)
	upload(t, p.Manager, "/t/nq/admin/apis/orders/versions/v2", testkit.Document, 303)
	v := k.Visitor()
	for _, path := range []string{"/t/nq", "/t/nq/apis", "/t/nq/apis/orders", "/t/nq/apis/orders/v1", "/t/nq/apis/orders/v1/openapi.json",
		"/t/nq/apis/orders/v1/openapi.yaml", "/t/nq/apis/orders/v1/llms.txt", "/t/nq/llms.txt", "/t/nq/feed.atom", "/t/nq/apis/orders/feed.atom", "/t/nq/apis/orders.md",
		"/t/nq/apis/orders/v1/try", "/t/nq/apis/orders/v1/try/openapi.json?operation=get-orders"} {
		has(t, v.Get(path), 404)
		has(t, p.Partner.Get(path), 200)
		has(t, p.Partner.Get(strings.Replace(path, "/v1", "/v2", 1)), map[bool]int{true: 404, false: 200}[strings.Contains(path, "/v1")])
		has(t, p.Auditor.Get(strings.Replace(path, "/v1", "/v2", 1)), 200)
	}
	// R53: not even as the start of a page of the list.
	has(t, p.Manager.Post("/t/nq/admin/apis", url.Values{"slug": {"secret-plan"}, "name": {"Secret plan"}}), 303)
	for _, after := range []string{"secret-plan", "nothing"} {
		has(t, p.Partner.Get("/t/nq/apis?after="+after), 404)
	}
	has(t, p.Partner.Get("/t/nq/apis?after=orders"), 200)
}

func TestTryingNeedsAStanding(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	const page = "/t/nq/apis/orders/v1/try?operation=get-orders"
	stranger := k.Visitor().Get(page)
	has(t, stranger, 200, "Sign in to try it", "/login?next=", "%2Ft%2Fnq%2Fapis%2Forders%2Fv1%2Ftry%3Foperation%3Dget-orders", "data-spec")
	hasNot(t, stranger, "data-token-url")
	unsubscribed := p.Manager.Get(page)
	has(t, unsubscribed, 200, "You need a subscription", "/t/nq/apis/orders/subscribe?version=v1")
	hasNot(t, unsubscribed, "data-token-url")
	partner := p.Partner.Get(page)
	has(t, partner, 200, `data-token-url="/t/nq/apis/orders/v1/try/token"`)
	if csp := partner.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "connect-src 'self' "+k.GatewayURL.Scheme+"://"+k.GatewayURL.Host) {
		t.Errorf("the policy lets no call out: %s", csp)
	}
}

// upload sends a document as browsers send a file.
func upload(t *testing.T, b *testkit.Browser, version, document string, status int, texts ...string) testkit.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("tenant", strings.Split(version, "/")[2])
	file, _ := form.CreateFormFile("file", "api.yaml")
	_, _ = file.Write([]byte(document))
	_ = form.Close()
	a := b.Do(http.MethodPost, version+"/document", &body, "Content-Type", form.FormDataContentType())
	has(t, a, status, texts...)
	return a
}

// UX 4, issue 2 part 3: each form answers wrong input with the field and the way
// out, keeps what was typed, and writes nothing.
func TestPublishingFormsKeepWhatWasTyped(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m, api, version := p.Manager, "/t/nq/admin/apis/orders", "/t/nq/admin/apis/orders/versions/v1"
	for name, tt := range map[string]struct {
		path string
		form url.Values
		want []string
	}{
		"an API with a bad slug":  {"/t/nq/admin/apis", url.Values{"name": {"Yard"}, "slug": {"No Slug"}, "summary": {"kept summary"}}, []string{"f-slug", "lower-case", `value="No Slug"`, `value="kept summary"`}},
		"an API of a taken slug":  {"/t/nq/admin/apis", url.Values{"name": {"Yard"}, "slug": {"orders"}}, []string{"has this slug", `value="orders"`}},
		"an API without a name":   {api, url.Values{"name": {""}, "description": {"kept text"}, "revision": {"1"}}, []string{"Give the API a name", "kept text"}},
		"a stale change":          {api, url.Values{"name": {"Other"}, "revision": {"99"}}, []string{"Somebody else changed", `value="Other"`}},
		"a version with a space":  {api + "/versions", url.Values{"version": {"v 9"}}, []string{"like v1", `value="v 9"`}},
		"a version that exists":   {api + "/versions", url.Values{"version": {"v1"}}, []string{"has a version of that name"}},
		"an upstream inside":      {version, url.Values{"upstream": {"https://10.0.0.7/kept"}, "body_limit": {"7"}}, []string{"not globally reachable", `value="https://10.0.0.7/kept"`, `value="7"`}},
		"a body limit of words":   {version, url.Values{"upstream": {"https://up.example"}, "body_limit": {"plenty"}, "revision": {strconv.Itoa(p.Version.Revision)}}, []string{"1 GiB", `value="plenty"`}},
		"a credential of nothing": {version + "/credential", url.Values{"credential_header": {"Bad Header"}}, []string{"Name a header field", `value="Bad Header"`}},
		"a plan without a rate":   {api + "/plans/new", url.Values{"name": {"Kept"}, "slug": {"kept"}, "rate_1_calls": {"many"}}, []string{"A rate is", `value="Kept"`, `value="many"`}},
		"no document at all":      {version + "/document", url.Values{}, []string{"Choose a file"}},
		"a faulty document":       {version + "/document", url.Values{"document": {"openapi: 3.0.3\ninfo: {title: kept, version: '1'}\npaths: {pets: {get: {}}}"}}, []string{"Line 3", "/paths/pets", "1 fault to mend", "title: kept"}},
	} {
		t.Run(name, func(t *testing.T) { has(t, m.Post(tt.path, tt.form), 422, tt.want...) })
	}
	hasNot(t, m.Get("/t/nq/admin/apis"), "Yard")
	hasNot(t, m.Get(api), "v 9", "Kept")
	has(t, m.Get(version), 200, k.Upstream.URL)
	hasNot(t, m.Get(version), "Document 2")
}

func TestADocumentThatIsTooLargeComesBackToTheForm(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	a := upload(t, p.Manager, "/t/nq/admin/apis/orders/versions/v1", strings.Repeat("x", spec.MaxBytes+1), 413, "larger than 32 MiB", `id="upload"`)
	hasNot(t, a, "big-code")
}

func TestALaterDocumentWaitsUntilItIsPublished(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m, version := p.Manager, "/t/nq/admin/apis/orders/versions/v1"
	later := strings.Replace(testkit.Document, "Cancel an order", "Call an order off", 1)
	a := upload(t, m, version, later, 303)
	has(t, m.Get(a.Header.Get("Location")), 200, "Document 2", "Call an order off", "Nothing is wrong")
	const page = "/t/nq/apis/orders/v1/operations/delete-orders-id"
	hasNot(t, k.Visitor().Get(page), "Call an order off")
	revision := a.Header.Get("Location")[strings.LastIndex(a.Header.Get("Location"), "/")+1:]
	has(t, m.Get(version), 200, "A new document waits to be published", revision)
	has(t, m.Post(version+"/publish", url.Values{"revision": {models.NewID()}}), 404)
	has(t, m.Post(version+"/publish", url.Values{"revision": {revision}}), 303)
	has(t, k.Visitor().Get(page), 200, "Call an order off")
}

// What the document says of its servers helps to fill in the upstream, as far as
// calls could go there.
func TestTheDocumentsServersAreNamed(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m, version := p.Manager, "/t/nq/admin/apis/orders/versions/v2"
	has(t, m.Post("/t/nq/admin/apis/orders/versions", url.Values{"version": {"v2"}}), 303)
	hasNot(t, m.Get(version), "The document names")
	upload(t, m, version, strings.Replace(testkit.Document, "paths:", `servers:
  - url: /relative
  - url: https://10.0.0.7/inside
  - url: https://{region}.orders.example/v2/
    variables: {region: {default: eu}}
  - url: https://second.example
paths:`, 1), 303)
	has(t, m.Get(version), 200, "The document names https://eu.orders.example/v2, https://second.example.")
	has(t, m.Post(version, url.Values{"upstream": {"https://eu.orders.example/v2"}, "body_limit": {"10"}, "revision": {"1"}}), 303)
	hasNot(t, m.Get(version), "The document names")
}

// R108: the credential goes to nobody else, and comes back when the origin does.
func TestADetachedCredentialClosesTheVersion(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m, version := p.Manager, "/t/nq/admin/apis/orders/versions/v1"
	call := func() (int, string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, k.GatewayURL.String()+"/nq/orders/v1/orders", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+p.Secret.Reveal())
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		return resp.StatusCode, body.String()
	}
	point := func(to string, revision int) {
		t.Helper()
		has(t, m.Post(version, url.Values{"upstream": {to}, "body_limit": {"10"}, "revision": {strconv.Itoa(revision)}}), 303)
	}
	if status, body := call(); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	w, err := k.Portal.APIs.Workbench(t.Context(), k.Actor(m, "nq"), "orders", "v1")
	if err != nil {
		t.Fatal(err)
	}
	point("https://elsewhere.example/base", w.Version.Revision)
	if status, body := call(); status != 503 || !strings.Contains(body, "/docs/errors/credential_detached") {
		t.Errorf("with another upstream: %d %s", status, body)
	}
	has(t, m.Get(version), 200, "The credential is detached")
	point(w.Version.Upstream, w.Version.Revision+1)
	if status, body := call(); status != 200 {
		t.Errorf("back again: %d %s", status, body)
	}
	proof := m.StepUp(models.CredentialWrite, p.Version.ID)
	has(t, m.Post(version+"/credential", url.Values{"credential_header": {"X-Upstream-Key"}, "credential_value": {"second"}, "step_up": {proof}}), 303)
	if status, _ := call(); status != 200 {
		t.Errorf("with a new credential: %d", status)
	}
	calls := k.Upstream.Calls()
	if got := calls[len(calls)-1].Header.Get("X-Upstream-Key"); got != "second" || len(calls) != 3 {
		t.Errorf("%d calls, the last with %q", len(calls), got)
	}
}
