package demo_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/traffic"
	"gatehouse/internal/demo/upstream"
	"gatehouse/internal/demo/world"
	"gatehouse/internal/spec"
)

var now = time.Date(2026, 11, 23, 16, 42, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "read-document" { // the child of spec.Reader
		os.Exit(spec.ChildMain(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func credential(tenant, api, _ string) string { return "of-" + tenant + "-" + api }

func newUpstreams(t testing.TB, w world.World) *demo.Upstreams {
	t.Helper()
	u, err := demo.NewUpstreams(w, credential, upstream.Options{Seed: 1, Clock: clock.NewManual(now)})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Our own reader takes every document without a fault or a warning.
func TestTheReaderTakesEveryDocument(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	reader := spec.NewReader("env", "GORACE=atexit_sleep_ms=0", self, "read-document")
	for _, name := range world.Documents() {
		d, err := reader.Read(t.Context(), world.Document(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, p := range d.Problems {
			t.Errorf("%s:%d: %s", name, p.Line, p.Message)
		}
		if len(d.Operations) == 0 {
			t.Errorf("%s has no operations", name)
		}
	}
}

// Whoever is said to call may call: the token is alive, its permission opens
// the operation, and its team has an approved subscription.
func TestTheTrafficIsAllowed(t *testing.T) {
	self, _ := os.Executable()
	reader := spec.NewReader("env", "GORACE=atexit_sleep_ms=0", self, "read-document")
	w := world.New()
	documents := map[string]spec.Document{}
	for _, tenant := range w.Tenants {
		for _, a := range tenant.APIs {
			for _, v := range a.Versions {
				d, err := reader.Read(t.Context(), world.Document(v.File))
				if err != nil {
					t.Fatal(err)
				}
				documents[demo.Path(tenant.Slug, a.Slug, v.Name)] = d
			}
		}
	}
	for _, p := range w.Profiles() {
		tenant, token, ok := w.Token(p.Ref)
		if !ok {
			t.Fatalf("%s is no token", p.Ref)
		}
		if p.Live && (token.State != "active" || token.ExpiresDays <= 0 || len(token.AllowedIPs) > 0) {
			t.Errorf("%s can't call from here", p.Ref)
		}
		for _, m := range p.Mix {
			operation, found := find(documents[demo.Path(tenant.Slug, m.API, m.Version)], m.Operation)
			if !found {
				t.Errorf("%s calls %s %s %s, which is not there", p.Ref, m.API, m.Version, m.Operation)
				continue
			}
			if !opens(token, m, operation) {
				t.Errorf("%s may not %s of %s", p.Ref, m.Operation, m.API)
			}
			if !approved(tenant, token.Team, m) {
				t.Errorf("%s has no subscription to %s", p.Ref, m.API)
			}
		}
	}
}

func find(d spec.Document, key string) (spec.Operation, bool) {
	for _, op := range d.Operations {
		if op.Key == key {
			return op, true
		}
	}
	return spec.Operation{}, false
}

func opens(token world.Token, m traffic.Mix, op spec.Operation) bool {
	for _, p := range token.Permissions {
		if p.API != m.API || p.Version != m.Version {
			continue
		}
		switch p.Access {
		case "write":
			return true
		case "read":
			return op.Access == spec.Read
		default:
			return len(op.Scopes) > 0 && strings.Contains(strings.Join(p.Scopes, " "), op.Scopes[0][0])
		}
	}
	return false
}

func approved(t world.Tenant, team string, m traffic.Mix) bool {
	for _, s := range t.Subscriptions {
		if s.Team == team && s.API == m.API && s.Version == m.Version {
			return s.State == "approved"
		}
	}
	return false
}

func TestTheHistoryIsComplete(t *testing.T) {
	w := world.New()
	u := newUpstreams(t, w)
	n := 0
	for c := range traffic.History(now, u.Complete(w.Profiles()), 300_000) {
		n++
		if strings.Contains(c.Path, "{") || !c.ClientIP.IsValid() || c.UserAgent == "" {
			t.Fatalf("incomplete: %+v", c)
		}
		if c.Operation == "POST /work-orders" && c.Status == 200 {
			t.Fatal("a POST that makes something answers 201")
		}
	}
	if n < 150_000 || n > 300_000 {
		t.Errorf("%d calls", n)
	}
	t.Logf("%d calls", n)
}

// Every call that the live generator would make is answered by the upstream,
// with the right credential only.
func TestLiveCallsReachTheUpstreams(t *testing.T) {
	w := world.New()
	u := newUpstreams(t, w)
	server := httptest.NewServer(u)
	defer server.Close()
	make := u.Requests(server.URL)
	for _, p := range w.Profiles() {
		tenant, _, _ := strings.Cut(p.Ref, "/")
		for i, m := range p.Mix {
			for wrong, want := range map[bool][2]int{false: {200, 204}, true: {404, 404}} {
				r, ok := make(p.Ref, m, uint64(i), wrong)
				if !ok {
					if !wrong {
						t.Errorf("%s: no request for %s", p.Ref, m.Operation)
					}
					continue
				}
				if status := call(t, r, "of-"+tenant+"-"+m.API); status < want[0] || status > want[1] {
					t.Errorf("%s %s: %d", r.Method, r.URL, status)
				}
				if status := call(t, r, "of-another"); status != http.StatusUnauthorized {
					t.Errorf("%s %s with a wrong credential: %d", r.Method, r.URL, status)
				}
			}
		}
	}
}

func call(t *testing.T, r traffic.Request, credential string) int {
	t.Helper()
	request, err := http.NewRequest(r.Method, r.URL, strings.NewReader(string(r.Body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = r.Header.Clone()
	for _, header := range []string{"X-Upstream-Key", "X-Gate-Key", "X-Market-Key"} {
		request.Header.Set(header, credential)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
