package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

type healthCommand struct {
	OpsAddr string `help:"Address of health and metrics." env:"GATEHOUSE_OPS_ADDR" default:"127.0.0.1:9100" placeholder:"HOST:PORT"`
}

// Run asks the server of this host whether it is ready: for the health check of a container.
func (h *healthCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.OpsAddr+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("no server answers on %s: %w", h.OpsAddr, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", resp.Status)
	}
	return nil
}
