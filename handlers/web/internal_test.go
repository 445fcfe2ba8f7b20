package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// canary is a document whose internal parts, and nothing else, say so.
func canary(again string) string {
	document := strings.Replace(testkit.Document, "  /orders/{id}:\n", `  /canary`+again+`/{id}:
    get: {x-internal: true, operationId: canaryRead, tags: [canary tag], security: [{key: []}], summary: canary, responses: {"200": {description: canary, content: {application/json: {schema: {$ref: '#/components/schemas/CanaryShip'}}}}}}
  /hooked:
    post:
      tags: [open]
      summary: Ask to be called`+again+`
      callbacks:
        canaryDone: {'{$request.body#/canary}': {post: {tags: [canary inside], responses: {"200": {description: canary}}}}}
      responses:
        "200":
          description: OK
          links: {canaryNext: {operationId: canaryRead}, canaryShared: {$ref: '#/components/links/CanaryLink'}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Whole'}, example: {open: 1, canaryPart: 2}}}
  /orders/{id}:
`, 1) + `webhooks:
  canaryHook: {post: {x-internal: true, responses: {"200": {description: canary}}}}
  canaryTagged: {post: {tags: [canary inside], responses: {"200": {description: canary}}}}
  called: {post: {summary: You are called, responses: {"200": {description: OK}}}}
components:
  links:
    CanaryLink: {operationId: canaryRead}
  schemas:
    CanaryShip: {type: object, description: canary}
    CanaryPart: {type: object, x-internal: true, properties: {canaryPart: {type: integer}}}
    Whole: {type: object, description: A whole, properties: {open: {type: integer}}, allOf: [{$ref: '#/components/schemas/CanaryPart'}]}
  securitySchemes:
    canaryKey: {type: apiKey, in: header, name: X-Canary, x-internal: true}
    key: {type: apiKey, in: header, name: X-Canary-Key}
tags:
  - {name: open}
  - {name: canary tag}
  - {name: canary inside, x-internal: true}
`
	return strings.Replace(document, "schema: {type: object}", "schema: {type: object, properties: {ref: {type: string}, canaryCost"+again+": {type: number, x-internal: true}}}", 1)
}

// What a document marks as internal is on no page, in no download, search, feed,
// comparison, notice, mock, answer of the management API to partners, or slice for
// trying, and cannot be called.
func TestInternalOperationsNeverLeaveTheServer(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	for _, again := range []string{"", "Again"} {
		at := upload(t, p.Manager, version, canary(again), 303).Header.Get("Location")
		has(t, p.Manager.Get(at), 200, "1 internal operation", "GET /canary"+again+"/{id}")
		has(t, p.Manager.Post(version+"/publish", url.Values{"revision": {at[strings.LastIndex(at, "/")+1:]}, "accept_breaking": {"on"}}), 303)
	}
	has(t, p.Manager.Post(version+"/mock", url.Values{"on": {"yes"}}), 303)
	const api = "/t/nq/apis/orders"
	const base = api + "/v1"
	seen, open := map[string]bool{}, []string{"/t/nq", "/t/nq/apis?q=canary", "/?q=canary", "/t/nq/llms.txt", "/t/nq/feed.atom", "/t/nq/guides", "/notifications", "/t/nq/usage",
		api, api + "/feed.atom", api + "/status", api + "/compare", api + "/compare?from=v1:1&to=v1:2", api + "/compare?from=v1:2&to=v1:3", api + "/guides/getting-started", "/t/nq/apis/orders/subscribe",
		base, base + "?q=canary", base + "/openapi.json", base + "/openapi.yaml", base + "/openapi.json?tag=open", base + "/openapi.yaml?tag=open", base + "/openapi.json?operation=post-hooked", base + "/openapi.yaml?operation=post-hooked",
		base + "/llms.txt", base + "/life", base + "/operations/post-hooked.md", base + "/try?operation=post-hooked", base + "/try/openapi.json?operation=post-hooked", base + "/try/openapi.json?tag=open",
		"/t/nq/tokens/new", "/api/v1/tenants/nq/apis/orders", version + "/operations", version, version + "/life"}
	most := len(open) + 200
	for len(open) > 0 && len(seen) < most {
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
		if a.StatusCode != http.StatusOK && !strings.HasPrefix(path, "/api/") {
			t.Errorf("%s: %s", path, a.Status)
		}
		body := strings.ToLower(a.Body)
		for _, typed := range []string{"q=canary", "“canary”", `value="canary"`} {
			body = strings.ReplaceAll(body, typed, "")
		}
		if i := strings.Index(body, "canary"); i >= 0 && !strings.Contains(path, "/revisions") {
			t.Errorf("%s: …%s…", path, body[max(0, i-80):min(len(body), i+80)])
		}
		for _, link := range strings.Split(a.Body, `href="`)[1:] {
			if link, _, _ = strings.Cut(link, `"`); strings.HasPrefix(link, api) {
				link, _, _ = strings.Cut(strings.ReplaceAll(link, "&amp;", "&"), "#")
				open = append(open, link)
			}
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d pages", len(seen))
	}
	for _, path := range []string{base + "/operations/get-canary-id", base + "/operations/get-canaryagain-id.md", base + "/try/openapi.json?operation=get-canary-id", base + "/try?operation=get-canary-id", base + "/openapi.json?operation=get-canary-id",
		base + "/openapi.yaml?tag=canary+inside", base + "/openapi.json?tag=canary+tag", base + "/webhooks/canaryhook", base + "/webhooks/canarytagged", base + "/schemas/canaryship", base + "/schemas/CanaryShip"} {
		has(t, p.Partner.Get(path), 404)
	}
	for path, want := range map[string]int{"/canary/1": http.StatusNotFound, "/canaryAgain/1": http.StatusNotFound, "/orders": http.StatusOK} {
		if got := calls(t, k, p, "GET "+path, p.Secret.Reveal()); got != want {
			t.Errorf("GET %s: %d, want %d", path, got, want)
		}
	}
	for call, want := range map[string]int{"POST /hooked": http.StatusOK, "GET /orders": http.StatusOK, "GET /canaryAgain/1": http.StatusNotFound} {
		method, path, _ := strings.Cut(call, " ")
		r, err := http.NewRequest(method, k.GatewayURL.String()+"/-/mock/nq/orders/v1"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+p.Secret.Reveal())
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(a.Body)
		_ = a.Body.Close()
		if said := strings.ReplaceAll(string(body), path, ""); a.StatusCode != want || strings.Contains(strings.ToLower(said), "canary") {
			t.Errorf("the mock of %s: %s %s", call, a.Status, body)
		}
	}
}
