// Package usage keeps account of the gateway's calls: a Spool takes a record of
// each, a Folder sums them up by minute, hour and day and packs them into the
// request log, and a Reader answers what the pages and the quotas ask.
//
//	gateway → Spool (memory-mapped files) → Folder (one transaction) → Reader
//
// It judges nothing: limits are package limit's, unusual use is package watch's.
// It knows no actors either: who may read a tenant's usage is decided in portal,
// and each question names its tenant, by which every statement is narrowed.
package usage

import (
	"context"
	"errors"
	"log/slog"

	"gatehouse/internal/clock"
)

// Usage is all of it, open.
type Usage struct {
	Spool  *Spool  // the gateway's meter
	Folder *Folder // run it where the gateway runs
	*Reader
	db *database
}

// Open opens the usage database, a postgres:// URL or the path of a SQLite file
// (made if need be), brings its tables up to date, and opens the spool in dir.
// One process at a time may use a spool; many may share a PostgreSQL database.
func Open(ctx context.Context, dsn, dir string, clk clock.Clock) (*Usage, error) {
	spool, err := OpenSpool(dir, slog.Default())
	if err != nil {
		return nil, err
	}
	db, err := openDatabase(ctx, dsn)
	if err != nil {
		return nil, errors.Join(err, spool.Close())
	}
	return &Usage{spool, newFolder(spool, db, clk, slog.Default()), &Reader{db, clk}, db}, nil
}

// OpenReader opens the database alone, for a process without a gateway.
func OpenReader(ctx context.Context, dsn string, clk clock.Clock) (*Usage, error) {
	db, err := openDatabase(ctx, dsn)
	if err != nil {
		return nil, err
	}
	return &Usage{Reader: &Reader{db, clk}, db: db}, nil
}

// Close closes spool and database. Folder.Run has ended before.
func (u *Usage) Close() error {
	var err error
	if u.Spool != nil {
		err = u.Spool.Close()
	}
	return errors.Join(err, u.db.close())
}
