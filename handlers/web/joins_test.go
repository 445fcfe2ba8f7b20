package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// signUp sets a tenant's policy as its admin does.
func signUp(t *testing.T, k *testkit.Kit, p *testkit.Place, policy models.SignUpPolicy, domains string) {
	t.Helper()
	revision := k.Actor(p.Admin, p.Slug).Tenant().Revision
	expect(t, p.Admin.Post("/t/"+p.Slug+"/admin/settings/sign-up", url.Values{"sign_up": {string(policy)}, "sign_up_domains": {domains}, "revision": {strconv.Itoa(revision)}}), http.StatusSeeOther)
}

// R54: who becomes a partner of a tenant says its policy, for each kind of person,
// whatever the host that is asked: no account is made on the way to a closed tenant,
// and nobody makes a team there who was not let in. What is public stays readable.
func TestSignUpPolicies(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		k.Place("bb", true) // is open to everybody
		subscribe := url.Values{"plan": {"standard"}, "team_name": {"Somebody"}, "purpose": {"To print labels."}}
		for policy, want := range map[models.SignUpPolicy]struct{ stranger, sameDomain, outsider int }{
			models.SignUpOpen:     {303, 303, 303},
			models.SignUpDomain:   {403, 303, 403},
			models.SignUpApproval: {303, 303, 403},
			models.SignUpInvite:   {403, 403, 403},
		} {
			t.Run(string(policy), func(t *testing.T) {
				signUp(t, k, p, policy, "good.example, @Other.Example")
				for address, status := range map[string]int{"new@bad.example": want.stranger, "new@sub.good.example": want.stranger, string(policy) + "@good.example": want.sameDomain} {
					form := url.Values{"email": {address}, "next": {"/t/aa/apis/orders"}}
					for _, header := range [][]string{nil, {"X-Forwarded-Host", "bb.portal.example"}, {"X-Forwarded-Prefix", "/t/bb"}, {"Forwarded", "host=bb"}} {
						a := k.Visitor().Do(http.MethodPost, "/signup", strings.NewReader(form.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, header...)...)
						if a.StatusCode != status || status == http.StatusForbidden && !strings.Contains(a.Body, address) {
							t.Errorf("%s %v: %d, want %d", address, header, a.StatusCode, status)
						}
					}
				}
				out := k.Person("Out "+string(policy), models.NotStaff)
				a := out.Post("/t/aa/apis/orders/v1/subscribe", subscribe)
				if a.StatusCode != want.outsider {
					t.Errorf("somebody of the installation makes a team: %d, want %d", a.StatusCode, want.outsider)
				}
				expect(t, out.Get("/t/aa/apis/orders"), http.StatusOK, "Orders")
				expect(t, k.Visitor().Get("/t/aa/apis/orders"), http.StatusOK, "Orders")
				expect(t, out.Get("/t/aa/join"), http.StatusOK)
				expect(t, k.Visitor().Get("/t/aa/join"), http.StatusOK)
				// Who is a partner stays one, and other tenants are not touched.
				expect(t, p.Partner.Get("/t/aa/apis/orders/subscribe"), http.StatusOK)
				expect(t, out.Get("/t/bb/apis/orders/subscribe"), http.StatusOK)
			})
		}
		signUp(t, k, p, models.SignUpInvite, "")
		private := k.Place("cc", false)
		for _, next := range []string{"/t/cc/apis", "/t/nothing", "/t/cc?x"} { // R52: the same answer
			expect(t, k.Visitor().Post("/signup", url.Values{"email": {"new@bad.example"}, "next": {next}}), http.StatusNotFound)
		}
		expect(t, private.Partner.Get("/t/cc/apis"), http.StatusOK)
	})
}

// Whom an admin removed no policy lets in again: not by the domain of their address,
// not where the tenant is open, and they can't ask. An admin lets them in again, or an
// invitation does.
func TestWhoWasRemovedStaysOut(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		b := p.Auditor
		subscribe, joins := "/t/aa/apis/orders/subscribe", "/t/aa/admin/members/joins"
		signUp(t, k, p, models.SignUpDomain, b.User.EmailDomain())
		expect(t, b.Get(subscribe), http.StatusOK)
		remove := func() {
			t.Helper()
			expect(t, p.Admin.Post("/t/aa/admin/members/"+b.User.ID+"/remove", url.Values{"step_up": {p.Admin.StepUp(models.MemberManage, b.User.ID)}}), http.StatusSeeOther)
		}
		in := func(want bool, when string) {
			t.Helper()
			if got := k.Actor(b, "aa").LetIn(); got != want {
				t.Errorf("%s: let in is %v", when, got)
			}
		}
		remove()
		for _, policy := range []models.SignUpPolicy{models.SignUpDomain, models.SignUpOpen, models.SignUpApproval, models.SignUpInvite} {
			signUp(t, k, p, policy, b.User.EmailDomain())
			in(false, string(policy))
			expect(t, b.Get("/t/aa/join"), http.StatusOK, "You were removed here")
			expect(t, b.Post("/t/aa/join", url.Values{"note": {"Let me in again."}}), http.StatusForbidden)
		}
		expect(t, p.Auditor.Get(joins), http.StatusForbidden)
		expect(t, p.Admin.Get(joins), http.StatusOK, "Removed (1)", "Let aa auditor in again")
		expect(t, p.Admin.Post(joins+"/"+b.User.ID, url.Values{"decision": {"deny"}, "reason": {"Never."}}), http.StatusConflict)
		expect(t, p.Admin.Post(joins+"/"+b.User.ID, url.Values{"decision": {"in"}}), http.StatusSeeOther)
		in(true, "let in again")
		expect(t, p.Admin.Post(joins+"/"+b.User.ID+"/end", nil), http.StatusSeeOther)
		signUp(t, k, p, models.SignUpOpen, "")
		in(false, "taken back")
		expect(t, p.Admin.Post("/t/aa/admin/members", url.Values{"email": {b.User.Email}, "role": {"auditor"}, "step_up": {p.Admin.StepUp(models.MemberManage, "aa")}}), http.StatusSeeOther)
		expect(t, b.Post(k.LinkIn(k.Mail(b.User.Email, "Invitation to"))+"/accept", nil), http.StatusSeeOther)
		in(true, "invited")
		if page := p.Admin.Get(joins); strings.Contains(page.Body, "Removed (") {
			t.Error("a member is called removed")
		}
	})
}

// Who asks to be let in is told of the decision, and an admin decides once; an
// invitation as a partner lets in whatever the policy.
func TestAskingToBeLetIn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		b, other := k.Person("Newcomer", models.NotStaff), k.Person("Other", models.NotStaff)
		ask := func(b *testkit.Browser) testkit.Answer {
			return b.Post("/t/aa/join", url.Values{"note": {"We print labels for ships."}})
		}
		expect(t, ask(b), http.StatusForbidden) // open: nobody has to ask
		signUp(t, k, p, models.SignUpApproval, "")
		expect(t, b.Post("/t/aa/join", url.Values{"note": {"x"}}), http.StatusUnprocessableEntity, ">x</textarea>")
		expect(t, b.Get("/t/aa/apis/orders"), http.StatusOK, "/t/aa/join")
		led := b.Get("/t/aa/apis/orders/subscribe?plan=standard") // who has to be let in first reads how, and comes back
		expect(t, led, http.StatusSeeOther)
		door := led.Header.Get("Location")
		if door != "/t/aa/join?next=%2Ft%2Faa%2Fapis%2Forders%2Fsubscribe%3Fplan%3Dstandard" {
			t.Error(door)
		}
		expect(t, b.Get(door), http.StatusOK, `action="`+door+`"`)
		expect(t, p.Partner.Get(door), http.StatusOK, `href="/t/aa/apis/orders/subscribe?plan=standard"`)
		for _, next := range []string{"https://evil.example/", "//evil.example/t/aa/", "/t/bb/apis", "/account"} {
			expect(t, p.Partner.Get("/t/aa/join?"+url.Values{"next": {next}}.Encode()), http.StatusOK, `href="/t/aa/apis"`)
		}
		expect(t, b.Post("/t/aa/apis/orders/v1/subscribe", url.Values{"plan": {"standard"}}), http.StatusForbidden, "has to let you in first")
		expect(t, ask(b), http.StatusSeeOther)
		expect(t, ask(b), http.StatusConflict, "asked already")
		k.Mail(p.Admin.User.Email, "Newcomer asks to be let in")
		expect(t, p.Admin.Get("/notifications"), http.StatusOK, "Newcomer asks to be let in")
		expect(t, p.Admin.Get("/t/aa/admin/members"), http.StatusOK, "1 person waits")
		joins := "/t/aa/admin/members/joins"
		expect(t, p.Auditor.Get(joins), http.StatusOK, "We print labels for ships.")
		decide := func(who *testkit.Browser, decision, reason string) testkit.Answer {
			return who.Post(joins+"/"+b.User.ID, url.Values{"decision": {decision}, "reason": {reason}})
		}
		expect(t, decide(p.Auditor, "in", ""), http.StatusForbidden)
		expect(t, decide(p.Manager, "in", ""), http.StatusForbidden)
		expect(t, decide(p.Partner, "in", ""), http.StatusForbidden)
		expect(t, decide(p.Admin, "deny", ""), http.StatusUnprocessableEntity)
		expect(t, decide(p.Admin, "deny", "We do not know your company."), http.StatusSeeOther)
		k.Mail(b.User.Email, "You were not let in at")
		expect(t, decide(p.Admin, "in", ""), http.StatusConflict)
		expect(t, b.Get("/t/aa/join"), http.StatusOK, "We do not know your company.")
		expect(t, ask(b), http.StatusTooManyRequests)

		expect(t, ask(other), http.StatusSeeOther)
		expect(t, other.Post("/t/aa/join/withdraw", nil), http.StatusSeeOther)
		expect(t, ask(other), http.StatusSeeOther)
		expect(t, p.Admin.Post(joins+"/"+other.User.ID, url.Values{"decision": {"in"}}), http.StatusSeeOther)
		expect(t, other.Get("/t/aa/apis/orders/subscribe"), http.StatusOK)
		expect(t, other.Get("/notifications"), http.StatusOK, "You were let in")
		expect(t, p.Admin.Post(joins+"/"+other.User.ID+"/end", nil), http.StatusSeeOther)
		expect(t, other.Get("/t/aa/apis/orders/subscribe"), http.StatusSeeOther)

		signUp(t, k, p, models.SignUpInvite, "")
		expect(t, p.Admin.Post("/t/aa/admin/members", url.Values{"email": {b.User.Email}, "role": {"partner"}, "step_up": {p.Admin.StepUp(models.MemberManage, "aa")}}), http.StatusSeeOther)
		link := k.LinkIn(k.Mail(b.User.Email, "Invitation to"))
		expect(t, b.Post(link+"/accept", nil), http.StatusSeeOther)
		expect(t, b.Get("/t/aa/apis/orders/subscribe"), http.StatusOK)
		expect(t, b.Get("/t/aa/admin/members"), http.StatusForbidden)
		for _, action := range []string{"tenant.sign_up", "join.request", "join.take_back", "join.decide", "join.end", "join.accept"} {
			if !actions(t, k, k.Actor(p.Admin, "aa"))[action] {
				t.Errorf("the audit log does not know %s", action)
			}
		}
	})
}
