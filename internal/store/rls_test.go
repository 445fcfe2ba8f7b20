package store_test

import (
	"context"
	"database/sql"
	"net/url"
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
