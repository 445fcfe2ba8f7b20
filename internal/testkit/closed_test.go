package testkit_test

import (
	"database/sql"
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/testkit"
)

// R102: the trouble of one tenant is its own. Here its pepper does not open, as
// after a restore in part; when it does, calls go on without a restart.
func TestOneTenantsTroubleIsItsOwn(t *testing.T) {
	k := testkit.New(t)
	p, other := k.Place("nq", true), k.Place("grid", true)
	k.Stop()
	db, err := sql.Open("sqlite", k.Config.Database+"?_pragma=busy_timeout(10000)")
	must(t, err)
	defer db.Close()
	var wrapped []byte
	must(t, db.QueryRow("SELECT wrapped FROM tenant_keys WHERE tenant_id = ? AND kind = 'pepper'", p.Tenant.ID).Scan(&wrapped))
	set := func(value []byte) {
		t.Helper()
		_, err := db.Exec("UPDATE tenant_keys SET wrapped = ? WHERE tenant_id = ? AND kind = 'pepper'", value, p.Tenant.ID)
		must(t, err)
	}
	set([]byte("this opens nothing"))
	k.Start() // which waits until the gateway is ready
	get := func(p *testkit.Place) int {
		status, _, _ := call(t, k, http.MethodGet, "/"+p.Slug+"/orders/v1/orders", p.Secret.Reveal())
		return status
	}
	if status := get(p); status != http.StatusServiceUnavailable {
		t.Errorf("a call of the tenant in trouble: %d", status)
	}
	if status := get(other); status != http.StatusOK {
		t.Errorf("a call of another tenant: %d", status)
	}
	before := k.Publish.Applied()
	must(t, makeTeam(k, other, "a change of the other"))
	must(t, makeTeam(k, p, "a change of the one in trouble"))
	if after := k.Publish.Applied(); after < before+2 || get(other) != http.StatusOK {
		t.Errorf("the feed went from %d to %d", before, after)
	}
	set(wrapped)
	for deadline := time.Now().Add(15 * time.Second); get(p) != http.StatusOK; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the tenant stays closed")
		}
	}
}
