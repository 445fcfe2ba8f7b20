package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

func actions(t *testing.T, k *testkit.Kit, actor models.Actor) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := k.Store.As(t.Context(), actor, func(r store.Tenant) error {
		events, err := r.AuditEvents(store.AuditFilter{Limit: 100})
		for _, e := range events {
			out[e.Action] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// R36: whose rights somebody else changes goes on, under another session id; a
// step-up that was made before counts.
func TestAChangeOfRightsChangesTheSessionID(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		operator, support := k.Person("Operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
		colleague := k.Person("Colleague", models.NotStaff)
		k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
			return tx.InsertMembership(p.Team.ID, colleague.User.ID, models.TeamMember)
		})
		for name, tt := range map[string]struct {
			whose  *testkit.Browser
			change func() testkit.Answer
		}{
			"another role": {p.Manager, func() testkit.Answer {
				id := p.Manager.User.ID
				return p.Admin.Post("/t/aa/admin/members/"+id, url.Values{"role": {"auditor"}, "step_up": {p.Admin.StepUp(models.MemberManage, id)}})
			}},
			"a grant": {support, func() testkit.Answer {
				return operator.Post("/support/tenants/aa/grants", url.Values{"email": {support.User.Email}, "give_level": {"support"}, "give_reason": {"ticket 1"},
					"give_minutes": {"30"}, "step_up": {operator.StepUp(models.GrantGive, "aa")}})
			}},
			"another role in the team": {colleague, func() testkit.Answer {
				id := colleague.User.ID
				return p.Partner.Post("/t/aa/team/"+p.Team.ID+"/members/"+id, url.Values{"role": {"owner"}, "step_up": {p.Partner.StepUp(models.TeamManage, id)}})
			}},
		} {
			proof := tt.whose.StepUp(models.AccountUse, "passkey.add")
			before := tt.whose.Cookie()
			expect(t, tt.whose.Get("/account"), http.StatusOK)
			if tt.whose.Cookie() != before {
				t.Fatalf("%s: the id changes without a reason", name)
			}
			expect(t, tt.change(), http.StatusSeeOther)
			a := tt.whose.Post("/account/passkeys", url.Values{"step_up": {proof}})
			if a.Header.Get("Location") != "/account/passkeys/new" || tt.whose.Cookie() == before {
				t.Errorf("%s: %s, the id is the same: %t", name, a.Header.Get("Location"), tt.whose.Cookie() == before)
			}
			thief := k.Visitor()
			thief.SetCookie(before)
			expect(t, thief.Post("/account", url.Values{"name": {"Mine"}}), http.StatusSeeOther)
			expect(t, tt.whose.Get("/account"), http.StatusOK)
		}
	})
}

// R34: an invitation makes a member of whoever has its address, with an account
// of theirs or a new one, once; what it does stands in both chains.
func TestInvitations(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", false)
		members := "/t/aa/admin/members"
		invite := func(email string, role models.Role) string {
			proof := p.Admin.StepUp(models.MemberManage, "aa")
			expect(t, p.Admin.Post(members, url.Values{"email": {email}, "role": {string(role)}, "step_up": {proof}}), http.StatusSeeOther)
			return k.LinkIn(k.Mail(email, "Invitation to"))
		}
		expect(t, p.Admin.Post(members, url.Values{"email": {"x@y.example"}, "role": {"king"}}), http.StatusUnprocessableEntity, "Choose auditor, API manager, admin or partner.", "x@y.example")
		expect(t, p.Admin.Post(members, url.Values{"email": {p.Auditor.User.Email}, "role": {"admin"}}), http.StatusConflict, "member with the role auditor already")
		expect(t, p.Manager.Post(members, url.Values{"email": {"x@y.example"}, "role": {"auditor"}}), http.StatusForbidden)

		if a := p.Admin.Post(members, url.Values{"email": {"x@y.example"}, "role": {"admin"}}); a.StatusCode != http.StatusForbidden { // R24
			t.Errorf("an admin is invited without a step-up: %d", a.StatusCode)
		}

		link, b := invite("second@aa.example", models.RoleAdmin), k.Visitor()
		expect(t, b.Get(link), http.StatusOK, "Join "+p.Name, "You will be Admin of")
		expect(t, b.Get("/t/aa/admin/members"), http.StatusNotFound)
		expect(t, b.Enrol(link, url.Values{"name": {"Second admin"}}), http.StatusOK, `{"location":"/t/aa"}`)
		expect(t, b.Get(members), http.StatusOK, "Second admin")
		if !actions(t, k, k.Actor(p.Admin, "aa"))["member.join"] || !actions(t, k, k.Actor(p.Admin, ""))["account.create"] {
			t.Error("one of the two chains says nothing of it")
		}

		known := k.Person("Known", models.NotStaff)
		link = invite(known.User.Email, models.RoleAuditor)
		expect(t, k.Visitor().Get(link), http.StatusOK, "There is an account for", "/login?next=%2Flink%2F")
		expect(t, p.Manager.Get(link), http.StatusOK, "You are signed in as "+p.Manager.User.Email)
		expect(t, p.Manager.Post(link+"/accept", nil), http.StatusForbidden)
		before := known.Cookie()
		expect(t, known.Get(link), http.StatusOK, "Accept the invitation")
		expect(t, known.Post(link+"/accept", nil), http.StatusSeeOther)
		if known.Cookie() == before {
			t.Error("R36: the session's id outlived a change of rights")
		}
		expect(t, known.Get(members), http.StatusOK)
		expect(t, known.Post(link+"/accept", nil), http.StatusGone)

		link = invite("gone@aa.example", models.RoleAuditor)
		expect(t, p.Admin.Get(members), http.StatusOK, "gone@aa.example")
		expect(t, p.Admin.Post(members+"/withdraw", address("gone@aa.example")), http.StatusSeeOther)
		expect(t, k.Visitor().Get(link), http.StatusGone)
	})
}

// R24, R57: roles change by step-up, for that person, once; the last admin stays.
func TestRoles(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", false)
		auditor, admin := p.Auditor.User.ID, p.Admin.User.ID
		change := func(who, role, proof string) testkit.Answer {
			return p.Admin.Post("/t/aa/admin/members/"+who, url.Values{"role": {role}, "step_up": {proof}})
		}
		expect(t, p.Admin.Get("/t/aa/admin/members/"+auditor), http.StatusOK, `data-stepup="member.manage"`, `data-object="`+auditor+`"`)
		expect(t, change(auditor, "api_manager", ""), http.StatusForbidden)
		expect(t, change(auditor, "api_manager", p.Admin.StepUp(models.MemberManage, admin)), http.StatusForbidden)
		expect(t, change(auditor, "api_manager", p.Admin.StepUp(models.TenantConfigure, auditor)), http.StatusForbidden)
		expect(t, change(auditor, "", p.Admin.StepUp(models.MemberManage, auditor)), http.StatusUnprocessableEntity)
		proof := p.Admin.StepUp(models.MemberManage, auditor)
		expect(t, change(auditor, "api_manager", proof), http.StatusSeeOther)
		expect(t, change(auditor, "admin", proof), http.StatusForbidden)
		expect(t, change(admin, "auditor", p.Admin.StepUp(models.MemberManage, admin)), http.StatusConflict, "only admin. Make somebody else admin first.")
		expect(t, change(admin+"/remove", "", p.Admin.StepUp(models.MemberManage, admin)), http.StatusConflict, "only admin. Make somebody else admin first.")
		expect(t, change(auditor+"/remove", "", p.Admin.StepUp(models.MemberManage, auditor)), http.StatusSeeOther)
		expect(t, p.Auditor.Get("/t/aa"), http.StatusNotFound)
	})
}

// R117: what a person may no longer know is not in their inbox.
func TestNotificationsAreFilteredWhenRead(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		expect(t, p.Admin.Get("/notifications"), http.StatusOK, "asks for")
		expect(t, p.Partner.Get("/notifications"), http.StatusOK, "approved")
		rows, err := k.Portal.Notifications.List(t.Context(), k.Actor(p.Partner, ""))
		if err != nil || len(rows) == 0 {
			t.Fatal(rows, err)
		}
		expect(t, p.Partner.Post("/notifications/read", url.Values{"up_to": {rows[0].ID}}), http.StatusSeeOther)
		if n, err := k.Portal.Notifications.Unread(t.Context(), k.Actor(p.Partner, "")); n != 0 || err != nil {
			t.Errorf("%d unread after all were read: %v", n, err)
		}
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			if err := tx.SetMember(p.Manager.User.ID, models.RoleAdmin); err != nil {
				return err
			}
			if err := tx.InsertMembership(p.Team.ID, p.Admin.User.ID, models.TeamMember); err != nil {
				return err
			}
			return tx.SetMember(p.Admin.User.ID, models.NoRole)
		})
		expect(t, p.Admin.Get("/notifications"), http.StatusOK, "Nothing here yet")

		// Another team is no reason to go on reading what the old one was told.
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			other := models.Team{ID: models.NewID(), Name: "Another team"}
			if err := tx.InsertTeam(&other, p.Partner.User.ID); err != nil {
				return err
			}
			if err := tx.InsertMembership(p.Team.ID, p.Manager.User.ID, models.TeamOwner); err != nil {
				return err
			}
			return tx.DeleteMembership(p.Team.ID, p.Partner.User.ID)
		})
		expect(t, p.Partner.Get("/notifications"), http.StatusOK, "Nothing here yet")
		left := portal.Mail{Mail: portal.MailDecided, Tenant: p.Tenant.ID, Team: p.Team.ID}
		if left.MayKnow(k.Actor(p.Partner, "aa")) {
			t.Error("a mail to a team's member goes to who left it")
		}
	})
}
