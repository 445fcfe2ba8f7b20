package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// staffScene is a tenant, its admin, a support person and two operators.
type staffScene struct {
	*testing.T
	k             *testkit.Kit
	p             *testkit.Place
	s, o, o2      *testkit.Browser
	door, console string
}

func newStaffScene(t *testing.T, k *testkit.Kit) staffScene {
	return staffScene{t, k, k.Place("aa", false), k.Person("Support person", models.StaffSupport), k.Person("First operator", models.StaffOperator),
		k.Person("Second operator", models.StaffOperator), "/support/tenants/aa", "/t/aa/admin/support"}
}

// ask asks for a level and returns the id of the request.
func (x staffScene) ask(b *testkit.Browser, level string) string {
	x.Helper()
	expect(x.T, b.Post(x.door, url.Values{"level": {level}, "reason": {"Tokens are refused."}, "ticket": {"4812"}, "minutes": {"60"}, "step_up": {b.StepUp(models.GrantTake, "aa")}}), http.StatusSeeOther)
	for _, r := range x.access().Waiting {
		if r.UserID == b.User.ID {
			return r.ID
		}
	}
	x.Fatal("nothing waits")
	return ""
}

func (x staffScene) access() portal.StaffAccess {
	x.Helper()
	access, err := x.k.Portal.Grants.AtDoor(x.Context(), x.k.Actor(x.o, ""), "aa")
	if err != nil {
		x.Fatal(err)
	}
	return access
}

func (x staffScene) approve(b *testkit.Browser, base, id string) testkit.Answer {
	return b.Post(base+"/requests/"+id, url.Values{"answer": {"approve"}, "step_up": {b.StepUp(models.GrantDecide, id)}})
}

// R36, R58, R65: more than looking takes a second person, who is an operator or an
// admin of the tenant and never the one who asks. The tenant sees it all, and ends it.
func TestMoreThanLookingTakesASecondPerson(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		x := newStaffScene(t, k)
		bad := x.s.Post(x.door, url.Values{"level": {"manage"}, "reason": {"Tokens are refused."}, "ticket": {""}, "minutes": {"481"}, "step_up": {x.s.StepUp(models.GrantTake, "aa")}})
		expect(t, bad, http.StatusUnprocessableEntity, "Tokens are refused.", "Name the ticket", "Choose 1 minute to 8 hours.")
		expect(t, x.s.Post(x.door, url.Values{"level": {"manage"}, "reason": {"Tokens are refused."}, "ticket": {"4812"}, "minutes": {"60"}}), http.StatusForbidden) // R24
		id := x.ask(x.s, "manage")
		expect(t, x.s.Get("/t/aa"), http.StatusNotFound) // asking opens nothing
		expect(t, x.s.Get("/support"), http.StatusOK, "Waiting for an answer", "manage")
		expect(t, x.o.Get("/support/grants"), http.StatusOK, "Support person", "4812", "Tenant aa")
		expect(t, x.o.Get("/notifications"), http.StatusOK, "Support person asks to manage in Tenant aa")
		expect(t, x.p.Admin.Get("/notifications"), http.StatusOK, "Support person asks to manage in Tenant aa")
		k.Mail(x.p.Admin.User.Email, "asks to enter Tenant aa")
		k.Mail(x.o.User.Email, "asks to enter Tenant aa")
		expect(t, x.s.Get(x.door+"/requests/"+id), http.StatusForbidden)
		expect(t, x.p.Auditor.Post(x.console+"/requests/"+id, url.Values{"answer": {"approve"}}), http.StatusForbidden)
		expect(t, x.p.Admin.Post(x.console+"/requests/"+id, url.Values{"answer": {"approve"}}), http.StatusForbidden, "passkey") // R24
		before := x.s.Cookie()
		expect(t, x.approve(x.p.Admin, x.console, id), http.StatusSeeOther)
		expect(t, x.approve(x.o, x.door, id), http.StatusConflict, "settled this request already") // and nobody twice
		expect(t, x.s.Get("/t/aa/admin/apis"), http.StatusOK, "<strong>manage</strong>", "Tokens are refused.")
		if x.s.Cookie() == before {
			t.Error("R36: the session's id outlived a change of rights")
		}
		expect(t, x.p.Auditor.Get(x.console), http.StatusOK, "Support person", "Inside now", "given by")
		live := x.access().Live[0]
		expect(t, x.p.Auditor.Post(x.console+"/end", url.Values{"grant": {live.ID}}), http.StatusForbidden)
		expect(t, x.p.Admin.Post(x.console+"/end", url.Values{"grant": {live.ID}}), http.StatusSeeOther)
		expect(t, x.p.Admin.Post(x.console+"/end", url.Values{"grant": {live.ID}}), http.StatusConflict, "ended already")
		expect(t, x.s.Get("/t/aa/admin"), http.StatusForbidden, "You are not in Tenant aa any more", "was ended")
		expect(t, x.p.Admin.Get(x.console), http.StatusOK, "Nobody of the staff can enter at the moment", "ended by")
		expect(t, x.s.Get("/notifications"), http.StatusOK, "Your grant in Tenant aa was ended")

		// An operator who asks is not the one who approves; another one is.
		own := x.ask(x.o, "support")
		expect(t, x.approve(x.o, x.door, own), http.StatusForbidden, "Somebody else")
		expect(t, x.o2.Post(x.door+"/requests/"+own, url.Values{"answer": {"decline"}, "note": {"no"}}), http.StatusUnprocessableEntity, "Say why")
		expect(t, x.o2.Post(x.door+"/requests/"+own, url.Values{"answer": {"decline"}, "note": {"Ask the admins."}}), http.StatusSeeOther)
		expect(t, x.p.Admin.Get(x.console), http.StatusOK, "Declined", "Ask the admins.")
		taken := x.ask(x.s, "support")
		expect(t, x.s.Post(x.door+"/withdraw", nil), http.StatusSeeOther)
		expect(t, x.approve(x.o, x.door, taken), http.StatusConflict)
	})
}

// R58, R60: what staff do under a grant stands in the tenant's log under that grant,
// with who they are, and the tenant looks at it.
func TestTheTenantSeesWhatStaffDid(t *testing.T) {
	k := testkit.New(t)
	x := newStaffScene(t, k)
	expect(t, x.approve(x.o, x.door, x.ask(x.s, "support")), http.StatusSeeOther)
	grant := x.access().Live[0]
	expect(t, x.s.Post("/t/aa/admin/tokens/"+x.p.Token.ID+"/pause", url.Values{"reason": {"It is misused."}}), http.StatusSeeOther)
	page := x.p.Admin.Get(x.console + "/grants/" + grant.ID)
	expect(t, page, http.StatusOK, "Support person", "token.pause", "staff, by a grant")
	if strings.Contains(page.Body, "member.invite") {
		t.Error("what others did stands there, too")
	}
	expect(t, x.o.Get(x.door+"/grants/"+grant.ID), http.StatusOK, "token.pause")
	events, err := k.Portal.Audit.List(t.Context(), k.Actor(x.p.Admin, "aa"), portal.AuditFilter{Grant: grant.ID, Limit: 10})
	if err != nil || len(events) != 1 || events[0].Actor != "user:"+x.s.User.ID || events[0].ActingAs != "grant:"+grant.ID {
		t.Errorf("R60: %+v %v", events, err)
	}
}

// R58: a form that was open when the grant ended is refused with 403, says so, and
// gives back what was typed; who never had a grant hears 404.
func TestExpiryUnderAnOpenForm(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		x := newStaffScene(t, k)
		expect(t, x.approve(x.o, x.door, x.ask(x.s, "manage")), http.StatusSeeOther)
		form := url.Values{"name": {"Yard"}, "slug": {"yard"}, "summary": {"Where things stand, in many words."}, "step_up": {"proof"}}
		expect(t, x.s.Get("/t/aa/admin/apis"), http.StatusOK)
		k.Write(x.p.Admin, x.p.Tenant, func(tx *store.Tx) error { // its time is over while the form is open
			return tx.InsertGrant(&models.Grant{ID: models.NewID(), UserID: x.s.User.ID, Level: models.GrantManage, Reason: "ticket 4812", GivenBy: x.o.User.ID, ExpiresAt: tx.Now().Add(-time.Second)})
		})
		late := x.s.Post("/t/aa/admin/apis", form)
		expect(t, late, http.StatusForbidden, "The time of your grant manage in Tenant aa is over", "Nothing of what you sent was done", "Where things stand, in many words.", "Enter Tenant aa anew")
		if strings.Contains(late.Body, ">proof<") {
			t.Error("the page shows a proof")
		}
		expect(t, x.s.Get("/t/aa/admin"), http.StatusForbidden, "is over")
		expect(t, k.Person("Another one", models.StaffSupport).Post("/t/aa/admin/apis", form), http.StatusNotFound)
		expect(t, x.p.Manager.Get("/t/aa/admin/apis/yard"), http.StatusNotFound)
	})
}

// R58: in an emergency an operator enters at once, everybody hears of it, and it
// stays listed until another operator has reviewed it.
func TestEmergency(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		x := newStaffScene(t, k)
		enter := func(b *testkit.Browser, name, ticket, minutes, proof string) testkit.Answer {
			return b.Post(x.door+"/emergency", url.Values{"tenant_name": {name}, "reason": {"Nobody answers."}, "ticket": {ticket}, "minutes": {minutes}, "step_up": {proof}})
		}
		expect(t, x.s.Get(x.door+"/emergency"), http.StatusForbidden)
		expect(t, enter(x.s, "Tenant aa", "4813", "60", x.s.StepUp(models.GrantBreakGlass, "aa")), http.StatusForbidden)
		expect(t, enter(x.o, "Tenant bb", "", "61", ""), http.StatusUnprocessableEntity, "exactly as it stands above", "Name the ticket", "an hour at most", "Nobody answers.")
		expect(t, enter(x.o, "Tenant aa", "4813", "60", ""), http.StatusForbidden) // R24
		expect(t, enter(x.o, "Tenant aa", "4813", "60", x.o.StepUp(models.GrantBreakGlass, "aa")), http.StatusSeeOther)
		expect(t, x.o.Get("/t/aa/admin"), http.StatusOK, "<strong>manage</strong>")
		for _, b := range []*testkit.Browser{x.o2, x.p.Admin} {
			expect(t, b.Get("/notifications"), http.StatusOK, "Emergency: First operator manages Tenant aa")
			k.Mail(b.User.Email, "Emergency: First operator manages Tenant aa")
		}
		expect(t, x.p.Admin.Get("/t/aa/admin/audit?action=grant.break_glass"), http.StatusOK, "grant.break_glass", "4813")
		id := x.access().Live[0].ID
		review := func(b *testkit.Browser, note string) testkit.Answer {
			return b.Post(x.door+"/grants/"+id, url.Values{"note": {note}})
		}
		expect(t, x.o2.Get("/support/grants"), http.StatusOK, "Emergencies to review", "Nobody answers.")
		expect(t, review(x.o, "It was needed."), http.StatusForbidden, "Another operator")
		expect(t, review(x.o2, "ok"), http.StatusUnprocessableEntity, "5 to 500")
		expect(t, review(x.o2, "It was needed."), http.StatusSeeOther)
		expect(t, review(x.o2, "It was needed."), http.StatusConflict)
		if page := x.o2.Get("/support/grants"); strings.Contains(page.Body, "Emergencies to review") {
			t.Error("it is still to be reviewed")
		}
		expect(t, x.p.Auditor.Get(x.console+"/grants/"+id), http.StatusOK, "Reviewed by Second operator", "It was needed.")
	})
}

// R58: a standing view lets somebody enter without a reason of their own, never
// without a passkey, and ends with all that was taken under it.
func TestStandingView(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		x := newStaffScene(t, k)
		stand := func(b *testkit.Browser, to string) testkit.Answer {
			return b.Post(x.door+"/standing", url.Values{"stand_email": {to}, "stand_reason": {"On call in winter."}, "step_up": {b.StepUp(models.GrantGive, "aa")}})
		}
		expect(t, stand(x.s, x.s.User.Email), http.StatusForbidden)
		expect(t, stand(x.o, x.o.User.Email), http.StatusUnprocessableEntity, "Name another staff person")
		expect(t, stand(x.o, x.s.User.Email), http.StatusSeeOther)
		expect(t, stand(x.o, x.s.User.Email), http.StatusConflict, "already")
		expect(t, x.s.Get("/t/aa"), http.StatusNotFound) // it opens nothing by itself
		enter := url.Values{"level": {"view"}, "reason": {""}, "minutes": {"480"}}
		expect(t, x.s.Post(x.door, enter), http.StatusForbidden) // R24
		enter.Set("step_up", x.s.StepUp(models.GrantTake, "aa"))
		expect(t, x.s.Post(x.door, enter), http.StatusSeeOther)
		expect(t, x.s.Get("/t/aa/admin"), http.StatusOK, "On call in winter.")
		expect(t, x.p.Admin.Get(x.console), http.StatusOK, "Standing views", "under a standing view", "On call in winter.")
		id := x.access().Standing[0].ID
		expect(t, x.o.Post(x.door+"/standing/keep", url.Values{"standing": {id}}), http.StatusSeeOther)
		expect(t, x.p.Admin.Post(x.console+"/end", url.Values{"standing": {id}}), http.StatusSeeOther)
		expect(t, x.s.Get("/t/aa/admin"), http.StatusForbidden, "not in Tenant aa any more")
		enter.Set("step_up", x.s.StepUp(models.GrantTake, "aa"))
		expect(t, x.s.Post(x.door, enter), http.StatusUnprocessableEntity, "Say why you need to enter")
	})
}

// R57, R58: who leaves the staff keeps no standing view for the day when somebody makes
// them staff again.
func TestAStandingViewEndsWithBeingStaff(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		x := newStaffScene(t, k)
		expect(t, x.o.Post(x.door+"/standing", url.Values{"stand_email": {x.s.User.Email}, "stand_reason": {"On call in winter."}, "step_up": {x.o.StepUp(models.GrantGive, "aa")}}), http.StatusSeeOther)
		if err := k.Portal.Staff.SetRole(t.Context(), k.Proven(k.Actor(x.o, ""), models.StaffManage, x.s.User.ID), x.s.User.ID, models.NotStaff); err != nil {
			t.Fatal(err)
		}
		if views := x.access().Standing; len(views) != 0 {
			t.Errorf("no staff any more, and %+v", views)
		}
		expect(t, x.p.Admin.Get("/t/aa/admin/audit?action=standing_view.end"), http.StatusOK, "standing_view.end")
		other := k.Person("Leaves for good", models.StaffSupport)
		expect(t, x.o.Post(x.door+"/standing", url.Values{"stand_email": {other.User.Email}, "stand_reason": {"On call in winter."}, "step_up": {x.o.StepUp(models.GrantGive, "aa")}}), http.StatusSeeOther)
		expect(t, deletes(other), http.StatusSeeOther)
		if views := x.access().Standing; len(views) != 0 {
			t.Errorf("deleted, and %+v", views)
		}
	})
}

// R52: nobody of one tenant reaches grants of another, by whichever id.
func TestGrantsOfAnotherTenant(t *testing.T) {
	k := testkit.New(t)
	x, b := newStaffScene(t, k), k.Place("bb", true)
	id := x.ask(x.s, "support")
	expect(t, x.approve(b.Admin, "/t/bb/admin/support", id), http.StatusNotFound)
	expect(t, x.approve(b.Admin, x.console, id), http.StatusNotFound)
	expect(t, x.approve(x.o, x.door, id), http.StatusSeeOther)
	grant := x.access().Live[0].ID
	expect(t, b.Admin.Post("/t/bb/admin/support/end", url.Values{"grant": {grant}}), http.StatusNotFound)
	expect(t, b.Admin.Get("/t/bb/admin/support/grants/"+grant), http.StatusNotFound)
	expect(t, x.o.Post("/support/tenants/bb/end", url.Values{"grant": {grant}}), http.StatusNotFound)
}

// A request that nobody answers lapses, once, and who asked hears of it.
func TestUnansweredRequestsLapse(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		x := newStaffScene(t, k)
		id := models.NewID()
		k.Write(x.s, x.p.Tenant, func(tx *store.Tx) error {
			return tx.InsertGrantRequest(&models.GrantRequest{ID: id, UserID: x.s.User.ID, Level: models.GrantSupport, Reason: "Tokens are refused.", Ticket: "1",
				Minutes: 60, State: models.GrantWaiting, AnswerBy: tx.Now().Add(-time.Minute)})
		})
		expect(t, x.approve(x.o, x.door, id), http.StatusConflict, "in time")
		for range 2 {
			if err := k.Portal.Grants.Lapse(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		inbox := x.s.Get("/notifications")
		expect(t, inbox, http.StatusOK, "Nobody answered your request to support in Tenant aa")
		if strings.Count(inbox.Body, "Nobody answered your request") != 1 {
			t.Error("they hear of it more than once")
		}
		expect(t, x.p.Admin.Get(x.console), http.StatusOK, "Lapsed")
	})
}
