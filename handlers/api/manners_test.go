package api_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// R140: one JSON object, told by its Content-Type, or a reason that helps.
func TestStrictJSON(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	for name, tt := range map[string]struct {
		body, kind string
		status     int
		says       string
	}{
		"no object":                {`[]`, "application/json", 400, "not a JSON object"},
		"null":                     {`null`, "application/json", 400, "not a JSON object"},
		"an empty body":            {``, "application/json", 400, "not JSON"},
		"half of an object":        {`{"slug":"x"`, "application/json", 400, "not JSON"},
		"two values":               {`{"slug":"x","name":"X"}{}`, "application/json", 400, "goes on"},
		"a field twice":            {`{"slug":"x","name":"X","slug":"y"}`, "application/json", 400, "twice"},
		"a field twice, escaped":   {`{"slug":"x","name":"X","sl\u0075g":"y"}`, "application/json", 400, "twice"},
		"another case":             {`{"Slug":"x","name":"X"}`, "application/json", 422, "no such field"},
		"a letter that folds to s": {`{"slug":"x","name":"X","ſlug":"y"}`, "application/json", 422, "no such field"},
		"a letter that folds to k": {`{"slug":"x","name":"X","Kind":"y"}`, "application/json", 422, "no such field"},
		"the same, escaped":        {`{"slug":"x","name":"X","\u017flug":"y"}`, "application/json", 422, "no such field"},
		"a field of the table":     {`{"slug":"x","name":"X","tenant_id":"y"}`, "application/json", 422, "no such field"},
		"null in it":               {`{"slug":"x","name":null}`, "application/json", 422, "leave the field out"},
		"a wrong type":             {`{"slug":"x","name":7}`, "application/json", 422, "must be a text"},
		"a byte order mark":        {"\xef\xbb\xbf{}", "application/json", 400, "byte order mark"},
		"no UTF-8":                 {"{\"slug\":\"\xff\"}", "application/json", 400, "UTF-8"},
		"too deep":                 {`{"name":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, "application/json", 400, "64 levels"},
		"text":                     {`{"slug":"x","name":"X"}`, "text/plain", 415, "application/json"},
		"no type":                  {`{"slug":"x","name":"X"}`, "", 415, "application/json"},
		"another charset":          {`{"slug":"x","name":"X"}`, "application/json; charset=utf-16", 415, "application/json"},
		"too large":                {`{"name":"` + strings.Repeat("x", 300<<10) + `"}`, "application/json", 413, "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			m := p.manager
			m.t = t
			a := m.want(tt.status, "POST", p.path+"/apis", tt.body, "Content-Type", tt.kind)
			if !strings.Contains(a.raw, tt.says) {
				t.Errorf("%s does not say %q", a.raw, tt.says)
			}
			isProblem(t, a)
		})
	}
	m := p.manager
	for _, body := range []string{`{"slug":"x","name":"X","rates":[{"calls":1e999,"seconds":1}]}`, `{"slug":"x","name":"X","rates":[{"calls":1.5,"seconds":1}]}`} {
		if a := m.want(422, "POST", p.path+"/apis/orders/plans", body); !strings.Contains(a.raw, "whole number") {
			t.Errorf("%s: %s", body, a.raw)
		}
	}
	if got := m.want(http.StatusOK, "GET", p.path+"/apis", ""); len(got.items()) != 1 {
		t.Errorf("something was made: %s", got.raw)
	}
}

// R56: what a client may not set it cannot set, whatever it is called.
func TestMassAssignment(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	version := p.path + "/apis/orders/versions/v1"
	tag := p.manager.want(http.StatusOK, "GET", version, "").Header.Get("ETag")
	api := p.manager.want(http.StatusOK, "GET", p.path+"/apis/orders", "").Header.Get("ETag")
	for _, field := range []string{"role", "tenant_id", "status", "state", "approved_by", "id", "owner_id", "rate_limit", "revision", "published_id"} {
		body := `{"` + field + `":"7"}`
		for path, match := range map[string]string{version: tag, p.path + "/apis/orders": api} {
			if a := p.manager.want(422, "PATCH", path, body, "If-Match", match); a.fields()[field] == "" {
				t.Errorf("%s %s: %s", path, body, a.raw)
			}
		}
		p.manager.want(422, "POST", p.path+"/apis", body)
	}
	if after := p.manager.want(http.StatusOK, "GET", version, ""); after.Header.Get("ETag") != tag {
		t.Error("something was written")
	}
}

// R142: who has not seen the newest state changes nothing.
func TestTwoEditors(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		for path, body := range map[string]string{
			"/apis/orders":                    `{"name":"Orders again"}`,
			"/apis/orders/versions/v1":        `{"body_limit":4096}`,
			"/apis/orders/plans/" + p.Plan.ID: `{"name":"Other"}`,
		} {
			at := p.path + path
			seen := p.manager.want(http.StatusOK, "GET", at, "").Header.Get("ETag")
			if a := p.manager.want(http.StatusPreconditionRequired, "PATCH", at, body); a.code() != "if_match_required" {
				t.Errorf("%s: %s", path, a.raw)
			}
			p.manager.want(http.StatusPreconditionFailed, "PATCH", at, body, "If-Match", "W/"+seen) // weak tags match nothing, RFC 9110 §13.1.1
			first := p.manager.want(http.StatusOK, "PATCH", at, body, "If-Match", seen)
			if a := p.manager.want(http.StatusPreconditionFailed, "PATCH", at, body, "If-Match", seen); a.code() != "changed_meanwhile" {
				t.Errorf("%s: %s", path, a.raw)
			}
			p.manager.want(http.StatusOK, "PATCH", at, body, "If-Match", `"0", `+first.Header.Get("ETag"))
		}
	})
}

// R142: where the state may be left out and is not, it counts; and the change is
// refused in its own transaction.
func TestStaleStops(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		version := p.path + "/apis/orders/versions/v1"
		p.admin.want(http.StatusOK, "PUT", version+"/document", small)
		why := `{"reason":"Looks stolen."}`
		for _, tt := range []struct{ at, verb, body string }{
			{version, "publish", `{"revision":"` + p.admin.draft(version) + `","accept_breaking":true}`},
			{p.path + "/subscriptions/" + p.Subscription.ID, "pause", why},
			{p.path + "/subscriptions/" + p.Subscription.ID, "resume", ""},
			{p.path + "/tokens/" + p.Token.ID, "pause", why},
			{p.path + "/tokens/" + p.Token.ID, "resume", ""},
			{p.path + "/tokens/" + p.Token.ID, "revoke", `{"cause":"leaked","reason":"Looks stolen."}`},
			{p.path + "/subscriptions/" + p.Subscription.ID, "end", why},
			{p.path + "/apis/orders/plans/" + p.Plan.ID, "archive", ""},
		} {
			seen := p.admin.want(http.StatusOK, "GET", tt.at, "").Header.Get("ETag")
			for _, stale := range []string{`"0"`, "W/" + seen, strings.Trim(seen, `"`)} {
				if a := p.admin.want(http.StatusPreconditionFailed, "POST", tt.at+"/"+tt.verb, tt.body, "If-Match", stale); a.code() != "changed_meanwhile" {
					t.Errorf("%s with %s: %s", tt.verb, stale, a.raw)
				}
			}
			if now := p.admin.want(http.StatusOK, "GET", tt.at, "").Header.Get("ETag"); now != seen {
				t.Errorf("%s: refused, and changed nevertheless", tt.verb)
			}
			p.admin.want(http.StatusOK, "POST", tt.at+"/"+tt.verb, tt.body, "If-Match", `"0", `+seen)
		}
	})
}

// What is left out of a change stays, also what has not been set yet.
func TestBodyLimitAlone(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	at := p.path + "/apis/orders/versions/v2"
	made := p.manager.want(http.StatusCreated, "POST", p.path+"/apis/orders/versions", `{"name":"v2"}`)
	limited := p.manager.want(http.StatusOK, "PATCH", at, `{"body_limit":4096}`, "If-Match", made.Header.Get("ETag"))
	if limited.body["body_limit"] != float64(4096) || limited.body["upstream"] != "" {
		t.Errorf("%s", limited.raw)
	}
	if a := p.manager.want(http.StatusUnprocessableEntity, "PATCH", at, `{"upstream":""}`, "If-Match", limited.Header.Get("ETag")); a.fields()["upstream"] == "" {
		t.Errorf("%s", a.raw)
	}
}

// Who may change and not read is refused before anything is changed, not by the
// answer to it.
func TestWritingNeedsReading(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	_, secret := k.ManagementToken(p.Place, p.Admin, "apis:write", "subscriptions:write", "tokens:write")
	blind := client{t, p.admin.base, secret.Reveal()}
	version, why := p.path+"/apis/orders/versions/v1", `{"reason":"Looks stolen."}`
	p.admin.want(http.StatusOK, "PUT", version+"/document", small)
	draft := p.admin.draft(version)
	for _, tt := range []struct{ method, path, body, shows string }{
		{"POST", "/apis/orders/versions", `{"name":"v2"}`, "/apis/orders"},
		{"PUT", "/apis/orders/versions/v1/document", testkit.Document, "/apis/orders/versions/v1"},
		{"POST", "/apis/orders/versions/v1/publish", `{"revision":"` + draft + `","accept_breaking":true}`, "/apis/orders/versions/v1"},
		{"POST", "/apis/orders/plans", `{"slug":"x","name":"X","rates":[{"calls":1,"seconds":1}]}`, "/apis/orders/plans"},
		{"POST", "/apis/orders/plans/" + p.Plan.ID + "/archive", "", "/apis/orders/plans"},
		{"POST", "/subscriptions/" + p.Subscription.ID + "/pause", why, "/subscriptions/" + p.Subscription.ID},
		{"POST", "/subscriptions/" + p.Subscription.ID + "/end", why, "/subscriptions/" + p.Subscription.ID},
		{"POST", "/tokens/" + p.Token.ID + "/pause", why, "/tokens/" + p.Token.ID},
		{"POST", "/tokens/" + p.Token.ID + "/revoke", `{"cause":"leaked","reason":"Looks stolen."}`, "/tokens/" + p.Token.ID},
	} {
		before := p.admin.want(http.StatusOK, "GET", p.path+tt.shows, "")
		if a := blind.want(http.StatusForbidden, tt.method, p.path+tt.path, tt.body); a.code() != "insufficient_scope" {
			t.Errorf("%s: %s", tt.path, a.raw)
		}
		if after := p.admin.want(http.StatusOK, "GET", p.path+tt.shows, ""); after.raw != before.raw {
			t.Errorf("%s was refused and made nevertheless:\n%s\n%s", tt.path, before.raw, after.raw)
		}
	}
}

// R12: what WWW-Authenticate says; R52: another tenant is not there.
func TestCredentials(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	other := newPlace(t, k, "rival")
	_, narrow := k.ManagementToken(p.Place, p.Manager, "usage:read")
	nobody := client{t: t, base: k.PortalURL.String()}
	for name, tt := range map[string]struct {
		c      client
		path   string
		status int
		header string
	}{
		"no token":                                {nobody, p.path + "/apis", 401, `Bearer realm="Gatehouse"`},
		"an unknown token":                        {client{t, nobody.base, "gthm_acme_" + strings.Repeat("0", 36)}, p.path + "/apis", 401, `Bearer realm="Gatehouse", error="invalid_token"`},
		"an access token":                         {client{t, nobody.base, p.Secret.Reveal()}, p.path + "/apis", 401, `Bearer realm="Gatehouse", error="invalid_token"`},
		"a scope is missing":                      {client{t, nobody.base, narrow.Reveal()}, p.path + "/apis", 403, `Bearer realm="Gatehouse", error="insufficient_scope", scope="apis:read"`},
		"a scope that its person cannot have":     {p.manager, p.path + "/tokens", 403, `Bearer realm="Gatehouse", error="insufficient_scope", scope="tokens:read"`},
		"another tenant":                          {other.admin, p.path + "/apis", 404, ""},
		"a tenant that is not":                    {p.admin, "/api/v1/tenants/nowhere/apis", 404, ""},
		"an address that is not, without a token": {nobody, "/api/v1/nothing", 404, ""},
	} {
		a := tt.c.want(tt.status, "GET", tt.path, "")
		if got := a.Header.Get("WWW-Authenticate"); got != tt.header {
			t.Errorf("%s: %q, want %q", name, got, tt.header)
		}
		isProblem(t, a)
	}
	// R9: of two credentials none is chosen, however good both are.
	good := "Bearer " + p.admin.token
	for name, second := range map[string][2]string{"the same twice": {"Authorization", good}, "another scheme": {"Authorization", "Basic YTpi"}, "a key beside it": {"X-Api-Key", "1"}} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", nobody.base+p.path+"/apis", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Add("Authorization", good)
		req.Header.Add(second[0], second[1])
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != 400 || !strings.Contains(string(raw), "/docs/errors/invalid_request") || !strings.Contains(resp.Header.Get("WWW-Authenticate"), `error="invalid_request"`) {
			t.Errorf("%s: %d %v %s", name, resp.StatusCode, resp.Header, raw)
		}
	}
	// Cookies are ignored: a signed-in admin without a token is nobody.
	if a := p.Place.Admin.Get(p.path + "/apis"); a.StatusCode != 401 {
		t.Errorf("a cookie opens the API: %d", a.StatusCode)
	}
}

// R141: HEAD is GET without a body, 405 says what there is, a slash more is another address.
func TestMethods(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	get := p.admin.want(http.StatusOK, "GET", p.path+"/apis/orders", "")
	head := p.admin.want(http.StatusOK, "HEAD", p.path+"/apis/orders", "")
	if head.raw != "" || head.Header.Get("ETag") != get.Header.Get("ETag") || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
		t.Errorf("HEAD: %q %v", head.raw, head.Header)
	}
	a := p.admin.want(http.StatusMethodNotAllowed, "DELETE", p.path+"/apis/orders?id=x", "")
	for _, m := range []string{"GET", "HEAD", "PATCH"} {
		if !slices.Contains(strings.Split(a.Header.Get("Allow"), ", "), m) {
			t.Errorf("Allow: %q lacks %s", a.Header.Get("Allow"), m)
		}
	}
	isProblem(t, a)
	if o := p.admin.do("OPTIONS", p.path+"/apis/orders", ""); o.Header.Get("Allow") == "" {
		t.Errorf("OPTIONS: %d %v", o.StatusCode, o.Header)
	}
	isProblem(t, p.admin.want(http.StatusNotFound, "GET", p.path+"/apis/", ""))
	isProblem(t, p.admin.want(http.StatusBadRequest, "POST", p.path+"/apis/orders/plans/"+p.Plan.ID+"/archive", `{}`)) // a body where none is read
}

// isProblem holds an answer to RFC 9457, and its type to a page that exists (R136).
func isProblem(t *testing.T, a answer) {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%d as %s: %.200s", a.StatusCode, got, a.raw)
	}
	if a.body["status"] != float64(a.StatusCode) || a.body["title"] == "" || a.body["detail"] == "" || a.body["instance"] != a.Header.Get("Gatehouse-Request-Id") {
		t.Errorf("%s", a.raw)
	}
	page, err := http.Get(a.body["type"].(string))
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close()
	if page.StatusCode != http.StatusOK {
		t.Errorf("%s: %d", a.body["type"], page.StatusCode)
	}
}
