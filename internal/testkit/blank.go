package testkit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/jobs"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
)

// blanks are the files of a SQLite installation in which nothing is yet but the
// tables. Making them takes longer than most tests, so each process does it once.
var blanks = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "gatehouse-blank-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	c, err := configure(dir, store.Options{}, "http://127.0.0.1:9")
	if err != nil {
		return nil, err
	}
	ctx, o := context.Background(), app.StoreOptions(c, nil)
	if err := errors.Join(store.Migrate(ctx, o), jobs.Migrate(ctx, o), usage.Migrate(ctx, app.UsageOptions(c))); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, path := range []string{c.Database, app.UsageOptions(c).URL} {
		if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s was not closed well: %w", path, err)
		}
		if files[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return files, nil
})

// begin puts blank files where a new installation on SQLite is to begin.
func begin(t testing.TB, c config.Checked) {
	t.Helper()
	if app.StoreOptions(c, nil).Postgres() {
		return
	}
	if _, err := os.Stat(c.Database); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	files, err := blanks()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(c.Dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
