package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// migrating is the first argument with which the test binary migrates and ends.
const migrating = "migrate"

// TestMain is the process that TestAMigrationThatWasKilled kills.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == migrating {
		var o store.Options
		err := json.Unmarshal([]byte(os.Args[2]), &o)
		if err == nil {
			fmt.Println("begin")
			err = store.Migrate(context.Background(), o)
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// migrateIn migrates in another process, which is killed so long after it began;
// 0 is never. It returns how long it took.
func migrateIn(t *testing.T, o store.Options, kill time.Duration) time.Duration {
	t.Helper()
	o.Clock = nil
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], migrating, string(raw))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	began := time.Now()
	if kill > 0 {
		time.AfterFunc(kill, func() { _ = child.Process.Kill() })
	}
	for lines.Scan() {
		t.Error(lines.Text())
	}
	if err := child.Wait(); err != nil && kill == 0 {
		t.Fatal(err)
	}
	return time.Since(began)
}

// R144: a migration that is killed at any moment is finished by the next start,
// and the schema is the one of a migration that nobody disturbed.
func TestAMigrationThatWasKilled(t *testing.T) {
	t.Parallel()
	databases := map[string]func(testing.TB) store.Options{"sqlite": storetest.SQLite}
	if os.Getenv(storetest.PostgresVariable) != "" {
		databases["postgres"] = storetest.Postgres
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			whole := database(t)
			took := migrateIn(t, whole, 0)
			want := schemaOf(t, whole)
			const rounds = 3
			unfinished := 0
			for round := range rounds {
				o := database(t)
				migrateIn(t, o, took*time.Duration(round+1)/(rounds+1))
				if there, err := store.Exists(t.Context(), o); err != nil {
					t.Fatal(err)
				} else if !there {
					unfinished++
				}
				if err := store.Migrate(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				if got := schemaOf(t, o); got != want {
					t.Errorf("round %d: the schema differs:\n%s\nfrom\n%s", round, got, want)
				}
			}
			t.Logf("%d of %d migrations were killed before they had ended, which takes %v", unfinished, rounds, took)
		})
	}
}

// schemaOf describes all tables, columns, indexes, policies and triggers.
func schemaOf(t *testing.T, o store.Options) string {
	t.Helper()
	query := "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY 1"
	if o.Postgres() {
		query = `SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
				FROM information_schema.columns WHERE table_schema = current_schema()
			UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
			UNION ALL SELECT 'policy ' || tablename || ' ' || policyname || ' ' || coalesce(qual, '') FROM pg_policies WHERE schemaname = current_schema()
			UNION ALL SELECT 'security ' || relname || ' ' || relrowsecurity || ' ' || relforcerowsecurity FROM pg_class WHERE relnamespace = current_schema()::regnamespace
			UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
			UNION ALL SELECT 'version ' || version_id FROM goose_db_version
			ORDER BY 1`
	}
	var text []string
	err := store.AsOwner(t.Context(), o, func(ctx context.Context, h store.Handles) (err error) {
		db := h.Write
		if h.Pool != nil {
			db = stdlib.OpenDBFromPool(h.Pool)
			defer func() { err = errors.Join(err, db.Close()) }()
		}
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			text = append(text, line)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(text) < 20 {
		t.Fatalf("hardly a schema: %q", text)
	}
	if o.Schema == "" {
		return strings.Join(text, "\n")
	}
	return strings.ReplaceAll(strings.Join(text, "\n"), o.Schema+".", "") // the only thing that may differ
}
