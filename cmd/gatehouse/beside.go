package main

import (
	"context"
	"errors"
	"fmt"

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
	_, damaged := errors.AsType[*audit.LineError](err)
	if err != nil && !damaged {
		return notVerified{fmt.Errorf("the audit log could not be checked: %w", err)}
	}
	worst := audit.ExitIntact
	if damaged {
		fmt.Printf("a checkpoint is DAMAGED: %v; chains are compared with the others\n", err)
		worst = audit.ExitContradicted
	}
	for _, r := range reports {
		fmt.Println(r)
		worst = max(worst, r.Exit())
	}
	if worst != audit.ExitIntact {
		return exitCode(worst)
	}
	return nil
}
