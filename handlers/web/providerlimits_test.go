package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// demote takes a person's role by the hand of the tenant's admin.
func demote(t *testing.T, p *testkit.Place, user string) {
	t.Helper()
	expect(t, p.Admin.Post("/t/"+p.Slug+"/admin/members/"+user+"/remove", url.Values{"step_up": {p.Admin.StepUp(models.MemberManage, user)}}), http.StatusSeeOther)
}

// R57: what an admin took stays taken, whatever groups the provider names afterwards.
func TestGroupsGiveNothingBackThatAnAdminTook(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		auditor, partner := h.aa.Auditor, h.aa.Partner
		state := func() (a models.Admission) {
			t.Helper()
			err := h.Store.As(t.Context(), h.Actor(h.aa.Admin, "aa"), func(r store.Tenant) (err error) {
				a, err = r.Admission(auditor.User.ID)
				return err
			})
			if err != nil && !fault.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
			return a
		}
		h.own.Become("ann", auditor.User.Email, true)
		h.link(t, auditor, h.own, h.id)
		demote(t, h.aa, auditor.User.ID)
		for _, group := range []string{"engineers", "board", "guests"} {
			h.own.Groups("ann", group)
			b := h.Visitor()
			expect(t, h.through(t, b, h.own, h.id), http.StatusSeeOther)
			expect(t, b.Get("/t/aa/admin/apis"), http.StatusForbidden)
			h.own.Groups("ann", "nobody")
			h.now.Advance(models.IdentityCheckEvery + time.Minute)
			h.check(t)
			h.own.Groups("ann", group)
			h.now.Advance(models.IdentityCheckEvery + time.Minute)
			h.check(t)
			if got := state().State; got != models.AdmissionRemoved {
				t.Errorf("in %s: who was removed is %q", group, got)
			}
		}

		// Who has a team keeps it without the role that was taken.
		h.own.Become("pat", partner.User.Email, true, "engineers")
		for _, one := range []*testkit.Browser{partner, h.aa.Admin} {
			one.SignIn()
		}
		h.link(t, partner, h.own, h.id)
		expect(t, partner.Get("/t/aa/admin/apis"), http.StatusOK)
		demote(t, h.aa, partner.User.ID)
		for _, group := range []string{"engineers", "board"} {
			h.own.Groups("pat", group)
			b := h.Visitor()
			expect(t, h.through(t, b, h.own, h.id), http.StatusSeeOther)
			expect(t, b.Get("/t/aa/admin/apis"), http.StatusForbidden)
			expect(t, b.Get("/t/aa/tokens"), http.StatusOK)
		}
		h.Write(h.aa.Admin, h.aa.Tenant, func(tx *store.Tx) error { // and an admin gives it back
			if err := tx.SetMember(partner.User.ID, models.RoleAPIManager); err != nil {
				return err
			}
			return tx.RecordAs("member.join", "user", partner.User.ID, nil, nil, nil)
		})
		b := h.Visitor()
		expect(t, h.through(t, b, h.own, h.id), http.StatusSeeOther)
		expect(t, b.Get("/t/aa/admin/apis"), http.StatusOK)
	})
}

// A session through a tenant's provider goes over to that tenant's own host with its
// limits, and ends with the provider.
func TestASessionThroughAProviderOnAnOwnHost(t *testing.T) {
	n := testkit.NewNameserver(t)
	h := &house{own: testkit.NewIssuer(t), other: testkit.NewIssuer(t), now: clock.NewManual(time.Now().UTC())}
	h.Kit = testkit.Prepare(t, t.TempDir(), store.Options{})
	h.AllowIssuers(h.own)
	h.Clock, h.Config.DNS = h.now, n.Addr
	h.Start()
	t.Cleanup(h.Stop)
	h.aa, h.bb = h.Place("aa", true), h.Place("bb", true)
	prove(t, h.Kit, n, h.aa, ownName)
	prove(t, h.Kit, n, h.bb, "other.example.org")
	h.id = h.provide(t, h.aa.Admin, "/t/aa/admin/settings/sign-in", models.TenantConfigure, h.own, "engineers = api_manager")
	partner := h.aa.Partner
	h.Write(h.bb.Admin, h.bb.Tenant, func(tx *store.Tx) error { // who is something in both
		if err := tx.SetMember(partner.User.ID, models.RoleAdmin); err != nil {
			return err
		}
		return tx.RecordAs("member.join", "user", partner.User.ID, nil, nil, nil)
	})
	h.own.Become("pat", partner.User.Email, true, "engineers")
	h.link(t, partner, h.own, h.id)
	b := h.Visitor()
	b.User = partner.User
	expect(t, h.through(t, b, h.own, h.id), http.StatusSeeOther)

	own := b.SignInOn("aa", ownName)
	expect(t, own.Get("/t/aa/subscriptions"), http.StatusOK)
	expect(t, own.Get("/t/bb"), http.StatusNotFound)
	// Not over to another tenant's host, whatever the person is there with a passkey.
	there := b.On("other.example.org")
	form := there.AsksHandOver("/t/bb")
	expect(t, b.Get("/t/bb/hand-over?"+form.Encode()), http.StatusSeeOther) // to sign in
	if at := location(t, b.Post("/t/bb/hand-over", form)); !strings.HasPrefix(at, "/login") {
		t.Errorf("over to another tenant: %s", at)
	}
	form.Set("tenant", "aa")
	expect(t, b.Post("/t/aa/hand-over", form), http.StatusNotFound)
	// The portal's host knows nothing more of it than before.
	expect(t, b.Get("/account/sessions"), http.StatusForbidden)
	rows, err := h.Store.Sessions(t.Context(), partner.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	through := 0
	for _, row := range rows {
		if row.Provider == h.aa.ID {
			through++
		} else if row.Host != "" {
			t.Errorf("a session on %s forgot its provider", row.Host)
		}
	}
	if through != 2 {
		t.Errorf("%d sessions through the provider", through)
	}
	// Gone there, gone here.
	h.own.Leave("pat", true)
	h.now.Advance(models.IdentityCheckEvery + time.Minute)
	h.check(t)
	expect(t, own.Get("/t/aa/subscriptions"), http.StatusSeeOther)
}
