package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

func asRole(role models.TeamRole) url.Values { return url.Values{"role": {string(role)}} }

// A team grows by invitations: of somebody without an account and of somebody
// with one, in a tenant that strangers do not see.
func TestColleaguesJoinByInvitation(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", false)
		page, team := "/t/nq/team", "/t/nq/team/"+p.Team.ID
		expect(t, p.Partner.Post(team+"/invitations", address("nobody")), http.StatusUnprocessableEntity, "This is not an e-mail address.")
		expect(t, p.Partner.Post(team+"/invitations", address("new@partner.example")), http.StatusSeeOther)
		expect(t, p.Partner.Get(page), http.StatusOK, "new@partner.example")
		link := k.LinkIn(k.Mail("new@partner.example", "Invitation to the team"))
		n := k.Visitor()
		expect(t, n.Get(link), http.StatusOK, "You will be a member of the team "+p.Team.Name)
		expect(t, n.Enrol(link, url.Values{"name": {"New colleague"}}), http.StatusOK, `{"location":"/t/nq"}`)
		expect(t, n.Get(page), http.StatusOK, "New colleague")
		expect(t, n.Post(team+"/invitations", address("x@partner.example")), http.StatusForbidden)

		m := k.Person("Known colleague", models.NotStaff)
		expect(t, m.Get(page), http.StatusNotFound)
		expect(t, p.Partner.Post(team+"/invitations", address(m.User.Email)), http.StatusSeeOther)
		link = k.LinkIn(k.Mail(m.User.Email, "Invitation to the team"))
		expect(t, n.Post(link+"/accept", nil), http.StatusForbidden)
		expect(t, m.Post(link+"/accept", nil), http.StatusSeeOther)
		expect(t, m.Post(link+"/accept", nil), http.StatusGone)
		expect(t, m.Get(page), http.StatusOK, "Known colleague")
		expect(t, p.Partner.Post(team+"/invitations", address(m.User.Email)), http.StatusUnprocessableEntity, "in the team already")

		expect(t, p.Partner.Post(team+"/invitations", address("late@partner.example")), http.StatusSeeOther)
		link = k.LinkIn(k.Mail("late@partner.example", "Invitation to the team"))
		expect(t, p.Partner.Post(team+"/invitations/withdraw", address("late@partner.example")), http.StatusSeeOther)
		expect(t, k.Visitor().Get(link), http.StatusGone)
	})
}

// R16, R57: whoever is taken out of a team loses their tokens of it with the
// next call; a team keeps an owner, and only its owners change it.
func TestLeavingATeamEndsItsTokens(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p, other := k.Place("nq", true), k.Place("bb", true)
		team, owner := "/t/nq/team/"+p.Team.ID, "/members/"+p.Partner.User.ID
		m := k.Person("Second owner", models.NotStaff)
		k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
			return tx.InsertMembership(p.Team.ID, m.User.ID, models.TeamMember)
		})
		expect(t, p.Partner.Post(team+"/leave", nil), http.StatusConflict, "only owner")
		alone := asRole(models.TeamMember)
		alone.Set("step_up", p.Partner.StepUp(models.TeamManage, p.Partner.User.ID))
		expect(t, p.Partner.Post(team+owner, alone), http.StatusConflict, "only owner")
		expect(t, m.Post(team+owner+"/remove", nil), http.StatusForbidden)
		expect(t, other.Partner.Post("/t/nq/team/"+p.Team.ID+owner+"/remove", nil), http.StatusForbidden)
		expect(t, other.Partner.Post("/t/bb/team/"+p.Team.ID+owner+"/remove", nil), http.StatusNotFound)
		expect(t, p.Partner.Post(team+"/members/"+m.User.ID, asRole(models.TeamOwner)), http.StatusForbidden, "passkey") // R24
		second := asRole(models.TeamOwner)
		second.Set("step_up", p.Partner.StepUp(models.TeamManage, m.User.ID))
		expect(t, p.Partner.Post(team+"/members/"+m.User.ID, second), http.StatusSeeOther)
		expect(t, m.Get(team+owner+"/remove"), http.StatusOK, "What this breaks", p.Token.Name)
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
			t.Fatalf("before: %d", got)
		}
		expect(t, m.Post(team+owner+"/remove", nil), http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
			t.Errorf("a token of somebody who is not in the team any more: %d", got)
		}
		expect(t, p.Partner.Get("/t/nq/team"), http.StatusForbidden)
	})
}
