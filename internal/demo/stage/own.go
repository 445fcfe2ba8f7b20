package stage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// ownFile says what the demo of a folder made, before it makes it: it works with
// that and nothing else, and a reset forgets nothing else.
const ownFile = "demo-owns"

// ownership is what stands in ownFile, a line each.
type ownership struct {
	key      string // the key file
	database string // the SQLite file, or "schema " and its name
	id       string // of this folder's demo
	server   string // the PostgreSQL server and database, "" with SQLite
	folder   string // not kept: where it is now
}

// mark is what the demo writes on its PostgreSQL schema.
func (o ownership) mark() string { return "Gatehouse demo " + o.id + " of " + o.folder }

// place is the database in words.
func (o ownership) place() string {
	switch {
	case o.server != "":
		return o.server + " (" + o.database + ")"
	case filepath.IsAbs(o.database):
		return o.database
	}
	return filepath.Join(o.folder, o.database)
}

// owns reports whether a mark on a schema is of this demo, wherever its folder was then.
func (o ownership) owns(mark string) bool {
	return strings.HasPrefix(mark, "Gatehouse demo "+o.id+" of ")
}

// name of a file: what is in the folder is named from there, so that the folder
// can be moved; all else is absolute.
func (o ownership) name(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(o.folder, abs); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return abs
}

// wanted is what this start would work with.
func (s *show) wanted() (o ownership, err error) {
	if o.folder, err = filepath.Abs(s.config.Dir); err != nil {
		return o, err
	}
	o.key, o.database, o.id = o.name(s.config.KeyFile), o.name(s.config.Database), models.NewID()
	if s.options().Postgres() {
		u, err := url.Parse(s.config.Database)
		if err != nil {
			return o, errors.New("GATEHOUSE_DATABASE: the URL cannot be read") // err would quote the password
		}
		o.database, o.server = "schema "+s.config.DatabaseSchema, "postgres://"+u.Host+u.Path
	}
	return o, nil
}

// recall reads what the demo of this folder works with, and refuses to work with
// something else. It writes nothing.
func (s *show) recall() error {
	want, err := s.wanted()
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(s.config.Dir, ownFile))
	if errors.Is(err, fs.ErrNotExist) {
		s.owner = want
		return s.vacant()
	}
	if err != nil {
		return err
	}
	lines := strings.Split(string(raw), "\n")
	if len(lines) == 3 { // of a version that wrote paths as they were given, and no id
		s.adopts = true
		if !strings.HasPrefix(lines[1], "schema ") {
			lines[1] = want.name(lines[1])
		}
		lines = []string{want.name(lines[0]), lines[1], want.id, want.server, ""}
	}
	if len(lines) != 5 || lines[2] == "" {
		return fmt.Errorf("%s cannot be read; remove the folder, or choose another one with --dir", filepath.Join(s.config.Dir, ownFile))
	}
	is := ownership{lines[0], lines[1], lines[2], lines[3], want.folder}
	switch {
	case is.place() != want.place():
		return fmt.Errorf("the demo of the folder %s uses the database %s, not %s; set GATEHOUSE_DATABASE and GATEHOUSE_DATABASE_SCHEMA back, "+
			"or choose another folder with --dir", s.config.Dir, is.place(), want.place())
	case is.key != want.key:
		return fmt.Errorf("the demo of the folder %s uses the key file %s, not %s; set GATEHOUSE_KEY_FILE back, "+
			"or choose another folder with --dir", s.config.Dir, is.key, want.key)
	}
	s.owner = is
	return nil
}

// vacant makes sure that nothing is where a new demo would write: a real installation, say.
func (s *show) vacant() error {
	for _, file := range s.files() {
		if _, err := os.Lstat(file); err == nil {
			return fmt.Errorf("%s was not made by this demo, which would overwrite it; choose an empty folder with --dir", file)
		}
	}
	return nil
}

// own notes that folder and schema are the demo's. A schema that is another's is refused.
func (s *show) own(ctx context.Context) error {
	note := strings.Join([]string{s.owner.key, s.owner.database, s.owner.id, s.owner.server, ""}, "\n")
	if !s.options().Postgres() {
		return os.WriteFile(filepath.Join(s.config.Dir, ownFile), []byte(note), 0o600)
	}
	there, mark, err := store.SchemaOwner(ctx, s.options())
	if err != nil {
		return err
	}
	if there && !s.owner.owns(mark) && !(s.adopts && mark == "") {
		whose := "was not made by this demo"
		if _, folder, ok := strings.Cut(mark, " of "); ok && strings.HasPrefix(mark, "Gatehouse demo ") {
			whose = "belongs to the demo of the folder " + folder + " (begin that one anew with --reset)"
		}
		return fmt.Errorf("the PostgreSQL schema %q %s; use another database, or name another schema in GATEHOUSE_DATABASE_SCHEMA", s.config.DatabaseSchema, whose)
	}
	if err := os.WriteFile(filepath.Join(s.config.Dir, ownFile), []byte(note), 0o600); err != nil {
		return err
	}
	return store.ClaimSchema(ctx, s.options(), s.owner.mark())
}
