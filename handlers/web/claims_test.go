package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// prepare prepares a token for somebody of the place's team, and returns the link in their mail.
func prepare(t *testing.T, k *testkit.Kit, p *testkit.Place, by, whom *testkit.Browser, name string, more ...string) string {
	t.Helper()
	form := url.Values{"name": {name}, "expires": {"30"}, "purpose": {"Reads orders."}, "access-" + p.Version.ID: {"read"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	answer := by.Post("/t/"+p.Slug+"/admin/teams/"+p.Team.ID+"/members/"+whom.User.ID+"/tokens", form)
	expect(t, answer, http.StatusSeeOther)
	noSecret(t, answer)
	return k.LinkIn(k.Mail(whom.User.Email, "A token was prepared for you: "+name))
}

// noSecret fails where staff are shown the secret of a token (R59).
func noSecret(t *testing.T, a testkit.Answer) {
	t.Helper()
	if found := anySecret.FindString(a.Body); found != "" {
		t.Errorf("R59: %s shows %s", a.Request.URL.Path, found[:8])
	}
}

// inTenant lets a support person into a place.
func inTenant(k *testkit.Kit, p *testkit.Place, level models.GrantLevel) *testkit.Browser {
	b := k.Person(string(level)+" support", models.StaffSupport)
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertGrant(&models.Grant{ID: models.NewID(), UserID: b.User.ID, Level: level, Reason: "ticket", GivenBy: p.Admin.User.ID, ExpiresAt: tx.Now().Add(time.Hour)})
	})
	return b
}

// R59, R34, R24: a token that staff or an admin prepare is made by the partner alone,
// once, with their passkey; staff never see its secret and make none in their place.
func TestAPreparedToken(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		mate := colleagueOf(k, p, "Mate", models.TeamMember)
		staff, looker := inTenant(k, p, models.GrantSupport), inTenant(k, p, models.GrantView)
		at := "/t/nq/admin/teams/" + p.Team.ID
		form := at + "/members/" + mate.User.ID + "/tokens"
		for _, b := range []*testkit.Browser{looker, p.Auditor, p.Manager, p.Partner} {
			expect(t, b.Post(form, url.Values{"name": {"x"}}), http.StatusForbidden)
		}
		expect(t, staff.Get(form), http.StatusOK, "Prepare a token for Mate")
		expect(t, staff.Post(form, url.Values{"expires": {"999"}}), http.StatusUnprocessableEntity, "Give the token a name", "Choose how long it lives")
		link := prepare(t, k, p, staff, mate, "Night job")

		for range 3 { // R34: looking uses nothing up
			expect(t, mate.Get(link), http.StatusOK, "support support", "Night job", "Reads orders.", "Reads Orders v1", "Changes nothing")
		}
		expect(t, staff.Get(link), http.StatusForbidden)
		expect(t, staff.Post(link, nil), http.StatusForbidden)
		expect(t, p.Partner.Get(link), http.StatusNotFound)
		expect(t, p.Partner.Post(link, nil), http.StatusNotFound)
		expect(t, k.Visitor().Get(link), http.StatusSeeOther)
		expect(t, mate.Get(link+"x"), http.StatusNotFound)
		expect(t, mate.Post(link, nil), http.StatusForbidden, "passkey")

		claim := claimOf(t, k, p, "Night job")
		expect(t, mate.Post(link, url.Values{"step_up": {mate.StepUp(models.TokenCreate, p.Team.ID)}}), http.StatusForbidden)
		made := mate.Post(link, url.Values{"step_up": {mate.StepUp(models.TokenCreate, claim)}})
		expect(t, made, http.StatusCreated)
		if got := call(t, k, p, http.MethodGet, anySecret.FindString(made.Body)); got != http.StatusOK {
			t.Errorf("the token that was made: %d", got)
		}
		expect(t, mate.Get(link), http.StatusGone)
		expect(t, mate.Post(link, url.Values{"step_up": {mate.StepUp(models.TokenCreate, claim)}}), http.StatusGone)
		k.Mail(staff.User.Email, "Prepared token made: Night job")
		audit := p.Auditor.Get("/t/nq/admin/audit")
		expect(t, audit, http.StatusOK, "token.prepare", "token.claim", staff.User.Name, "Mate")
		for _, page := range []string{at, "/t/nq/admin/tokens", "/notifications"} {
			noSecret(t, staff.Get(page))
		}

		link = prepare(t, k, p, p.Admin, mate, "Withdrawn one")
		claim = claimOf(t, k, p, "Withdrawn one")
		expect(t, looker.Post(at+"/claims/"+claim+"/withdraw", nil), http.StatusForbidden)
		expect(t, staff.Post(at+"/claims/"+claim+"/withdraw", nil), http.StatusSeeOther)
		expect(t, mate.Get(link), http.StatusGone)
		expect(t, staff.Post(at+"/claims/"+claim+"/withdraw", nil), http.StatusGone)

		// The partner's own rules hold when it is made, too.
		link = prepare(t, k, p, p.Admin, mate, "Too late")
		claim = claimOf(t, k, p, "Too late")
		expect(t, p.Partner.Post("/t/nq/subscriptions/"+p.Subscription.ID+"/end", url.Values{"reason": {"Done."}}), http.StatusSeeOther)
		expect(t, mate.Get(link), http.StatusOK, "made as things are now")
		expect(t, mate.Post(link, url.Values{"step_up": {mate.StepUp(models.TokenCreate, claim)}}), http.StatusUnprocessableEntity)
	})
}

// claimOf is the id of a prepared token of the place's team.
func claimOf(t *testing.T, k *testkit.Kit, p *testkit.Place, name string) string {
	t.Helper()
	whole, err := k.Portal.Teams.Whole(context.Background(), k.Actor(p.Admin, p.Slug), p.Team.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range whole.Claims {
		if c.Claim.Name == name {
			return c.Claim.ID
		}
	}
	t.Fatalf("no claim %q", name)
	return ""
}

// R34: a prepared token is made within 24 hours or not at all.
func TestAPreparedTokenExpires(t *testing.T) {
	c := clock.NewManual(time.Now())
	k := testkit.NewAt(t, c)
	p := k.Place("nq", true)
	link := prepare(t, k, p, p.Admin, p.Partner, "Night job")
	secret := link[strings.LastIndexByte(link, '/')+1:]
	actor := k.Actor(p.Partner, "nq")
	if _, err := k.Portal.Claims.Show(t.Context(), actor, secret); err != nil {
		t.Fatal(err)
	}
	c.Advance(models.ClaimLifetime)
	if _, err := k.Portal.Claims.Show(t.Context(), actor, secret); !fault.Is(err, fault.Gone) {
		t.Errorf("after a day: %v", err)
	}
}

// R59: of several at once, one makes the prepared token.
func TestOneOfManyMakesAPreparedToken(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		_, service := serviceOf(t, k, p, p.Partner)
		link := prepare(t, k, p, p.Admin, p.Partner, "Night job", "service", service)
		expect(t, p.Partner.Get(link), http.StatusOK, "Invoice run, a service account of")
		secret, claim := link[strings.LastIndexByte(link, '/')+1:], claimOf(t, k, p, "Night job")
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			actor := k.Proven(k.Actor(p.Partner, "nq"), models.TokenCreate, claim)
			wg.Go(func() { _, _, errs[i] = k.Portal.Claims.Make(context.Background(), actor, secret) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Gone) {
				t.Error(err)
			}
		}
		page, err := k.Portal.AllTokens.List(t.Context(), k.Actor(p.Admin, "nq"), portal.TokenQuery{Owner: service, Limit: 50})
		if won != 1 || err != nil || len(page.Rows) != 1 {
			t.Errorf("%d were made, %d are there: %v", won, len(page.Rows), err)
		}
	})
}
