package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/testkit"
)

const small = `{"openapi":"3.0.3","info":{"title":"Berths","version":"1"},"paths":{"/berths":{"get":{"responses":{"200":{"description":"All."}}}}}}`

// From an empty tenant to a published version by management tokens alone.
func TestPublishing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		m, version := p.manager, p.path+"/apis/berths/versions/v1"

		put := m.want(http.StatusCreated, "PUT", version+"/document", small)
		if put.body["operations"] != float64(1) || put.body["problems"] == nil || !strings.HasSuffix(put.Header.Get("Location"), version) {
			t.Errorf("put: %s, Location %q", put.raw, put.Header.Get("Location"))
		}
		if len(put.body) != 5 || put.body["revision"] == "" {
			t.Errorf("put says more than it promised: %s", put.raw)
		}
		first := m.draft(version)
		m.want(http.StatusOK, "PUT", version+"/document", small)
		if m.draft(version) != first {
			t.Error("the same document again made another revision")
		}
		if got := m.want(http.StatusOK, "GET", version+"/document", ""); got.raw != small || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("the document came back as %s: %.100s", got.Header.Get("Content-Type"), got.raw)
		}
		yaml := m.want(http.StatusOK, "PUT", version+"/document", testkit.Document, "Content-Type", "application/yaml")
		if yaml.body["operations"] != float64(4) {
			t.Errorf("YAML: %s", yaml.raw)
		}
		revision := m.draft(version)

		if early := m.want(http.StatusConflict, "POST", version+"/publish", `{"revision":"`+revision+`"}`); early.code() != "not_ready" {
			t.Errorf("published without an upstream: %s", early.raw)
		}
		read := m.want(http.StatusOK, "GET", version, "")
		changed := m.want(http.StatusOK, "PATCH", version, `{"upstream":"`+k.Upstream.URL+`"}`, "If-Match", read.Header.Get("ETag"))
		if changed.body["upstream"] != k.Upstream.URL || changed.body["body_limit"] != read.body["body_limit"] || changed.Header.Get("ETag") == read.Header.Get("ETag") {
			t.Errorf("changed: %s", changed.raw)
		}
		plan := m.want(http.StatusCreated, "POST", p.path+"/apis/berths/plans", `{"slug":"free","name":"Free","rates":[{"calls":5,"seconds":1}]}`)
		m.want(http.StatusOK, "POST", version+"/publish", `{"revision":"`+revision+`"}`)
		if got := m.want(http.StatusOK, "GET", version, ""); got.body["state"] != "published" || got.body["draft"] != nil {
			t.Errorf("version: %s", got.raw)
		}

		at := p.path + "/apis/berths/plans/" + plan.body["id"].(string)
		if plan.Header.Get("Location") != at || plan.body["quota_period"] != "none" {
			t.Errorf("plan: %s at %s", plan.raw, plan.Header.Get("Location"))
		}
		larger := m.want(http.StatusOK, "PATCH", at, `{"rates":[{"calls":9,"seconds":1}],"quota_calls":100,"quota_period":"day"}`, "If-Match", plan.Header.Get("ETag"))
		if larger.body["quota_calls"] != float64(100) || larger.body["name"] != "Free" {
			t.Errorf("plan: %s", larger.raw)
		}
		many := m.want(http.StatusOK, "PATCH", at, `{"rates":[{"calls":9,"seconds":1,"per_token":true},{"calls":50,"seconds":60}],"quota_calls":100,"quota_period":"month","quota_day":31,
			"operations":[{"operation":"GET /berths","cost":0},{"operation":"POST /berths","calls":2,"seconds":60}]}`, "If-Match", larger.Header.Get("ETag"))
		if !strings.Contains(many.raw, `"per_token":true`) || !strings.Contains(many.raw, `"quota_day":31`) ||
			!strings.Contains(many.raw, `"operations":[{"operation":"GET /berths","cost":0},{"operation":"POST /berths","cost":1,"calls":2,"seconds":60}]`) {
			t.Errorf("plan: %s", many.raw)
		}
		daily := m.want(http.StatusOK, "PATCH", at, `{"quota_period":"day"}`, "If-Match", many.Header.Get("ETag"))
		if daily.body["quota_day"] != nil || !strings.Contains(daily.raw, `"GET /berths"`) {
			t.Errorf("plan: %s", daily.raw)
		}
		if gone := m.want(http.StatusOK, "POST", at+"/archive", ""); gone.body["archived_at"] == nil {
			t.Errorf("archived: %s", gone.raw)
		}
	})
}

// R101: a document with faults is refused with all of them, and the version keeps what it has.
func TestRefusedDocument(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	faulty := "openapi: 3.1.0\ninfo: {version: '1'}\npaths:\n  berths: {}\n  quays: {}\n"
	a := p.manager.want(http.StatusUnprocessableEntity, "PUT", p.path+"/apis/orders/versions/v1/document", faulty, "Content-Type", "text/yaml")
	if a.code() != "document_refused" || a.fields()["document/paths/berths"] == "" || a.fields()["document/paths/quays"] == "" || !strings.Contains(a.raw, "Line ") {
		t.Errorf("not every fault is named: %s", a.raw)
	}
	if got := p.manager.want(http.StatusOK, "GET", p.path+"/apis/orders/versions/v1/document", ""); got.raw != testkit.Document {
		t.Error("the refused document is kept")
	}
	p.manager.want(http.StatusUnprocessableEntity, "PUT", p.path+"/apis/fresh/versions/v1/document", faulty, "Content-Type", "text/yaml")
	p.manager.want(http.StatusNotFound, "GET", p.path+"/apis/fresh", "") // nothing half-made
	for _, kind := range []string{"multipart/form-data; boundary=x", "text/html", "application/json; charset=latin1"} {
		if a := p.manager.want(http.StatusUnsupportedMediaType, "PUT", p.path+"/apis/orders/versions/v1/document", "a=%zz", "Content-Type", kind); !strings.Contains(a.raw, "application/yaml") {
			t.Errorf("%q: %s", kind, a.raw)
		}
	}
}

// A fault names its field as the request does.
func TestFieldsByTheirNames(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	for _, tt := range []struct {
		method, path, body string
		status             int
		field              string
	}{
		{"POST", "/apis/orders/versions", `{"name":"V 1"}`, 422, "name"},
		{"POST", "/apis/orders/versions", `{"name":"v1"}`, 409, "name"},
		{"PUT", "/apis/orders/versions/V_1/document", small, 422, "version"},
		{"PUT", "/apis/No-Slug/versions/v1/document", small, 422, "api"},
		{"PUT", "/apis/orders/versions/v1/document", " ", 422, "document"},
	} {
		if a := p.manager.want(tt.status, tt.method, p.path+tt.path, tt.body); a.fields()[tt.field] == "" {
			t.Errorf("%s: %s", tt.path, a.raw)
		}
	}
}

// Whatever a program calls a document: the document says what it is. curl calls
// it a form, unless it is told otherwise.
func TestDocumentTypes(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	for _, kind := range []string{"", "application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain; charset=UTF-8",
		"application/vnd.oai.openapi", "application/vnd.oai.openapi+json;version=3.0", "application/vnd.oai.openapi+yaml", "application/x-www-form-urlencoded"} {
		for raw, operations := range map[string]float64{small: 1, testkit.Document: 4} {
			a := p.manager.want(http.StatusOK, "PUT", p.path+"/apis/orders/versions/v1/document", raw, "Content-Type", kind)
			if a.body["operations"] != operations {
				t.Errorf("%q: %s", kind, a.raw)
			}
		}
	}
}

// R63, R64: a request is decided as it was seen, once.
func TestDeciding(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		partner := k.Actor(p.Partner, "acme")
		p.manager.want(http.StatusCreated, "PUT", p.path+"/apis/orders/versions/v2/document", small)
		p.manager.want(http.StatusOK, "PUT", p.path+"/apis/orders/versions/v2/document", testkit.Document, "Content-Type", "application/yaml")
		read := p.manager.want(http.StatusOK, "GET", p.path+"/apis/orders/versions/v2", "")
		p.manager.want(http.StatusOK, "PATCH", p.path+"/apis/orders/versions/v2", `{"upstream":"`+k.Upstream.URL+`"}`, "If-Match", read.Header.Get("ETag"))
		p.manager.want(http.StatusOK, "POST", p.path+"/apis/orders/versions/v2/publish", `{"revision":"`+p.manager.draft(p.path+"/apis/orders/versions/v2")+`"}`)
		row, err := k.Portal.Subscriptions.Request(t.Context(), partner, portal.NewSubscription{API: "orders", Version: "v2", Plan: "standard", Team: p.Team.ID, Purpose: "To sail by machine."})
		if err != nil {
			t.Fatal(err)
		}
		one := p.path + "/subscriptions/" + row.ID
		waiting := p.admin.want(http.StatusOK, "GET", p.path+"/subscriptions?state=pending", "")
		if len(waiting.items()) != 1 || waiting.items()[0].(map[string]any)["purpose"] != "To sail by machine." {
			t.Fatalf("waiting: %s", waiting.raw)
		}
		seen := p.admin.want(http.StatusOK, "GET", one, "").Header.Get("ETag")
		if a := p.admin.want(http.StatusPreconditionRequired, "POST", one+"/approve", ""); a.code() != "if_match_required" {
			t.Errorf("approved blindly: %s", a.raw)
		}
		p.admin.want(http.StatusPreconditionFailed, "POST", one+"/approve", "", "If-Match", `"9.9"`)
		p.admin.want(http.StatusUnprocessableEntity, "POST", one+"/deny", `{"reason":""}`, "If-Match", seen)
		approved := p.admin.want(http.StatusOK, "POST", one+"/approve", "", "If-Match", seen)
		if approved.body["state"] != "approved" || approved.body["decided_by"] != p.Admin.User.Email {
			t.Errorf("approved: %s", approved.raw)
		}
		p.admin.want(http.StatusPreconditionFailed, "POST", one+"/deny", `{"reason":"Too late now."}`, "If-Match", seen)
		p.admin.want(http.StatusOK, "POST", one+"/pause", `{"reason":"Too many errors."}`)
		p.admin.want(http.StatusConflict, "POST", one+"/pause", `{"reason":"Too many errors."}`)
		p.admin.want(http.StatusOK, "POST", one+"/resume", "")
		if a := p.admin.want(http.StatusOK, "POST", one+"/end", `{"reason":"The contract is over."}`, "If-Match", "*"); a.body["state"] != "ended" {
			t.Errorf("ended: %s", a.raw)
		}
	})
}

// R13, R14: revoked by the API, refused by the gateway at once; and never a secret in an answer.
func TestStoppingTokens(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		one := p.path + "/tokens/" + p.Token.ID
		call := client{t, k.GatewayURL.String(), p.Secret.Reveal()}
		call.want(http.StatusOK, "GET", "/acme/orders/v1/orders", "")
		list := p.admin.want(http.StatusOK, "GET", p.path+"/tokens?api=orders&view=active", "")
		if len(list.items()) != 1 || strings.Contains(list.raw, p.Secret.Reveal()) || strings.Contains(list.raw, "digest") {
			t.Errorf("tokens: %s", list.raw)
		}
		p.admin.want(http.StatusUnprocessableEntity, "POST", one+"/pause", `{"reason":""}`)
		p.admin.want(http.StatusOK, "POST", one+"/pause", `{"reason":"Looks stolen."}`)
		call.want(http.StatusUnauthorized, "GET", "/acme/orders/v1/orders", "")
		p.admin.want(http.StatusOK, "POST", one+"/resume", "")
		call.want(http.StatusOK, "GET", "/acme/orders/v1/orders", "")
		first := p.admin.want(http.StatusOK, "POST", one+"/revoke", `{"cause":"lost","reason":"It was stolen."}`)
		second := p.admin.want(http.StatusOK, "POST", one+"/revoke", `{"cause":"leaked","reason":"Once more."}`)
		if second.body["state"] != "revoked" || second.body["revoked_at"] != first.body["revoked_at"] || second.body["reason"] != "It was stolen." ||
			second.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("revoked twice:\n%s\n%s", first.raw, second.raw)
		}
		call.want(http.StatusUnauthorized, "GET", "/acme/orders/v1/orders", "")
		testkit.Eventually(t, "the receipt says who refuses it, and what was refused first", func() bool {
			receipt := p.admin.want(http.StatusOK, "GET", one, "")
			gateways, _ := receipt.body["gateways"].([]any)
			return len(gateways) == 1 && gateways[0].(map[string]any)["has"] == true && gateways[0].(map[string]any)["silent"] == false && receipt.body["refused_id"] != nil
		})

		usage := p.admin.want(http.StatusOK, "GET", one+"/usage?range=1h", "")
		if slots, _ := usage.body["slots"].([]any); len(slots) != 60 {
			t.Errorf("usage: %.300s", usage.raw)
		}
		p.admin.want(http.StatusUnprocessableEntity, "GET", p.path+"/usage?range=2d", "")
		p.admin.want(http.StatusOK, "GET", p.path+"/apis/orders/usage", "")
		events := p.admin.want(http.StatusOK, "GET", p.path+"/audit-events?action=token.revoke&object_id="+p.Token.ID, "")
		if len(events.items()) != 1 || !strings.Contains(events.raw, "It was stolen.") {
			t.Errorf("events: %s", events.raw)
		}
	})
}

// Every list is read whole by following next, without a repetition.
func TestPages(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	for _, slug := range []string{"a", "b", "c", "d"} {
		p.manager.want(http.StatusCreated, "POST", p.path+"/apis", `{"slug":"`+slug+`","name":"Same name"}`)
	}
	for _, name := range []string{"v2", "v3"} {
		p.manager.want(http.StatusCreated, "POST", p.path+"/apis/orders/versions", `{"name":"`+name+`"}`)
		p.manager.want(http.StatusCreated, "POST", p.path+"/apis/orders/plans", `{"slug":"`+name+`","name":"Plan","rates":[{"calls":1,"seconds":1}]}`)
	}
	for list, id := range map[string]string{"/apis": "slug", "/apis/orders/versions": "name", "/apis/orders/plans": "id", "/tokens": "id", "/audit-events": "seq"} {
		var seen []any
		whole := p.admin.want(http.StatusOK, "GET", p.path+list+"?limit=100", "").items()
		for next, more := "", true; more && len(seen) <= len(whole); {
			page := p.admin.want(http.StatusOK, "GET", p.path+list+"?limit=2&after="+url.QueryEscape(next), "")
			for _, item := range page.items() {
				seen = append(seen, item.(map[string]any)[id])
			}
			next, more = page.body["next"].(string)
		}
		if len(whole) < 3 || len(seen) != len(whole) {
			t.Errorf("%s: %d items in pages, %d at once", list, len(seen), len(whole))
		}
		for i, item := range whole {
			if i < len(seen) && item.(map[string]any)[id] != seen[i] {
				t.Errorf("%s: item %d differs", list, i)
			}
		}
		for _, bad := range []string{"limit=0", "limit=101", "limit=1000000000", "limit=x"} {
			if a := p.admin.want(http.StatusUnprocessableEntity, "GET", p.path+list+"?"+bad, ""); a.fields()["limit"] == "" {
				t.Errorf("%s?%s: %s", list, bad, a.raw)
			}
		}
	}
	for _, list := range []string{"/apis", "/apis/orders/versions", "/apis/orders/plans", "/subscriptions", "/tokens", "/audit-events"} {
		if a := p.admin.want(http.StatusUnprocessableEntity, "GET", p.path+list+"?after=nothing-like-it", ""); a.fields()["after"] == "" {
			t.Errorf("%s: %s", list, a.raw)
		}
	}
	if a := p.admin.want(http.StatusUnprocessableEntity, "GET", p.path+"/apis/orders/plans?after="+p.Token.ID, ""); a.fields()["after"] == "" {
		t.Errorf("a plan that is none: %s", a.raw)
	}
}

// A token sees itself; it is told when it ends and what it may do.
func TestSelf(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	_, secret := k.ManagementToken(p.Place, p.Manager, "usage:read")
	a := client{t, k.PortalURL.String(), secret.Reveal()}.want(http.StatusOK, "GET", "/api/v1/token", "")
	scopes, _ := a.body["scopes"].([]any)
	if a.body["tenant"] != "acme" || !slices.Equal(scopes, []any{"usage:read"}) || a.body["expires_at"] == nil || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("self: %s %v", a.raw, a.Header)
	}
}
