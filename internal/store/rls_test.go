package store_test

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R49: past GORM and its guard, the database itself shows the runtime role
// nothing that its transaction did not name.
func TestRowLevelSecurity(t *testing.T) {
	ctx, o := context.Background(), storetest.Postgres(t)
	s := storetest.Open(t, o)
	a, b := storetest.Tenant(t, s, "aa"), storetest.Tenant(t, s, "bb")
	for _, actor := range []models.Actor{a, b} {
		do(t, s, actor, func(tx *store.Tx) error {
			return tx.InsertTeam(&models.Team{ID: models.NewID(), Name: "team"}, actor.User())
		})
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", o.Schema)
	u.RawQuery = q.Encode()
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // so that a setting would stay on the connection

	for name, tt := range map[string]struct {
		settings map[string]string
		want     int
	}{
		"without a setting":      {nil, 0},
		"with one tenant":        {map[string]string{"gatehouse.tenant": a.Tenant().ID}, 1},
		"with an unknown tenant": {map[string]string{"gatehouse.tenant": "nobody"}, 0},
		"as the platform":        {map[string]string{"gatehouse.platform": "on"}, 2},
		"again without":          {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			for k, v := range tt.settings {
				if _, err := tx.ExecContext(ctx, "SELECT set_config($1, $2, true)", k, v); err != nil {
					t.Fatal(err)
				}
			}
			var n int
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM teams").Scan(&n); err != nil || n != tt.want {
				t.Errorf("%d teams, want %d: %v", n, tt.want, err)
			}
			if tt.want == 1 {
				if _, err := tx.ExecContext(ctx, "INSERT INTO teams (tenant_id, id, name, created_at) VALUES ($1, 'x', 'x', now())", b.Tenant().ID); err == nil {
					t.Error("a row of another tenant was inserted")
				}
			}
		})
	}
	if _, err := db.ExecContext(ctx, "ALTER TABLE teams DISABLE ROW LEVEL SECURITY"); err == nil {
		t.Error("the runtime role can switch row-level security off")
	}
}

// R49: the wall stands around every table that has a tenant's rows, also around
// those that come later: forced, with a policy that tells tenants apart.
func TestEveryTableOfTenantsIsWalled(t *testing.T) {
	ctx, o := context.Background(), storetest.Postgres(t)
	s := storetest.Open(t, o)
	a := storetest.Tenant(t, s, "aa")
	h, err := s.Handles()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := h.Read.QueryContext(ctx, `
		SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, col.attnotnull, pg_get_userbyid(c.relowner) = current_user,
			(SELECT coalesce(string_agg(CASE p.polcmd WHEN '*' THEN 'all' WHEN 'r' THEN 'select' WHEN 'w' THEN 'update' ELSE 'other' END || ' ' ||
				pg_get_expr(p.polqual, p.polrelid) || coalesce(' check ' || pg_get_expr(p.polwithcheck, p.polrelid), ''), E'\n' ORDER BY p.polname), '')
				FROM pg_policy p WHERE p.polrelid = c.oid)
		FROM pg_class c JOIN pg_attribute col ON col.attrelid = c.oid AND col.attname = 'tenant_id'
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`)
	if err != nil {
		t.Fatal(err)
	}
	const tenant = `all ((tenant_id = current_setting('gatehouse.tenant'::text, true)) OR (current_setting('gatehouse.platform'::text, true) = 'on'::text))`
	const person = `(user_id = current_setting('gatehouse.person'::text, true))`
	var tables []string
	for rows.Next() {
		var table, policies string
		var enabled, forced, named, mine bool
		if err := rows.Scan(&table, &enabled, &forced, &named, &mine, &policies); err != nil {
			t.Fatal(err)
		}
		if tables = append(tables, table); !enabled || !forced || !named || mine {
			t.Errorf("%s: row security on %v, forced %v, a tenant in every row %v, owned by the runtime role %v", table, enabled, forced, named, mine)
		}
		for _, policy := range strings.Split(policies, "\n") {
			if policy != tenant && policy != "select "+person && policy != "update "+person {
				t.Errorf("%s lets through who is not the row's tenant or person: %q", table, policy)
			}
		}
		if !strings.Contains(policies, tenant) {
			t.Errorf("%s has no policy by tenant", table)
		}
	}
	if err := rows.Err(); err != nil || len(tables) < 19 {
		t.Fatalf("only %v: %v", tables, err)
	}
	seen := 0
	for _, table := range tables {
		count := func(settings string) (n int) {
			tx, err := h.Read.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			if _, err := tx.ExecContext(ctx, "SELECT "+settings); err != nil {
				t.Fatal(err)
			}
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count("1"); n != 0 {
			t.Errorf("%s: a transaction that named nobody sees %d rows", table, n)
		}
		if n := count("set_config('gatehouse.tenant', 'nobody', true)"); n != 0 {
			t.Errorf("%s: a tenant that does not exist sees %d rows", table, n)
		}
		if count("set_config('gatehouse.tenant', '"+a.Tenant().ID+"', true)") > 0 {
			seen++
		}
	}
	if seen < 4 { // the control: the tenant has rows, and sees them
		t.Errorf("the tenant itself sees rows in %d tables", seen)
	}
	var bypass, super bool
	if err := h.Read.QueryRowContext(ctx, "SELECT rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&bypass, &super); err != nil || bypass || super {
		t.Errorf("the runtime role gets round the wall: %v %v %v", bypass, super, err)
	}
}

// A superuser would get round row-level security, so it is refused.
func TestSuperuserIsRefused(t *testing.T) {
	o := storetest.Postgres(t)
	o.URL, o.Owner = storetest.Server(t), ""
	s, err := store.Open(context.Background(), o)
	if err == nil {
		_ = s.Close()
		t.Fatal("a superuser was let in")
	}
}
