package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// sqliteMode is what a connection is for.
type sqliteMode int

const (
	sqliteReads  sqliteMode = iota
	sqliteWrites            // in transactions
	sqliteOwns              // makes tables, and may wait longer
	sqliteLooks             // at a file that it changes in no way
)

// sqliteDSN opens a file with what R149 and the traps of DESIGN §6 ask for:
// without _time_format times in named zones cannot be read back, without
// _timezone they cannot be compared. It makes no file: one that was moved away
// while it is in use must not come back empty.
func sqliteDSN(path string, mode sqliteMode) string {
	q := url.Values{
		// SQLite waits whatever becomes of the context: less than requests do.
		"_pragma":      {"busy_timeout(1000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"},
		"_time_format": {"sqlite"},
		"_timezone":    {"UTC"},
		"mode":         {"rw"},
	}
	switch mode {
	case sqliteWrites:
		q.Set("_txlock", "immediate") // a read that turns into a write would lose against another (R68)
	case sqliteOwns:
		q.Set("_txlock", "immediate")
		q["_pragma"][0] = "busy_timeout(5000)"
	case sqliteLooks:
		// Not mode=ro, which would leave the WAL's files behind.
		q["_pragma"] = []string{"busy_timeout(1000)", "query_only(ON)"}
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func openSQLite(_ context.Context, o Options) (*Store, error) {
	if err := makeSQLite(o.URL); err != nil {
		return nil, err
	}
	write, err := openSQLiteHandle(o, sqliteWrites, 1)
	if err != nil {
		return nil, err
	}
	read, err := openSQLiteHandle(o, sqliteReads, 4)
	if err != nil {
		return nil, err
	}
	return newSQLite(o, write, read)
}

func newSQLite(o Options, write, read *gorm.DB) (*Store, error) {
	opened, err := os.Stat(o.URL)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return &Store{write: write, read: read, dialect: sqliteDialect{o.URL, opened}, clock: o.Clock}, nil
}

func openSQLiteHandle(o Options, mode sqliteMode, connections int) (*gorm.DB, error) {
	pool, err := sql.Open("sqlite", sqliteDSN(o.URL, mode))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return gorm.Open(translated{sqlite.Dialector{DriverName: "sqlite", Conn: pool}}, settings(o.Clock))
}

// makeSQLite makes the file where there is none; only its owner may read it (R143).
func makeSQLite(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// translated makes GORM's errors of the driver's. The dialector knows the codes
// of another driver only.
type translated struct{ sqlite.Dialector }

func (d translated) Translate(err error) error {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY:
		return gorm.ErrDuplicatedKey
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return gorm.ErrForeignKeyViolated
	case lib.SQLITE_CONSTRAINT_CHECK, lib.SQLITE_CONSTRAINT_TRIGGER:
		return gorm.ErrCheckConstraintViolated
	}
	return err
}

type sqliteDialect struct {
	path   string
	opened os.FileInfo
}

func (d sqliteDialect) enter(tx *gorm.DB, sc scope) (*gorm.DB, error) {
	if err := d.here(); err != nil {
		return nil, err
	}
	return tx.Set(scopeKey, sc).Session(&gorm.Session{}), nil
}

// order has nothing to do: there is one writer.
func (sqliteDialect) order(*gorm.DB) error { return nil }

// lock has nothing to do: a write transaction of SQLite has the database to itself.
func (sqliteDialect) lock(tx *gorm.DB) *gorm.DB { return tx }

// match asks FTS5. Words have letters and digits only, ids dashes too.
func (sqliteDialect) match(q *gorm.DB, words []string, tenant, revision string) *gorm.DB {
	about := `tenant_id : "` + tenant + `"`
	if revision != "" {
		about = `revision_id : "` + strings.ReplaceAll(revision, `"`, "") + `"`
	}
	for _, w := range words {
		about += ` AND {titles paths words} : "` + w + `"*`
	}
	return q.Joins("JOIN search_index ON search_index.rowid = search_entries.number").Where("search_index MATCH ?", about).
		Order("bm25(search_index, 0, 0, 10, 4, 1), search_entries.number")
}

// notify has nothing to do: one process serves a SQLite file.
func (sqliteDialect) notify(*gorm.DB) error { return nil }

func (sqliteDialect) retry(error) bool { return false }

// here reports whether the file is still where it was opened. One that was moved
// away or replaced would take writes that the next start does not find.
func (d sqliteDialect) here() error {
	info, err := os.Stat(d.path)
	if err == nil && os.SameFile(info, d.opened) {
		return nil
	}
	return unavailable(errors.Join(fmt.Errorf("the database file %s was moved or replaced while it is open: put it back, "+
		"or restart the server on the one that is to be used", d.path), err))
}

func (sqliteDialect) durable(ctx context.Context, db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := pool.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("SQLite runs with %s = %s instead of %s", pragma, got, want)
		}
	}
	return nil
}
