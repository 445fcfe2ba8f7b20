package api_test

import (
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// A program sets, proves and gives up a tenant's own host, and does with its provider what
// lets nobody in: it renews the client secret and turns things off (R6, R24, R107).
func TestProgramSetsUpTheWayIn(t *testing.T) {
	names, issuer := testkit.NewNameserver(t), testkit.NewIssuer(t)
	k := testkit.Prepare(t, t.TempDir(), store.Options{})
	k.Config.DNS = names.Addr
	k.AllowIssuers(issuer)
	k.Start()
	t.Cleanup(k.Stop)
	p := k.Place("aa", true)
	at := func(b *testkit.Browser, scopes ...string) client {
		_, secret := k.ManagementToken(p, b, scopes...)
		return client{t, k.PortalURL.String(), secret.Reveal()}
	}
	me := at(p.Admin, "settings:read", "settings:write")
	reads, writes, other := at(p.Admin, "settings:read"), at(p.Admin, "settings:write"), at(p.Manager, "apis:read", "apis:write")
	const host, provider = "/api/v1/tenants/aa/host", "/api/v1/tenants/aa/sign-in-provider"

	me.want(404, "GET", host, "")
	me.want(404, "DELETE", host, "")
	me.want(422, "PUT", host, `{"host":"localhost"}`)
	const name = `{"host":"developers.example.com"}`
	for _, c := range []client{reads, writes, other} {
		c.want(403, "PUT", host, name)
	}
	set := me.want(200, "PUT", host, name)
	me.want(200, "PUT", host, name)
	me.want(409, "PUT", host, `{"host":"other.example.com"}`)
	if got := me.want(409, "POST", host+"/check", ""); got.code() != "host_not_proven" {
		t.Errorf("before there is a record: %s", got.raw)
	}
	reads.want(403, "POST", host+"/check", "")
	names.Set(set.body["record_name"].(string), set.body["record_value"].(string))
	if got := me.want(200, "POST", host+"/check", ""); got.body["proven_at"] == nil {
		t.Errorf("proven: %s", got.raw)
	}
	me.want(412, "DELETE", host, "", "If-Match", set.Header.Get("ETag"))
	reads.want(403, "DELETE", host, "")
	me.want(204, "DELETE", host, "", "If-Match", reads.want(200, "GET", host, "").Header.Get("ETag"))

	me.want(404, "GET", provider, "")
	all := `{"name":"Acme","issuer":"` + issuer.URL + `","client_id":"` + issuer.ClientID + `","client_secret":"first-secret","groups_claim":"groups","roles":[{"group":"board","role":"admin"}],"sign_up":true,"enabled":true}`
	me.want(404, "PUT", provider, all, "If-Match", `"0"`)
	form := url.Values{"name": {"Acme"}, "issuer": {issuer.URL}, "client_id": {issuer.ClientID}, "client_secret": {"first-secret"}, "groups_claim": {"groups"},
		"roles": {"board = admin"}, "sign_up": {"on"}, "enabled": {"on"}, "revision": {"0"}, "step_up": {p.Admin.StepUp(models.TenantConfigure, "provider")}}
	if a := p.Admin.Post("/t/aa/admin/settings/sign-in", form); a.StatusCode != 303 {
		t.Fatal(a.Status, a.Body)
	}
	seen := reads.want(200, "GET", provider, "")
	tag := seen.Header.Get("ETag")
	renewed := strings.Replace(all, "first-secret", "second-secret", 1)
	me.want(428, "PUT", provider, renewed)
	me.want(412, "PUT", provider, renewed, "If-Match", `"99"`)
	for _, c := range []client{reads, writes, other} {
		c.want(403, "PUT", provider, renewed, "If-Match", tag)
	}
	got := me.want(200, "PUT", provider, renewed, "If-Match", tag)
	if got.body["client_secret_fingerprint"] == seen.body["client_secret_fingerprint"] || got.body["callback"] != seen.body["callback"] {
		t.Errorf("renewed to %s", got.raw)
	}
	if log := me.want(200, "GET", "/api/v1/tenants/aa/sign-in-provider", "").raw + p.Admin.Get("/t/aa/admin/audit").Body; strings.Contains(log, "second-secret") {
		t.Error("the secret is given out")
	}
	tag = got.Header.Get("ETag")
	for was, is := range map[string]string{`"client_id":"`: `"client_id":"x`, `"groups_claim":"groups"`: `"groups_claim":"mail"`, `"board"`: `"everybody"`,
		`{"group":"board","role":"admin"}`: ``, issuer.URL: issuer.URL + "/x"} {
		if got := me.want(403, "PUT", provider, strings.Replace(renewed, was, is, 1), "If-Match", tag); got.code() != "step_up_required" {
			t.Errorf("%s by a program: %s", is, got.raw)
		}
	}
	off := strings.Replace(strings.Replace(renewed, `"sign_up":true`, `"sign_up":false`, 1), `"enabled":true`, `"enabled":false`, 1)
	tag = me.want(200, "PUT", provider, off, "If-Match", tag).Header.Get("ETag")
	for _, on := range []string{`"sign_up":`, `"enabled":`} {
		me.want(403, "PUT", provider, strings.Replace(off, on+"false", on+"true", 1), "If-Match", tag)
	}
}
