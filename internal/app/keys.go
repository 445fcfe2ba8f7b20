package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gatehouse/internal/config"
	"gatehouse/internal/store"
	"gatehouse/internal/vault"
)

// openVault opens the key file. It is made on the first start of an empty
// installation, and never over data that another key belongs to (R109).
func openVault(ctx context.Context, c config.Checked, s *store.Store) (*vault.Vault, error) {
	_, err := os.Stat(c.KeyFile)
	if err == nil {
		return vault.OpenKeyFile(c.KeyFile)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("GATEHOUSE_KEY_FILE: %w", err)
	}
	empty := false
	err = s.Survey(ctx, func(p store.Platform) error {
		_, _, err := p.WrappedKey(store.Installation, store.KeyCheck)
		if empty = errors.Is(err, store.ErrNoKey); empty {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !empty {
		return nil, fmt.Errorf("the key file %s is missing, and the database was written under a key: "+
			"put the key file back from its backup (GATEHOUSE_KEY_FILE)", c.KeyFile)
	}
	if err := vault.CreateKeyFile(c.KeyFile); err != nil {
		return nil, err
	}
	return vault.OpenKeyFile(c.KeyFile)
}

// keepRPID keeps the host that passkeys are made for; another one would make
// every passkey useless.
func keepRPID(ctx context.Context, s *store.Store, host string) error {
	return s.Platform(ctx, func(p store.Platform) error {
		kept, err := p.Setting("rp_id")
		if err != nil {
			return err
		}
		if kept == "" {
			return p.SetSetting("rp_id", host)
		}
		if kept != host {
			return fmt.Errorf("passkeys here were made for %q and would not work for %q; "+
				"set GATEHOUSE_RP_ID (or GATEHOUSE_PORTAL_URL) back", kept, host)
		}
		return nil
	})
}
