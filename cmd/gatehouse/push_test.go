package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// What CI does with a document: a report like a compiler's, and exit codes that are
// documented.
func TestAPIPush(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	secret := p.ManagementSecret.Reveal()
	_, reads := k.ManagementToken(p, p.Admin, "apis:read")
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer broken.Close()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("good.yaml", testkit.Document)
	faulty := write("faulty.yaml", "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  pets: {}\n")
	swagger := write("swagger.json", `{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok"}}}}}}`)
	grave := write("grave.yaml", "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {security: {}, responses: {200: {description: ok}}}}}\n")
	write("many/openapi.yaml", "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a: {$ref: paths/a.yaml}\n")
	write("many/paths/a.yaml", "get:\n  responses: {200: {description: ok, content: {a/b: {schema: {$ref: lost.yaml}}}}}\n")
	write("many/.git/openapi.yaml", "not read")
	write("leak/openapi.yaml", testkit.Document)
	if err := os.Symlink(good, filepath.Join(dir, "leak", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GATEHOUSE_PORTAL_URL", k.PortalURL.String())
	for _, tt := range []struct {
		name, stdin, token string
		args               []string
		code               int
		says               []string
	}{
		{"a new API", "", secret, []string{good, "--api", "fresh", "--version", "v1"}, 0, []string{"good.yaml: read: 4 operations", "stored: it made fresh v1 of aa."}},
		{"the same again", "", secret, []string{good, "--api", "fresh", "--version", "v1"}, 0, []string{"is the newest of fresh v1"}},
		{"standard input", testkit.Document, secret, []string{"-", "--api", "fresh", "--version", "v2"}, 0, []string{"-: read: 4 operations", "made fresh v2"}},
		{"a document with faults", "", secret, []string{faulty, "--api", "fresh", "--version", "v1"}, 1, []string{faulty + `:4:3: error: The path "pets" does not start`, "refused: 1 fault"}},
		{"a document with a grave problem", "", secret, []string{grave, "--api", "orders", "--version", "v1", "--publish"}, 3, []string{`: grave: "security" must be a list`, "1 grave problem that keeps it from being published", "was not published: 409"}},
		{"Swagger 2.0", "", secret, []string{swagger, "--api", "fresh", "--version", "v3"}, 0, []string{swagger + ":1:2: warning: This Swagger 2.0 document was converted", "stored"}},
		{"a folder", "", secret, []string{filepath.Join(dir, "many"), "--api", "fresh", "--version", "v4"}, 0, []string{filepath.Join(dir, "many", "paths", "a.yaml") + ":2:", `"lost.yaml" points outside`, "stored"}},
		{"a link out of the folder", "", secret, []string{filepath.Join(dir, "leak"), "--api", "fresh", "--version", "v5"}, 2, []string{"link.yaml", "escapes"}},
		{"a dry run", "", "", []string{good, "--api", "fresh", "--version", "v9", "--dry-run"}, 0, []string{"read: 4 operations"}},
		{"a report as SARIF", "", "", []string{faulty, "--api", "fresh", "--version", "v9", "--dry-run", "--report", filepath.Join(dir, "r.sarif")}, 1, []string{"refused"}},
		{"a report as JSON", "", "", []string{faulty, "--api", "fresh", "--version", "v9", "--dry-run", "--report", filepath.Join(dir, "r.json")}, 1, []string{"refused"}},
		{"a report as something else", "", "", []string{good, "--api", "fresh", "--version", "v9", "--dry-run", "--report", filepath.Join(dir, "r.xml")}, 2, []string{"named .sarif or .json"}},
		{"a dry run with faults", "", "", []string{faulty, "--api", "fresh", "--version", "v9", "--dry-run"}, 1, []string{"refused"}},
		{"published", "", secret, []string{write("next.yaml", strings.Replace(testkit.Document, "List orders", "List all orders", 1)), "--api", "orders", "--version", "v1", "--publish"}, 0, []string{"stored", "next.yaml: published."}},
		{"published before", "", secret, []string{filepath.Join(dir, "next.yaml"), "--api", "orders", "--version", "v1", "--publish"}, 0, []string{"published before"}},
		{"not ready to be published", "", secret, []string{good, "--api", "fresh", "--version", "v1", "--publish"}, 3, []string{"stored, and was not published: 409", "Still missing"}},
		{"a name that is none", "", secret, []string{good, "--api", "No", "--version", "v1"}, 1, []string{"not stored: 422", "api: "}},
		{"a token that may only read", "", reads.Reveal(), []string{good, "--api", "fresh", "--version", "v6"}, 1, []string{"not stored: 403"}},
		{"a token that is refused", "", secret[:len(secret)-1] + "_", []string{good, "--api", "fresh", "--version", "v6"}, 1, []string{"not stored: 401"}},
		{"no token", "", "", []string{good, "--api", "fresh", "--version", "v6"}, 2, []string{"there is no token in GATEHOUSE_MANAGEMENT_TOKEN"}},
		{"no token beside standard input", testkit.Document, "", []string{"-", "--api", "fresh", "--version", "v6"}, 2, []string{"standard input is the document"}},
		{"no file", "", secret, []string{filepath.Join(dir, "none"), "--api", "fresh", "--version", "v6"}, 2, []string{"no such file"}},
		{"nobody answers", "", secret, []string{good, "--api", "fresh", "--version", "v6", "--portal-url", "http://127.0.0.1:1"}, 2, []string{"refused"}},
		{"the server fails", "", secret, []string{good, "--api", "fresh", "--version", "v6", "--portal-url", broken.URL}, 2, []string{"502"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GATEHOUSE_MANAGEMENT_TOKEN", tt.token)
			code, stdout, stderr := fed(t, tt.stdin, append([]string{"api", "push", "--tenant", "aa"}, tt.args...)...)
			for _, want := range tt.says {
				if !strings.Contains(stdout+stderr, want) {
					t.Errorf("does not say %q", want)
				}
			}
			if code != tt.code || strings.Contains(stdout+stderr, secret) {
				t.Errorf("exit %d, want %d: %s%s", code, tt.code, stdout, stderr)
			}
		})
	}
	for name, want := range map[string]string{"r.sarif": `"startLine": 4,`, "r.json": `"line": 4,`} {
		if raw, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(raw), want) || !json.Valid(raw) {
			t.Errorf("%s: %s %v", name, raw, err)
		}
	}
	a := k.Visitor().Do(http.MethodGet, "/api/v1/tenants/aa/apis/fresh/versions/v9", nil, "Authorization", "Bearer "+secret)
	if a.StatusCode != http.StatusNotFound {
		t.Errorf("a dry run made a version: %d", a.StatusCode)
	}
}

// Of two pipelines that send a document at the same time, neither publishes what the
// other one sent.
func TestAPIPushPublishesWhatItPushed(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	t.Setenv("GATEHOUSE_MANAGEMENT_TOKEN", p.ManagementSecret.Reveal())
	const version = "/api/v1/tenants/aa/apis/orders/versions/v1"
	titled := func(title string) string {
		return strings.Replace(testkit.Document, "title: Orders", "title: "+title, 1)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(k.PortalURL) }}
	var meanwhile func() // what the other pipeline does before this one asks anything about the version
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			meanwhile()
		}
		proxy.ServeHTTP(w, r)
	}))
	defer between.Close()
	inForce := func() (v struct{ Published, Draft struct{ ID, Title string } }) {
		a := k.Visitor().Do(http.MethodGet, version, nil, "Authorization", "Bearer "+p.ManagementSecret.Reveal())
		if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := inForce().Published

	for _, tt := range []struct {
		name          string
		publishes     bool   // the other pipeline
		published     string // title of what is in force at the end
		mine, another string
	}{
		{"the other one only stores its document", false, before.Title, "Mine 1", "Theirs 1"},
		{"the other one publishes it", true, "Theirs 2", "Mine 2", "Theirs 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			meanwhile = func() {
				status, body, err := sendAs(t.Context(), k.PortalURL.String(), p.ManagementSecret.Reveal(), http.MethodPut, version+"/document", "", []byte(titled(tt.another)), pushTime)
				var stored struct{ Revision string }
				if err != nil || status != http.StatusOK || json.Unmarshal(body, &stored) != nil {
					t.Errorf("theirs is not stored: %d %s %v", status, body, err)
				}
				if tt.publishes {
					status, body, err = send(t.Context(), k.PortalURL.String(), p.ManagementSecret.Reveal(), http.MethodPost, version+"/publish", []byte(`{"if_newest":true,"revision":"`+stored.Revision+`"}`))
					if err != nil || status != http.StatusOK {
						t.Errorf("theirs is not published: %d %s %v", status, body, err)
					}
				}
			}
			code, stdout, stderr := fed(t, titled(tt.mine), "api", "push", "-", "--tenant", "aa", "--api", "orders", "--version", "v1", "--publish", "--portal-url", between.URL)
			if now := inForce(); code != 3 || !strings.Contains(stderr, "another document for this version after yours") || now.Published.Title != tt.published {
				t.Errorf("exit %d, in force is %q, want %q: %s%s", code, now.Published.Title, tt.published, stdout, stderr)
			}
		})
	}
	meanwhile = func() {}
	if code, stdout, stderr := fed(t, titled("Mine 3"), "api", "push", "-", "--tenant", "aa", "--api", "orders", "--version", "v1", "--publish", "--portal-url", between.URL); code != 0 || inForce().Published.Title != "Mine 3" {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}
