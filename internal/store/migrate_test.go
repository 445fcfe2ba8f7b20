package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

func TestReplicasThatStartTogetherMigrateInTurn(t *testing.T) { // R144
	storetest.Each(t, func(t *testing.T, o store.Options) {
		const replicas = 5
		errs := make(chan error, replicas)
		for range replicas {
			go func() { errs <- store.Migrate(t.Context(), o) }()
		}
		for range replicas {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

// R144: a database of a newer program is refused, for looking at it too.
func TestANewerDatabaseIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		storetest.Open(t, o)
		if _, err := store.OpenReading(t.Context(), store.Options{URL: o.URL, Schema: "elsewhere"}); o.Postgres() && err == nil {
			t.Error("a schema that is not there was opened")
		}
		s, err := store.OpenReading(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Platform(t.Context(), func(p store.Platform) error { return p.SetSetting("x", "y") }); err == nil {
			t.Error("something was written")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		as(t, o, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
		for what, open := range map[string]func(context.Context, store.Options) (*store.Store, error){"using": store.Open, "looking at": store.OpenReading} {
			if _, err := open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "newer program") {
				t.Errorf("%s it: %v", what, err)
			}
		}
	})
}

// as runs statements as the owner of the tables.
func as(t *testing.T, o store.Options, statements ...string) {
	t.Helper()
	err := store.AsOwner(t.Context(), o, func(ctx context.Context, h store.Handles) error {
		for _, s := range statements {
			var err error
			if h.Pool != nil {
				_, err = h.Pool.Exec(ctx, s)
			} else {
				_, err = h.Write.ExecContext(ctx, s)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A role that may not make schemas starts where the schema is there, and
// everything in it.
func TestARoleWithoutRightsStartsOnWhatIsThere(t *testing.T) {
	if os.Getenv(storetest.PostgresVariable) == "" {
		t.Skip("needs PostgreSQL")
	}
	o := storetest.Postgres(t)
	storetest.Open(t, o)
	o.Owner = ""
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
