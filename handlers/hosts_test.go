package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/handlers"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// hosting is a server that looks for the records of host names in the test's own DNS.
func hosting(t *testing.T) (*testkit.Kit, *testkit.Nameserver) {
	n := testkit.NewNameserver(t)
	k := testkit.Prepare(t, t.TempDir(), store.Options{})
	k.Config.DNS = n.Addr
	k.Start()
	t.Cleanup(k.Stop)
	return k, n
}

// prove gives a tenant a host name of its own.
func prove(t *testing.T, k *testkit.Kit, n *testkit.Nameserver, p *scene, name string) {
	t.Helper()
	at := "/t/" + p.Slug + "/admin/settings/host"
	p.Admin.Post(at, url.Values{"host": {name}, "step_up": {p.Admin.StepUp(models.HostManage, p.Slug)}})
	own, err := k.Portal.Hosts.Of(t.Context(), k.Actor(p.Admin, p.Slug))
	if err != nil || own == nil {
		t.Fatal(own, err)
	}
	n.Set(own.RecordName(), own.RecordValue())
	if a := p.Admin.Post(at+"/check", nil); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.StatusCode, a.Body)
	}
}

// R54, R55: every route on a tenant's own host, for an admin who is signed in there and
// for a stranger, answers as the reviewed table says; and for another tenant's path
// nothing is there.
func TestMatrixOfAnOwnHost(t *testing.T) {
	k, n := hosting(t)
	a, b := newScene(t, k, "aa", true), newScene(t, k, "bb", true)
	prove(t, k, n, a, "developers.example.com")
	admin, stranger := a.Admin.SignInOn("aa", "developers.example.com"), k.Visitor().On("developers.example.com")
	meets := func(who *testkit.Browser, method, path string) string {
		answer := who.Ask(method, path, "Accept", "text/html")
		to := answer.Header.Get("Location")
		switch {
		case answer.StatusCode == http.StatusNotFound:
			return "not there"
		case strings.HasPrefix(to, k.PortalURL.String()) && !strings.Contains(to, "/hand-over?"):
			return "on the portal's host"
		case strings.HasPrefix(to, "http"):
			return "signs in"
		case answer.StatusCode >= 500:
			t.Errorf("%s %s: %d", method, path, answer.StatusCode)
		}
		return "here"
	}
	byAnswer, order := map[string][]string{}, []string{}
	var last []handlers.Row // which end the session
	ask := func(row handlers.Row) {
		if strings.Contains(row.Path, ":tenant") {
			if got := meets(admin, row.Method, fill(row.Path, b)); got != "not there" {
				t.Errorf("%s of another tenant: %s", row.Path, got)
			}
		}
		said := "admin: " + meets(admin, row.Method, fill(row.Path, a)) + ", stranger: " + meets(stranger, row.Method, fill(row.Path, a))
		if byAnswer[said] == nil {
			order = append(order, said)
		}
		byAnswer[said] = append(byAnswer[said], row.Method+" "+row.Path)
	}
	for _, row := range handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL}) {
		if row.Path == "/logout" {
			last = append(last, row)
			continue
		}
		ask(row)
	}
	for _, row := range last {
		ask(row)
	}
	var out strings.Builder
	for _, said := range order {
		out.WriteString(said + "\n\t" + strings.Join(byAnswer[said], "\n\t") + "\n")
	}
	golden(t, "testdata/hosts.golden", out.String())
}
