package jobs

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"gatehouse/internal/store"
)

// Migrate brings River's tables to the program's version, as their owner and one
// runner at a time. It refuses tables that are newer (R144). The store must have
// been migrated before: it grants the runtime role what the owner makes.
func Migrate(ctx context.Context, o store.Options) error {
	return store.AsOwner(ctx, o, func(ctx context.Context, h store.Handles) error {
		if h.Pool != nil {
			return up[pgx.Tx](ctx, riverpgxv5.New(h.Pool))
		}
		return up[*sql.Tx](ctx, riversqlite.New(h.Write))
	})
}

func up[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if _, err := migrator.ExistingVersions(ctx); err != nil { // as where there are versions that it does not know
		return fmt.Errorf("jobs: reading the version of the queue's tables: %w; if a newer program made them, "+
			"start that one, or restore the backup made before the upgrade", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("jobs: migrating: %w", err)
	}
	return nil
}
