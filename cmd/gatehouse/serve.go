package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/static"
)

type serveCommand struct{ config.Config }

// Run serves until the program is told to stop.
func (s *serveCommand) Run(ctx context.Context) error {
	checked, err := s.Check()
	if err != nil {
		return err
	}
	log := startLog(os.Stderr, s.LogLevel)
	log.InfoContext(ctx, "settings", "settings", checked.Config)
	if !static.Built() {
		log.Warn("this program was built without its assets; pages have no style. Run make build")
	}
	a, err := app.New(ctx, checked, app.Options{Log: log, Version: version()})
	if err != nil {
		return err
	}
	path, err := a.Portal.Accounts.OperatorLink(ctx)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	fmt.Printf("portal   %s\ngateway  %s\nops      %s\n", a.PortalURL, a.GatewayURL, a.OpsURL)
	if path != "" {
		fmt.Printf("\nNobody operates this installation yet. This link makes the first operator; it works once, for 24 hours:\n\n  %s%s\n\n", a.PortalURL, path)
	}
	return a.Run(ctx)
}
