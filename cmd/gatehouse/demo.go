package main

import (
	"context"
	"os"
	"strings"

	"gatehouse/internal/config"
	"gatehouse/internal/demo/stage"
)

type demoCommand struct {
	config.Config
	Reset     bool   `help:"Begin anew: forget the demo's data first."`
	ReadyFile string `help:"Write addresses, people and tokens into this file, as JSON, when all is up." placeholder:"FILE"`
}

// Run puts the demo on.
func (d *demoCommand) Run(ctx context.Context) error {
	log := startLog(os.Stderr, "warn")
	// The relaxed profile listens on this computer alone.
	for _, address := range []*string{&d.PortalAddr, &d.GatewayAddr, &d.OpsAddr} {
		if strings.HasPrefix(*address, ":") {
			*address = "localhost" + *address
		}
	}
	d.Config.Demo = true
	if _, err := d.Check(); err != nil {
		return err
	}
	return stage.Run(ctx, stage.Options{Config: d.Config, Reset: d.Reset, ReadyFile: d.ReadyFile, Out: os.Stdout, Log: log})
}
