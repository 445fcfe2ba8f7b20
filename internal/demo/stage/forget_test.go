package stage

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

func rehearsal(t *testing.T, c config.Config) *show {
	t.Helper()
	c.PortalAddr, c.GatewayAddr, c.OpsAddr, c.StaleMax, c.Demo = "localhost:0", "localhost:0", "localhost:0", 10*time.Second, true
	s := &show{Options: Options{Config: c, Reset: true, Out: io.Discard, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
	return s
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// prepared begins the demo as far as the upstreams' port.
func prepared(t *testing.T, s *show) error {
	t.Helper()
	return errors.Join(s.prepare(t.Context()), s.close())
}

// A reset forgets what the demo made, and refuses what it did not make.
func TestAResetForgetsOnlyItsOwn(t *testing.T) {
	t.Run("a real installation in the same folder", func(t *testing.T) {
		for _, name := range []string{"key", "gatehouse.db", "usage.db"} {
			dir := t.TempDir()
			write(t, filepath.Join(dir, name))
			err := prepared(t, rehearsal(t, config.Config{Dir: dir}))
			if err == nil || !strings.Contains(err.Error(), "--dir") || !there(filepath.Join(dir, name)) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("a database elsewhere", func(t *testing.T) {
		dir, db := t.TempDir(), filepath.Join(t.TempDir(), "real.db")
		if err := prepared(t, rehearsal(t, config.Config{Dir: dir})); err != nil {
			t.Fatal(err)
		}
		write(t, db)
		if err := prepared(t, rehearsal(t, config.Config{Dir: dir, Database: db})); err == nil || !there(db) || !there(filepath.Join(dir, "key")) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("its own", func(t *testing.T) {
		dir := t.TempDir()
		for range 2 { // the second finds what the first made
			if err := prepared(t, rehearsal(t, config.Config{Dir: dir})); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "gatehouse.db"))
		}
		s := rehearsal(t, config.Config{Dir: dir})
		if err := prepared(t, s); err != nil || there(filepath.Join(dir, "gatehouse.db")) {
			t.Errorf("its own file is still there: %v", err)
		}
	})
	t.Run("under a server that runs", func(t *testing.T) {
		dir := t.TempDir()
		s := rehearsal(t, config.Config{Dir: dir})
		if err := prepared(t, s); err != nil {
			t.Fatal(err)
		}
		unlock, err := app.Lock(s.config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = unlock() }()
		if err := prepared(t, rehearsal(t, config.Config{Dir: dir})); err == nil || !there(filepath.Join(dir, "key")) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a schema that something else made", func(t *testing.T) {
		o := storetest.Postgres(t)
		err := prepared(t, rehearsal(t, config.Config{Dir: t.TempDir(), Database: o.URL, DatabaseOwner: o.Owner, DatabaseSchema: o.Schema}))
		if err == nil || !strings.Contains(err.Error(), "GATEHOUSE_DATABASE_SCHEMA") {
			t.Errorf("got %v", err)
		}
		if there, _, err := store.SchemaOwner(t.Context(), o); err != nil || !there {
			t.Errorf("the schema is gone: %v", err)
		}
	})
}

// Commands beside the demo look into the schema that it picked.
func TestPlaceNamesTheDemosSchema(t *testing.T) {
	dir := t.TempDir()
	c := config.Checked{Config: config.Config{Dir: dir, Database: "postgres://somebody@localhost/db"}}
	if got := Place(c).DatabaseSchema; got != "" {
		t.Errorf("no demo: %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, ownFile), []byte("/somewhere/key\nschema gatehouse_demo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Place(c).DatabaseSchema; got != demoSchema {
		t.Errorf("a demo: %q", got)
	}
	c.DatabaseSchema = "named"
	if got := Place(c).DatabaseSchema; got != "named" {
		t.Errorf("a schema that was named: %q", got)
	}
}

// A folder's demo works with its own database and key, in whatever words they are named.
func TestAFolderHasOneDatabase(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other.db")
	first := rehearsal(t, config.Config{Dir: dir})
	if err := prepared(t, first); err != nil {
		t.Fatal(err)
	}
	for _, reset := range []bool{false, true} {
		s := rehearsal(t, config.Config{Dir: dir, Database: other})
		s.Reset = reset
		if err := prepared(t, s); err == nil || !strings.Contains(err.Error(), "set GATEHOUSE_DATABASE") || !strings.Contains(err.Error(), "gatehouse.db") {
			t.Errorf("reset %v: got %v", reset, err)
		}
		if left, err := filepath.Glob(other + "*"); err != nil || len(left) > 0 {
			t.Errorf("reset %v: made %v", reset, left)
		}
	}
	t.Chdir(filepath.Dir(dir))
	if err := prepared(t, rehearsal(t, config.Config{Dir: filepath.Base(dir)})); err != nil {
		t.Errorf("by a relative path: %v", err)
	}
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	if err := prepared(t, rehearsal(t, config.Config{Dir: moved})); err != nil {
		t.Errorf("after a move: %v", err)
	}
	// As an earlier version wrote it: paths as they were given, no id.
	t.Chdir(moved)
	if err := os.WriteFile(ownFile, []byte("./key\ngatehouse.db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := prepared(t, rehearsal(t, config.Config{Dir: "."})); err != nil {
		t.Errorf("of an earlier version: %v", err)
	}
}
