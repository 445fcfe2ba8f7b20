package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// The demo has a PostgreSQL schema of its own, which it drops for a new
// beginning. The schema's comment says whose it is.

// demoLock is the advisory lock of a demo that runs, beside the schema's name.
const demoLock = 0x64656d6f // "demo"

// SchemaOwner reads whether the schema that Options names is there, and the mark
// that ClaimSchema left on it, "" if none.
func SchemaOwner(ctx context.Context, o Options) (there bool, mark string, err error) {
	err = asSchemaOwner(o, func(db *sql.DB) error {
		var comment sql.NullString
		err := db.QueryRowContext(ctx, "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = $1", o.Schema).Scan(&comment)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		there, mark = true, comment.String
		return err
	})
	return there, mark, err
}

// ClaimSchema marks the schema that Options names, which it makes if need be.
func ClaimSchema(ctx context.Context, o Options, mark string) error {
	name := pgx.Identifier{o.Schema}.Sanitize()
	return asSchemaOwner(o, func(db *sql.DB) error {
		for _, step := range []string{
			"CREATE SCHEMA IF NOT EXISTS " + name,
			"COMMENT ON SCHEMA " + name + " IS '" + strings.ReplaceAll(mark, "'", "''") + "'",
		} {
			if _, err := db.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		return nil
	})
}

// LockSchema makes the caller the only one with the schema that Options names,
// among those who ask. PostgreSQL lets go of the lock when it sees that the
// process has ended, which may take a moment; so this waits for a few seconds.
func LockSchema(ctx context.Context, o Options) (unlock func() error, err error) {
	config, err := postgresConfig(o.URL, "")
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*config.ConnConfig)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(unavailable(err), db.Close())
	}
	unlock = func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()") // at once, where the server is still there
		return errors.Join(gone(conn.Close()), db.Close())
	}
	if _, err = conn.ExecContext(ctx, "SET lock_timeout = '3s'"); err == nil {
		_, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock($1::int, hashtext($2))", demoLock, o.Schema)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "55P03" { // lock_not_available
		err = fmt.Errorf("another demo runs on the PostgreSQL schema %q; stop that one, or name another schema in GATEHOUSE_DATABASE_SCHEMA", o.Schema)
	}
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	return unlock, nil
}

// gone is no error: a connection that the server has ended needs no closing.
func gone(err error) error {
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		return nil
	}
	return err
}
