package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// withDNS runs a test against a server that asks the test's own name server.
func withDNS(t *testing.T, run func(t *testing.T, k *testkit.Kit, n *testkit.Nameserver)) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		n := testkit.NewNameserver(t)
		k := testkit.Prepare(t, t.TempDir(), o)
		k.Config.DNS = n.Addr
		k.Start()
		t.Cleanup(k.Stop)
		run(t, k, n)
	})
}

func onDomain(domain string, more ...string) url.Values {
	v := url.Values{"domain": {domain}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// A domain counts once its DNS or an admin says that it is the team's, and never one
// that belongs to everybody.
func TestProvingADomain(t *testing.T) {
	withDNS(t, func(t *testing.T, k *testkit.Kit, n *testkit.Nameserver) {
		p := k.Place("nq", true)
		mate := colleagueOf(k, p, "Mate", models.TeamMember)
		team := "/t/nq/team/" + p.Team.ID
		for domain, why := range map[string]string{
			"gmail.com": "addresses to anybody", "mail.gmx.de": "addresses to anybody", "yahoo.co.uk": "addresses to anybody", "co.uk": "nobody’s own",
			"not a domain": "not a domain", "127.0.0.1": "not a domain", "": "not a domain", "a@b.example": "not a domain",
		} {
			expect(t, p.Partner.Post(team+"/domains", onDomain(domain)), http.StatusUnprocessableEntity, why)
		}
		expect(t, mate.Post(team+"/domains", onDomain("partner.example")), http.StatusForbidden)
		expect(t, p.Partner.Post(team+"/domains", onDomain("@Partner.Example.")), http.StatusSeeOther)
		expect(t, p.Partner.Post(team+"/domains", onDomain("partner.example")), http.StatusUnprocessableEntity, "already")
		page := p.Partner.Get("/t/nq/team")
		claimed := domainOf(t, k, p, "partner.example")
		expect(t, page, http.StatusOK, "_gatehouse-challenge.partner.example", claimed.RecordValue(), "Not proven")

		expect(t, p.Partner.Post(team+"/domains/check", onDomain("partner.example")), http.StatusConflict, "no TXT record")
		n.Set(claimed.RecordName(), "gatehouse-challenge=SOMEBODYELSES")
		expect(t, p.Partner.Post(team+"/domains/check", onDomain("partner.example")), http.StatusConflict, "something else")
		expect(t, p.Partner.Post(team+"/domains/let-in", onDomain("partner.example", "on", "on")), http.StatusConflict)
		n.Set(claimed.RecordName(), claimed.RecordValue())
		expect(t, p.Partner.Post(team+"/domains/check", onDomain("partner.example")), http.StatusSeeOther)
		expect(t, p.Partner.Get("/t/nq/team"), http.StatusOK, "Proven")
		expect(t, p.Admin.Get("/t/nq/admin/requests/"+p.Subscription.ID), http.StatusOK, "is proven to be the team’s")

		// Without a record an admin who knows the company can say so, with their passkey.
		expect(t, p.Partner.Post(team+"/domains", onDomain("other.example")), http.StatusSeeOther)
		confirm := "/t/nq/admin/teams/" + p.Team.ID + "/domains/confirm"
		expect(t, p.Auditor.Post(confirm, onDomain("other.example")), http.StatusForbidden)
		expect(t, p.Admin.Post(confirm, onDomain("other.example")), http.StatusForbidden, "passkey")
		expect(t, p.Admin.Post(confirm, onDomain("other.example", "step_up", p.Admin.StepUp(models.TeamAdminister, p.Team.ID))), http.StatusSeeOther)
		expect(t, p.Admin.Get("/t/nq/admin/teams/"+p.Team.ID), http.StatusOK, "confirmed by somebody")
		expect(t, p.Partner.Post(team+"/domains/remove", onDomain("other.example")), http.StatusSeeOther)
	})
}

func domainOf(t *testing.T, k *testkit.Kit, p *testkit.Place, name string) (d models.TeamDomain) {
	t.Helper()
	err := k.Store.As(t.Context(), k.Actor(p.Admin, p.Slug), func(r store.Tenant) (err error) {
		d, err = r.TeamDomain(p.Team.ID, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// R53: people with a confirmed address in a proven domain join a team that lets them;
// to everybody else, and while it does not, the team is not there.
func TestJoiningByDomain(t *testing.T) {
	withDNS(t, func(t *testing.T, k *testkit.Kit, n *testkit.Nameserver) {
		p := k.Place("nq", true)
		kin, stranger := k.Person("Kin", models.NotStaff), k.Person("Stranger", models.NotStaff)
		domain := kin.User.EmailDomain()
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			u := stranger.User
			u.Email = "stranger@elsewhere.example"
			return tx.UpdateUser(u)
		})
		team, join := "/t/nq/team/"+p.Team.ID, url.Values{"team": {p.Team.ID}}
		unseen := func(b *testkit.Browser, when string) {
			t.Helper()
			page := b.Get("/t/nq/team/new")
			real, made := b.Post("/t/nq/team/join", join), b.Post("/t/nq/team/join", url.Values{"team": {models.NewID()}})
			if page.StatusCode != http.StatusOK || real.StatusCode != http.StatusNotFound || made.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d, %d", when, real.StatusCode, made.StatusCode)
			}
		}
		unseen(kin, "before the team says anything")
		expect(t, p.Partner.Post(team+"/domains", onDomain(domain)), http.StatusSeeOther)
		unseen(kin, "claimed, not proven")
		claimed := domainOf(t, k, p, domain)
		n.Set(claimed.RecordName(), claimed.RecordValue())
		expect(t, p.Partner.Post(team+"/domains/check", onDomain(domain)), http.StatusSeeOther)
		unseen(kin, "proven, not let in")
		expect(t, p.Partner.Post(team+"/domains/let-in", onDomain(domain, "on", "on")), http.StatusSeeOther)
		unseen(stranger, "of another domain")
		expect(t, kin.Get("/t/nq/team/new"), http.StatusOK, p.Team.Name)
		expect(t, kin.Post("/t/nq/team/join", join), http.StatusSeeOther)
		if role := k.Actor(kin, "nq").TeamRole(p.Team.ID); role != models.TeamMember {
			t.Errorf("who joined is %q", role)
		}
		k.Mail(p.Partner.User.Email, "Kin joined")

		// Who was removed is not let in by the domain again, but by an invitation.
		invited := 0
		back := func(remove func()) {
			t.Helper()
			invited++
			remove()
			unseen(kin, "removed")
			if page := kin.Get("/t/nq/team/new"); strings.Contains(page.Body, p.Team.Name) {
				t.Error("a team is offered to whom it removed")
			}
			expect(t, p.Partner.Get("/t/nq/team"), http.StatusOK, "removed and join by no domain", "Invite Kin again")
			expect(t, p.Admin.Get("/t/nq/admin/teams/"+p.Team.ID), http.StatusOK, "joining by no domain until they are invited again: Kin")
			expect(t, p.Partner.Post(team+"/invitations", url.Values{"email": {kin.User.Email}}), http.StatusSeeOther)
			expect(t, kin.Post(k.LinkIn(k.MailNumber(invited, kin.User.Email, "Invitation to the team"))+"/accept", nil), http.StatusSeeOther)
			if page := p.Partner.Get("/t/nq/team"); strings.Contains(page.Body, "join by no domain") {
				t.Error("who was let in again is still called removed")
			}
		}
		back(func() { expect(t, p.Partner.Post(team+"/members/"+kin.User.ID+"/remove", nil), http.StatusSeeOther) })
		back(func() {
			expect(t, p.Admin.Post("/t/nq/admin/teams/"+p.Team.ID+"/members/"+kin.User.ID+"/remove", url.Values{"step_up": {p.Admin.StepUp(models.TeamAdminister, p.Team.ID)}}), http.StatusSeeOther)
		})
		expect(t, kin.Post(team+"/leave", nil), http.StatusSeeOther) // by themselves they come and go
		expect(t, kin.Post("/t/nq/team/join", join), http.StatusSeeOther)
		expect(t, p.Partner.Post(team+"/domains/let-in", onDomain(domain)), http.StatusSeeOther)
		unseen(k.Person("Late kin", models.NotStaff), "not let in any more")
	})
}
