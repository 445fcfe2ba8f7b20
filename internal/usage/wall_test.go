package usage

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// R49: on PostgreSQL the wall of the records stands around the usage, too. Who named
// no tenant sees no row, who named one sees its own, and the folder sees all.
func TestTheWallAroundUsage(t *testing.T) {
	ctx, o := context.Background(), storetest.Postgres(t)
	must(t, store.Migrate(ctx, o))
	must(t, Migrate(ctx, o))
	u := open(t, within(t, o), filepath.Join(t.TempDir(), "spool"), clock.NewManual(noon))
	u.Spool.Record(call())
	u.Spool.Record(call(func(r *gateway.Record) { r.Tenant = id('t', 1) }))
	u.Spool.Record(call(func(r *gateway.Record) { r.Tenant = id('t', 1) }))
	must(t, u.Folder.Flush(ctx))

	rows, err := u.db.read.QueryContext(ctx, `SELECT DISTINCT c.relname, c.relrowsecurity AND c.relforcerowsecurity
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('tenant', 'subject')
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname LIKE 'usage%' ORDER BY 1`)
	must(t, err)
	var tables []string
	for rows.Next() {
		var table string
		var walled bool
		must(t, rows.Scan(&table, &walled))
		if tables = append(tables, table); !walled {
			t.Errorf("%s has no wall", table)
		}
	}
	must(t, rows.Err())
	if len(tables) != 8 {
		t.Errorf("these tables hold rows of tenants: %v", tables)
	}

	count := func(table, setting, value string) (n int) {
		tx, err := u.db.read.BeginTx(ctx, nil)
		must(t, err)
		defer func() { _ = tx.Rollback() }()
		_, err = tx.ExecContext(ctx, "SELECT set_config($1, $2, true)", setting, value)
		must(t, err)
		must(t, tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n))
		return n
	}
	one, two := uuid.UUID(id('t', 0)).String(), uuid.UUID(id('t', 1)).String()
	for _, table := range tables {
		all := count(table, "gatehouse.platform", "on")
		first, second := count(table, "gatehouse.tenant", one), count(table, "gatehouse.tenant", two)
		if none := count(table, "gatehouse.tenant", "nobody") + count(table, "gatehouse.person", one); none != 0 {
			t.Errorf("%s: who is no tenant sees %d rows", table, none)
		}
		if first+second != all || all > 0 && (first == 0 || second == 0) {
			t.Errorf("%s: of %d rows one tenant sees %d and the other %d", table, all, first, second)
		}
	}
	if count("usage_subject", "gatehouse.platform", "on") == 0 || count("usage_minute", "gatehouse.platform", "on") == 0 {
		t.Error("nothing was counted") // the control
	}
	used, err := u.LastUsed(ctx, two, []string{uuid.UUID(id('k', 0)).String()})
	must(t, err)
	if len(used) != 1 {
		t.Errorf("a tenant does not see its own: %v", used)
	}
}
