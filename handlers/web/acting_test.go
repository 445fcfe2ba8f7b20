package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// acts gives a staff person a grant in a tenant, by an operator.
func acts(t *testing.T, k *testkit.Kit, who *testkit.Browser, slug string, level models.GrantLevel) {
	t.Helper()
	o := k.Person("Operator of "+who.User.Name+" in "+slug+" to "+string(level), models.StaffOperator)
	if _, err := k.Portal.Grants.Give(t.Context(), k.Proven(k.Actor(o, ""), models.GrantGive, slug), slug, who.User.Email, portal.GrantWish{Level: level, Reason: "ticket 4812", Minutes: 60}); err != nil {
		t.Fatal(err)
	}
}

// becomesStaff makes somebody staff as their account would be after a link.
func becomesStaff(k *testkit.Kit, who *testkit.Browser, role models.StaffRole) {
	k.Write(who, models.Tenant{}, func(tx *store.Tx) error {
		u, err := tx.LockUser(who.User.ID)
		if err != nil {
			return err
		}
		u.Staff = role
		return tx.UpdateUser(u)
	})
}

// R47: whoever sends a form of one tenant to another changes nothing, and reads both
// names, as far as they may know them (R52).
func TestFormsOfAnotherTenant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		port, yard, veiled := k.Place("port", true), k.Place("yard", true), k.Place("veiled", false)
		s := k.Person("Support person", models.StaffSupport)
		acts(t, k, s, "port", models.GrantManage)
		acts(t, k, s, "yard", models.GrantManage)
		both := []string{"This form belongs to another tenant", "Tenant port", "Tenant yard", "Nothing was changed in either", `href="/t/yard/admin/tokens"`, `href="/t/port"`}
		revoke := "/t/port/admin/tokens/" + port.Token.ID + "/revoke"
		for name, form := range map[string]url.Values{
			"of another":      {"tenant": {"yard"}, "reason": {"It leaked."}, "cause": {"leaked"}, "acting_tenant": {"Tenant port"}},
			"of both":         {"tenant": {"yard", "port"}},
			"the path second": {"tenant": {"port", "yard"}},
			"none":            {"tenant": nil},
			"nothing there":   {"tenant": {"absent"}},
			"hidden":          {"tenant": {"veiled"}},
		} {
			a := s.Do(http.MethodPost, revoke, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded", "Referer", k.PortalURL.String()+"/t/yard/admin/tokens")
			expect(t, a, http.StatusConflict, "tenant-bar", "Tenant port")
			if name == "of another" {
				expect(t, a, http.StatusConflict, both...)
			}
			if got := a.Header.Get(guard.ActingTenant); got != "port" {
				t.Errorf("%s: the answer says %q", name, got)
			}
		}
		query := s.Do(http.MethodPost, revoke+"?tenant=port", strings.NewReader("reason=It+leaked."), "Content-Type", "application/x-www-form-urlencoded")
		expect(t, query, http.StatusConflict)
		script := s.Do(http.MethodPost, revoke, strings.NewReader(`{"tenant":"port"}`), "Content-Type", "application/json", "Accept", "application/json")
		if script.StatusCode != http.StatusConflict || script.Code() != "wrong_tenant" {
			t.Errorf("a script that names no tenant: %d %s", script.StatusCode, script.Body)
		}
		part := s.Do(http.MethodPost, revoke, strings.NewReader("tenant=yard"), "Content-Type", "application/x-www-form-urlencoded", "HX-Request", "true", "HX-Current-URL", k.PortalURL.String()+"/t/yard")
		expect(t, part, http.StatusConflict, "Tenant yard", "Tenant port")
		hasNot(t, part, "<html")

		// What somebody may not see has no name for them; what they may see has.
		for _, tt := range []struct {
			who   *testkit.Browser
			said  string
			named string
		}{{port.Partner, "veiled", "not known here"}, {port.Partner, "absent", "not known here"}, {port.Partner, "yard", "Tenant yard"}, {s, "veiled", "Tenant veiled"}} {
			a := tt.who.Post("/t/port/tokens/"+port.Token.ID+"/pause", url.Values{"tenant": {tt.said}})
			if tt.who == s {
				a = tt.who.Post(revoke, url.Values{"tenant": {tt.said}})
			}
			expect(t, a, http.StatusConflict, tt.named)
			if tt.named == "not known here" {
				hasNot(t, a, veiled.Name)
			}
		}
		for _, p := range []*testkit.Place{port, yard, veiled} {
			if status := call(t, k, p, http.MethodGet, p.Secret.Reveal()); status != http.StatusOK {
				t.Errorf("the token of %s: %d", p.Slug, status)
			}
		}
	})
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// R47: before staff break something in a tenant for good, they type its name. What they
// sent is kept, and done once they have.
func TestStaffTypeTheTenantsName(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", false)
	s := k.Person("Support person", models.StaffSupport)
	acts(t, k, s, "port", models.GrantSupport)
	revoke := "/t/port/admin/tokens/" + p.Token.ID + "/revoke"
	form := url.Values{"reason": {`It "leaked" <b>.`}, "cause": {"leaked"}}
	held := s.Post(revoke, form)
	expect(t, held, http.StatusConflict, "Is this the right tenant?", `value="It &#34;leaked&#34; &lt;b&gt;."`, "tenant-bar", "Do it in Tenant port")
	part := s.Do(http.MethodPost, revoke, strings.NewReader("tenant=port&reason=x"), "Content-Type", "application/x-www-form-urlencoded", "HX-Request", "true")
	expect(t, part, http.StatusConflict, "acting_tenant", `action="`+revoke+`"`)
	hasNot(t, part, "<html")
	again := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(held.Body[strings.Index(held.Body, "<main"):], -1) {
		if !slices.Contains([]string{"back"}, m[1]) {
			again.Add(m[1], strings.NewReplacer("&#34;", `"`, "&lt;", "<", "&gt;", ">").Replace(m[2]))
		}
	}
	for _, wrong := range []string{"Tenant yard", "port", "Tenant portx"} {
		again.Set(guard.TypedName, wrong)
		expect(t, s.Post(revoke, again), http.StatusConflict, "This is not its name")
	}
	if status := call(t, k, p, http.MethodGet, p.Secret.Reveal()); status != http.StatusOK {
		t.Fatalf("it was revoked before the name was typed: %d", status)
	}
	again.Set(guard.TypedName, " tenant  PORT ")
	expect(t, s.Post(revoke, again), http.StatusSeeOther)
	if status := call(t, k, p, http.MethodGet, p.Secret.Reveal()); status != http.StatusUnauthorized {
		t.Errorf("after revoking: %d", status)
	}
	// R60: the tenant reads who did it, by what grant, and in which tenant.
	page := p.Admin.Get("/t/port/admin/audit")
	expect(t, page, http.StatusOK, "token.revoke", "Support person")
	events, err := k.Portal.Audit.List(t.Context(), k.Actor(p.Admin, "port"), portal.AuditFilter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range events {
		found = found || e.ChainID == p.ID && e.Actor == "user:"+s.User.ID && strings.HasPrefix(e.ActingAs, "grant:") && strings.Contains(e.Action, "revoke")
	}
	if !found {
		t.Errorf("no event has actor, grant and tenant: %+v", events)
	}
	// Their own people are asked for no name.
	expect(t, p.Admin.Post("/t/port/admin/requests/"+p.Subscription.ID+"/end", url.Values{"reason": {"The contract is over."}}), http.StatusSeeOther)
}

// R60: who acts as staff in a tenant is nobody's partner there meanwhile, and no token
// of theirs carries the grant's rights.
func TestActingStaffAreNobodysPartner(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	s := p.Partner
	expect(t, s.Get("/t/port/tokens"), http.StatusOK)
	becomesStaff(k, s, models.StaffSupport)
	expect(t, s.Get("/t/port/tokens"), http.StatusOK)
	hasNot(t, s.Get("/t/port"), "tenant-bar") // in their own right
	acts(t, k, s, "port", models.GrantManage)
	s.SignIn()
	expect(t, s.Get("/t/port"), http.StatusOK, "tenant-bar", "<title>TP | Tenant port</title>", `rel="icon" href="/t/port/icon/`)
	for _, path := range []string{"/t/port/tokens", "/t/port/tokens/new", "/t/port/subscriptions", "/t/port/team"} {
		expect(t, s.Get(path), http.StatusForbidden, "tenant-bar")
	}
	try := s.Do(http.MethodPost, "/t/port/apis/orders/v1/try/token", strings.NewReader("tenant=port"), "Content-Type", "application/x-www-form-urlencoded")
	expect(t, try, http.StatusForbidden)
	if status := call(t, k, p, http.MethodGet, p.Secret.Reveal()); status != http.StatusOK {
		t.Errorf("what the team's programs call stops, because a colleague helps as staff: %d", status)
	}
	expect(t, s.Post("/t/port/leave", nil), http.StatusSeeOther)
	expect(t, s.Get("/t/port/tokens"), http.StatusOK)
	// A grant that is over says so, and what was sent is not done.
	over := k.Person("Other support person", models.StaffSupport)
	late := over.Post("/t/port/admin/tokens/"+p.Token.ID+"/revoke", url.Values{"reason": {"x"}})
	expect(t, late, http.StatusForbidden, "You have no grant in Tenant port", "without a grant")
}
