package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"gatehouse/internal/clock"
)

// OpenReading opens a database that is there, to look at it: it makes nothing,
// migrates nothing and writes nothing, and any role that can read will do. A
// database that a newer program migrated is refused (R144).
func OpenReading(ctx context.Context, o Options) (*Store, error) {
	o.reading, o.Relaxed = true, true
	return openThere(ctx, o, lookSQLite)
}

// OpenBeside opens a database that is there for the little that a command beside a server
// writes: it makes and migrates nothing.
func OpenBeside(ctx context.Context, o Options) (*Store, error) {
	return openThere(ctx, o, openSQLite)
}

// openThere opens a database that is there, as it is.
func openThere(ctx context.Context, o Options, open func(context.Context, Options) (*Store, error)) (*Store, error) {
	if o.Clock == nil {
		o.Clock = clock.System
	}
	there, err := Exists(ctx, o)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, fmt.Errorf("store: there is no Gatehouse database in %s", o.place())
	}
	if o.Postgres() {
		open = openPostgres
	}
	s, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.notNewer(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s.plugged()
}

// Exists reports whether a database holds Gatehouse's tables. It makes nothing.
func Exists(ctx context.Context, o Options) (there bool, err error) {
	if o.Postgres() {
		err = asSchemaOwner(o, func(db *sql.DB) error {
			return db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_tables
				WHERE tablename = 'audit_events' AND schemaname = COALESCE(NULLIF($1, ''), current_schema()))`, o.Schema).Scan(&there)
		})
		return there, err
	}
	info, err := os.Stat(o.URL)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteDSN(o.URL, sqliteLooks))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'audit_events')`).Scan(&there)
	return there, Classify(err)
}

// place is where the database is, without a password.
func (o Options) place() string {
	if !o.Postgres() {
		return "the file " + o.URL
	}
	if o.Schema != "" {
		return "the PostgreSQL schema " + o.Schema
	}
	return "the PostgreSQL database"
}

// notNewer refuses a database that this program does not know.
func (s *Store) notNewer(ctx context.Context, o Options) error {
	dir := "migrations/sqlite"
	if o.Postgres() {
		dir = "migrations/postgres"
	}
	files, err := migrations.ReadDir(dir)
	if err != nil {
		return err
	}
	number, _, _ := strings.Cut(files[len(files)-1].Name(), "_") // by name, so the last is the newest
	target, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return err
	}
	pool, err := s.read.DB()
	if err != nil {
		return err
	}
	var current int64
	if err := pool.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&current); err != nil {
		return fmt.Errorf("store: reading the version of the database: %w", err)
	}
	return known(current, target)
}

// known refuses a schema that is newer than the program.
func known(current, target int64) error {
	if current > target {
		return fmt.Errorf("store: the database is at schema %d, this program knows %d; "+
			"start the newer program, or restore the backup made before the upgrade", current, target)
	}
	return nil
}

func lookSQLite(_ context.Context, o Options) (*Store, error) {
	db, err := openSQLiteHandle(o, sqliteLooks, 4)
	if err != nil {
		return nil, err
	}
	return newSQLite(o, db, db)
}

// ownerDB is a connection of the tables' owner, for a few statements.
func ownerDB(o Options) (*sql.DB, error) {
	owner := o.Owner
	if owner == "" {
		owner = o.URL
	}
	config, err := postgresConfig(owner, "")
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config.ConnConfig), nil
}
