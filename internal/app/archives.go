package app

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/internal/audit"
	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/keyring"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/vault"
)

// WithArchives opens an installation for taking a tenant out or bringing one in,
// beside a server that runs on it or without one. Gateways see what is written in the
// change feed.
func WithArchives(ctx context.Context, c config.Checked, fn func(*portal.Archives) error) (err error) {
	options := StoreOptions(c, clock.System)
	there, err := store.Exists(ctx, options)
	if err != nil {
		return err
	}
	if !there {
		return config.Mistaken(errors.New("there is no installation here; name it in GATEHOUSE_DIR and GATEHOUSE_DATABASE, as the server has it"))
	}
	s, err := store.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err := vault.OpenKeyFile(c.KeyFile)
	if err != nil {
		return config.Mistaken(fmt.Errorf("GATEHOUSE_KEY_FILE: %w", err))
	}
	keys := keyring.New(s, v)
	if err := keys.Confirm(ctx); err != nil {
		return err
	}
	s.Wire(keys, nil, nil) // nothing is mailed
	egress := c.Guarded(c.Portal, c.Gateway)
	p := portal.New(portal.Deps{Store: s, Keys: keys, Clock: clock.System, Dir: c.Dir, Origin: c.PortalURL, Upstreams: &egress,
		Checkpoints: func(ctx context.Context) ([]audit.Checkpoint, error) { return readCheckpoints(ctx, c, keys) }})
	return fn(p.Archives)
}
