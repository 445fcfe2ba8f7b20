package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/session"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// start begins the recovery of the account with an address, as the place's admin.
func start(p *testkit.Place, email, reason string) testkit.Answer {
	at := "/t/" + p.Slug + "/admin/recoveries"
	return p.Admin.Post(at, url.Values{"email": {email}, "reason": {reason}, "step_up": {p.Admin.StepUp(models.RecoveryStart, p.Slug)}})
}

// R33, R57: an admin begins a recovery for people whose roles and teams are all in the
// tenant, and who are neither admins nor staff: for nobody else, and without saying why.
func TestWhomAnAdminCanRecover(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		a, b := k.Place("aa", true), k.Place("bb", true)
		second := k.Person("Second admin", models.NotStaff)
		staff := k.Person("Support in a team", models.StaffSupport)
		both := k.Person("In two tenants", models.NotStaff)
		gone := k.Person("Disabled", models.NotStaff)
		admitted := k.Person("Let in elsewhere", models.NotStaff)
		k.Write(a.Admin, a.Tenant, func(tx *store.Tx) error {
			for id, role := range map[string]models.Role{second.User.ID: models.RoleAdmin, staff.User.ID: models.RoleAuditor, both.User.ID: models.RoleAuditor, gone.User.ID: models.RoleAuditor, admitted.User.ID: models.RoleAuditor} {
				if err := tx.SetMember(id, role); err != nil {
					return err
				}
			}
			u := gone.User
			u.State = models.UserDisabled
			return tx.UpdateUser(u)
		})
		k.Write(b.Admin, b.Tenant, func(tx *store.Tx) error {
			now := tx.Now()
			if err := tx.SetAdmission(models.Admission{UserID: admitted.User.ID, State: models.AdmissionLetIn, DecidedBy: b.Admin.User.ID, DecidedAt: &now}); err != nil {
				return err
			}
			return tx.InsertMembership(b.Team.ID, both.User.ID, models.TeamMember)
		})
		var pages []string
		for what, email := range map[string]string{
			"an admin": second.User.Email, "oneself": a.Admin.User.Email, "staff": staff.User.Email, "somebody of two tenants": both.User.Email, "somebody whom another tenant let in": admitted.User.Email,
			"somebody of another tenant": b.Partner.User.Email, "a disabled account": gone.User.Email, "nobody": "nobody@x.example",
		} {
			page := start(a, email, "They lost their phone.")
			expect(t, page, http.StatusConflict, "can’t be recovered from here", "They lost their phone.")
			if what == "oneself" { // whose own name and address stand on the page anyway
				continue
			}
			pages = append(pages, strings.ReplaceAll(said(page), email, ""))
			if pages[0] != pages[len(pages)-1] {
				t.Errorf("for %s the page says something else", what)
			}
		}
		expect(t, start(a, a.Partner.User.Email, ""), http.StatusUnprocessableEntity, "Say why")
		expect(t, a.Admin.Post("/t/aa/admin/recoveries", url.Values{"email": {a.Partner.User.Email}, "reason": {"Lost."}}), http.StatusForbidden, "Confirm this with your passkey.")
		for _, person := range []*testkit.Browser{a.Partner, a.Auditor, a.Manager} {
			expect(t, start(a, person.User.Email, "They lost their phone."), http.StatusSeeOther)
			k.Mail(person.User.Email, "Recovery of your account at")
		}
		expect(t, start(a, a.Partner.User.Email, "Once more."), http.StatusConflict, "under way already")
	})
}

// R33: both sides hear of a recovery and can stop it for a day; then the person gets a
// link, which is good for a new passkey and for nothing else.
func TestARecoveryByAnAdmin(t *testing.T) {
	now := clock.NewManual(clock.System.Now())
	k := testkit.NewAt(t, now)
	p := k.Place("aa", true)
	other := k.Person("Other admin", models.NotStaff)
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(other.User.ID, models.RoleAdmin) })
	partner := p.Partner.User.Email
	told := 0
	begun := func() (stop string) {
		t.Helper()
		told++
		expect(t, start(p, partner, "They lost their phone."), http.StatusSeeOther)
		return k.LinkIn(k.MailNumber(told, partner, "Recovery of your account at"))
	}
	due := func() {
		t.Helper()
		if err := k.Portal.Recoveries.Due(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sent := func() (n int) {
		for _, m := range k.Mailbox.Messages() {
			if m.To == partner && strings.Contains(m.Subject, "Make a new passkey") {
				n++
			}
		}
		return n
	}

	stop := begun()
	k.Mail(other.User.Email, "Recovery begun: aa partner")
	expect(t, other.Get("/notifications"), http.StatusOK, "began the recovery of the account of")
	expect(t, p.Partner.Get("/notifications"), http.StatusOK, "began the recovery of the account of")
	expect(t, k.Visitor().Get(stop), http.StatusOK, "Stop the recovery of your account?") // looking stops nothing
	now.Advance(models.RecoveryDelay - time.Minute)
	due()
	expect(t, k.Visitor().Post(stop+"/stop", nil), http.StatusOK, "The recovery was stopped")
	expect(t, k.Visitor().Post(stop+"/stop", nil), http.StatusGone)
	k.Mail(other.User.Email, "Recovery stopped: ")
	k.Mail(partner, "Recovery stopped: ")

	expect(t, p.Partner.SignIn(), http.StatusOK)
	expect(t, p.Admin.SignIn(), http.StatusOK)
	expect(t, other.SignIn(), http.StatusOK)
	begun()
	expect(t, p.Partner.Get("/account"), http.StatusOK, "began the recovery of your account", "They lost their phone.")
	expect(t, p.Partner.Post("/account/recoveries/"+open(t, k, p)+"/stop", nil), http.StatusSeeOther)
	stop = begun()
	expect(t, other.Post("/t/aa/admin/recoveries/"+open(t, k, p)+"/stop", nil), http.StatusSeeOther)
	expect(t, k.Visitor().Get(stop), http.StatusGone)
	now.Advance(2 * models.RecoveryDelay)
	due()
	if n := sent(); n != 0 {
		t.Fatalf("%d links were sent of recoveries that were stopped", n)
	}

	expect(t, p.Admin.SignIn(), http.StatusOK)
	begun()
	now.Advance(models.RecoveryDelay)
	due()
	due()
	link := k.LinkIn(k.Mail(partner, "Make a new passkey"))
	if n := sent(); n != 1 {
		t.Errorf("the link was sent %d times", n)
	}
	lost := k.Visitor()
	for range 10 {
		expect(t, lost.Get(link), http.StatusOK, "Make a new passkey", partner)
	}
	expect(t, lost.Post(link+"/begin", url.Values{"name": {"Phone"}}), http.StatusNotFound) // it enrols nobody by itself
	expect(t, lost.Post(link+"/recover", nil), http.StatusSeeOther)
	expect(t, k.Visitor().Post(link+"/recover", nil), http.StatusGone)
	confined(t, lost)
	expect(t, lost.MakeRecoveryPasskey("New phone"), http.StatusOK, "/login?done=recovered")
	expect(t, lost.SignIn(), http.StatusOK)
	noTokens(t, k, p, lost)
	expect(t, p.Admin.SignIn(), http.StatusOK)
	expect(t, p.Admin.Get("/t/aa/admin/recoveries"), http.StatusOK, "Recovered", "Stopped")
}

// open is the id of the recovery that is under way.
func open(t *testing.T, k *testkit.Kit, p *testkit.Place) string {
	t.Helper()
	rows, err := k.Portal.Accounts.Recoveries(t.Context(), k.Actor(p.Partner, ""))
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	return rows[0].ID
}

// R33: what was stopped after its link was used leads to no passkey either.
func TestAStoppedRecoverySessionIsOver(t *testing.T) {
	now := clock.NewManual(clock.System.Now())
	k := testkit.NewAt(t, now)
	p := k.Place("aa", true)
	expect(t, start(p, p.Partner.User.Email, "They lost their phone."), http.StatusSeeOther)
	now.Advance(models.RecoveryDelay)
	if err := k.Portal.Recoveries.Due(t.Context()); err != nil {
		t.Fatal(err)
	}
	link := k.LinkIn(k.Mail(p.Partner.User.Email, "Make a new passkey"))
	thief := k.Visitor()
	expect(t, thief.Post(link+"/recover", nil), http.StatusSeeOther)
	expect(t, p.Admin.SignIn(), http.StatusOK)
	expect(t, p.Admin.Post("/t/aa/admin/recoveries/"+open(t, k, p)+"/stop", nil), http.StatusSeeOther)
	expect(t, thief.MakeRecoveryPasskey("Mine"), http.StatusSeeOther)
	if keys := passkeys(t, k, p.Partner); len(keys) != 1 {
		t.Errorf("%d passkeys", len(keys))
	}
}

// R33: whose answer is past the door already when the recovery is stopped gets no
// passkey either.
func TestAStopOvertakesTheAnswer(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		codes := p.Partner.MakeRecoveryCodes()
		expect(t, start(p, p.Partner.User.Email, "They lost their phone."), http.StatusSeeOther)
		thief := k.Visitor()
		expect(t, thief.Recover(codes[0]), http.StatusSeeOther)
		sessions, err := k.Store.Sessions(t.Context(), p.Partner.User.ID)
		at := slices.IndexFunc(sessions, func(s store.Session) bool { return s.Class == string(session.Recovery) })
		if err != nil || at < 0 {
			t.Fatal(sessions, err)
		}
		inside, err := k.Portal.Actors.OfRecovery(t.Context(), p.Partner.User.ID, models.Request{ID: "req-test"})
		if err != nil {
			t.Fatal(err)
		}
		answer := thief.Attest(thief.Post("/recover/passkey/begin", url.Values{"name": {"Mine"}}))
		expect(t, p.Partner.Post("/account/recoveries/"+open(t, k, p)+"/stop", nil), http.StatusSeeOther)
		if err := k.Portal.Accounts.FinishRecovery(t.Context(), inside, sessions[at].Hash, []byte(answer)); fault.Code(err) != "link_used" {
			t.Errorf("a stopped recovery ended with %v", err)
		}
		if keys := passkeys(t, k, p.Partner); len(keys) != 1 {
			t.Errorf("%d passkeys", len(keys))
		}
	})
}

// R33, R62: the link of a recovery is for the address that it was sent to. Who has the
// mailbox of one that the account does not have any more gets no passkey by it.
func TestARecoveryLinkIsForItsAddress(t *testing.T) {
	now := clock.NewManual(clock.System.Now())
	k := testkit.NewAt(t, now)
	p := k.Place("aa", true)
	old, thieves := p.Partner.User.Email, "thief@partner.example"
	expect(t, askAddress(p.Partner, thieves), http.StatusSeeOther)
	expect(t, p.Partner.Post(k.LinkIn(k.Mail(thieves, "Confirm your new"))+"/email", nil), http.StatusSeeOther)
	undo := k.LinkIn(k.Mail(old, "address of your account was changed"))
	expect(t, start(p, thieves, "They lost their phone."), http.StatusSeeOther)
	now.Advance(models.RecoveryDelay)
	if err := k.Portal.Recoveries.Due(t.Context()); err != nil {
		t.Fatal(err)
	}
	link := k.LinkIn(k.Mail(thieves, "Make a new passkey"))
	expect(t, k.Visitor().Post(undo+"/undo", nil), http.StatusOK, "yours again")
	thief := k.Visitor()
	expect(t, thief.Post(link+"/recover", nil), http.StatusGone)
	if keys := passkeys(t, k, p.Partner); len(keys) != 1 {
		t.Errorf("%d passkeys", len(keys))
	}
}

// R33: a link about a recovery is no invitation: nobody uses it up as one, nor becomes
// anything in the tenant by it.
func TestARecoveryLinkIsNoInvitation(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	expect(t, start(p, p.Partner.User.Email, "They lost their phone."), http.StatusSeeOther)
	stop := k.LinkIn(k.Mail(p.Partner.User.Email, "Recovery of your account at"))
	expect(t, p.Partner.Post(stop+"/accept", nil), http.StatusForbidden)
	expect(t, p.Admin.Get("/t/aa/admin/members"), http.StatusOK)
	expect(t, k.Visitor().Post(stop+"/stop", nil), http.StatusOK, "The recovery was stopped")
}
