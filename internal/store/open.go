package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"gatehouse/internal/clock"
)

// Options say which database to open.
type Options struct {
	// URL is the path of a SQLite file or a postgres:// URL of the runtime role.
	URL string
	// Owner is the postgres:// URL of the role that owns the tables and runs the
	// migrations. Empty, the runtime role owns them itself, which only the demo
	// and tests may do: see Relaxed.
	Owner string
	// Schema of PostgreSQL that holds everything; "" is the role's default.
	Schema string
	// Relaxed accepts a runtime role that could get round row-level security.
	Relaxed bool
	Clock   clock.Clock
	reading bool // see OpenReading
}

// Postgres reports whether the URL names a PostgreSQL database.
func (o Options) Postgres() bool {
	return strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://")
}

// dialect is what differs between the databases.
type dialect interface {
	// enter begins a transaction's work in a scope.
	enter(tx *gorm.DB, sc scope) (*gorm.DB, error)
	// order makes change numbers become visible in their order.
	order(tx *gorm.DB) error
	// lock makes a read of a row wait for whoever changes it.
	lock(tx *gorm.DB) *gorm.DB
	// match narrows and orders search entries by words that they must have; the
	// tenant and the revision, if any, are those that the query is about.
	match(q *gorm.DB, words []string, tenant, revision string) *gorm.DB
	// notify tells other processes of the change feed, on commit.
	notify(tx *gorm.DB) error
	// retry reports whether the same transaction would go through a second time.
	retry(err error) bool
	// here fails where the database is not any more what was opened.
	here() error
	// snapshot are the options of a transaction that sees one moment.
	snapshot() *sql.TxOptions
}

// Open migrates the database where it is older than the program, and opens it.
// A database that is newer is refused: its program knows what this one does not (R144).
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = clock.System
	}
	if err := Migrate(ctx, o); err != nil {
		return nil, err
	}
	open := openSQLite
	if o.Postgres() {
		open = openPostgres
	}
	s, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	return s.plugged()
}

// plugged gives the handles our plugins.
func (s *Store) plugged() (*Store, error) {
	for _, db := range []*gorm.DB{s.write, s.read} {
		for _, plugin := range []gorm.Plugin{guard{}, patient{}} {
			if err := db.Use(plugin); err != nil && !errors.Is(err, gorm.ErrRegistered) {
				return nil, errors.Join(err, s.Close())
			}
		}
	}
	return s, nil
}

// settings of GORM for both databases. Its own log is off: failures are
// returned, and it would write values into the log.
func settings(now clock.Clock) *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.Discard,
		TranslateError:         true,
		SkipDefaultTransaction: true, // the doors begin transactions
		NowFunc:                now.Now,
		DisableAutomaticPing:   true,
	}
}

// CheckDurability logs nothing and returns an error where the database would
// lose commits on power loss, or ignore foreign keys (R149).
func (s *Store) CheckDurability(ctx context.Context) error {
	type check interface {
		durable(ctx context.Context, db *gorm.DB) error
	}
	if err := s.dialect.(check).durable(ctx, s.write); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	slog.DebugContext(ctx, "database settings checked")
	return nil
}
