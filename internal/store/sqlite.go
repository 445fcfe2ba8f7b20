package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// sqliteDSN opens a file with what R149 and the traps of DESIGN §6 ask for:
// without _time_format times in named zones cannot be read back, without
// _timezone they cannot be compared.
func sqliteDSN(path string, write bool) string {
	q := url.Values{
		"_pragma":      {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"},
		"_time_format": {"sqlite"},
		"_timezone":    {"UTC"},
	}
	if write {
		q.Set("_txlock", "immediate") // a read that turns into a write would lose against another (R68)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func openSQLite(_ context.Context, o Options) (*Store, error) {
	write, err := openSQLiteHandle(o, true, 1)
	if err != nil {
		return nil, err
	}
	read, err := openSQLiteHandle(o, false, 4)
	if err != nil {
		return nil, err
	}
	return &Store{write: write, read: read, dialect: sqliteDialect{}, clock: o.Clock}, nil
}

func openSQLiteHandle(o Options, write bool, connections int) (*gorm.DB, error) {
	pool, err := sqliteConn(o.URL, write)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return gorm.Open(translated{sqlite.Dialector{DriverName: "sqlite", Conn: pool}}, settings(o.Clock))
}

// sqliteConn opens the file, which only its owner may read (R143).
func sqliteConn(path string, write bool) (*sql.DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return sql.Open("sqlite", sqliteDSN(path, write))
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

type sqliteDialect struct{}

func (sqliteDialect) enter(tx *gorm.DB, sc scope) (*gorm.DB, error) {
	return tx.Set(scopeKey, sc).Session(&gorm.Session{}), nil
}

// order has nothing to do: there is one writer.
func (sqliteDialect) order(*gorm.DB) error { return nil }

// lock has nothing to do: a write transaction of SQLite has the database to itself.
func (sqliteDialect) lock(tx *gorm.DB) *gorm.DB { return tx }

// notify has nothing to do: one process serves a SQLite file.
func (sqliteDialect) notify(*gorm.DB) error { return nil }

func (sqliteDialect) retry(error) bool { return false }

func (sqliteDialect) classify(err error) error {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return unavailable(err)
	}
	return err
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
