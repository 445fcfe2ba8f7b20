package store_test

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// R149: settings with which acknowledged writes could be lost are refused.
func TestDurabilityIsChecked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := storetest.Open(t, o)
		if err := s.CheckDurability(t.Context()); err != nil {
			t.Fatal(err)
		}
		if o.Postgres() {
			u, err := url.Parse(o.URL)
			if err != nil {
				t.Fatal(err)
			}
			as(t, o, "ALTER ROLE "+u.User.Username()+" SET synchronous_commit = off")
			s = storetest.Open(t, o) // whose connections are new
		} else {
			h, err := s.Handles()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Write.ExecContext(t.Context(), "PRAGMA synchronous = NORMAL"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.CheckDurability(t.Context()); err == nil || !strings.Contains(err.Error(), "synchronous") {
			t.Errorf("a weak setting: %v", err)
		}
	})
}

// R149: every connection of the pools has the settings, those that are made later too.
func TestEveryConnectionIsDurable(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	h, err := s.Handles()
	if err != nil {
		t.Fatal(err)
	}
	for name, pool := range map[string]*sql.DB{"write": h.Write, "read": h.Read} {
		for range pool.Stats().MaxOpenConnections {
			conn, err := pool.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close() // together: each is another one
			for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s: %s = %s, %v", name, pragma, got, err)
				}
			}
		}
	}
}
