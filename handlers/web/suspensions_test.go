package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// turns is what an operator sends to bring a tenant into another state, with the
// passkey and the name.
func turns(o *testkit.Browser, p *testkit.Place, verb string) testkit.Answer {
	needs, reason := models.TenantSuspend, "state_reason"
	if verb == "archive" || verb == "restore" {
		needs = models.TenantArchive
	}
	if verb == "archive" {
		reason = "archive_reason"
	}
	return o.Post("/support/tenants/"+p.Slug+"/"+verb, url.Values{reason: {"Invoice 12 is open."}, "confirm": {p.Name}, "step_up": {o.StepUp(needs, p.Slug)}})
}

// R16, R24: a suspended tenant's calls are refused at once and its portal is gone;
// resumed, both are back, but no token that was revoked meanwhile.
func TestSuspendedTenant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		o, s := k.Person("Operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
		door, why := "/support/tenants/nq", url.Values{"state_reason": {"Invoice 12 is open."}, "confirm": {p.Name}}
		meets := func(want int) {
			t.Helper()
			if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != want {
				t.Fatalf("a call met %d, want %d", got, want)
			}
		}
		meets(http.StatusOK)
		expect(t, s.Post(door+"/suspend", why), http.StatusForbidden)
		expect(t, o.Get(door+"/state"), http.StatusOK, "1 token</strong> of 1 partner team stop at once", "with 1 management token", "a day", "Type Tenant nq to confirm")
		expect(t, o.Post(door+"/suspend", url.Values{"state_reason": {"no"}, "confirm": {"Tenant other"}}), http.StatusUnprocessableEntity, "Say why", "as it stands here", `value="Tenant other"`)
		expect(t, o.Post(door+"/suspend", why), http.StatusForbidden, "Invoice 12 is open.") // R24
		meets(http.StatusOK)
		expect(t, turns(o, p, "archive"), http.StatusConflict, "Suspend the tenant first")
		expect(t, turns(o, p, "suspend"), http.StatusSeeOther)
		meets(http.StatusForbidden)
		expect(t, p.Partner.Get("/t/nq"), http.StatusNotFound)
		expect(t, p.Admin.Get("/t/nq/admin"), http.StatusNotFound)
		expect(t, o.Get(door), http.StatusOK, "This tenant is suspended", "Resume or archive")
		expect(t, turns(o, p, "suspend"), http.StatusConflict, "already")
		expect(t, turns(o, p, "resume"), http.StatusSeeOther)
		meets(http.StatusOK)
		expect(t, p.Admin.Get("/t/nq/admin/audit"), http.StatusOK, "tenant.suspend", "tenant.resume", "Invoice 12 is open.")

		actor := k.Actor(p.Partner, "nq")
		expect(t, turns(o, p, "suspend"), http.StatusSeeOther)
		if err := k.Portal.Tokens.Revoke(t.Context(), actor, p.Token.ID, models.CauseUnneeded, "No longer needed."); err != nil {
			t.Fatal(err)
		}
		expect(t, turns(o, p, "resume"), http.StatusSeeOther)
		meets(http.StatusUnauthorized)
	})
}

// asks are the doors of a tenant at which something of it works, with what they answer
// while it does.
func asks(t *testing.T, k *testkit.Kit, p *testkit.Place, s *testkit.Browser) map[string]int {
	t.Helper()
	send := func(method, address, body string, header ...string) int {
		r, err := http.NewRequest(method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		return a.StatusCode
	}
	gateway, origin, bearer := k.GatewayURL.String(), k.PortalURL.String(), "Bearer "+p.Secret.Reveal()
	return map[string]int{
		"a call":               send("GET", gateway+"/"+p.Slug+"/orders/v1/orders", "", "Authorization", bearer),
		"a call of the mock":   send("GET", gateway+"/-/mock/"+p.Slug+"/orders/v1/orders", "", "Authorization", bearer),
		"the token itself":     send("GET", origin+"/api/v1/token", "", "Authorization", bearer),
		"the management API":   send("GET", origin+"/api/v1/tenants/"+p.Slug+"/apis", "", "Authorization", "Bearer "+p.ManagementSecret.Reveal()),
		"the portal, inside":   p.Admin.Get("/t/" + p.Slug + "/admin").StatusCode,
		"a partner's tokens":   p.Partner.Get("/t/" + p.Slug + "/tokens").StatusCode,
		"a try token":          p.Partner.Do("POST", "/t/"+p.Slug+"/apis/orders/v1/try/token", strings.NewReader("tenant="+p.Slug), "Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json").StatusCode,
		"a stranger, reading":  k.Visitor().Get("/t/" + p.Slug).StatusCode,
		"support, inside":      s.Get("/t/" + p.Slug + "/admin/tokens").StatusCode,
		"support, at the door": s.Get("/support/tenants/" + p.Slug).StatusCode,
	}
}

// R14, R16, R62: what is archived stops at every door at once, and is there for operators
// alone, to read. Restored, nothing of it works by itself: no token lives again. Slug and
// code stay taken.
func TestArchivedTenant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		k.Place("other", true)
		o, s := k.Person("Operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
		acts(t, k, s, "nq", models.GrantManage)
		asked := asksFor(t, k, s, "nq", models.GrantManage)
		for door, got := range asks(t, k, p, s) {
			if got != http.StatusOK && !strings.Contains(door, "mock") {
				t.Errorf("before, %s: %d", door, got)
			}
		}
		expect(t, turns(o, p, "suspend"), http.StatusSeeOther)
		open := map[string]int{"support, inside": http.StatusOK, "support, at the door": http.StatusOK}
		for door, got := range asks(t, k, p, s) {
			if want := open[door]; got < 400 && want == 0 || want != 0 && got != want {
				t.Errorf("suspended, %s: %d", door, got)
			}
		}
		jobs := func() (waiting int) {
			var subs []models.Subscription
			if err := k.Store.Survey(t.Context(), func(r store.Platform) (err error) {
				subs, err = r.EndingSubscriptions(k.Store.Now().Add(366 * 24 * time.Hour))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return len(slices.DeleteFunc(subs, func(s models.Subscription) bool { return s.TenantID != p.ID }))
		}
		if n := jobs(); n != 0 {
			t.Errorf("jobs go on in a suspended tenant: %d", n)
		}
		page := o.Get("/support/tenants/nq/state")
		expect(t, page, http.StatusOK, "All tokens are revoked for good", "For 30 days", "never used again", "Type Tenant nq to confirm")
		expect(t, turns(o, p, "archive"), http.StatusSeeOther)
		for door, got := range asks(t, k, p, s) {
			if got < 400 {
				t.Errorf("archived, %s: %d", door, got)
			}
		}
		expect(t, s.Get("/support?q=nq"), http.StatusOK, "No tenant")
		expect(t, s.Get("/t/nq"), http.StatusNotFound)
		expect(t, s.Post("/support/tenants/nq", url.Values{"reason": {"ticket 1"}, "minutes": {"60"}, "step_up": {s.StepUp(models.GrantTake, "nq")}}), http.StatusNotFound)

		// Operators read it, and change nothing.
		expect(t, o.Get("/support?q=nq"), http.StatusOK, "Archived")
		expect(t, o.Get("/t/nq/admin/tokens"), http.StatusNotFound)
		expect(t, o.Post("/support/tenants/nq", url.Values{"reason": {"ticket 1"}, "minutes": {"60"}, "step_up": {o.StepUp(models.GrantTake, "nq")}}), http.StatusSeeOther)
		expect(t, o.Get("/t/nq/admin/tokens?state=ended"), http.StatusOK, "Revoked", "tenant-bar")
		expect(t, o.Get("/t/nq/admin/audit"), http.StatusOK, "tenant.archive", "Invoice 12 is open.")
		expect(t, o.Post("/t/nq/admin/requests/"+p.Subscription.ID+"/pause", url.Values{"reason": {"Not any more."}}), http.StatusForbidden)
		_, err := k.Portal.Grants.Give(t.Context(), k.Proven(k.Actor(o, ""), models.GrantGive, "nq"), "nq", s.User.Email, portal.GrantWish{Level: models.GrantManage, Reason: "ticket 4812", Minutes: 60})
		if fault.Code(err) != "tenant_archived" {
			t.Errorf("somebody is let into an archived tenant: %v", err)
		}
		for name, let := range map[string]func() error{
			"what was asked for before": func() error {
				_, err := k.Portal.Grants.Decide(t.Context(), k.Proven(k.Actor(o, ""), models.GrantDecide, asked), "nq", asked, true, "")
				return err
			},
			"a standing view": func() error {
				_, err := k.Portal.Grants.GiveStanding(t.Context(), k.Proven(k.Actor(o, ""), models.GrantGive, "nq"), "nq", s.User.Email, "On call in winter.")
				return err
			},
			"an emergency": func() error {
				_, err := k.Portal.Grants.BreakGlass(t.Context(), k.Proven(k.Actor(o, ""), models.GrantBreakGlass, "nq"), "nq", p.Name, portal.GrantWish{Reason: "Nobody answers.", Ticket: "4812", Minutes: 60})
				return err
			},
		} {
			if err := let(); fault.Code(err) != "tenant_archived" {
				t.Errorf("into an archived tenant by %s: %v", name, err)
			}
		}

		// R53: support learns by no number and by no place in a list that it is there.
		totals := func(b *testkit.Browser) store.DirectoryTotals {
			page, err := k.Portal.Tenants.Directory(t.Context(), k.Actor(b, ""), portal.DirectoryFilter{Limit: 10}, false, true)
			if err != nil {
				t.Fatal(err)
			}
			return page.All
		}
		if of, all := totals(s), totals(o); of.Tenants != 1 || all.Tenants != 2 {
			t.Errorf("support counts %+v, operators %+v", of, all)
		}
		for slug, want := range map[string]fault.Kind{"nq": fault.NotFound, "absent": fault.NotFound} {
			if _, err := k.Portal.Tenants.Directory(t.Context(), k.Actor(s, ""), portal.DirectoryFilter{After: slug, Limit: 10}, false, false); !fault.Is(err, want) {
				t.Errorf("behind %s: %v", slug, err)
			}
		}

		// Neither slug nor code becomes somebody else's.
		for name, in := range map[string]portal.NewTenant{"slug": {Slug: "nq", Code: "xx"}, "code": {Slug: "xx", Code: "nq"}} {
			in.Name, in.Colour, in.Public = "Somebody else", "#123456", true
			if _, err := k.Portal.Tenants.Create(t.Context(), k.Proven(k.Actor(o, ""), models.TenantCreate, ""), in); fault.Code(err) != "tenant_taken" {
				t.Errorf("the %s is used again: %v", name, err)
			}
		}

		// Restored it is suspended; resumed, people and subscriptions are there, tokens are not.
		expect(t, turns(o, p, "resume"), http.StatusConflict, "archived already")
		expect(t, turns(o, p, "restore"), http.StatusSeeOther)
		expect(t, p.Admin.Get("/t/nq/admin"), http.StatusNotFound)
		expect(t, turns(o, p, "resume"), http.StatusSeeOther)
		got := asks(t, k, p, s)
		for door, want := range map[string]int{"a call": 401, "the token itself": 401, "the management API": 401, "the portal, inside": 200, "a partner's tokens": 200, "support, inside": 403} {
			if got[door] != want {
				t.Errorf("restored, %s: %d, want %d", door, got[door], want)
			}
		}
		expect(t, p.Partner.Get("/t/nq/tokens?state=ended"), http.StatusOK, "Revoked")
		if err := k.Portal.Tokens.Resume(t.Context(), k.Actor(p.Partner, "nq"), p.Token.ID); err == nil {
			t.Error("R14: a token that was revoked by archiving lives again")
		}
	})
}

// asksFor keeps what a staff person asks to be allowed in a tenant, and returns its id.
func asksFor(t *testing.T, k *testkit.Kit, b *testkit.Browser, slug string, level models.GrantLevel) string {
	t.Helper()
	wish := portal.GrantWish{Level: level, Reason: "Tokens are refused.", Ticket: "4812", Minutes: 60}
	if _, err := k.Portal.Grants.Ask(t.Context(), k.Proven(k.Actor(b, ""), models.GrantTake, slug), slug, wish); err != nil {
		t.Fatal(err)
	}
	access, err := k.Portal.Grants.AtDoor(t.Context(), k.Actor(b, ""), slug)
	if err != nil || len(access.Waiting) != 1 {
		t.Fatal(access.Waiting, err)
	}
	return access.Waiting[0].ID
}

// An archived tenant cannot be restored for ever.
func TestRestoringTooLate(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	o := k.Person("Operator", models.StaffOperator)
	expect(t, turns(o, p, "suspend"), http.StatusSeeOther)
	expect(t, turns(o, p, "archive"), http.StatusSeeOther)
	tenant, err := k.Store.TenantBySlug(t.Context(), "nq")
	if err != nil {
		t.Fatal(err)
	}
	long := k.Store.Now().Add(-models.RestoreFor - time.Minute)
	tenant.ArchivedAt = &long
	k.Write(o, tenant, func(tx *store.Tx) error { return tx.UpdateTenant(tenant) })
	expect(t, o.Get("/support/tenants/nq/state"), http.StatusOK, "It is too long ago to restore it")
	expect(t, turns(o, p, "restore"), http.StatusConflict, "It could be restored until")
	expect(t, o.Get("/support/tenants/nq"), http.StatusOK, "archived")
}
