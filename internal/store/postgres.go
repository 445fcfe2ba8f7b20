package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ChangeChannel is the name under which PostgreSQL announces the change feed.
const ChangeChannel = "gatehouse_changes"

// changeLock is the advisory lock under which change numbers are taken, so that
// they become visible in their order.
const changeLock = 0x67617465 // "gate"

// postgresConfig is the connection of a URL in a schema, with statement timeouts (R134).
func postgresConfig(url, schema string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("store: the PostgreSQL URL cannot be read") // err would quote the password
	}
	if schema != "" {
		config.ConnConfig.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()
	}
	config.ConnConfig.RuntimeParams["application_name"] = "gatehouse"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if config.ConnConfig.ConnectTimeout == 0 { // pgx would keep a place in the pool for two minutes
		config.ConnConfig.ConnectTimeout = requestPatience
	}
	return config, nil
}

func openPostgres(ctx context.Context, o Options) (*Store, error) {
	config, err := postgresConfig(o.URL, o.Schema)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 16
	config.ConnConfig.RuntimeParams["statement_timeout"] = "30000"
	if o.reading {
		config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, unavailable(err)
	}
	if err := checkRole(ctx, pool, o); err != nil {
		pool.Close()
		return nil, err
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: stdlib.OpenDBFromPool(pool)}), settings(o.Clock))
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &Store{write: db, read: db, dialect: postgresDialect{pool}, clock: o.Clock}, nil
}

// checkRole refuses a runtime role that row-level security does not bind.
func checkRole(ctx context.Context, pool *pgxpool.Pool, o Options) error {
	var name string
	var free, owns bool
	err := pool.QueryRow(ctx, `SELECT current_user::text, r.rolsuper OR r.rolbypassrls,
		EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = 'tokens' AND c.relowner = r.oid)
		FROM pg_roles r WHERE r.rolname = current_user`).Scan(&name, &free, &owns)
	switch {
	case err != nil:
		return unavailable(err)
	case o.Relaxed || !free && !owns:
		return nil
	case free:
		return fmt.Errorf("store: the PostgreSQL role %q is a superuser or bypasses row-level security; "+
			"connect as an ordinary role, and name the tables' owner in GATEHOUSE_DATABASE_OWNER", name)
	}
	return fmt.Errorf("store: the PostgreSQL role %q owns the tables, which would let it switch row-level security off; "+
		"connect as another role, and name the owner in GATEHOUSE_DATABASE_OWNER", name)
}

type postgresDialect struct{ pool *pgxpool.Pool }

// enter names the scope to row-level security for this transaction only.
func (postgresDialect) enter(tx *gorm.DB, sc scope) (*gorm.DB, error) {
	platform := ""
	if sc.platform {
		platform = "on"
	}
	err := tx.Exec(`SELECT set_config('gatehouse.tenant', ?, true), set_config('gatehouse.person', ?, true),
		set_config('gatehouse.platform', ?, true)`, sc.tenant, sc.person, platform).Error
	return tx.Set(scopeKey, sc).Session(&gorm.Session{}), err
}

func (postgresDialect) order(tx *gorm.DB) error {
	return tx.Exec("SELECT pg_advisory_xact_lock(?)", changeLock).Error
}

func (postgresDialect) lock(tx *gorm.DB) *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: "UPDATE"})
}

// match asks for all words. They have letters and digits only.
func (postgresDialect) match(q *gorm.DB, words []string, _, _ string) *gorm.DB {
	query := strings.Join(words, ":* & ") + ":*"
	return q.Where("terms @@ to_tsquery('simple', ?)", query).
		Order(clause.OrderBy{Expression: clause.Expr{SQL: "ts_rank('{0.05, 0.1, 0.4, 1}', terms, to_tsquery('simple', ?)) DESC, search_entries.number", Vars: []any{query}}})
}

func (postgresDialect) notify(tx *gorm.DB) error {
	return tx.Exec("SELECT pg_notify(?, '')", ChangeChannel).Error
}

// retry: serialization_failure and deadlock_detected.
func (postgresDialect) retry(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// here has nothing to do: a server that is gone does not answer.
func (postgresDialect) here() error { return nil }

func (postgresDialect) durable(ctx context.Context, db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var got string
		if err := pool.QueryRowContext(ctx, "SELECT current_setting($1)", name).Scan(&got); err != nil {
			return err
		}
		if got == "off" {
			return fmt.Errorf("PostgreSQL runs with %s = off and could lose what was acknowledged", name)
		}
	}
	return nil
}

// ListenForChanges calls wake whenever another process has written to the change
// feed, until ctx ends or the connection does. One process serves a SQLite file:
// there nobody else writes.
func (s *Store) ListenForChanges(ctx context.Context, wake func()) error {
	d, ok := s.dialect.(postgresDialect)
	if !ok {
		<-ctx.Done()
		return nil
	}
	conn, err := pgx.ConnectConfig(ctx, d.pool.Config().ConnConfig)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+ChangeChannel); err != nil {
		return unavailable(err)
	}
	for {
		wake() // also after connecting: what came before was not announced to this connection
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return unavailable(err)
		}
	}
}
