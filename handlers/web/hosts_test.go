package web_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

const ownName = "developers.example.com"

// askHost enters a host name, confirmed by passkey, and returns it with its record.
func askHost(t *testing.T, k *testkit.Kit, p *testkit.Place, name string) models.TenantHost {
	t.Helper()
	expect(t, p.Admin.Post("/t/"+p.Slug+"/admin/settings/host", url.Values{"host": {name}, "step_up": {p.Admin.StepUp(models.HostManage, p.Slug)}}), http.StatusSeeOther)
	var own models.TenantHost
	if err := k.Store.As(t.Context(), k.Actor(p.Admin, p.Slug), func(r store.Tenant) (err error) { own, err = r.Host(); return err }); err != nil {
		t.Fatal(err)
	}
	return own
}

// prove enters a host name and proves it.
func prove(t *testing.T, k *testkit.Kit, n *testkit.Nameserver, p *testkit.Place, name string) models.TenantHost {
	t.Helper()
	own := askHost(t, k, p, name)
	n.Set(own.RecordName(), own.RecordValue())
	expect(t, p.Admin.Post("/t/"+p.Slug+"/admin/settings/host/check", nil), http.StatusSeeOther)
	return own
}

// A host name is served once the DNS proves it, for the first tenant that does, and no
// longer than it stays proven.
func TestProvingAHost(t *testing.T) {
	withDNS(t, func(t *testing.T, k *testkit.Kit, n *testkit.Nameserver) {
		p, other := k.Place("nq", true), k.Place("grid", true)
		const page = "/t/nq/admin/settings/host"
		expect(t, p.Manager.Get(page), http.StatusForbidden)
		expect(t, p.Admin.Post(page, url.Values{"host": {ownName}}), http.StatusForbidden, "passkey") // R24
		proof := p.Admin.StepUp(models.HostManage, "nq")
		for name, why := range map[string]string{
			"localhost": "one part", "127.0.0.1": "address", "co.uk": "nobody’s own", "x.internal": "reserved", "https://" + ownName: "without https://",
		} {
			expect(t, p.Admin.Post(page, url.Values{"host": {name}, "step_up": {proof}}), http.StatusUnprocessableEntity, why)
		}
		own := askHost(t, k, p, "Developers.Example.COM.")
		expect(t, p.Admin.Get(page), http.StatusOK, own.RecordName(), own.RecordValue(), "Waits for its record")
		reader := k.Visitor().On(ownName)
		expect(t, reader.Get("/t/nq"), http.StatusMisdirectedRequest)

		expect(t, p.Admin.Post(page+"/check", nil), http.StatusConflict, "no TXT record")
		n.Set(own.RecordName(), "gatehouse-host=SOMEBODYELSES")
		expect(t, p.Admin.Post(page+"/check", nil), http.StatusConflict, "something else")
		n.Break(true)
		expect(t, p.Admin.Post(page+"/check", nil), http.StatusConflict, "gave no answer")
		n.Break(false)
		rival := askHost(t, k, other, ownName) // who may claim it, until somebody has proven it
		n.Set(own.RecordName(), rival.RecordValue(), own.RecordValue())
		expect(t, reader.Get("/t/nq"), http.StatusMisdirectedRequest)
		expect(t, p.Admin.Post(page+"/check", nil), http.StatusSeeOther)
		expect(t, other.Admin.Post("/t/grid/admin/settings/host/check", nil), http.StatusConflict, "another portal here has proven")

		// At once, for that tenant alone.
		if a := reader.Get("/"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/t/nq" {
			t.Errorf("/: %d to %q", a.StatusCode, a.Header.Get("Location"))
		}
		expect(t, reader.Get("/t/nq"), http.StatusOK, "Tenant nq")
		expect(t, reader.Get("/t/grid"), http.StatusNotFound)
		if status := askOps(t, k, ownName); status != http.StatusOK {
			t.Errorf("the proxy hears %d", status)
		}
		for _, name := range []string{"", "evil.example", k.PortalURL.Hostname(), "x." + ownName} {
			if status := askOps(t, k, name); status != http.StatusNotFound {
				t.Errorf("%q: the proxy hears %d", name, status)
			}
		}
		if m := k.Mail(p.Admin.User.Email, ownName+" is proven"); !strings.HasPrefix(m.Link, k.PortalURL.String()+"/t/nq/") { // R55
			t.Errorf("the mail leads to %s", m.Link)
		}

		expect(t, p.Admin.Post(page+"/remove", nil), http.StatusForbidden, "passkey")
		expect(t, p.Admin.Post(page+"/remove", url.Values{"step_up": {p.Admin.StepUp(models.HostManage, "nq")}}), http.StatusSeeOther)
		expect(t, reader.Get("/t/nq"), http.StatusMisdirectedRequest)
		expect(t, other.Admin.Post("/t/grid/admin/settings/host/check", nil), http.StatusSeeOther)
		expect(t, reader.Get("/t/grid"), http.StatusOK, "Tenant grid")
	})
}

func askOps(t *testing.T, k *testkit.Kit, name string) int {
	t.Helper()
	resp, err := http.Get(k.OpsURL.String() + "/hosts/ask?domain=" + url.QueryEscape(name))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// A proof that is gone is told, and the host stops a week later. A DNS that gives no
// answer takes nothing away.
func TestALostProof(t *testing.T) {
	n, c := testkit.NewNameserver(t), clock.NewManual(time.Now())
	k := testkit.Prepare(t, t.TempDir(), store.Options{})
	k.Clock, k.Config.DNS = c, n.Addr
	k.Start()
	t.Cleanup(k.Stop)
	p := k.Place("nq", true)
	own := askHost(t, k, p, ownName)
	n.Set(own.RecordName(), own.RecordValue())
	reader := k.Visitor().On(ownName)
	about := func() (n int) { // mails about the host to the admin; each is waited for before the next step
		for _, m := range k.Mailbox.Messages() {
			if m.To == p.Admin.User.Email && strings.Contains(m.Subject, ownName) {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		what   string
		after  time.Duration
		record bool
		broken bool
		status int
		mail   string
	}{
		{"the job finds the record", 0, true, false, http.StatusOK, "is proven"},
		{"looked at less than a day later", 23 * time.Hour, false, false, http.StatusOK, ""},
		{"no answer", 2 * time.Hour, false, true, http.StatusOK, ""},
		{"the record is gone", 25 * time.Hour, false, false, http.StatusOK, "is not proven any more"},
		{"it is back", time.Hour, true, false, http.StatusOK, "is proven again"},
		{"gone again", 25 * time.Hour, false, false, http.StatusOK, "is not proven any more"},
		{"almost a week", 7*24*time.Hour - time.Minute, false, false, http.StatusOK, ""},
		{"a week, and no answer", 2 * time.Minute, false, true, http.StatusMisdirectedRequest, "was stopped"},
	} {
		c.Advance(step.after)
		if n.Break(step.broken); step.record {
			n.Set(own.RecordName(), own.RecordValue())
		} else {
			n.Set(own.RecordName())
		}
		before := about()
		if err := k.Portal.Hosts.Due(t.Context()); err != nil {
			t.Fatal(step.what, err)
		}
		if a := reader.Get("/t/nq"); a.StatusCode != step.status {
			t.Errorf("%s: %d", step.what, a.StatusCode)
		}
		if step.mail == "" {
			if after := about(); after != before {
				t.Errorf("%s: %d mails", step.what, after-before)
			}
			continue
		}
		testkit.Eventually(t, "the mail of: "+step.what, func() bool { return about() > before })
		k.Mail(p.Admin.User.Email, step.mail)
	}
}

// R54, R55: which host a request is for is decided by the Host field alone, in its
// canonical form, and what is not for a tenant's own host is not there.
func TestOwnHostAllowList(t *testing.T) {
	n := testkit.NewNameserver(t)
	k := testkit.Prepare(t, t.TempDir(), store.Options{})
	k.Config.DNS = n.Addr
	k.Start()
	t.Cleanup(k.Stop)
	p, closed := k.Place("nq", true), k.Place("grid", true)
	prove(t, k, n, p, ownName)
	prove(t, k, n, closed, "other.example.org")
	central, port := k.PortalURL.String(), k.PortalURL.Port()
	at := ownName + ":" + port
	for name, tt := range map[string]struct {
		method, target, host, more string
		status                     int
		to                         string
	}{
		"its page":                         {"GET", "/t/nq", at, "", 200, ""},
		"in capitals, with a dot":          {"GET", "/t/nq", "DEVELOPERS.Example.com.:" + port, "", 200, ""},
		"its head":                         {"HEAD", "/t/nq", at, "", 200, ""},
		"without the port":                 {"GET", "/t/nq", ownName, "", 421, ""},
		"on another port":                  {"GET", "/t/nq", ownName + ":1", "", 421, ""},
		"a name under it":                  {"GET", "/t/nq", "x." + at, "", 421, ""},
		"two dots":                         {"GET", "/t/nq", ownName + "..:" + port, "", 421, ""},
		"absolute-form":                    {"GET", "http://" + at + "/t/nq", at, "", 421, ""},
		"absolute-form on the portal's":    {"GET", "http://" + at + "/t/nq", "localhost:" + port, "", 421, ""},
		"two Host fields":                  {"GET", "/t/nq", at, "Host: localhost:" + port + "\r\n", 400, ""},
		"forwarded from the other":         {"GET", "/t/grid", at, "X-Forwarded-Host: other.example.org:" + port + "\r\n", 404, ""},
		"forwarded from the portal's":      {"GET", "/t/grid", at, "X-Forwarded-Host: localhost:" + port + "\r\nForwarded: host=localhost\r\n", 404, ""},
		"forwarded on the portal's":        {"GET", "/", "localhost:" + port, "X-Forwarded-Host: " + at + "\r\n", 200, ""},
		"another tenant's page":            {"GET", "/t/grid", at, "", 404, ""},
		"another tenant's page, encoded":   {"GET", "/t/%67rid", at, "", 404, ""},
		"its own page, encoded":            {"GET", "/t/n%71", at, "", 404, ""},
		"another tenant's settings":        {"GET", "/t/grid/admin/settings", at, "", 404, ""},
		"its settings":                     {"GET", "/t/nq/admin/settings", at, "", 303, central + "/t/nq/admin/settings"},
		"its tokens":                       {"GET", "/t/nq/tokens?q=x", at, "", 303, central + "/t/nq/tokens?q=x"},
		"its try page":                     {"GET", "/t/nq/apis/orders/v1/try", at, "", 303, central + "/t/nq/apis/orders/v1/try"},
		"the account":                      {"GET", "/account", at, "", 303, central + "/account"},
		"the console":                      {"GET", "/support", at, "", 303, central + "/support"},
		"two slashes":                      {"GET", "//evil.example/support", at, "", 404, ""},
		"a link of a mail":                 {"GET", "/link/abc", at, "", 303, central + "/link/abc"},
		"the management API":               {"GET", "/api/v1/tenants/nq/apis", at, "", 404, ""},
		"its document":                     {"GET", "/docs/api/openapi.json", at, "", 404, ""},
		"a sign-up":                        {"POST", "/signup", at, "", 404, ""},
		"a sign-up of the other":           {"POST", "/signup", at, "X-Forwarded-Host: other.example.org:" + port + "\r\n", 404, ""},
		"a passkey":                        {"POST", "/login/begin", at, "", 404, ""},
		"a step-up":                        {"POST", "/step-up/begin", at, "", 404, ""},
		"a token that was found in public": {"POST", "/credentials/revoke", at, "", 404, ""},
		"a hand-over":                      {"POST", "/t/nq/hand-over", at, "", 404, ""},
		"a code on the portal's":           {"GET", "/sign-in?code=x", "localhost:" + port, "", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", k.PortalURL.Host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n%sSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", tt.method, tt.target, tt.host, tt.more)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tt.status || resp.Header.Get("Location") != tt.to {
				t.Errorf("%d to %q, want %d to %q", resp.StatusCode, resp.Header.Get("Location"), tt.status, tt.to)
			}
		})
	}
}
