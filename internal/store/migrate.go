package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the database to the program's schema, one runner at a time,
// and does nothing where it is there already. It refuses a newer database (R144).
func Migrate(ctx context.Context, o Options) error {
	return AsOwner(ctx, o, func(ctx context.Context, h Handles) (err error) {
		if h.Pool == nil {
			return up(ctx, goose.DialectSQLite3, "sqlite", h.Write)
		}
		db := stdlib.OpenDBFromPool(h.Pool)
		defer func() { err = errors.Join(err, db.Close()) }()
		if err := prepareSchema(ctx, db, o); err != nil {
			return err
		}
		return up(ctx, goose.DialectPostgres, "postgres", db)
	})
}

// lockFile waits for a lock that the system releases when the process ends, however it ends.
func lockFile(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("store: locking %s: %w", path, err), f.Close())
	}
	return f.Close, nil
}

// prepareSchema makes the schema and lets the runtime role use what the owner
// will make in it. Each step may be done twice.
func prepareSchema(ctx context.Context, db *sql.DB, o Options) error {
	name := "public"
	var steps []string
	if o.Schema != "" {
		name = pgx.Identifier{o.Schema}.Sanitize()
		var there bool
		if err := db.QueryRowContext(ctx, hasSchema, o.Schema).Scan(&there); err != nil {
			return unavailable(err)
		}
		if !there { // "IF NOT EXISTS" asks for the right to make one even where it is there
			steps = append(steps, "CREATE SCHEMA IF NOT EXISTS "+name)
		}
	}
	if runtime := userOf(o.URL); o.Owner != "" && o.Owner != o.URL && runtime != "" {
		role := pgx.Identifier{runtime}.Sanitize()
		steps = append(steps,
			"GRANT USAGE ON SCHEMA "+name+" TO "+role,
			"ALTER DEFAULT PRIVILEGES IN SCHEMA "+name+" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "+role,
			"ALTER DEFAULT PRIVILEGES IN SCHEMA "+name+" GRANT USAGE, SELECT ON SEQUENCES TO "+role)
	}
	for _, step := range steps {
		if _, err := db.ExecContext(ctx, step); err != nil {
			return unavailable(err)
		}
	}
	return nil
}

func userOf(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.User == nil {
		return ""
	}
	return u.User.Username()
}

func up(ctx context.Context, dialect goose.Dialect, dir string, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations/"+dir)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return unavailable(err)
	}
	if err := known(current, target); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("store: migrating: %w", err)
	}
	return nil
}

// DropSchema drops the schema that Options names, with everything in it. It is
// for the demo, which has a schema of its own.
func DropSchema(ctx context.Context, o Options) error {
	if o.Schema == "" {
		return errors.New("store: only a schema of its own is dropped")
	}
	return asSchemaOwner(o, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+pgx.Identifier{o.Schema}.Sanitize()+" CASCADE")
		return err
	})
}

const hasSchema = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)"

func asSchemaOwner(o Options, fn func(*sql.DB) error) (err error) {
	db, err := ownerDB(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return unavailable(fn(db))
}
