package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/app"
	"gatehouse/internal/audit"
	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/demo/stage"
	"gatehouse/internal/jobs"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
)

// Commands that work beside a running server.

type migrateCommand struct{ config.Config }

// Run migrates the records, the queue and the usage.
func (m *migrateCommand) Run(ctx context.Context) error {
	checked, err := m.Check()
	if err != nil {
		return err
	}
	if err := app.NotLost(ctx, checked); err != nil {
		return err
	}
	options := app.StoreOptions(checked, clock.System)
	if err := store.Migrate(ctx, options); err != nil {
		return err
	}
	if err := jobs.Migrate(ctx, options); err != nil {
		return err
	}
	if err := usage.Migrate(ctx, app.UsageOptions(checked)); err != nil {
		return err
	}
	fmt.Println("The database is at this program's schema.")
	return nil
}

type auditCommands struct {
	Verify verifyCommand `cmd:"" help:"Check every link of every audit chain, and the signed checkpoints. Exit code: 0 all is whole, 1 a link is broken, 2 a chain contradicts its checkpoints, 3 it could not be checked."`
}

type verifyCommand struct{ config.Config }

// Run verifies the chains. The exit code is that of package audit.
func (v *verifyCommand) Run(ctx context.Context) error {
	checked, err := v.Check()
	if err != nil {
		return err
	}
	reports, err := app.VerifyAudit(ctx, stage.Place(checked))
	if err != nil {
		return notVerified{fmt.Errorf("the audit log could not be checked: %w", err)}
	}
	worst := audit.ExitIntact
	for _, r := range reports {
		fmt.Println(r)
		worst = max(worst, r.Exit())
	}
	if worst != audit.ExitIntact {
		return exitCode(worst)
	}
	return nil
}

type backupCommand struct {
	Dir string `help:"Data folder of the server." env:"GATEHOUSE_DIR" default:"data" placeholder:"DIR"`
	To  string `arg:"" help:"Folder to make and copy into."`
}

// Run copies the SQLite files with the database's own means, so that the copy is
// of one moment. The key file is not copied: keep it elsewhere than the data.
func (b *backupCommand) Run(ctx context.Context) error {
	if err := os.Mkdir(b.To, 0o700); err != nil {
		return fmt.Errorf("making the folder of the backup: %w", err)
	}
	for _, name := range []string{"gatehouse.db", "usage.db"} {
		if err := copyDatabase(ctx, filepath.Join(b.Dir, name), filepath.Join(b.To, name)); err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
	}
	fmt.Printf("Copied to %s. The key file is not part of it; without the key the copy is useless.\n", b.To)
	return nil
}

func copyDatabase(ctx context.Context, from, to string) (err error) {
	if _, err := os.Stat(from); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+from+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "VACUUM INTO '"+strings.ReplaceAll(to, "'", "''")+"'")
	return err
}
