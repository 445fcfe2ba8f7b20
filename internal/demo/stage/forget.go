package stage

import (
	"context"
	"errors"
	"fmt"
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
	// ownFile names what the demo made, before it makes it: a reset forgets that and nothing else.
	ownFile = "demo-owns"
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

// forget removes the demo's own files and schema, and nothing else. What the demo
// did not make, a real installation in the same folder say, it refuses to touch.
func (s *show) forget(ctx context.Context) error {
	if err := s.own(ctx); err != nil {
		return err
	}
	for _, path := range s.files() {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	if s.options().Postgres() {
		return store.DropSchema(ctx, s.options())
	}
	return nil
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

// own makes sure that files and schema are the demo's, or not there yet,
// and notes that they are its own from now on.
func (s *show) own(ctx context.Context) error {
	place := s.config.Database
	if s.options().Postgres() {
		place = schemaWord + s.config.DatabaseSchema
	}
	ours := strings.Join([]string{s.config.KeyFile, place, ""}, "\n")
	path := filepath.Join(s.config.Dir, ownFile)
	if raw, err := os.ReadFile(path); err == nil && string(raw) == ours {
		return nil
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, file := range s.files() {
		if _, err := os.Lstat(file); err == nil {
			return fmt.Errorf("%s was not made by this demo, which would overwrite it; choose an empty folder with --dir", file)
		}
	}
	if o := s.options(); o.Postgres() && o.Schema != demoSchema {
		there, err := store.SchemaExists(ctx, o)
		if err != nil {
			return err
		}
		if there {
			return fmt.Errorf("the PostgreSQL schema %q was not made by this demo, which would drop it; "+
				"name another one in GATEHOUSE_DATABASE_SCHEMA, or none", o.Schema)
		}
	}
	return os.WriteFile(path, []byte(ours), 0o600)
}
