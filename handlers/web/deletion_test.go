package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// deletes asks for the end of somebody's account, with a step-up.
func deletes(b *testkit.Browser) testkit.Answer {
	return b.Post("/account/delete", url.Values{"email": {b.User.Email}, "step_up": {b.StepUp(models.AccountUse, portal.AccountDelete)}})
}

// joins puts somebody more into the place's team.
func joins(k *testkit.Kit, p *testkit.Place, name string, role models.TeamRole) *testkit.Browser {
	b := k.Person(name, models.NotStaff)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.InsertMembership(p.Team.ID, b.User.ID, role) })
	return b
}

// R14, R16, R24, R28, R38, R57, R62, R121: the page says first what goes; the calls
// of the account's tokens are refused right after, its sessions are over, nothing
// says its name or address any more, its address leads to nothing old, and the
// chains of the audit log still hold.
func TestDeleteAccount(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		b, second := p.Partner, p.Partner.Elsewhere()
		second.SignIn()
		secret, email, id := p.Secret.Reveal(), b.User.Email, b.User.ID
		expect(t, b.Post("/account", url.Values{"name": {"Nadja Unusual"}}), http.StatusSeeOther)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetTokenPeople(p.Token.ID, []string{id}) })
		b.Post("/t/port/team/"+p.Team.ID+"/invitations", url.Values{"email": {"guest@partner.example"}})
		invited := k.LinkIn(k.Mail("guest@partner.example", "Invitation to the team"))
		p.Admin.Post("/t/port/admin/members", url.Values{"email": {email}, "role": {"auditor"}, "step_up": {p.Admin.StepUp(models.MemberManage, "port")}})
		role := k.LinkIn(k.Mail(email, "Invitation to"))

		page := b.Get("/account/delete")
		expect(t, page, http.StatusOK, p.Token.Name, p.Team.Name, "is left empty, without its 1 subscription", "Delete it for good", "Type the address of this account")
		expect(t, b.Post("/account/delete", url.Values{"email": {email}}), http.StatusForbidden, `value="`+email+`"`)
		wrong := b.Post("/account/delete", url.Values{"email": {"other@partner.example"}, "step_up": {b.StepUp(models.AccountUse, portal.AccountDelete)}})
		expect(t, wrong, http.StatusUnprocessableEntity, "Type the address of this account")
		other := b.Post("/account/delete", url.Values{"email": {email}, "step_up": {b.StepUp(models.AccountUse, portal.EmailChange)}})
		expect(t, other, http.StatusForbidden)
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusOK {
			t.Fatalf("before: %d", got)
		}
		done := deletes(b)
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusUnauthorized && got != http.StatusForbidden {
			t.Errorf("R16: a token of a deleted account: %d", got)
		}
		expect(t, done, http.StatusSeeOther)
		if done.Header.Get("Location") != "/goodbye" || done.Header.Get("Clear-Site-Data") == "" {
			t.Error(done.Header)
		}
		for _, s := range []*testkit.Browser{b, second} {
			expect(t, s.Get("/account"), http.StatusSeeOther)
		}
		expect(t, k.Visitor().Get("/goodbye"), http.StatusOK, "Your account is deleted")
		k.Mail(email, "Your account was deleted")
		k.Mail(p.Admin.User.Email, "deleted their account")
		expect(t, p.Admin.Get("/notifications"), http.StatusOK, "A partner deleted their account")

		if a := b.Elsewhere().SignIn(); a.Code() != "passkey_refused" {
			t.Errorf("R28: a deleted account signs in: %d", a.StatusCode)
		}
		expect(t, k.Visitor().Get(role), http.StatusNotFound)
		expect(t, k.Visitor().Get(invited), http.StatusGone)
		for _, path := range []string{"/t/port/admin/audit", "/t/port/admin/tokens", "/t/port/admin/requests", "/t/port/admin/members", "/notifications", "/t/port/admin/tokens/" + p.Token.ID} {
			a := p.Admin.Get(path)
			if path == "/t/port/admin/audit" { // where an admin invited the address: what they typed stays
				a.Body = strings.ReplaceAll(a.Body, email, "")
			}
			if strings.Contains(a.Body, "Nadja Unusual") || strings.Contains(a.Body, email) {
				t.Errorf("%s names who deleted their account", path)
			}
		}
		expect(t, p.Admin.Get("/t/port/admin/audit"), http.StatusOK, models.DeletedName)
		expect(t, p.Admin.Post("/t/port/admin/audit/verify", nil), http.StatusOK, "The chain is intact")
		operator := k.Person("Operator", models.StaffOperator)
		expect(t, operator.Post("/support/audit/verify", nil), http.StatusOK, "The chain is intact")
		if a := operator.Get("/support/audit?object=user&id=" + id); strings.Contains(a.Body, "Nadja") || !strings.Contains(a.Body, "account.delete") {
			t.Errorf("the installation's audit log: %.2000s", a.Body)
		}

		k.Visitor().Post("/signup", address(email))
		again := k.Visitor()
		again.Enrol(k.LinkIn(k.Mail(email, "Confirm your e-mail")), url.Values{"name": {"Somebody new"}})
		if a := again.Get("/account"); strings.Contains(a.Body, "Port") || a.StatusCode != http.StatusOK {
			t.Errorf("R62: the address leads to what the old account had: %d", a.StatusCode)
		}
		expect(t, again.Get("/t/port/tokens/"+p.Token.ID), http.StatusForbidden)
	})
}

// R14, R33, R57: with an admin's account goes what only their role carried, and what
// would lead back into the account.
func TestAnAdminsAccountLeavesNothingBehind(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		b := k.Person("Second admin", models.NotStaff)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(b.User.ID, models.RoleAdmin) })
		expect(t, b.Post("/t/port/admin/members", url.Values{"email": {"accomplice@partner.example"}, "role": {"admin"}, "step_up": {b.StepUp(models.MemberManage, "port")}}), http.StatusSeeOther)
		invited := k.LinkIn(k.Mail("accomplice@partner.example", "Invitation to"))
		b.MakeRecoveryCodes()
		expect(t, deletes(b), http.StatusSeeOther)
		expect(t, k.Visitor().Get(invited), http.StatusGone)
		err := k.Store.As(t.Context(), models.Stranger(models.Tenant{}, models.Request{}), func(r store.Tenant) error {
			codes, err := r.RecoveryCodes(b.User.ID)
			if len(codes) > 0 {
				t.Errorf("%d recovery codes are kept", len(codes))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// What a person alone answered for its team's owners answer for, as if they had left.
func TestServiceAccountsOfADeletedAccount(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		colleague := joins(k, p, "Colleague", models.TeamMember)
		account, err := k.Portal.Services.Create(t.Context(), k.Actor(p.Partner, "port"), p.Team.ID, portal.NewServiceAccount{Name: "Labels", Purpose: "Prints labels at night.", People: []string{colleague.User.ID}})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, deletes(colleague), http.StatusSeeOther)
		k.Mail(p.Partner.User.Email, "You answer for a service account now")
		page, err := k.Portal.Services.Show(t.Context(), k.Actor(p.Partner, "port"), p.Team.ID, account.ID)
		if err != nil || len(page.People) != 1 || page.People[0].ID != p.Partner.User.ID {
			t.Errorf("who answers for it: %+v, %v", page.People, err)
		}
	})
}

// R57: the last admin, and the last owner of a team with others, hand over first.
func TestLastOnesStay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		expect(t, p.Admin.Get("/account/delete"), http.StatusOK, "You are the only admin of "+p.Name)
		expect(t, deletes(p.Admin), http.StatusConflict, "only admin")
		expect(t, p.Admin.Get("/t/port/admin/members"), http.StatusOK)
		colleague := joins(k, p, "Colleague", models.TeamMember)
		expect(t, p.Partner.Get("/account/delete"), http.StatusOK, "You are the only owner of "+p.Team.Name)
		expect(t, deletes(p.Partner), http.StatusConflict, "only owner")
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
			t.Errorf("refused, and the token: %d", got)
		}
		expect(t, deletes(colleague), http.StatusSeeOther)
		k.Mail(p.Partner.User.Email, "A colleague in "+p.Team.Name+" deleted")
	})
}

// R57: of two operators who delete their accounts at once, one stays.
func TestTheLastOperatorStays(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		one := k.Person("First operator", models.StaffOperator)
		expect(t, one.Get("/account/delete"), http.StatusOK, "You are the only operator")
		expect(t, deletes(one), http.StatusConflict, "only operator")
		two := k.Person("Second operator", models.StaffOperator)
		var wg sync.WaitGroup
		answers := make([]int, 2)
		for i, b := range []*testkit.Browser{one, two} {
			form := url.Values{"email": {b.User.Email}, "step_up": {b.StepUp(models.AccountUse, portal.AccountDelete)}}
			wg.Go(func() { answers[i] = b.Post("/account/delete", form).StatusCode })
		}
		wg.Wait()
		if answers[0]+answers[1] != http.StatusSeeOther+http.StatusConflict {
			t.Errorf("two last operators at once: %v", answers)
		}
	})
}

// R62: while a former address can undo a change, nobody deletes the account under it.
func TestAChangedAddressKeepsTheAccount(t *testing.T) {
	k := testkit.New(t)
	b := k.Person("Partner", models.NotStaff)
	expect(t, askAddress(b, "thief@partner.example"), http.StatusSeeOther)
	expect(t, b.Post(k.LinkIn(k.Mail("thief@partner.example", "Confirm your new"))+"/email", nil), http.StatusSeeOther)
	expect(t, b.Get("/account/delete"), http.StatusOK, "Your address was changed lately")
	a := b.Post("/account/delete", url.Values{"email": {"thief@partner.example"}, "step_up": {b.StepUp(models.AccountUse, portal.AccountDelete)}})
	expect(t, a, http.StatusConflict, "was changed lately")
}

// R16, R28, R38: three states of an account × three ways in. Shut out or deleted,
// neither passkey nor link nor invitation leads in, and none changes the state; what
// an operator shut out comes back by an operator alone, with its tokens.
func TestStatesOfAnAccount(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		operator := k.Person("Operator", models.StaffOperator)
		p := k.Place("port", true)
		shut := func(b *testkit.Browser, verb string) testkit.Answer {
			return operator.Post("/support/people/"+b.User.ID+"/"+verb, url.Values{"step_up": {operator.StepUp(models.PersonManage, b.User.ID)}})
		}
		for state, bring := range map[models.UserState]func(*testkit.Browser){
			models.UserActive:   func(*testkit.Browser) {},
			models.UserDisabled: func(b *testkit.Browser) { expect(t, shut(b, "disable"), http.StatusSeeOther) },
			models.UserDeleted:  func(b *testkit.Browser) { expect(t, deletes(b), http.StatusSeeOther) },
		} {
			b := k.Person("Is "+string(state), models.NotStaff)
			recovery, err := k.Portal.Accounts.EnrolLink(t.Context(), b.User, k.Store.Now())
			if err != nil {
				t.Fatal(err)
			}
			p.Admin.Post("/t/port/admin/members", url.Values{"email": {b.User.Email}, "role": {"auditor"}, "step_up": {p.Admin.StepUp(models.MemberManage, "port")}})
			invitation := k.LinkIn(k.Mail(b.User.Email, "Invitation to"))
			bring(b)
			in := state == models.UserActive
			for way, a := range map[string]testkit.Answer{
				"passkey":    b.Elsewhere().SignIn(),
				"link":       k.Visitor().Post(recovery+"/begin", nil),
				"invitation": b.Post(invitation+"/accept", nil),
			} {
				if got := a.StatusCode < 400 && !strings.HasPrefix(a.Header.Get("Location"), "/login"); got != in {
					t.Errorf("%s, by %s: %d %s", state, way, a.StatusCode, a.Header.Get("Location"))
				}
			}
			var now models.User
			err = k.Store.As(t.Context(), models.Actor{}, func(r store.Tenant) (err error) { now, err = r.User(b.User.ID); return err })
			if err != nil || now.State != state {
				t.Errorf("%s became %s, %v", state, now.State, err)
			}
		}

		secret := p.Secret.Reveal()
		expect(t, operator.Post("/support/people/"+p.Partner.User.ID+"/disable", nil), http.StatusForbidden)
		expect(t, shut(operator, "disable"), http.StatusConflict, "your own account")
		expect(t, shut(p.Partner, "disable"), http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusUnauthorized && got != http.StatusForbidden {
			t.Errorf("R16: a token of a disabled account: %d", got)
		}
		expect(t, p.Partner.Get("/account"), http.StatusSeeOther)
		k.Mail(p.Partner.User.Email, "was disabled")
		expect(t, shut(p.Partner, "disable"), http.StatusConflict)
		expect(t, shut(p.Partner, "enable"), http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusOK {
			t.Errorf("enabled again: %d", got)
		}
		p.Partner.SignIn()
		expect(t, p.Partner.Get("/account"), http.StatusOK)
	})
}

// R4, R24: the export takes a passkey, holds what is the person's in all tenants, and
// no secret or key.
func TestExportAccount(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		b := p.Partner
		expect(t, b.Get("/account/export"), http.StatusOK, "Download the file")
		expect(t, b.Post("/account/export", nil), http.StatusForbidden, "Nothing was exported")
		a := b.Post("/account/export", url.Values{"step_up": {b.StepUp(models.AccountUse, portal.AccountExport)}})
		expect(t, a, http.StatusOK)
		var d map[string]any
		if err := json.Unmarshal([]byte(a.Body), &d); err != nil || !strings.Contains(a.Header.Get("Content-Disposition"), "gatehouse-account-") {
			t.Fatal(err, a.Header, a.Body)
		}
		for _, part := range []string{"passkeys", "sessions", "seen_places", "roles_and_teams", "tokens", "subscriptions_asked_for", "notifications", "audit_events"} {
			if rows, _ := d[part].([]any); len(rows) == 0 {
				t.Errorf("nothing in %s", part)
			}
		}
		if d["profile"].(map[string]any)["email"] != b.User.Email || !strings.Contains(a.Body, p.Token.Name) || !strings.Contains(a.Body, `"account.export"`) {
			t.Errorf("the file: %s", a.Body)
		}
		for _, other := range []string{p.Secret.Reveal(), p.Admin.User.Email, "public_key", "digest"} {
			if strings.Contains(a.Body, other) {
				t.Errorf("%s is in the file", other)
			}
		}
	})
}
