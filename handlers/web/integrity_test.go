package web_test

import (
	"net/http"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R106: a credential that was changed in the database closes its version, and the
// tenant reads of it: once for each change, not for each call, reading or start.
func TestAChangedCredentialIsInTheAuditLog(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		tamper := func(at int) {
			t.Helper()
			k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
				c, _, err := tx.Credential(p.Version.ID)
				if err != nil {
					return err
				}
				if at > 0 {
					c.Sealed[len(c.Sealed)-at] ^= 1
				}
				if err := tx.SetCredential(&c); err != nil {
					return err
				}
				return tx.Changed(models.ChangeVersion, p.Version.ID)
			})
		}
		noted := func(want int) {
			t.Helper()
			if status := call(t, k, p, http.MethodGet, p.Secret.Reveal()); status != map[bool]int{true: 200, false: 503}[want == 0] {
				t.Errorf("a call: %d", status)
			}
			if n := events(t, k, k.Actor(p.Admin, "nq"), "vault.integrity", p.Version.ID); n != want {
				t.Errorf("the audit log says it %d times, not %d", n, want)
			}
		}
		noted(0)
		tamper(1)
		noted(1)
		tamper(0)
		noted(1)
		k.Stop()
		k.Start()
		noted(1)
		tamper(2)
		noted(2)
		has(t, p.Admin.Get("/t/nq/admin/audit?action=vault.integrity"), 200, "vault.integrity", "Gatehouse")
	})
}
