package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R57, SECURITY §7: admins of the tenant give and take every role; nobody else gives,
// takes or edits one, not even their own. Every kind of caller is asked to turn every
// role into every other, and to invite as every role.
func TestRoleByRole(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	other := k.Place("bb", true)
	operator := k.Person("Operator", models.StaffOperator)
	callers := map[string]*testkit.Browser{"a stranger": k.Visitor(), "nobody": k.Person("Nobody", models.NotStaff), "a partner": p.Partner, "an auditor": p.Auditor,
		"an API manager": p.Manager, "an operator": operator, "an admin of another tenant": other.Admin, "an admin": p.Admin}
	for _, level := range []models.GrantLevel{models.GrantView, models.GrantSupport, models.GrantManage} {
		b := k.Person("Support "+string(level), models.StaffSupport)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			g := models.Grant{ID: models.NewID(), UserID: b.User.ID, Level: level, Reason: "ticket", GivenBy: operator.User.ID, ExpiresAt: tx.Now().Add(time.Hour)}
			return tx.InsertGrant(&g)
		})
		callers["support with "+string(level)] = b
	}
	roles := []models.Role{models.RoleAuditor, models.RoleAPIManager, models.RoleAdmin}
	target := k.Person("Target", models.NotStaff)
	at := "/t/aa/admin/members"
	set := func(role models.Role) {
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(target.User.ID, role) })
	}
	holds := func() (role models.Role) {
		st, err := k.Store.Standing(t.Context(), target.User.ID, p.Tenant.ID)
		if err != nil {
			t.Fatal(err)
		}
		return st.Role
	}
	for name, b := range callers {
		for _, from := range roles {
			set(from)
			for _, to := range append(slices.Clone(roles), "none", models.RolePartner, "king") {
				form, address, became := url.Values{"role": {string(to)}}, at+"/"+target.User.ID, to
				if to == "none" {
					address, became = address+"/remove", models.NoRole
				}
				if name == "an admin" {
					form.Set("step_up", b.StepUp(models.MemberManage, target.User.ID))
				}
				a, want := b.Post(address, form), holds()
				switch ok := name == "an admin" && to != from && (to.Valid() || to == "none"); {
				case ok && (a.StatusCode != http.StatusSeeOther || want != became):
					t.Errorf("%s turns %s into %s: %d, now %q", name, from, to, a.StatusCode, want)
				case !ok && want != from:
					t.Errorf("%s turned %s into %s: %d", name, from, want, a.StatusCode)
				}
				set(from)
			}
		}
		if name == "an admin" {
			continue
		}
		for _, role := range append(slices.Clone(roles), models.RolePartner) {
			b.Post(at, url.Values{"email": {"friend@aa.example"}, "role": {string(role)}})
			b.Post(at+"/bulk/send", url.Values{"list": {"friend@aa.example"}, "role": {string(role)}})
		}
		b.Post(at+"/"+b.User.ID, url.Values{"role": {"admin"}})
	}
	page, err := k.Portal.Members.List(t.Context(), k.Actor(p.Admin, "aa"), "", 100)
	if err != nil || len(page.Invited) != 0 {
		t.Error("somebody was invited by who may not:", page.Invited, err)
	}
	admins := 0
	for _, m := range page.Members {
		if m.Role == models.RoleAdmin {
			admins++
		}
	}
	if admins > 2 {
		t.Errorf("%d admins", admins)
	}
}

// R57: two admins demote each other at the same moment; one stays, always, and what
// the other one had under way as an admin is refused.
func TestTwoAdminsDemoteEachOther(t *testing.T) {
	times := 4
	if os.Getenv("GATEHOUSE_SOAK") != "" {
		times = 100
	}
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		one, two := p.Admin, k.Person("Second", models.NotStaff)
		for range times {
			for _, b := range []*testkit.Browser{one, two} {
				k.Write(one, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(b.User.ID, models.RoleAdmin) })
			}
			var wg sync.WaitGroup
			answers := make([]int, 2)
			for i, pair := range [][2]*testkit.Browser{{one, two}, {two, one}} {
				verb, form := "", url.Values{"role": {"auditor"}, "step_up": {pair[0].StepUp(models.MemberManage, pair[1].User.ID)}}
				if i == 1 {
					verb = "/remove"
				}
				wg.Go(func() { answers[i] = pair[0].Post("/t/aa/admin/members/"+pair[1].User.ID+verb, form).StatusCode })
			}
			wg.Wait()
			var admins []string
			if err := k.Store.As(t.Context(), models.Stranger(p.Tenant, models.Request{}), func(r store.Tenant) (err error) {
				admins, err = r.Admins()
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if len(admins) != 1 || !slices.Contains(answers, http.StatusSeeOther) {
				t.Fatalf("%d admins are left after %v", len(admins), answers)
			}
		}
	})
}

// R57: an admin whose account does not work is none: the other one is the only one.
func TestWhoCanNotActIsNoAdmin(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		other := k.Person("Second admin", models.NotStaff)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			if err := tx.SetMember(other.User.ID, models.RoleAdmin); err != nil {
				return err
			}
			u := other.User
			u.State = models.UserDisabled
			return tx.UpdateUser(u)
		})
		at := "/t/aa/admin/members/" + p.Admin.User.ID
		left := p.Admin.Post(at+"/remove", url.Values{"step_up": {p.Admin.StepUp(models.MemberManage, p.Admin.User.ID)}})
		expect(t, left, http.StatusConflict, "only admin")
		expect(t, p.Admin.Get("/account/delete"), http.StatusOK, "only admin")
		expect(t, deletes(p.Admin), http.StatusConflict, "only admin")
	})
}

// R34, R57: an invitation ends when its sender may send it no longer: an owner who left
// the team, was removed or made a member, and an admin who was demoted.
func TestInvitationsEndWithTheRightToInvite(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		team := "/t/aa/team/" + p.Team.ID
		admin := k.Person("Second admin", models.NotStaff)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(admin.User.ID, models.RoleAdmin) })
		owner := joins(k, p, "Second owner", models.TeamOwner)
		invite := func(name string) (link string) {
			t.Helper()
			guest := name + "@partner.example"
			expect(t, owner.Post(team+"/invitations", url.Values{"email": {guest}}), http.StatusSeeOther)
			link = k.LinkIn(k.Mail(guest, "Invitation to the team"))
			expect(t, k.Visitor().Get(link), http.StatusOK)
			return link
		}
		kept := invite("kept")
		expect(t, p.Partner.Post(team+"/invitations", url.Values{"email": {"kept@partner.example"}}), http.StatusSeeOther) // another owner's word stands
		kept = k.LinkIn(k.MailNumber(2, "kept@partner.example", "Invitation to the team"))
		for name, end := range map[string]func() testkit.Answer{
			"demoted": func() testkit.Answer {
				return p.Partner.Post(team+"/members/"+owner.User.ID, url.Values{"role": {"member"}, "step_up": {p.Partner.StepUp(models.TeamManage, owner.User.ID)}})
			},
			"left":    func() testkit.Answer { return owner.Post(team+"/leave", nil) },
			"removed": func() testkit.Answer { return p.Partner.Post(team+"/members/"+owner.User.ID+"/remove", nil) },
			"expelled": func() testkit.Answer {
				return p.Admin.Post("/t/aa/admin/teams/"+p.Team.ID+"/members/"+owner.User.ID+"/remove", url.Values{"step_up": {p.Admin.StepUp(models.TeamAdminister, p.Team.ID)}})
			},
		} {
			k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
				if _, err := tx.Membership(p.Team.ID, owner.User.ID); err != nil {
					return tx.InsertMembership(p.Team.ID, owner.User.ID, models.TeamOwner)
				}
				return tx.SetTeamRole(p.Team.ID, owner.User.ID, models.TeamOwner)
			})
			link := invite(name)
			expect(t, end(), http.StatusSeeOther)
			if got := k.Visitor().Get(link).StatusCode; got != http.StatusGone {
				t.Errorf("%s: the invitation answers %d", name, got)
			}
		}
		expect(t, k.Visitor().Get(kept), http.StatusOK)

		// An admin named an owner for a team without one, and invited a member.
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.ExpelMember(p.Team.ID, p.Partner.User.ID) })
		named := admin.Post("/t/aa/admin/teams/"+p.Team.ID+"/owner", url.Values{"email": {"owner@partner.example"}, "step_up": {admin.StepUp(models.TeamAdminister, p.Team.ID)}})
		expect(t, named, http.StatusSeeOther)
		expect(t, admin.Post("/t/aa/admin/members", url.Values{"email": {"member@aa.example"}, "role": {"auditor"}, "step_up": {admin.StepUp(models.MemberManage, "aa")}}), http.StatusSeeOther)
		links := []string{k.LinkIn(k.Mail("owner@partner.example", "Invitation to the team")), k.LinkIn(k.Mail("member@aa.example", "Invitation to"))}
		expect(t, p.Admin.Post("/t/aa/admin/members/"+admin.User.ID, url.Values{"role": {"auditor"}, "step_up": {p.Admin.StepUp(models.MemberManage, admin.User.ID)}}), http.StatusSeeOther)
		for _, link := range links {
			if got := k.Visitor().Get(link).StatusCode; got != http.StatusGone {
				t.Errorf("an invitation of an admin who is none answers %d", got)
			}
		}
	})
}

// R28, R57: what reaches an account that is being deleted makes nothing of it: no
// member, no member of a team, no staff.
func TestADeletedAccountGetsNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		b := k.Person("About to go", models.NotStaff)
		email, before := b.User.Email, k.Actor(b, "aa")
		expect(t, p.Admin.Post("/t/aa/admin/members", url.Values{"email": {email}, "role": {"admin"}, "step_up": {p.Admin.StepUp(models.MemberManage, "aa")}}), http.StatusSeeOther)
		expect(t, deletes(b), http.StatusSeeOther)
		err := k.Store.Do(t.Context(), k.Actor(p.Admin, "aa"), models.MemberManage, func(tx *store.Tx) error {
			if err := tx.SetMember(b.User.ID, models.RoleAdmin); err != nil {
				return err
			}
			return tx.Record("user", b.User.ID, nil, nil, nil)
		})
		if fault.Code(err) != "changed_meanwhile" {
			t.Errorf("a deleted account has a role: %v", err)
		}
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetTeamFounding(true) })
		if _, err := k.Portal.Teams.Found(t.Context(), before, "Nobody's team"); fault.Code(err) != "changed_meanwhile" {
			t.Errorf("a deleted account owns a team: %v", err)
		}
	})
}

// A role's end takes with it what hangs on it: management tokens, stand-ins, the
// invitations that its person sent; the person is told by mail.
func TestRemovingAMember(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", false)
		second := k.Person("Second", models.NotStaff)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(second.User.ID, models.RoleAdmin) })
		at := "/t/aa/admin/members"
		_, secret := k.ManagementToken(p, second, "tokens:read")
		read := func() int {
			return k.Visitor().Ask(http.MethodGet, "/api/v1/tenants/aa/tokens", "Authorization", "Bearer "+secret.Reveal()).StatusCode
		}
		if read() != http.StatusOK {
			t.Fatal("the management token does not work")
		}
		expect(t, second.Post(at, url.Values{"email": {"friend@aa.example"}, "role": {"admin"}, "step_up": {second.StepUp(models.MemberManage, "aa")}}), http.StatusSeeOther)
		link := k.LinkIn(k.Mail("friend@aa.example", "Invitation to"))
		page := at + "/" + second.User.ID
		expect(t, p.Admin.Get(page), http.StatusOK, "1 management token of theirs will be revoked")
		expect(t, p.Admin.Post(page+"/remove", nil), http.StatusForbidden, "Confirm this with your passkey")
		before := second.Cookie()
		expect(t, p.Admin.Post(page+"/remove", url.Values{"step_up": {p.Admin.StepUp(models.MemberManage, second.User.ID)}}), http.StatusSeeOther)
		expect(t, second.Get(at), http.StatusNotFound)
		if second.Get("/account"); second.Cookie() == before { // R36
			t.Error("the session goes on under the same id")
		}
		expect(t, k.Visitor().Get(link), http.StatusGone)
		k.Mail(second.User.Email, "You have no role any more at")
		if got := read(); got != http.StatusUnauthorized {
			t.Errorf("the management token of who was removed: %d", got)
		}
		// Not even a new role wakes it (R14).
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(second.User.ID, models.RoleAdmin) })
		if got := read(); got != http.StatusUnauthorized {
			t.Errorf("the management token of who came back: %d", got)
		}
		expect(t, p.Admin.Get(at+"/"+p.Admin.User.ID), http.StatusOK)
	})
}

// Invitations lapse, are sent again and withdrawn; R34, R24.
func TestInvitationsAgain(t *testing.T) {
	now := clock.NewManual(time.Now())
	k := testkit.NewAt(t, now)
	p := k.Place("aa", false)
	at := "/t/aa/admin/members"
	proof := func() []string { return []string{p.Admin.StepUp(models.MemberManage, "aa")} }
	expect(t, p.Admin.Post(at, url.Values{"email": {"late@aa.example"}, "role": {"api_manager"}, "step_up": proof()}), http.StatusSeeOther)
	first := k.LinkIn(k.Mail("late@aa.example", "Invitation to"))
	expect(t, p.Admin.Post(at+"/again", url.Values{"email": {"late@aa.example"}}), http.StatusForbidden)
	expect(t, p.Admin.Post(at+"/again", url.Values{"email": {"nobody@aa.example"}, "step_up": proof()}), http.StatusNotFound)
	now.Advance(25 * time.Hour)
	expect(t, p.Admin.SignIn(), http.StatusOK)
	expect(t, k.Visitor().Get(first), http.StatusGone)
	expect(t, p.Admin.Get(at), http.StatusOK, "late@aa.example", "Expired")
	expect(t, p.Admin.Post(at+"/again", url.Values{"email": {"late@aa.example"}, "step_up": proof()}), http.StatusSeeOther)
	second := k.LinkIn(k.MailNumber(2, "late@aa.example", "Invitation to"))
	expect(t, k.Visitor().Get(second), http.StatusOK, "You will be API manager of")
	expect(t, p.Admin.Post(at+"/withdraw", url.Values{"email": {"late@aa.example"}}), http.StatusSeeOther)
	expect(t, k.Visitor().Get(second), http.StatusGone)
	if a := p.Admin.Get(at); strings.Contains(a.Body, "late@aa.example") && !strings.Contains(a.Body, "withdrawn") {
		t.Error("a withdrawn invitation is listed still")
	}
}

// Many are invited from a list of which every line was shown before: all that are ok,
// or nobody.
func TestInvitingMany(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", false)
		at := "/t/aa/admin/members/bulk"
		expect(t, p.Admin.Post("/t/aa/admin/members", url.Values{"email": {"waits@aa.example"}, "role": {"auditor"}, "step_up": {p.Admin.StepUp(models.MemberManage, "aa")}}), http.StatusSeeOther)
		list := "Email;Role;Note\n one@aa.example ; Auditor;x\r\nONE@aa.example;admin\n\ntwo@aa.example\nnot an address;admin\nthree@aa.example;king\nwaits@aa.example\n" +
			p.Auditor.User.Email + ";admin\n" + p.Partner.User.Email + ";partner\n"
		form := url.Values{"list": {list}, "role": {"partner"}}
		a := p.Admin.Post(at, form)
		expect(t, a, http.StatusOK, "2 people will be invited; 6 lines will be left out. Nobody was invited yet.", "Stands further up in this list.", "This is not an e-mail address.", "There is no such role.",
			"Has an invitation that works.", "Is in already.", "Auditor", "Partner")
		seen, err := k.Portal.Members.PreviewInvites(t.Context(), k.Actor(p.Admin, "aa"), list, models.RolePartner)
		if err != nil {
			t.Fatal(err)
		}
		invited := func() int {
			page, err := k.Portal.Members.List(t.Context(), k.Actor(p.Admin, "aa"), "", 100)
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Invited)
		}
		send := func(text, seen, proof string) testkit.Answer {
			return p.Admin.Post(at+"/send", url.Values{"list": {text}, "role": {"partner"}, "seen": {seen}, "step_up": {proof}})
		}
		expect(t, send(list, seen.Seen, ""), http.StatusForbidden, "Confirm this with your passkey", "one@aa.example")
		expect(t, send(list, seen.Seen, p.Admin.StepUp(models.MemberManage, "aa")), http.StatusForbidden) // R24: for another object
		proof := p.Admin.StepUp(models.MemberManage, seen.Object())
		expect(t, send(list+"four@aa.example", seen.Seen, proof), http.StatusConflict, "Nobody was invited; look again.", "four@aa.example")
		if invited() != 1 {
			t.Fatal("somebody was invited meanwhile")
		}
		expect(t, send(list, seen.Seen, proof), http.StatusSeeOther)
		if n := invited(); n != 3 {
			t.Errorf("%d invitations", n)
		}
		expect(t, k.Visitor().Get(k.LinkIn(k.Mail("one@aa.example", "Invitation to"))), http.StatusOK, "You will be Auditor of")
		expect(t, send(list, seen.Seen, p.Admin.StepUp(models.MemberManage, seen.Object())), http.StatusConflict)

		for text, says := range map[string]string{"": "Write an address in each line", "email,role\n": "Write an address in each line", "\xff\xfe": "can be read",
			strings.Repeat("x\n", 1001): "At most 1000 lines"} {
			expect(t, p.Admin.Post(at, url.Values{"list": {text}, "role": {"partner"}}), http.StatusUnprocessableEntity, says)
		}
		expect(t, p.Admin.Post(at, url.Values{"list": {"x@y.example"}, "role": {"king"}}), http.StatusUnprocessableEntity, "x@y.example")
		var many strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&many, "person%d@many.example,auditor\n", i)
		}
		expect(t, p.Admin.Post(at, url.Values{"list": {many.String()}, "role": {"partner"}}), http.StatusOK, "1,000 people will be invited")
	})
}
