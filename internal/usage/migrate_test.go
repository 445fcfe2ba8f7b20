package usage

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/clock"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// within is the address of a PostgreSQL schema.
func within(t testing.TB, o store.Options) string {
	t.Helper()
	u, err := url.Parse(o.URL)
	must(t, err)
	q := u.Query()
	q.Set("search_path", o.Schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// R144: starters migrate in turn, the runtime role finds what the owner made, and
// tables of a newer program are refused.
func TestMigrate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		ctx, dsn := context.Background(), o.URL
		if o.Postgres() {
			must(t, store.Migrate(ctx, o))
			dsn = within(t, o)
		}
		const n = 5
		errs := make(chan error, n)
		for range n {
			go func() { errs <- Migrate(ctx, o) }()
		}
		for range n {
			must(t, <-errs)
		}
		u, err := Open(ctx, dsn, filepath.Join(t.TempDir(), "spool"), clock.NewManual(noon))
		must(t, err)
		u.Spool.Record(call())
		must(t, u.Folder.Flush(ctx))
		must(t, u.Close())

		must(t, store.AsOwner(ctx, o, func(ctx context.Context, h store.Handles) error {
			const newer = "INSERT INTO usage_migration (version_id, is_applied) VALUES (99, true)"
			if h.Pool != nil {
				_, err := h.Pool.Exec(ctx, newer)
				return err
			}
			_, err := h.Write.ExecContext(ctx, newer)
			return err
		}))
		_, opened := OpenReader(ctx, dsn, clock.NewManual(noon))
		for what, err := range map[string]error{"migrating": Migrate(ctx, o), "opening": opened} {
			if err == nil || !strings.Contains(err.Error(), "newer program") {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
