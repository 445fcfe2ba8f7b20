package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// An outside system approves tokens as an admin does: about what it has read
// (R64), not about its own person's (R65), with gateways told before the answer.
func TestTokensAreApprovedByPrograms(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "port")
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		tenant := k.Actor(p.Admin, "port").Tenant()
		tenant.TokenPolicy.Approval = true
		return tx.UpdateTenant(tenant)
	})
	made := func(b *testkit.Browser) string {
		t.Helper()
		token, _, err := k.Portal.Tokens.Create(t.Context(), k.Proven(k.Actor(b, "port"), models.TokenCreate, p.Team.ID), portal.NewToken{
			Team: p.Team.ID, Name: "bot", Purpose: "Prints labels.", Expires: "7", Access: map[string]models.Access{p.Version.ID: models.AccessRead}, Ranges: "192.0.2.0/24"})
		if err != nil {
			t.Fatal(err)
		}
		return p.path + "/tokens/" + token.ID
	}
	at := made(p.Partner)
	if got := p.admin.want(http.StatusOK, "GET", p.path+"/tokens?view=pending", "").items(); len(got) != 1 {
		t.Fatalf("%d wait", len(got))
	}
	read := p.admin.want(http.StatusOK, "GET", at, "")
	if read.body["state"] != "pending" || read.body["purpose"] != "Prints labels." || read.body["requested"] != nil {
		t.Errorf("%v", read.raw)
	}
	tag := read.Header.Get("ETag")
	p.admin.want(http.StatusPreconditionRequired, "POST", at+"/approve", "")
	p.admin.want(http.StatusPreconditionFailed, "POST", at+"/approve", "", "If-Match", `"77"`)
	p.manager.want(http.StatusForbidden, "POST", at+"/approve", "", "If-Match", tag)
	approved := p.admin.want(http.StatusOK, "POST", at+"/approve", "", "If-Match", tag)
	if approved.body["state"] != "expires_soon" { // in a week
		t.Errorf("approved: %v", approved.body["state"])
	}
	if again := p.admin.want(http.StatusConflict, "POST", at+"/approve", "", "If-Match", "*"); again.code() != "already_decided" {
		t.Errorf("again: %s", again.code())
	}

	at = made(p.Partner)
	if a := p.admin.want(http.StatusUnprocessableEntity, "POST", at+"/deny", `{"reason":""}`, "If-Match", "*"); a.fields()["reason"] == "" {
		t.Error(a.raw)
	}
	if denied := p.admin.want(http.StatusOK, "POST", at+"/deny", `{"reason":"One is enough."}`, "If-Match", "*"); denied.body["state"] != "revoked" || denied.body["reason"] != "One is enough." {
		t.Error(denied.raw)
	}

	// More for a token stands beside what it has.
	form := url.Values{"name": {"ci"}, "purpose": {"Prints labels."}, "access-" + p.Version.ID: {"read"}, "revision": {"1"}}
	if a := p.Partner.Post("/t/port/tokens/"+p.Token.ID+"/edit", form); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.Status)
	}
	form.Set("revision", "2")
	form.Set("access-"+p.Version.ID, "write")
	form.Set("step_up", p.Partner.StepUp(models.TokenWiden, p.Token.ID))
	if a := p.Partner.Post("/t/port/tokens/"+p.Token.ID+"/edit", form); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.Status)
	}
	at = p.path + "/tokens/" + p.Token.ID
	access := func(of any) any {
		of = of.(map[string]any)["permissions"]
		return of.([]any)[0].(map[string]any)["access"]
	}
	read = p.admin.want(http.StatusOK, "GET", at, "")
	if access(read.body) != "read" || access(read.body["requested"]) != "write" {
		t.Error(read.raw)
	}
	read = p.admin.want(http.StatusOK, "POST", at+"/approve", "", "If-Match", read.Header.Get("ETag"))
	if access(read.body) != "write" || read.body["requested"] != nil {
		t.Error(read.raw)
	}

	// R65: the person of the management token is in the team by now.
	at = made(p.Partner)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.InsertMembership(p.Team.ID, p.Admin.User.ID, models.TeamMember) })
	if own := p.admin.want(http.StatusForbidden, "POST", at+"/approve", "", "If-Match", "*"); own.code() != "self_approval" {
		t.Errorf("one's own team's: %s", own.code())
	}
}

// R6, R15, R19: a program reads the rules that hold for tokens; it cannot loosen them.
func TestTheTokenPolicyIsReadByPrograms(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		at := p.path + "/token-policy"
		policy := models.DefaultTokenPolicy()
		policy.RotateDays, policy.SelfRotation, policy.Approval, policy.Leak = 60, false, true, models.LeakPause
		if _, err := k.Portal.TokenPolicies.Set(t.Context(), k.Actor(p.Admin, "acme"), policy, p.Tenant.Revision); err != nil {
			t.Fatal(err)
		}
		want := `{"max_days":90,"unused_days":90,"pause_days":14,"revoke_days":365,"rotate_days":60,"self_rotation":false,"approval":true,"leak":"pause","makers":"members","ranges":false,"lifetime_days":0}`
		if a := p.admin.want(http.StatusOK, "GET", at, ""); strings.TrimSpace(a.raw) != want {
			t.Errorf("told %s, want %s", a.raw, want)
		}
		p.manager.want(http.StatusForbidden, "GET", at, "")
		for _, method := range []string{"PUT", "PATCH", "POST"} {
			p.admin.want(http.StatusMethodNotAllowed, method, at, `{"leak":"notify"}`)
		}
	})
}
