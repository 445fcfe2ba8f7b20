package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/keys"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// A program does what an operator does, within its token's scopes: it makes a tenant,
// which begins as the settings say, suspends, resumes, archives and restores it, and each
// stands in both logs under the token. R6: it gives no role, and reaches nothing inside.
func TestOperatorsProgram(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p, o := k.Place("aa", true), k.Person("Operator", models.StaffOperator)
		var scopes []string
		for _, s := range models.OperatorScopes {
			scopes = append(scopes, s.Name)
		}
		token, secret := k.OperatorToken(o, scopes...)
		_, narrow := k.OperatorToken(o, "tenants:read")
		me, looks := client{t, k.PortalURL.String(), secret.Reveal()}, client{t, k.PortalURL.String(), narrow.Reveal()}
		const tenants, settings = "/api/v1/installation/tenants", "/api/v1/installation/settings"

		set := me.want(200, "GET", settings, "")
		change := strings.Replace(strings.Replace(set.raw, `"token_days":90`, `"token_days":45`, 1), `"public":true`, `"public":false`, 1)
		me.want(428, "PUT", settings, change)
		me.want(412, "PUT", settings, change, "If-Match", `"0"`)
		wrong := me.want(422, "PUT", settings, strings.Replace(change, `"idle_minutes":60`, `"idle_minutes":61`, 1), "If-Match", set.Header.Get("ETag"))
		if !strings.Contains(wrong.raw, "sessions.member.idle_minutes") {
			t.Errorf("the field is not named: %s", wrong.raw)
		}
		if got := me.want(200, "PUT", settings, change, "If-Match", set.Header.Get("ETag")); !strings.Contains(got.raw, `"token_days":45`) || got.Header.Get("ETag") == set.Header.Get("ETag") {
			t.Errorf("changed to %s", got.raw)
		}
		if got := looks.want(403, "GET", settings, ""); got.code() != "insufficient_scope" {
			t.Errorf("without the scope: %s", got.raw)
		}

		made := me.want(201, "POST", tenants, `{"slug":"new-port","code":"np","name":"New Port","tagline":""}`)
		if made.Header.Get("Location") != tenants+"/new-port" || made.body["public"] != false || made.body["state"] != "active" {
			t.Errorf("made %s", made.raw)
		}
		if fresh, err := k.Store.TenantBySlug(t.Context(), "new-port"); err != nil || fresh.TokenDays != 45 {
			t.Errorf("it began as %+v %v", fresh, err)
		}
		me.want(422, "POST", tenants, `{"slug":"new-port","code":"np","name":"","tagline":""}`)
		me.want(422, "POST", tenants, `{"slug":"other","code":"oo","name":"Other","tagline":"","admin_email":"me@evil.example"}`)
		looks.want(403, "POST", tenants, `{"slug":"other","code":"oo","name":"Other","tagline":""}`)
		if got := looks.want(200, "GET", tenants+"?limit=1", ""); got.body["next"] != "new-port" && got.body["next"] != "aa" {
			t.Errorf("a page of one: %s", got.raw)
		} else if rest := looks.want(200, "GET", tenants+"?after="+got.body["next"].(string), ""); len(rest.body["items"].([]any)) != 1 {
			t.Errorf("the rest: %s", rest.raw)
		}
		looks.want(200, "GET", tenants+"/new-port", "")
		looks.want(404, "GET", tenants+"/nowhere", "")
		looks.want(422, "GET", tenants+"?after=nowhere", "")
		looks.want(422, "GET", tenants+"?state=gone", "")

		turn := func(status int, verb, body string) {
			t.Helper()
			me.want(status, "POST", tenants+"/aa/"+verb, body)
		}
		turn(422, "suspend", `{"reason":"Invoice 12 is open."}`)
		turn(422, "suspend", `{"reason":"x","confirm":"`+p.Tenant.Name+`"}`)
		looks.want(403, "POST", tenants+"/aa/suspend", `{"reason":"Invoice 12 is open.","confirm":"`+p.Tenant.Name+`"}`)
		turn(409, "restore", `{"reason":"Invoice 12 is open."}`)
		turn(409, "resume", `{"reason":"Invoice 12 is open."}`)
		turn(409, "archive", `{"reason":"Invoice 12 is open.","confirm":"`+p.Tenant.Name+`"}`)
		turn(200, "suspend", `{"reason":"Invoice 12 is open.","confirm":"`+p.Tenant.Name+`"}`)
		if got := called(t, k, p, p.Secret.Reveal()); got == 200 {
			t.Error("a call to a suspended tenant goes through") // R16
		}
		turn(409, "restore", `{"reason":"Invoice 12 is open."}`)
		turn(200, "resume", `{"reason":"Invoice 12 is paid."}`)
		if got := called(t, k, p, p.Secret.Reveal()); got != 200 {
			t.Errorf("a call after that: %d", got)
		}
		turn(200, "suspend", `{"reason":"The contract ends.","confirm":"`+p.Tenant.Name+`"}`)
		turn(200, "archive", `{"reason":"The contract ends.","confirm":"`+p.Tenant.Name+`"}`)
		if got := looks.want(200, "GET", tenants+"/aa", ""); got.body["restorable_until"] == nil {
			t.Errorf("archived: %s", got.raw)
		}
		turn(409, "resume", `{"reason":"The contract ends."}`)
		turn(200, "restore", `{"reason":"It was a mistake."}`)

		health := me.want(200, "GET", "/api/v1/installation/health", "")
		if servers := health.body["servers"].([]any); len(servers) != 1 || health.body["ok"] != false || !strings.Contains(health.raw, "Backup") {
			t.Errorf("health: %s", health.raw)
		}
		looks.want(403, "GET", "/api/v1/installation/health", "")

		log := o.Get("/support/audit").Body
		for _, word := range []string{"tenant.suspend", "tenant.archive", "installation.configure", token.ID} {
			if !strings.Contains(log, word) {
				t.Errorf("the log of the installation does not say %q", word)
			}
		}
	})
}

// R6, R9, R16: a token of an operator is good for nothing else, no other token is good in
// its place, and it ends with its person's being an operator, by revocation, and where
// somebody found it in public.
func TestOperatorTokensEnd(t *testing.T) {
	k := testkit.New(t)
	p, first := k.Place("aa", true), k.Person("First operator", models.StaffOperator)
	o := k.Person("Operator", models.StaffOperator)
	const tenants = "/api/v1/installation/tenants"
	at := func(secret string) client { return client{t, k.PortalURL.String(), secret} }
	_, secret := k.OperatorToken(o, "tenants:read")
	at(secret.Reveal()).want(200, "GET", tenants, "")
	for name, other := range map[string]string{"a management token": p.ManagementSecret.Reveal(), "an access token": p.Secret.Reveal(), "a client's": p.ClientSecret.Reveal(),
		"one that nobody made": keys.Mint(keys.Operator, keys.OperatorCode).Reveal(), "nothing": ""} {
		if got := at(other).do("GET", tenants, ""); got.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", name, got.Status)
		}
	}
	for _, address := range []string{"/api/v1/tenants/aa/apis", "/api/v1/tenants/aa/tokens", "/api/v1/token"} {
		at(secret.Reveal()).want(401, "GET", address, "")
	}
	if got := called(t, k, p, secret.Reveal()); got != http.StatusUnauthorized {
		t.Errorf("the gateway answers it %d", got)
	}
	for _, address := range []string{"/support/installation/tokens/new", "/support/staff"} { // nothing of people is done by it
		if a := k.Visitor().Do("POST", address, strings.NewReader("name=x"), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+secret.Reveal()); a.StatusCode < 300 {
			t.Errorf("%s: %s", address, a.Status)
		}
	}
	if a := first.Post("/support/staff/"+o.User.ID, url.Values{"role": {"support"}, "step_up": {first.StepUp(models.StaffManage, o.User.ID)}}); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.Status, a.Body)
	}
	at(secret.Reveal()).want(401, "GET", tenants, "")
	if a := first.Post("/support/staff/"+o.User.ID, url.Values{"role": {"operator"}, "step_up": {first.StepUp(models.StaffManage, o.User.ID)}}); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.Status, a.Body)
	}
	at(secret.Reveal()).want(401, "GET", tenants, "") // it does not come back with the role

	token, found := k.OperatorToken(first, "tenants:read")
	at("").want(202, "POST", "/credentials/revoke", `{"credentials":["`+found.Reveal()+`"]}`)
	testkit.Eventually(t, "a token that was found to be revoked", func() bool {
		return at(found.Reveal()).do("GET", tenants, "").StatusCode == http.StatusUnauthorized
	})
	if log := first.Get("/support/audit").Body; !strings.Contains(log, token.ID) || strings.Contains(log, found.Reveal()) {
		t.Error("the log does not say that it was revoked, or says the secret")
	}
	told := k.Person("Third operator", models.StaffOperator) // of what comes after them
	if inbox := first.Get("/notifications").Body; !strings.Contains(inbox, "New token of an operator: "+token.Name) || !strings.Contains(inbox, "A token of an operator was found in public: "+token.Name) || strings.Contains(inbox, found.Reveal()) {
		t.Errorf("operators are not told, or hear the secret: %s", inbox)
	}
	k.OperatorToken(first, "tenants:read")
	if inbox := told.Get("/notifications").Body; strings.Count(inbox, "New token of an operator") != 1 {
		t.Errorf("the third operator hears: %s", inbox)
	}
}
