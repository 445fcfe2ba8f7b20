package testkit_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"gatehouse/internal/app"
	"gatehouse/internal/audit"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
)

// witness signs a checkpoint of each chain, as the job does.
func witness(t *testing.T, k *testkit.Kit) {
	t.Helper()
	ctx := context.Background()
	key, err := k.Keys.CheckpointKey(ctx)
	must(t, err)
	var heads []audit.Head
	must(t, k.Store.Survey(ctx, func(p store.Platform) (err error) { heads, err = p.AuditHeads(); return err }))
	for _, h := range heads {
		must(t, audit.AppendCheckpoint(filepath.Join(k.Config.Dir, app.CheckpointFile), audit.Sign(key, h, k.Store.Now())))
	}
}

// tamper runs statements as somebody who may do everything with the database.
func tamper(t *testing.T, k *testkit.Kit, statements ...string) {
	t.Helper()
	db := beside(t, k)
	if owner := k.Config.DatabaseOwner; owner != "" {
		var err error
		db, err = sql.Open("pgx", owner)
		must(t, err)
		defer db.Close()
		db.SetMaxOpenConns(1)
		statements = append([]string{"SET search_path TO " + k.Config.DatabaseSchema}, statements...)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// R123: what is erased whole is missed, chain, head and tenant.
func TestErasedChains(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx := context.Background()
		one, two, _ := k.Place("one", true), k.Place("two", true), k.Place("three", true)
		witness(t, k)
		exits := func() map[string]int {
			t.Helper()
			reports, err := app.VerifyAudit(ctx, k.Config)
			must(t, err)
			out := map[string]int{}
			for _, r := range reports {
				out[r.Name] = r.Exit()
				if r.Name != "" && !strings.Contains(r.String(), r.Name+" ("+r.ChainID+")") {
					t.Errorf("%s does not name the tenant", r)
				}
			}
			return out
		}
		if got := exits(); len(got) != 4 || got[""]+got["one"]+got["two"]+got["three"] != 0 { // beside the server
			t.Fatalf("before: %v", got)
		}
		if owner := k.Config.DatabaseOwner; owner != "" { // any role may look, the demo's too
			c := k.Config
			c.Database, c.DatabaseOwner = owner, ""
			if reports, err := app.VerifyAudit(ctx, c); err != nil || len(reports) != 4 {
				t.Errorf("as a superuser: %v %v", reports, err)
			}
		}
		k.Stop()
		tamper(t, k,
			"DELETE FROM audit_events WHERE tenant_id = '"+one.Tenant.ID+"'", "DELETE FROM audit_heads WHERE tenant_id = '"+one.Tenant.ID+"'",
			"DELETE FROM audit_heads WHERE tenant_id = '"+two.Tenant.ID+"'")
		if got := exits(); got[""] != 0 || got["one"] != audit.ExitContradicted || got["two"] != audit.ExitBroken || got["three"] != 0 {
			t.Errorf("with the checkpoints: %v", got)
		}
		must(t, os.Remove(filepath.Join(k.Config.Dir, app.CheckpointFile)))
		if got := exits(); got["one"] != audit.ExitBroken || got["three"] != 0 {
			t.Errorf("without them: %v", got)
		}
	})
}

// R123: also the page of the log misses a chain that is gone.
func TestTheAuditPageMissesAnErasedChain(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	witness(t, k)
	tamper(t, k, "DELETE FROM audit_events WHERE tenant_id = '"+p.Tenant.ID+"'", "DELETE FROM audit_heads WHERE tenant_id = '"+p.Tenant.ID+"'")
	report, err := k.Portal.Audit.Verify(context.Background(), k.Actor(p.Auditor, p.Slug))
	if err != nil || report.Exit() != audit.ExitContradicted {
		t.Errorf("%v %v", report, err)
	}
}
