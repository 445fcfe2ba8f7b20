package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// A partner founds a team and renames it, where the tenant lets them.
func TestFoundingATeam(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		b := k.Person("Founder", models.NotStaff)
		expect(t, b.Get("/t/nq/team/new"), http.StatusOK, "Found a team")
		expect(t, b.Post("/t/nq/team/new", url.Values{"team_name": {""}}), http.StatusUnprocessableEntity, "Name your team")
		expect(t, b.Post("/t/nq/team/new", url.Values{"team_name": {"Founded"}}), http.StatusSeeOther)
		expect(t, b.Get("/t/nq/team"), http.StatusOK, "Founded", "Founder")
		team := k.Actor(b, "nq").Teams()[0]
		expect(t, b.Post("/t/nq/team/"+team+"/name", url.Values{"team_name": {"Renamed"}}), http.StatusSeeOther)
		expect(t, p.Admin.Get("/t/nq/admin/teams?q=founder"), http.StatusOK, "Renamed")
		expect(t, p.Auditor.Get("/t/nq/admin/teams/"+team), http.StatusOK, "Founder", "access to no API")
		expect(t, p.Manager.Get("/t/nq/admin/teams"), http.StatusForbidden)

		expect(t, p.Auditor.Post("/t/nq/admin/teams/founding", nil), http.StatusForbidden)
		expect(t, p.Admin.Post("/t/nq/admin/teams/founding", nil), http.StatusSeeOther)
		other := k.Person("Late founder", models.NotStaff)
		expect(t, other.Get("/t/nq/team/new"), http.StatusOK, "makes teams itself")
		expect(t, other.Post("/t/nq/team/new", url.Values{"team_name": {"Nope"}}), http.StatusForbidden)
		expect(t, other.Post("/t/nq/apis/orders/v1/subscribe", url.Values{"plan": {"standard"}, "team_name": {"Nope"}, "purpose": {"To print labels."}}), http.StatusForbidden)
	})
}

// R57: ownership is handed over in one step, and of owners who all go at once one stays.
func TestATeamKeepsAnOwner(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		heir := colleagueOf(k, p, "Heir", models.TeamMember)
		at := "/t/nq/team/" + p.Team.ID + "/members/" + heir.User.ID
		expect(t, p.Partner.Get(at), http.StatusOK, "Owner in your place")
		expect(t, p.Partner.Post(at, url.Values{"role": {"instead"}, "step_up": {p.Partner.StepUp(models.TeamManage, heir.User.ID)}}), http.StatusSeeOther)
		if mine, theirs := k.Actor(p.Partner, "nq").TeamRole(p.Team.ID), k.Actor(heir, "nq").TeamRole(p.Team.ID); mine != models.TeamMember || theirs != models.TeamOwner {
			t.Fatalf("handed over: %s, %s", mine, theirs)
		}
		k.Mail(heir.User.Email, "you are an owner now")

		owners := []*testkit.Browser{heir, colleagueOf(k, p, "Owner two", models.TeamOwner), colleagueOf(k, p, "Owner three", models.TeamOwner)}
		var wg sync.WaitGroup
		errs := make([]error, len(owners))
		for i, b := range owners {
			actor := k.Actor(b, "nq")
			wg.Go(func() { errs[i] = k.Portal.Teams.Leave(context.Background(), actor, p.Team.ID) })
		}
		wg.Wait()
		stayed := 0
		for _, err := range errs {
			if fault.Code(err) == "last_owner" {
				stayed++
			} else if err != nil {
				t.Error(err)
			}
		}
		if stayed != 1 {
			t.Errorf("%d owners stayed", stayed)
		}
	})
}

// An admin takes the last owner out and names another: of the team, or by mail. The
// service accounts go on meanwhile.
func TestATeamWithoutOwner(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		at := "/t/nq/admin/teams/" + p.Team.ID
		_, service := serviceOf(t, k, p, p.Partner)
		_, secret := serviceToken(t, p, p.Partner, service)
		remove := at + "/members/" + p.Partner.User.ID + "/remove"
		expect(t, p.Auditor.Post(remove, nil), http.StatusForbidden)
		expect(t, p.Admin.Get(remove), http.StatusOK, p.Token.Name, "Invoice run")
		expect(t, p.Admin.Post(remove, nil), http.StatusForbidden, "passkey")
		expect(t, p.Admin.Post(remove, url.Values{"step_up": {p.Admin.StepUp(models.TeamAdminister, p.Team.ID)}}), http.StatusSeeOther)
		if own, its := call(t, k, p, http.MethodGet, p.Secret.Reveal()), call(t, k, p, http.MethodGet, secret); own != http.StatusUnauthorized || its != http.StatusOK {
			t.Errorf("R16: their own token %d, the service account's %d", own, its)
		}
		for _, view := range []string{"empty", "ownerless"} {
			expect(t, p.Admin.Get("/t/nq/admin/teams?view="+view), http.StatusOK, p.Team.Name)
		}
		expect(t, p.Admin.Get(at), http.StatusOK, "Nobody owns this team")
		expect(t, p.Admin.Get("/t/nq/admin/tokens?view=orphaned"), http.StatusOK, "Nightly")
		expect(t, p.Admin.Get(at+"/owner"), http.StatusOK, "Or invite somebody")
		proof := func() []string { return []string{p.Admin.StepUp(models.TeamAdminister, p.Team.ID)} }
		expect(t, p.Admin.Post(at+"/owner", url.Values{"email": {"nobody"}, "step_up": proof()}), http.StatusUnprocessableEntity)
		heir := k.Person("Heir", models.NotStaff)
		expect(t, p.Admin.Post(at+"/owner", url.Values{"email": {heir.User.Email}, "step_up": proof()}), http.StatusSeeOther)
		expect(t, heir.Post(k.LinkIn(k.Mail(heir.User.Email, "Invitation to the team"))+"/accept", nil), http.StatusSeeOther)
		if role := k.Actor(heir, "nq").TeamRole(p.Team.ID); role != models.TeamOwner {
			t.Errorf("the invited owner is %q", role)
		}
		expect(t, p.Admin.Post(at+"/owner", url.Values{"user": {heir.User.ID}, "step_up": proof()}), http.StatusConflict, "has an owner")
	})
}

// A list of many teams goes on page after page, each team once.
func TestManyTeams(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		for i := range 7 {
			name := strings.Repeat("t", 1+i/2) + " Team" // two of each name
			if err := tx.InsertTeam(&models.Team{ID: models.NewID(), Name: name}, p.Partner.User.ID); err != nil {
				return err
			}
		}
		return nil
	})
	seen, after := map[string]bool{}, ""
	for range 10 {
		page, err := k.Portal.Teams.All(t.Context(), k.Actor(p.Auditor, "nq"), portal.TeamQuery{After: after, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			if seen[r.ID] {
				t.Errorf("%s twice", r.Name)
			}
			seen[r.ID], after = true, r.Name+" "+r.ID
		}
		if !page.More {
			break
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d teams", len(seen))
	}
}

// R59, R60: staff who may manage a tenant for an hour do not make themselves, or one of
// their own, owners of a team there, who would stay when the hour is over.
func TestStaffNameNoOwnerOfTheirOwn(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	s, colleague := k.Person("Support", models.StaffSupport), k.Person("Colleague", models.StaffSupport)
	acts(t, k, s, "nq", models.GrantManage)
	proven := func() models.Actor { return k.Proven(k.Actor(s, "nq"), models.TeamAdminister, p.Team.ID) }
	if err := k.Portal.Teams.Expel(t.Context(), proven(), p.Team.ID, p.Partner.User.ID); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{s.User.Email, " " + strings.ToUpper(s.User.Email), colleague.User.Email} {
		if err := k.Portal.Teams.NameOwner(t.Context(), proven(), p.Team.ID, "", address); fault.Code(err) != "staff_never_own" {
			t.Errorf("%q is named: %v", address, err)
		}
	}
	if err := k.Portal.Teams.NameOwner(t.Context(), proven(), p.Team.ID, "", p.Partner.User.Email); err != nil {
		t.Error(err)
	}
}
