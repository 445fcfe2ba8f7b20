// Package store keeps the records: the only place that knows GORM, on SQLite
// and on PostgreSQL. Rows of a tenant are reached through two doors and no
// other way: As reads, Do writes. Both take the Actor who is asking and run on
// that actor's tenant alone; a GORM plugin (guard.go), composite keys and, on
// PostgreSQL, row-level security hold that line behind them. Platform is for
// what must cross tenants: publishing, jobs and the installation itself.
//
// What is done beside the records (mail, telling gateways) is enqueued or
// numbered in the same transaction and carried out after it.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/models"
)

// Installation is the scope of what belongs to no tenant: accounts, staff,
// tenants as such. It is the name of their audit chain.
const Installation = "installation"

// Job is work for later, told by its kind. internal/jobs does it.
type Job interface{ Kind() string }

// Queue takes jobs in the transaction of their cause, so that a job exists if
// and only if what caused it was committed.
type Queue interface {
	Enqueue(ctx context.Context, tx *sql.Tx, jobs ...Job) error
}

// Keys opens the wrapped keys that the store needs itself: those of the audit chains.
type Keys interface {
	AuditKey(scope, keyID string, wrapped []byte) (audit.Key, error)
}

// Store is one database. It is safe for concurrent use.
type Store struct {
	write, read *gorm.DB
	dialect     dialect
	clock       clock.Clock
	queue       Queue
	keys        Keys
	published   func(ctx context.Context, seq int64)
}

// Wire gives the store what is made after it: the keys of the audit chains and
// the queue of later work. Published is called after each commit that wrote to
// the change feed, with the number of its last change; the write that caused it
// answers when published returns. It must be called before the first Do.
func (s *Store) Wire(keys Keys, queue Queue, published func(ctx context.Context, seq int64)) {
	s.keys, s.queue, s.published = keys, queue, published
}

// Close ends all connections. Whoever works on Handles must have stopped before.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*gorm.DB{s.write, s.read} {
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	if d, ok := s.dialect.(postgresDialect); ok {
		d.pool.Close() // its database/sql face does not
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	pool, err := s.read.DB()
	if err != nil {
		return err
	}
	if err := s.dialect.here(); err != nil {
		return err
	}
	return unavailable(pool.PingContext(ctx))
}

// Now is the store's time in the form in which it keeps times.
func (s *Store) Now() time.Time { return models.Time(s.clock.Now()) }

// Tenant is one tenant's part of the database, for one actor, for reading.
type Tenant struct {
	db    *gorm.DB
	actor models.Actor
	now   time.Time
	store *Store
}

// scopeOf names the tenant that an actor's statements run on.
func scopeOf(actor models.Actor) string {
	if id := actor.Tenant().ID; id != "" {
		return id
	}
	return Installation
}

// As opens the actor's tenant for reading, in one transaction. An actor without
// a tenant reads what belongs to the installation.
func (s *Store) As(ctx context.Context, actor models.Actor, fn func(Tenant) error) error {
	return s.within(ctx, s.read, scope{tenant: scopeOf(actor)}, func(db *gorm.DB) error {
		return fn(Tenant{db, actor, s.Now(), s})
	})
}

// Do runs fn in a write transaction on the actor's tenant. Writes are methods of
// Tx, which only Do hands out, so every write is in a transaction; fn names what
// it changed with Tx.Record, and without an audit event nothing is committed (R121).
func (s *Store) Do(ctx context.Context, actor models.Actor, action models.Action, fn func(*Tx) error) error {
	var seq int64
	err := s.within(ctx, s.write, scope{tenant: scopeOf(actor)}, func(db *gorm.DB) error {
		tx := &Tx{Tenant: Tenant{db, actor, s.Now(), s}, ctx: ctx, action: action.String()}
		if err := fn(tx); err != nil {
			return err
		}
		seq = tx.seq
		return tx.finish()
	})
	if err == nil && seq > 0 && s.published != nil {
		s.published(ctx, seq)
	}
	return err
}

// Person reads a person's own standing in all tenants.
func (s *Store) Person(ctx context.Context, user string, fn func(Person) error) error {
	if user == "" {
		return fault.New(fault.Unauthenticated, "sign_in_required", "Please sign in.")
	}
	return s.within(ctx, s.read, scope{person: user}, func(db *gorm.DB) error { return fn(Person{db, user}) })
}

// Platform runs fn on the rows of all tenants, in one write transaction. It is
// for publishing, jobs and the program itself, never for a request of a person
// without a use case that says why.
func (s *Store) Platform(ctx context.Context, fn func(Platform) error) error {
	return s.within(ctx, s.write, scope{platform: true}, func(db *gorm.DB) error { return fn(Platform{db, s.Now(), s}) })
}

// Survey is Platform for reading.
func (s *Store) Survey(ctx context.Context, fn func(Platform) error) error {
	return s.within(ctx, s.read, scope{platform: true}, func(db *gorm.DB) error { return fn(Platform{db, s.Now(), s}) })
}

// within runs fn in a transaction with a scope, again where PostgreSQL found
// two transactions in each other's way (R68).
func (s *Store) within(ctx context.Context, db *gorm.DB, sc scope, fn func(*gorm.DB) error) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		err := s.once(ctx, db, sc, fn)
		if attempt < attempts && s.dialect.retry(err) {
			continue
		}
		return Classify(err)
	}
}

func (s *Store) once(ctx context.Context, db *gorm.DB, sc scope, fn func(*gorm.DB) error) error {
	ctx, p := wait(ctx, sc)
	defer p.end()
	return p.explain(db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		p.moved()
		tx, err := s.dialect.enter(tx, sc)
		if err != nil {
			return err
		}
		return fn(tx)
	}))
}

// missing turns GORM's not-found into ours, naming the thing.
func missing(err error, what string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fault.Missing(what).Because(err)
	}
	return err
}

// Down reports whether err is of a database that does not answer or takes no
// writes, and not of what stands in it.
func Down(err error) bool { return fault.Code(err) == "database_unavailable" }

// stale is the answer to a change of something that somebody else changed first.
func stale(res *gorm.DB, what string) error {
	if res.Error == nil && res.RowsAffected == 0 {
		return fault.New(fault.Conflict, "changed_meanwhile",
			"Somebody else changed this %s in the meantime. Reload the page and look again.", what)
	}
	return res.Error
}

// exactlyOne is an error unless res changed one row.
func exactlyOne(res *gorm.DB, what string) error {
	if res.Error == nil && res.RowsAffected == 0 {
		return fault.Missing(what)
	}
	if res.Error == nil && res.RowsAffected != 1 {
		return fmt.Errorf("store: %d rows changed, not one %s", res.RowsAffected, what)
	}
	return res.Error
}
