package usage

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"gatehouse/internal/store"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables of usage to the program's schema, as their owner and
// one runner at a time, and does nothing where they are there already. It refuses
// newer ones (R144). On PostgreSQL the store must have been migrated before: it
// makes the schema, and grants the runtime role what the owner makes.
func Migrate(ctx context.Context, o store.Options) error {
	return store.AsOwner(ctx, o, func(ctx context.Context, h store.Handles) (err error) {
		db, dialect, dir := h.Write, goose.DialectSQLite3, "migrations/sqlite"
		if h.Pool != nil {
			db, dialect, dir = stdlib.OpenDBFromPool(h.Pool), goose.DialectPostgres, "migrations/postgres"
			defer func() { err = errors.Join(err, db.Close()) }()
		}
		files, err := fs.Sub(migrations, dir)
		if err != nil {
			return err
		}
		p, err := goose.NewProvider(dialect, db, files, goose.WithTableName("usage_migration"), goose.WithDisableGlobalRegistry(true))
		if err != nil {
			return fmt.Errorf("usage: %w", err)
		}
		current, target, err := p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("usage: reading the version of the usage tables: %w", store.Classify(err))
		}
		if current > target {
			return fmt.Errorf("usage: the usage tables are at schema %d, this program knows %d; "+
				"start the newer program, or restore the backup made before the upgrade", current, target)
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("usage: migrating: %w", err)
		}
		return nil
	})
}
