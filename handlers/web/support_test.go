package web_test

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

var requestID = regexp.MustCompile(`req-[A-Z0-9]+`)

// same is a page without what differs by nature: the request's id and the slug in its own address.
func same(a testkit.Answer, slug string) string {
	return strings.ReplaceAll(requestID.ReplaceAllString(a.Body, ""), slug, "")
}

// R47, R52, R58, R60: staff see no tenant without a grant, enter with a reason
// that the tenant reads, and are shown where they are.
func TestStaffEnterByGrant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("veiled", false)
		k.Place("other", false)
		s := k.Person("Support person", models.StaffSupport)
		one, two := s.Get("/t/veiled"), s.Get("/t/absent")
		if one.StatusCode != http.StatusNotFound || same(one, "veiled") != same(two, "absent") {
			t.Errorf("a hidden tenant is told from one that is not there: %d %d", one.StatusCode, two.StatusCode)
		}
		expect(t, s.Get("/support?q=veil"), http.StatusOK, "Tenant veiled")
		door := "/support/tenants/veiled"
		expect(t, s.Get(door), http.StatusOK, `data-stepup="grant.take"`)
		enter := func(reason, minutes, proof string) testkit.Answer {
			return s.Post(door, url.Values{"reason": {reason}, "minutes": {minutes}, "step_up": {proof}})
		}
		expect(t, enter("ticket 4812", "60", ""), http.StatusForbidden)
		expect(t, enter("no", "60", s.StepUp(models.GrantTake, "veiled")), http.StatusUnprocessableEntity, "Write at least 5 characters.")
		expect(t, enter("ticket 4812", "481", s.StepUp(models.GrantTake, "veiled")), http.StatusUnprocessableEntity, "Choose 1 minute to 8 hours.", "ticket 4812")
		expect(t, enter("ticket 4812", "60", s.StepUp(models.GrantTake, "other")), http.StatusForbidden)
		expect(t, enter("ticket 4812", "60", s.StepUp(models.GrantTake, "veiled")), http.StatusSeeOther)
		expect(t, s.Get("/t/veiled/admin/audit"), http.StatusOK, "tenant-bar", "ticket 4812", "Support person")
		expect(t, p.Admin.Get("/t/veiled/admin/members"), http.StatusOK, "Support person", "ticket 4812", "May enter")
		expect(t, s.Post("/t/veiled/admin/members", url.Values{"email": {"x@y.example"}, "role": {"admin"}}), http.StatusForbidden)
		expect(t, s.Get("/t/other"), http.StatusNotFound)
		// R59: staff look around by a grant; they do not become the tenant's partner.
		expect(t, s.Get("/t/veiled/apis/orders"), http.StatusOK, "You are here as staff")
		expect(t, s.Get("/t/veiled/apis/orders/subscribe"), http.StatusForbidden)
		expect(t, s.Post("/t/veiled/apis/orders/v1/subscribe", url.Values{"plan": {"free"}, "purpose": {"To look around."}, "team_name": {"Staff"}}), http.StatusForbidden)

		wrong := s.Post("/t/veiled/leave", url.Values{"tenant": {"other"}})
		expect(t, wrong, http.StatusConflict, "another tenant")
		before := s.Cookie()
		expect(t, s.Post("/t/veiled/leave", nil), http.StatusSeeOther)
		if s.Cookie() == before {
			t.Error("R36: the session's id outlived a change of rights")
		}
		expect(t, s.Get("/t/veiled"), http.StatusNotFound)
	})
}

// R58: more than looking is given by an operator, to somebody else.
func TestGrantsForMoreAreGiven(t *testing.T) {
	k := testkit.New(t)
	k.Place("aa", false)
	s, o := k.Person("Support person", models.StaffSupport), k.Person("Second operator", models.StaffOperator)
	give := func(b *testkit.Browser, email string) testkit.Answer {
		return b.Post("/support/tenants/aa/grants", url.Values{"email": {email}, "give_level": {"support"}, "give_reason": {"ticket 4812"},
			"give_minutes": {"60"}, "step_up": {b.StepUp(models.GrantGive, "aa")}})
	}
	expect(t, give(s, s.User.Email), http.StatusForbidden)
	expect(t, give(o, o.User.Email), http.StatusUnprocessableEntity, "Name another staff person")
	expect(t, give(o, "nobody@test.example"), http.StatusUnprocessableEntity, "Name another staff person")
	expect(t, give(o, s.User.Email), http.StatusSeeOther)
	expect(t, s.Get("/t/aa"), http.StatusOK, "<strong>support</strong>")
}

// An installation begins: the first operator, a tenant, its first admin.
func TestFromFirstStartToFirstAdmin(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		link, err := k.Portal.Accounts.OperatorLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o := k.Visitor()
		expect(t, o.Get("/"), http.StatusOK, "No public portals here")
		expect(t, o.Get(link), http.StatusOK, "first operator")
		expect(t, o.Enrol(link, url.Values{"name": {"First operator"}, "email": {"operator@test.example"}}), http.StatusOK, `{"location":"/support"}`)
		if again, err := k.Portal.Accounts.OperatorLink(t.Context()); again != "" || err != nil {
			t.Errorf("R34: a second link for a first operator: %q %v", again, err)
		}
		form := url.Values{"name": {"Northern Rail"}, "slug": {"rail"}, "code": {"nr"}, "colour": {"#123456"}, "admin_email": {"admin@rail"}}
		expect(t, o.Post("/support/tenants/new", form), http.StatusUnprocessableEntity, "Northern Rail", "This is not an e-mail address.")
		form.Set("admin_email", "admin@rail.example")
		form.Set("colour", "blue")
		expect(t, o.Post("/support/tenants/new", form), http.StatusUnprocessableEntity, "Write the colour as #")
		form.Set("colour", "#123456")
		expect(t, o.Post("/support/tenants/new", form), http.StatusForbidden) // R24
		form.Set("step_up", o.StepUp(models.TenantCreate, ""))
		expect(t, o.Post("/support/tenants/new", form), http.StatusSeeOther)
		expect(t, o.Post("/support/tenants/new", form), http.StatusConflict, "Choose another slug or another token code.")
		expect(t, o.Get("/t/rail"), http.StatusNotFound)

		a := k.Visitor()
		a.Enrol(k.LinkIn(k.Mail("admin@rail.example", "Invitation to")), url.Values{"name": {"Rail admin"}})
		expect(t, a.Get("/t/rail/admin/members"), http.StatusOK, "Rail admin")
		expect(t, o.Post("/support/tenants/rail/admin", url.Values{"admin_email": {"x@rail.example"}}), http.StatusConflict, "This tenant has an admin")
		expect(t, a.Get("/support"), http.StatusForbidden)
	})
}

// R38, R57: operators invite and appoint staff; the last operator stays, and
// sessions end with a role.
func TestStaff(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := k.Person("Only operator", models.StaffOperator)
		expect(t, o.Post("/support/staff", address("new@staff.example")), http.StatusForbidden) // R24
		expect(t, o.Post("/support/staff", url.Values{"email": {"new@staff.example"}, "step_up": {o.StepUp(models.StaffManage, "")}}), http.StatusSeeOther)
		s := k.Visitor()
		link := k.LinkIn(k.Mail("new@staff.example", "support staff"))
		expect(t, s.Enrol(link, url.Values{"name": {"New support"}}), http.StatusOK, `{"location":"/support"}`)
		expect(t, s.Get("/support/staff"), http.StatusForbidden)
		expect(t, o.Get("/support/staff"), http.StatusOK, "New support")
		people, _, err := k.Portal.Staff.List(t.Context(), k.Actor(o, ""))
		if err != nil || len(people) != 2 {
			t.Fatal(people, err)
		}
		set := func(id, role string) testkit.Answer {
			return o.Post("/support/staff/"+id, url.Values{"role": {role}, "step_up": {o.StepUp(models.StaffManage, id)}})
		}
		expect(t, set(o.User.ID, "support"), http.StatusConflict, "This is the only operator.")
		for _, u := range people {
			if u.ID != o.User.ID {
				expect(t, set(u.ID, "none"), http.StatusSeeOther)
			}
		}
		expect(t, s.Get("/support"), http.StatusSeeOther) // to sign in
	})
}

// R37: whoever joins the staff with an account that they have gets a session of
// staff, which ends sooner, and keeps no longer one elsewhere.
func TestJoiningTheStaffShortensSessions(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o, m := k.Person("Operator", models.StaffOperator), k.Person("Member", models.NotStaff)
		elsewhere := m.Elsewhere()
		elsewhere.SignIn()
		expect(t, elsewhere.Get("/account"), http.StatusOK)
		expect(t, o.Post("/support/staff", url.Values{"email": {m.User.Email}, "step_up": {o.StepUp(models.StaffManage, "")}}), http.StatusSeeOther)
		link := k.LinkIn(k.Mail(m.User.Email, "support staff"))
		before := m.Cookie()
		expect(t, m.Post(link+"/accept", nil), http.StatusSeeOther)
		expect(t, m.Get("/support"), http.StatusOK, "Welcome to the support staff.")
		expect(t, elsewhere.Get("/support"), http.StatusSeeOther) // to sign in
		rows, err := k.Store.Sessions(t.Context(), m.User.ID)
		if err != nil || len(rows) != 1 || rows[0].Class != "staff" || m.Cookie() == before {
			t.Errorf("sessions of the new staff person: %+v %v", rows, err)
		}
	})
}

// R122: the page shows the log, verifies it, and finds what was changed in it.
func TestAuditPage(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	log := "/t/aa/admin/audit"
	page := p.Admin.Get(log)
	expect(t, page, http.StatusOK, "token.create", "credential.write")
	for _, secret := range []string{p.Secret.Reveal(), p.ManagementSecret.Reveal(), testkit.UpstreamCredential} {
		if strings.Contains(page.Body, secret) {
			t.Error("R126: a secret stands in the log")
		}
	}
	filtered := p.Admin.Get(log + "?action=token.create")
	if expect(t, filtered, http.StatusOK, "token.create"); strings.Contains(filtered.Body, `<th scope="row">credential.write`) {
		t.Error("the filter lets other actions through")
	}
	expect(t, p.Admin.Get(log+"?before=-1"), http.StatusBadRequest)
	expect(t, p.Manager.Get(log), http.StatusForbidden)
	expect(t, p.Partner.Get(log), http.StatusForbidden)
	expect(t, p.Auditor.Post(log+"/verify", nil), http.StatusOK, "The chain is intact")
	h, err := k.Store.Handles()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Write.Exec(`UPDATE audit_events SET actor_name = 'Nobody' WHERE tenant_id = ? AND seq = 3`, p.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	expect(t, p.Auditor.Post(log+"/verify", nil), http.StatusOK, "The chain is broken at event 3")
	o := k.Person("Operator", models.StaffOperator)
	expect(t, o.Get("/support/audit"), http.StatusOK, "account.create")
	expect(t, o.Post("/support/audit/verify", nil), http.StatusOK, "The chain is intact")
}

// R68: of two admins who change the settings at once, the later one is told.
func TestSettings(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	settings := "/t/aa/admin/settings"
	form := url.Values{"token_days": {"30"}, "escalate_days": {"5"}, "public": {"on"}, "revision": {"1"}}
	bad := url.Values{"token_days": {"400"}, "escalate_days": {"61"}, "revision": {"1"}}
	expect(t, p.Admin.Post(settings, bad), http.StatusUnprocessableEntity, "Choose 1 to 366 days.", "Choose 0 to 60 days.")
	expect(t, p.Admin.Post(settings, form), http.StatusSeeOther)
	expect(t, p.Admin.Get(settings), http.StatusOK, `value="30"`)
	form.Set("token_days", "31")
	expect(t, p.Admin.Post(settings, form), http.StatusConflict, "Somebody else changed this in the meantime", "It is now: 30")
	expect(t, p.Manager.Get(settings), http.StatusForbidden)
}

// R16, R28, R38: who is disabled is out at once, with sessions, grants and tokens, and
// neither signs in nor follows a link; enabled again they have no grant any more.
func TestDisabledStaff(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", false)
		s, o := k.Person("Support person", models.StaffSupport), k.Person("Operator", models.StaffOperator)
		acts(t, k, s, "port", models.GrantManage)
		expect(t, s.Get("/t/port/admin/tokens"), http.StatusOK)
		role, at := "/support/staff/"+s.User.ID, "/support/people/"+s.User.ID
		set := func(by *testkit.Browser, verb string, want int, words ...string) {
			t.Helper()
			expect(t, by.Post(at+verb, url.Values{"step_up": {by.StepUp(models.PersonManage, s.User.ID)}}), want, words...)
		}
		expect(t, o.Post(at+"/disable", nil), http.StatusForbidden) // R24
		set(o, "/disable", http.StatusSeeOther)
		expect(t, s.Get("/support"), http.StatusSeeOther) // signed out
		if a := s.SignIn(); a.StatusCode == http.StatusOK {
			t.Error("somebody disabled signs in")
		}
		set(o, "/disable", http.StatusConflict)
		expect(t, o.Get("/support/staff"), http.StatusOK, "Disabled")
		events, err := k.Portal.Audit.List(t.Context(), k.Actor(p.Admin, "port"), portal.AuditFilter{Limit: 20})
		if err != nil || len(events) == 0 || events[0].Action != "grant.end" {
			t.Errorf("the tenant does not read that the grant ended: %v %v", events, err)
		}
		set(o, "/enable", http.StatusSeeOther)
		if a := s.SignIn(); a.StatusCode != http.StatusOK {
			t.Errorf("enabled: %d", a.StatusCode)
		}
		expect(t, s.Get("/t/port"), http.StatusForbidden, "any more")

		// Who is no longer staff has no grant either.
		acts(t, k, s, "port", models.GrantView)
		expect(t, o.Post(role, url.Values{"role": {"none"}, "step_up": {o.StepUp(models.StaffManage, s.User.ID)}}), http.StatusSeeOther)
		access, err := k.Portal.Grants.InTenant(t.Context(), k.Actor(p.Admin, "port"))
		if len(access.Live) > 0 {
			t.Errorf("a grant goes on: %+v", access.Live)
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// R57: operators who demote and disable each other at the same moment leave one.
func TestOperatorsDemoteEachOther(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		rounds := 4
		if soak := os.Getenv("GATEHOUSE_SOAK"); soak != "" {
			rounds = 100
		}
		a, b := k.Person("Operator a", models.StaffOperator), k.Person("Operator b", models.StaffOperator)
		for round := range rounds {
			needs := map[bool]models.Action{true: models.StaffManage, false: models.PersonManage}[round%2 == 0]
			var meeting sync.WaitGroup
			meet := func(actor models.Actor, other string) {
				meeting.Go(func() {
					if round%2 == 0 {
						_ = k.Portal.Staff.SetRole(t.Context(), actor, other, models.StaffSupport)
					} else {
						_ = k.Portal.People.SetDisabled(t.Context(), actor, other, true)
					}
				})
			}
			first, second := k.Proven(k.Actor(a, ""), needs, b.User.ID), k.Proven(k.Actor(b, ""), needs, a.User.ID)
			meet(first, b.User.ID)
			meet(second, a.User.ID)
			meeting.Wait()
			var left []*testkit.Browser
			for _, who := range []*testkit.Browser{a, b} {
				if k.Actor(who, "").Can(models.StaffManage) {
					left = append(left, who)
				}
			}
			if len(left) != 1 {
				t.Fatalf("round %d: %d operators are left", round, len(left))
			}
			for _, who := range []*testkit.Browser{a, b} {
				k.Write(who, models.Tenant{}, func(tx *store.Tx) error {
					u, err := tx.LockUser(who.User.ID)
					if err != nil {
						return err
					}
					u.Staff, u.State = models.StaffOperator, models.UserActive
					return tx.UpdateUser(u)
				})
			}
		}
	})
}
