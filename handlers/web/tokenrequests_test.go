package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

var portalQuery = portal.TokenQuery{Limit: 50}

// policy changes how a place treats its tokens.
func policy(k *testkit.Kit, p *testkit.Place, change func(*models.Tenant)) {
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		tenant := k.Actor(p.Admin, p.Slug).Tenant()
		change(&tenant)
		return tx.UpdateTenant(tenant)
	})
}

func approving(t *models.Tenant) { t.TokenPolicy.Approval = true }

// requested makes a token that waits, and returns its secret and where its owner
// and the admins find it.
func requested(t *testing.T, p *testkit.Place, b *testkit.Browser, key string, change url.Values) (secret, at, admin string) {
	t.Helper()
	form := tokenForm(p, key)
	form.Set("name", "Asks "+key)
	form.Set("purpose", "Prints labels.")
	for name, values := range change {
		form[name] = values
	}
	form.Set("step_up", b.StepUp(models.TokenCreate, p.Team.ID))
	made := b.Post("/t/port/tokens", form)
	expect(t, made, http.StatusCreated, "waits for approval", "It works once an admin has approved it", "Copy the secret now")
	if strings.Contains(made.Body, "Run the call") {
		t.Error("a call is offered that would be refused")
	}
	id := regexp.MustCompile(`/t/port/tokens/([0-9a-f-]{36})"`).FindStringSubmatch(made.Body)[1]
	return secretShape.FindString(made.Body), "/t/port/tokens/" + id, "/t/port/admin/tokens/" + id
}

// decided sends a decision about what is shown now.
func decided(t *testing.T, b *testkit.Browser, at, decision string, form url.Values) testkit.Answer {
	t.Helper()
	form.Set("seen", seenField.FindStringSubmatch(b.Get(at + "/request").Body)[1])
	return b.Post(at+"/"+decision, form)
}

// Where the policy asks for it, a new token opens nothing until an admin approves
// it, who sees what is another than last time; both sides are told.
func TestANewTokenWaitsForApproval(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		policy(k, p, approving)
		unsaid := tokenForm(p, "unsaid")
		unsaid.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
		expect(t, p.Partner.Post("/t/port/tokens", unsaid), http.StatusUnprocessableEntity, "Say what it is for")
		secret, at, admin := requested(t, p, p.Partner, "one", url.Values{"ips": {"127.0.0.0/8 ::1"}})
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusUnauthorized {
			t.Errorf("before it is approved: %d", got)
		}
		expect(t, p.Partner.Get(at), http.StatusOK, "waits for an admin’s approval", "Waiting")
		expect(t, p.Partner.Get("/t/port/tokens?state=pending"), http.StatusOK, "Asks one")
		for _, page := range []string{"/t/port/admin", "/t/port/admin/requests"} {
			expect(t, p.Admin.Get(page), http.StatusOK, "1 token waits for approval", admin+"/request")
		}
		expect(t, p.Admin.Get("/t/port/admin/tokens?state=pending"), http.StatusOK, "Asks one")
		expect(t, p.Admin.Get("/notifications"), http.StatusOK, "asks for a token to be approved: Asks one", "Prints labels.")
		if k.Mail(p.Admin.User.Email, "Approval asked for: token Asks one").Link == "" {
			t.Error("the admin got no mail")
		}
		expect(t, p.Admin.Get(admin+"/request"), http.StatusOK, "Prints labels.", "Compared with", "ci of", "read and write → read", "any address → 127.0.0.0/8, ::1")
		expect(t, p.Auditor.Get(admin+"/request"), http.StatusOK, "Prints labels.")
		if strings.Contains(p.Auditor.Get(admin+"/request").Body, ">Approve<") {
			t.Error("an auditor is offered to decide")
		}
		expect(t, p.Admin.Post(admin+"/approve", url.Values{"seen": {"77"}}), http.StatusConflict, "changed since you opened it") // R64
		expect(t, decided(t, p.Admin, admin, "approve", url.Values{}), http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusOK {
			t.Errorf("the first call after the approval: %d", got)
		}
		expect(t, p.Admin.Post(admin+"/deny", url.Values{"seen": {"2"}, "reason": {"Too late for that."}}), http.StatusConflict, "Nothing waits here")
		expect(t, p.Partner.Get("/notifications"), http.StatusOK, "Token Asks one was approved and works from now on")
		if k.Mail(p.Partner.User.Email, "Decided: token Asks one").Link == "" {
			t.Error("the partner got no mail")
		}

		secret, at, admin = requested(t, p, p.Partner, "two", nil)
		expect(t, decided(t, p.Admin, admin, "deny", url.Values{"reason": {""}}), http.StatusUnprocessableEntity, `href="#f-reason"`)
		expect(t, decided(t, p.Admin, admin, "deny", url.Values{"reason": {"One is enough."}}), http.StatusSeeOther)
		expect(t, p.Partner.Get(at), http.StatusOK, "Revoked", "One is enough.")
		expect(t, p.Partner.Get("/notifications"), http.StatusOK, "Token Asks two was not approved", "One is enough.")
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusUnauthorized {
			t.Errorf("a denied token: %d", got)
		}
	})
}

// R65: nobody approves a token of their own or of their team, unless the tenant's
// policy says so.
func TestNobodyApprovesTheirOwnToken(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	policy(k, p, approving)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertMembership(p.Team.ID, p.Admin.User.ID, models.TeamMember)
	})
	_, _, own := requested(t, p, p.Admin, "own", nil)
	_, _, teams := requested(t, p, p.Partner, "team", nil)
	for _, at := range []string{own, teams} {
		expect(t, p.Admin.Get(at+"/request"), http.StatusOK, "This is a token of yours, or of your own team")
		if a := p.Admin.Post(at+"/approve", url.Values{"seen": {"1"}}); a.StatusCode != http.StatusForbidden {
			t.Errorf("approving: %d", a.StatusCode)
		}
		if a := p.Admin.Post(at+"/deny", url.Values{"seen": {"1"}, "reason": {"No more of these."}}); a.StatusCode != http.StatusForbidden {
			t.Errorf("denying: %d", a.StatusCode)
		}
	}
	policy(k, p, func(t *models.Tenant) { t.SelfApproval = true })
	expect(t, decided(t, p.Admin, own, "approve", url.Values{}), http.StatusSeeOther)
}

// Under the policy an edit that widens waits: the token goes on with what it has.
func TestMoreForATokenWaitsForApproval(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		b, at, admin, secret := p.Partner, "/t/port/tokens/"+p.Token.ID, "/t/port/admin/tokens/"+p.Token.ID, p.Secret.Reveal()
		expect(t, save(t, b, at, editForm(p, "read")), http.StatusSeeOther)
		policy(k, p, approving)
		writes := func(want int) {
			t.Helper()
			if got := call(t, k, p, http.MethodPost, secret); got != want {
				t.Errorf("writing: %d, want %d", got, want)
			}
			if got := call(t, k, p, http.MethodGet, secret); got != http.StatusOK {
				t.Errorf("reading: %d", got)
			}
		}
		wider := func() url.Values {
			form := editForm(p, "write")
			form.Set("purpose", "Prints labels.")
			form.Set("step_up", b.StepUp(models.TokenWiden, p.Token.ID))
			return form
		}
		ask := func() {
			t.Helper()
			expect(t, save(t, b, at, wider()), http.StatusSeeOther)
			expect(t, b.Get(at), http.StatusOK, "More for this token waits", "Take it back", "Orders v1: read")
			writes(http.StatusForbidden)
		}
		without := wider()
		without.Del("step_up")
		expect(t, save(t, b, at, without), http.StatusForbidden, "an admin has to approve it")
		ask()
		expect(t, b.Get(at+"/edit"), http.StatusOK, "What you see waits for approval")
		again := wider()
		again.Del("step_up")
		again.Set("name", "ci, renamed")
		expect(t, save(t, b, at, again), http.StatusSeeOther) // what waits still waits
		expect(t, p.Admin.Get(admin+"/request"), http.StatusOK, "what it may do now", "read → read and write", "POST /orders", "Does more")
		expect(t, b.Post(at+"/withdraw", nil), http.StatusSeeOther)
		expect(t, p.Admin.Get(admin+"/request"), http.StatusOK, "Nothing waits here")
		ask()
		expect(t, decided(t, p.Admin, admin, "deny", url.Values{"reason": {"Reading is enough."}}), http.StatusSeeOther)
		writes(http.StatusForbidden)
		expect(t, b.Get("/notifications"), http.StatusOK, "stays as it was: more was not approved", "Reading is enough.")
		ask()
		narrower := editForm(p, "read")
		narrower.Set("purpose", "Prints labels.")
		narrower.Set("ips", "127.0.0.1 ::1")
		expect(t, save(t, b, at, narrower), http.StatusSeeOther) // at once, and in the place of what waited
		expect(t, p.Admin.Get(admin+"/request"), http.StatusOK, "Nothing waits here")
		ask()
		expect(t, decided(t, p.Admin, admin, "approve", url.Values{}), http.StatusSeeOther)
		writes(http.StatusOK)
		if strings.Contains(b.Get(at).Body, "waits") {
			t.Error("something waits still")
		}
		log := p.Admin.Get("/t/port/admin/audit").Body
		for _, action := range []string{"token.edit", "token.withdraw", "token.deny", "token.approve"} {
			if !strings.Contains(log, action) {
				t.Errorf("%s is not in the audit log", action)
			}
		}
		ask2 := wider()
		ask2.Set("ips", "")
		expect(t, save(t, b, at, ask2), http.StatusSeeOther)
		expect(t, b.Post(at+"/revoke", url.Values{"cause": {"unneeded"}}), http.StatusSeeOther)
		expect(t, p.Admin.Get("/t/port/admin/tokens?state=pending"), http.StatusOK, "No token fits")
		expect(t, p.Admin.Get(admin+"/request"), http.StatusOK, "Nothing waits here")
	})
}
