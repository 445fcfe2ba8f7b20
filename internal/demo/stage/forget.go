package stage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
)

const (
	// markFile is the last thing that filling the demo writes.
	markFile = "demo-complete"
	// schemaWord begins the line of ownFile that names a schema.
	schemaWord = "schema "
)

// Place names the schema of a demo's folder, for commands that look at its
// database: the demo picks it itself, and its people are not told.
func Place(c config.Checked) config.Checked {
	if !app.StoreOptions(c, nil).Postgres() || c.DatabaseSchema != "" {
		return c
	}
	raw, err := os.ReadFile(filepath.Join(c.Dir, ownFile))
	if err != nil {
		return c // no demo's folder
	}
	for line := range strings.Lines(string(raw)) {
		if schema, ok := strings.CutPrefix(strings.TrimSpace(line), schemaWord); ok {
			c.DatabaseSchema = schema
		}
	}
	return c
}

// complete reports whether a past is there and whole.
func (s *show) complete() bool {
	_, err := os.Stat(filepath.Join(s.config.Dir, markFile))
	return err == nil
}

// forget removes the demo's own files and schema, and nothing else; own has made
// sure that they are its own.
func (s *show) forget(ctx context.Context) error {
	for _, path := range s.files() {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	if !s.options().Postgres() {
		return nil
	}
	return errors.Join(store.DropSchema(ctx, s.options()), store.ClaimSchema(ctx, s.options(), s.owner.mark()))
}

// files are all that the demo makes but its locks and ownFile. The mark goes first.
func (s *show) files() []string {
	in := func(name string) string { return filepath.Join(s.config.Dir, name) }
	paths := []string{in(markFile), in("upstreams.addr"), in("spool"), in(app.CheckpointFile), s.config.KeyFile}
	databases := []string{in("usage.db")}
	if !s.options().Postgres() {
		databases = append(databases, s.config.Database)
	}
	for _, db := range databases {
		paths = append(paths, db, db+"-wal", db+"-shm", db+".migrating")
	}
	return paths
}
