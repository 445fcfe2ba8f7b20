package handlers_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/api"
	"gatehouse/handlers/guard"
	"gatehouse/handlers/web"
	"gatehouse/internal/clock"
	"gatehouse/internal/testkit"
	"gatehouse/views/dev"
)

// R39 as settled: a write with a cookie passes with Sec-Fetch-Site same-origin
// or none; without that header with Origin exactly ours; with neither never.
func TestCrossSiteWrites(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	portal := k.PortalURL.String()
	for name, tt := range map[string]struct {
		site, origin string // "-" leaves the header out
		ok           bool
	}{
		"same origin":                     {"same-origin", "-", true},
		"typed by the person":             {"none", "-", true},
		"same site, another origin":       {"same-site", portal, false},
		"another site":                    {"cross-site", "https://evil.example", false},
		"another site that forges Origin": {"cross-site", portal, false},
		"an old browser of ours":          {"-", portal, true},
		"an old browser elsewhere":        {"-", "https://evil.example", false},
		"our name with another scheme":    {"-", strings.Replace(portal, "http://", "https://", 1), false},
		"our name with another port":      {"-", "http://localhost:1", false},
		"a sandboxed frame":               {"-", "null", false},
		"neither header":                  {"-", "-", false},
	} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			t.Run(name+" "+method, func(t *testing.T) {
				header := []string{"Accept", "application/json", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", tt.site, "Origin", tt.origin}
				answer := p.Partner.Do(method, "/account", strings.NewReader(url.Values{"name": {"Renamed"}}.Encode()), header...)
				if refused := answer.Code() == "cross_origin"; refused == tt.ok {
					t.Errorf("%d %.200s", answer.StatusCode, answer.Body)
				}
			})
		}
	}
	answer := p.Partner.Do(http.MethodPost, "/account?_method=DELETE", strings.NewReader("name=x"), "X-HTTP-Method-Override", "DELETE",
		"Content-Type", "application/x-www-form-urlencoded")
	if answer.StatusCode != http.StatusSeeOther {
		t.Errorf("a method override changed the answer: %d", answer.StatusCode)
	}
}

// R41, R42, R43: the headers stand on every answer, errors included; what a
// signed-in person sees is kept by no cache.
func TestHeadersOnEveryAnswer(t *testing.T) {
	k := testkit.New(t)
	p := newScene(t, k, "aa", true)
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy": "publickey-credentials-create=(self), publickey-credentials-get=(self)",
	}
	check := func(t *testing.T, what string, a testkit.Answer) {
		t.Helper()
		for name, value := range want {
			if got := a.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", what, name, got)
			}
		}
		csp := a.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") && !strings.Contains(csp, "sandbox") {
			t.Errorf("%s: policy %q", what, csp)
		}
		if a.Header.Get("Gatehouse-Request-Id") == "" {
			t.Errorf("%s: no request id", what)
		}
		if a.StatusCode >= 400 && a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d may be cached", what, a.StatusCode)
		}
	}
	for _, row := range handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL}) {
		if row.Method != http.MethodGet {
			continue
		}
		path := fill(row.Path, p)
		answer := p.Admin.Get(path)
		check(t, row.Path, answer)
		kept := answer.StatusCode == http.StatusOK && (strings.Contains(row.Path, "theme.") || strings.Contains(row.Path, "/logo/") || row.Path == "/static/*")
		if cache := answer.Header.Get("Cache-Control"); cache != "no-store" && !kept {
			t.Errorf("%s: Cache-Control %q on an answer to a signed-in person", row.Path, cache)
		}
		for _, suffix := range []string{"/x.css", ".js", ";.css", "%2f..%2fx.png"} { // web cache deception
			if row.Path == "/static/*" || !strings.HasPrefix(row.Path, "/t/:tenant/tokens") {
				continue
			}
			if a := p.Partner.Get(path + suffix); a.StatusCode != http.StatusNotFound {
				t.Errorf("%s%s: %d", row.Path, suffix, a.StatusCode)
			}
		}
	}
	check(t, "404", p.Admin.Get("/no/such/page"))
	check(t, "405", p.Admin.Do(http.MethodPut, "/account", nil))
	check(t, "413", p.Admin.Do(http.MethodPost, "/account", strings.NewReader(strings.Repeat("x", 300<<10)), "Content-Type", "application/x-www-form-urlencoded"))
	check(t, "403", p.Partner.Get("/t/aa/admin/settings"))
	check(t, "403 as a problem", p.Partner.Do(http.MethodGet, "/t/aa/admin/settings", nil, "Accept", "application/json"))
	check(t, "404 as a problem", p.Partner.Do(http.MethodGet, "/t/bb", nil, "Accept", "application/json"))
	check(t, "a script that is not there", k.Visitor().Get("/static/none.js"))
	check(t, "from another site", p.Partner.Do(http.MethodPost, "/account", nil, "Sec-Fetch-Site", "cross-site", "Accept", "application/json"))
}

// R42: under https every answer keeps browsers there, errors and a panic
// included. R102: a panic is a 500 that tells nothing, and the next one is served.
func TestStrictTransportSecurity(t *testing.T) {
	k := testkit.New(t)
	origin := &url.URL{Scheme: "https", Host: "portal.test"}
	w := &web.Web{Portal: k.Portal, Sessions: k.Sessions, Clock: clock.System, Gateway: k.GatewayURL, Origin: origin, Demo: true,
		Mails: func() []dev.Letter { panic("the canary of a stack") }}
	const own = "developers.example.com"
	served := func(host string) (string, bool) { return "nq", host == own }
	h := handlers.New(handlers.Options{Portal: origin, Gateway: k.GatewayURL, Demo: true, Served: served}, w, &api.API{Portal: k.Portal, Clock: clock.System},
		&guard.Guard{Portal: k.Portal, Sessions: k.Sessions})
	ask := func(method, path, body string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Host = origin.Host
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for i := 0; i+1 < len(header); i += 2 {
			if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
				r.Host = header[i+1]
			}
		}
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		return answer
	}
	for name, tt := range map[string]struct {
		answer *httptest.ResponseRecorder
		status int
	}{
		"a page":                   {ask("GET", "/login", ""), 200},
		"its head":                 {ask("HEAD", "/login", ""), 200},
		"what is the same for all": {ask("GET", "/docs/api/openapi.json", ""), 200},
		"the way to sign in":       {ask("GET", "/account", ""), 303},
		"a program without token":  {ask("GET", "/api/v1/token", ""), 401},
		"another site's form":      {ask("POST", "/signup", "", "Sec-Fetch-Site", "cross-site"), 403},
		"no such page":             {ask("GET", "/no/such/page", ""), 404},
		"no such file":             {ask("GET", "/static/none.css", ""), 404},
		"a method too many":        {ask("PUT", "/account", ""), 405},
		"a form that is too large": {ask("POST", "/signup", strings.Repeat("x", 300<<10)), 413},
		"another host":             {ask("GET", "/login", "", "Host", "evil.example"), 421},
		"a form with faults":       {ask("POST", "/signup", "email=nobody"), 422},
		"a panic":                  {ask("GET", "/dev/mailbox", ""), 500},
		"a panic, for a program":   {ask("GET", "/dev/mailbox", "", "Accept", "application/json"), 500},
	} {
		if tt.answer.Code != tt.status {
			t.Errorf("%s: %d, want %d: %.300s", name, tt.answer.Code, tt.status, tt.answer.Body)
		}
		if got := tt.answer.Header().Get("Strict-Transport-Security"); got != "max-age=63072000; includeSubDomains" {
			t.Errorf("%s: Strict-Transport-Security is %q", name, got)
		}
		if strings.Contains(tt.answer.Body.String(), "canary") {
			t.Errorf("%s shows what the panic said", name)
		}
	}
	for _, answer := range []*httptest.ResponseRecorder{ask("GET", "/", "", "Host", own), ask("GET", "/t/other", "", "Host", own), ask("GET", "/account", "", "Host", own)} {
		if got := answer.Header().Get("Strict-Transport-Security"); got != "max-age=63072000" { // names under it are not ours
			t.Errorf("%d on a tenant's own host: Strict-Transport-Security is %q", answer.Code, got)
		}
	}
	if again := ask("GET", "/login", ""); again.Code != http.StatusOK {
		t.Errorf("after the panics: %d", again.Code)
	}
	if got := k.Visitor().Get("/login").Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("a portal under plain http says %q", got)
	}
}

// R55: the portal answers under its own name only; absolute-form never.
func TestHosts(t *testing.T) {
	k := testkit.New(t)
	own := k.PortalURL.Host
	_, port, err := net.SplitHostPort(own)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		target, host, more string
		status             int
	}{
		"its own":                  {"/login", own, "", 200},
		"its own in capitals":      {"/login", strings.ToUpper(own), "", 200},
		"its own with a dot":       {"/login", "localhost.:" + port, "", 200},
		"another":                  {"/login", "evil.example", "", 421},
		"its own on another port":  {"/login", "localhost:1", "", 421},
		"absolute-form elsewhere":  {"http://evil.example/login", own, "", 421},
		"absolute-form here":       {"http://" + own + "/login", own, "", 421},
		"forwarded by nobody ours": {"/login", own, "X-Forwarded-Host: evil.example\r\n", 200},
		"an address":               {"/login", "127.0.0.1:" + port, "", 421}, // redirects in the demo only
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", own)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n", tt.target, tt.host, tt.more)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tt.status {
				t.Errorf("%d, want %d", resp.StatusCode, tt.status)
			}
		})
	}
}
