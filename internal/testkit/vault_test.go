package testkit_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R106: whoever can write to the database and moves a sealed credential, brings
// an older one back or changes what stands beside it, closes the version: calls
// meet 503, and no upstream ever sees a credential that is not its own.
func TestMovedCredentialsOpenNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		a, b := k.Place("nq", true), k.Place("gr", true)
		older := vaulted(t, k, a, a.Version)
		parcels := publish(t, k, a, "parcels", "v1", "parcels of nq")
		orders, foreign := a.Version, b.Version
		for p, value := range map[*testkit.Place]string{a: "orders of nq", b: "orders of gr"} {
			manager := k.Proven(k.Actor(p.Manager, p.Slug), models.CredentialWrite, p.Version.ID)
			must(t, k.Portal.APIs.SetCredential(context.Background(), manager, "orders", "v1", "X-Upstream-Key", value))
		}
		row := subscribe(t, k, a, "parcels", "v1")
		_, err := k.Portal.Subscriptions.Approve(context.Background(), k.Actor(a.Admin, "nq"), row.ID, row.Seen())
		must(t, err)
		both := mint(t, k, a, orders, parcels)
		calls := []struct {
			version              models.Version
			path, secret, expect string
		}{
			{orders, "/nq/orders/v1/orders", both, "orders of nq"},
			{parcels, "/nq/parcels/v1/orders", both, "parcels of nq"},
			{foreign, "/gr/orders/v1/orders", b.Secret.Reveal(), "orders of gr"},
		}
		o, p, f := vaulted(t, k, a, orders), vaulted(t, k, a, parcels), vaulted(t, k, b, foreign)
		for name, tt := range map[string]struct {
			changed map[string]credential // by id
			closed  map[string]bool       // by what its upstream expects
		}{
			"nothing is moved":                {nil, nil},
			"two of a tenant change places":   {map[string]credential{o.id: o.sealing(p.sealed), p.id: p.sealing(o.sealed)}, map[string]bool{"orders of nq": true, "parcels of nq": true}},
			"two tenants' change places":      {map[string]credential{o.id: o.sealing(f.sealed), f.id: f.sealing(o.sealed)}, map[string]bool{"orders of nq": true, "orders of gr": true}},
			"one stands in two places":        {map[string]credential{p.id: p.sealing(f.sealed)}, map[string]bool{"parcels of nq": true}},
			"the value before it comes back":  {map[string]credential{o.id: o.sealing(older.sealed)}, map[string]bool{"orders of nq": true}},
			"one bit of it is another":        {map[string]credential{o.id: o.sealing(flipped(o.sealed))}, map[string]bool{"orders of nq": true}},
			"nothing is left of it":           {map[string]credential{o.id: o.sealing(nil)}, map[string]bool{"orders of nq": true}},
			"it is to go in another header":   {map[string]credential{o.id: {o.id, o.sealed, "X-Echo", o.number}}, map[string]bool{"orders of nq": true}},
			"it counts as another value":      {map[string]credential{o.id: {o.id, o.sealed, o.header, o.number + 1}}, map[string]bool{"orders of nq": true}},
			"a value of the other's count":    {map[string]credential{f.id: {f.id, older.sealed, f.header, older.number}}, map[string]bool{"orders of gr": true}},
			"all three go round by one place": {map[string]credential{o.id: o.sealing(p.sealed), p.id: p.sealing(f.sealed), f.id: f.sealing(o.sealed)}, map[string]bool{"orders of nq": true, "parcels of nq": true, "orders of gr": true}},
		} {
			t.Run(name, func(t *testing.T) {
				write := func(rows ...credential) {
					for _, c := range rows {
						c.write(t, k)
					}
					for _, place := range []*testkit.Place{a, b} {
						k.Write(place.Admin, place.Tenant, func(tx *store.Tx) error { return tx.Changed(models.ChangeVersion, place.Version.ID) })
					}
				}
				for _, c := range tt.changed {
					write(c)
				}
				for _, c := range calls {
					before := len(k.Upstream.Calls())
					if tt.closed[c.expect] {
						meets(t, k, c.path, c.secret, http.StatusServiceUnavailable, "credential_detached")
						if len(k.Upstream.Calls()) != before {
							t.Errorf("%s: the upstream was called", c.path)
						}
						continue
					}
					meets(t, k, c.path, c.secret, http.StatusOK, "")
					if seen := k.Upstream.Calls(); len(seen) != before+1 || seen[before].Header.Get("X-Upstream-Key") != c.expect {
						t.Errorf("%s: the upstream saw %v", c.path, seen[before:])
					}
				}
				write(o, p, f)
			})
		}
		t.Run("its version is led elsewhere, and its origin with it", func(t *testing.T) { // R108
			change(t, k, "UPDATE versions SET upstream = 'http://127.0.0.2:9/take' WHERE id = '"+orders.ID+"'")
			change(t, k, "UPDATE credentials SET origin = 'http://127.0.0.2:9' WHERE id = '"+o.id+"'")
			k.Write(a.Admin, a.Tenant, func(tx *store.Tx) error { return tx.Changed(models.ChangeVersion, orders.ID) })
			meets(t, k, calls[0].path, both, http.StatusServiceUnavailable, "credential_detached")
		})
	})
}

// credential is a row of the vault, as somebody sees it who has the database and not the key.
type credential struct {
	id     string
	sealed []byte
	header string
	number int
}

func (c credential) sealing(sealed []byte) credential { c.sealed = sealed; return c }

func flipped(b []byte) []byte {
	out := append([]byte{}, b...)
	out[len(out)-1] ^= 1
	return out
}

// vaulted reads the row of a version's credential.
func vaulted(t *testing.T, k *testkit.Kit, p *testkit.Place, v models.Version) (c credential) {
	t.Helper()
	must(t, k.Store.As(context.Background(), k.Actor(p.Admin, p.Slug), func(r store.Tenant) error {
		row, ok, err := r.Credential(v.ID)
		if !ok {
			t.Fatal("there is no credential", err)
		}
		c = credential{row.ID, row.Sealed, row.Header, row.Number}
		return err
	}))
	return c
}

// write puts the row into the database.
func (c credential) write(t *testing.T, k *testkit.Kit) {
	t.Helper()
	blob := "X'" + hex.EncodeToString(c.sealed) + "'"
	if k.Config.DatabaseOwner != "" { // PostgreSQL
		blob = `'\x` + hex.EncodeToString(c.sealed) + "'"
	}
	change(t, k, fmt.Sprintf("UPDATE credentials SET sealed = %s, header = '%s', number = %d WHERE id = '%s'", blob, c.header, c.number, c.id))
}

// change changes one row past the program.
func change(t *testing.T, k *testkit.Kit, statement string) {
	t.Helper()
	h, err := k.Store.Handles()
	must(t, err)
	tx, err := h.Write.Begin()
	must(t, err)
	defer tx.Rollback()
	if h.Pool != nil {
		_, err := tx.Exec("SELECT set_config('gatehouse.platform', 'on', true)")
		must(t, err)
	}
	done, err := tx.Exec(statement)
	must(t, err)
	if n, err := done.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d rows were changed, %v", n, err)
	}
	must(t, tx.Commit())
}
