package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Handles are the connections beneath a store, for internal/jobs alone: its
// queue lives in the same database, so that jobs are committed with their cause.
type Handles struct {
	// Write is the only connection of SQLite that writes. Whoever holds it holds
	// up everybody else: never wait for it inside a transaction.
	Write, Read *sql.DB
	// Pool is PostgreSQL's; nil on SQLite.
	Pool *pgxpool.Pool
}

// Handles returns the store's connections. They end with the store.
func (s *Store) Handles() (Handles, error) {
	write, err := s.write.DB()
	if err != nil {
		return Handles{}, err
	}
	read, err := s.read.DB()
	if err != nil {
		return Handles{}, err
	}
	h := Handles{Write: write, Read: read}
	if d, ok := s.dialect.(postgresDialect); ok {
		h.Pool = d.pool
	}
	return h, nil
}

// AsOwner runs fn with the connection that may make tables, one caller at a
// time in all processes: on SQLite in Write, on PostgreSQL in Pool. Migrations
// run in it, ours and those of the tables that live beside ours (R144).
func AsOwner(ctx context.Context, o Options, fn func(context.Context, Handles) error) error {
	if o.Postgres() {
		return asPostgresOwner(ctx, o, fn)
	}
	return asSQLiteOwner(ctx, o, fn)
}

func asSQLiteOwner(ctx context.Context, o Options, fn func(context.Context, Handles) error) (err error) {
	if err := makeSQLite(o.URL); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", sqliteDSN(o.URL, sqliteOwns))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	unlock, err := lockFile(o.URL + ".migrating")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return fn(ctx, Handles{Write: db, Read: db})
}

func asPostgresOwner(ctx context.Context, o Options, fn func(context.Context, Handles) error) error {
	owner := o.Owner
	if owner == "" {
		owner = o.URL
	}
	config, err := postgresConfig(owner, o.Schema)
	if err != nil {
		return err
	}
	config.MaxConns = 4 // one of them holds the lock
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return unavailable(err)
	}
	defer pool.Close() // which lets go of the lock, too
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Release()
	// A lock of two numbers is another one than the lock of the change feed, which has one.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1::int, hashtext($2))", changeLock, o.Schema); err != nil {
		return unavailable(err)
	}
	return fn(ctx, Handles{Pool: pool})
}
