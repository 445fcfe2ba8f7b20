package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R16: a suspended tenant's calls are refused at once and its portal is gone;
// resumed, both are back, but no token that was revoked meanwhile.
func TestSuspendedTenant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		o, s := k.Person("Operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
		door, why := "/support/tenants/nq", url.Values{"state_reason": {"Invoice 12 is open."}}
		meets := func(want int) {
			t.Helper()
			if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != want {
				t.Fatalf("a call met %d, want %d", got, want)
			}
		}
		meets(http.StatusOK)
		expect(t, s.Post(door+"/suspend", why), http.StatusForbidden)
		expect(t, o.Post(door+"/suspend", url.Values{"state_reason": {"no"}}), http.StatusUnprocessableEntity, "Say why")
		expect(t, o.Post(door+"/suspend", why), http.StatusSeeOther)
		meets(http.StatusForbidden)
		expect(t, p.Partner.Get("/t/nq"), http.StatusNotFound)
		expect(t, p.Admin.Get("/t/nq/admin"), http.StatusNotFound)
		expect(t, o.Get(door), http.StatusOK, "Resume this tenant")
		expect(t, o.Post(door+"/suspend", why), http.StatusConflict, "already")
		expect(t, o.Post(door+"/resume", why), http.StatusSeeOther)
		meets(http.StatusOK)
		expect(t, p.Admin.Get("/t/nq/admin/audit"), http.StatusOK, "tenant.suspend", "tenant.resume", "Invoice 12 is open.")

		actor := k.Actor(p.Partner, "nq")
		expect(t, o.Post(door+"/suspend", why), http.StatusSeeOther)
		if err := k.Portal.Tokens.Revoke(t.Context(), actor, p.Token.ID, models.CauseUnneeded, "No longer needed."); err != nil {
			t.Fatal(err)
		}
		expect(t, o.Post(door+"/resume", why), http.StatusSeeOther)
		meets(http.StatusUnauthorized)
	})
}
