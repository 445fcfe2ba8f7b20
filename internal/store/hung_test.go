package store_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// hungMost is by when a request is answered that meets a database which hangs:
// 2 s for the step, 1 s more where SQLite waits for a lock, and room for a slow machine.
const hungMost = 8 * time.Second

// together runs many writes and returns how long the slowest took.
func together(t *testing.T, s *store.Store, actor models.Actor, n int, check func(error)) time.Duration {
	t.Helper()
	began := time.Now()
	errs := make(chan error, n)
	for range n {
		go func() {
			team := models.Team{ID: models.NewID(), Name: "Waiting"}
			errs <- s.Do(context.Background(), actor, models.TeamManage, func(tx *store.Tx) error {
				if err := tx.InsertTeam(&team, actor.User()); err != nil {
					return err
				}
				return tx.Record("team", team.ID, nil, nil, nil)
			})
		}()
	}
	for range n {
		check(<-errs)
	}
	return time.Since(began)
}

// refused says that each write was refused in time, so that it can be tried again.
func refused(t *testing.T, s *store.Store, actor models.Actor, n int) {
	t.Helper()
	took := together(t, s, actor, n, func(err error) {
		if !fault.Is(err, fault.Unavailable) || fault.From(err).RetryAfter == 0 {
			t.Errorf("got %v", err)
		}
	})
	if took > hungMost {
		t.Errorf("the slowest of %d was answered after %v", n, took)
	}
}

// recovered waits until writes go through again.
func recovered(t *testing.T, s *store.Store, actor models.Actor) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		var failed error
		together(t, s, actor, 1, func(err error) { failed = err })
		if failed == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not come back: %v", failed)
		}
	}
}

// SECURITY §4: writes on a locked SQLite file do not queue behind each other's waits.
func TestALockedFileRefusesAllWritersInTime(t *testing.T) {
	t.Parallel()
	o := storetest.SQLite(t)
	s := storetest.Open(t, o)
	a := storetest.Tenant(t, s, "aa")
	db, err := sql.Open("sqlite", o.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	refused(t, s, a, 12)
	if _, err := db.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	recovered(t, s, a)
}

// SECURITY §4: hung, cut off and gone: each is a 503 in time, and over without a restart.
func TestPostgresThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	if os.Getenv(storetest.PostgresVariable) == "" {
		t.Skip("needs PostgreSQL")
	}
	o, proxy := storetest.Between(t, storetest.Postgres(t))
	s := storetest.Open(t, o)
	a := storetest.Tenant(t, s, "aa")
	together(t, s, a, 4, func(err error) { // the pool has connections
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("cut off", func(t *testing.T) {
		proxy.Cut()
		together(t, s, a, 8, func(err error) {
			if err != nil && !fault.Is(err, fault.Unavailable) {
				t.Errorf("got %v", err)
			}
		})
		recovered(t, s, a)
	})
	t.Run("gone", func(t *testing.T) {
		proxy.Refuse()
		refused(t, s, a, 4)
		proxy.Resume()
		recovered(t, s, a)
	})
	t.Run("hung", func(t *testing.T) {
		proxy.Hang()
		refused(t, s, a, 40) // more than the pool has connections
		proxy.Resume()
		recovered(t, s, a)
	})
}

// A file that was moved away takes no writes: the next start would not find them.
func TestAFileThatWasMovedTakesNoWrites(t *testing.T) {
	t.Parallel()
	o := storetest.SQLite(t)
	s := storetest.Open(t, o)
	a := storetest.Tenant(t, s, "aa")
	away := o.URL + ".away"
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	closed := func(what string) {
		t.Helper()
		refused(t, s, a, 2)
		err := s.Ping(t.Context())
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), o.URL) {
			t.Errorf("%s: it is ready: %v", what, err)
		}
	}
	move(o.URL, away)
	closed("moved")
	if _, err := os.Stat(o.URL); err == nil {
		t.Error("a new file was made")
	}
	if err := os.WriteFile(o.URL, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closed("replaced")
	move(away, o.URL)
	recovered(t, s, a)
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
