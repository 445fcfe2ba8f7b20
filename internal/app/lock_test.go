package app

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/config"
	"gatehouse/internal/store"
)

func checked(dir, database string) config.Checked {
	return config.Checked{Config: config.Config{Dir: dir, Database: database, KeyFile: filepath.Join(dir, "key")}}
}

// A SQLite file has one server, whatever folder the second one has.
func TestOneServerOnAFile(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	db := filepath.Join(one, "gatehouse.db")
	unlock, err := Lock(checked(one, db))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(checked(two, db)); err == nil || !strings.Contains(err.Error(), "GATEHOUSE_DATABASE") {
		t.Errorf("a second server on the file: %v", err)
	}
	if _, err := Lock(checked(one, filepath.Join(two, "other.db"))); err == nil || !strings.Contains(err.Error(), "GATEHOUSE_DIR") {
		t.Errorf("a second server in the folder: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if unlock, err = Lock(checked(two, db)); err != nil {
		t.Fatal(err)
	}
	_ = unlock()
}

// R109: a database that does not answer is no empty one; no key is made for it.
func TestNoKeyWithoutAnAnswer(t *testing.T) {
	dir := t.TempDir()
	c := checked(dir, filepath.Join(dir, "gatehouse.db"))
	s, err := store.Open(t.Context(), StoreOptions(c, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h, err := s.Handles()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Write.ExecContext(context.Background(), "ALTER TABLE installation_keys RENAME TO elsewhere"); err != nil {
		t.Fatal(err)
	}
	if _, err := openVault(t.Context(), c, s); err == nil {
		t.Error("the vault was opened")
	}
	if _, err := os.Stat(c.KeyFile); err == nil {
		t.Error("a key was made over data that could not be read")
	}
}

// A schema's name is quoted as the store quotes it: PostgreSQL would fold its case.
func TestUsageLivesInTheSameSchema(t *testing.T) {
	c := checked(t.TempDir(), "postgres://u@db.example/gate")
	c.DatabaseSchema = "Gatehouse"
	u, err := url.Parse(usageDSN(c))
	if err != nil || u.Query().Get("search_path") != `"Gatehouse"` {
		t.Errorf("%v %v", u, err)
	}
}
