package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
	"gatehouse/internal/vault"
)

// NotLost refuses to begin anew where an installation was: its key file or its
// checkpoints are there, and the database is not. A first start makes the key
// after the tables, so one that was interrupted is told apart. A key file in a
// place of its own may have been put there for a first start, and proves nothing.
func NotLost(ctx context.Context, c config.Checked) error {
	left := c.KeyFile
	if !isThere(left) || filepath.Dir(left) != filepath.Clean(c.Dir) {
		left = filepath.Join(c.Dir, CheckpointFile)
	}
	if !isThere(left) {
		return nil
	}
	there, err := store.Exists(ctx, StoreOptions(c, clock.System))
	if err != nil || there {
		return err
	}
	return lost(left)
}

func lost(left string) error {
	return config.Mistaken(fmt.Errorf("%s belongs to an installation, but the database holds none: restore the database "+
		"(GATEHOUSE_DATABASE), or begin a new installation in an empty folder (GATEHOUSE_DIR, GATEHOUSE_KEY_FILE)", left))
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// openVault opens the key file. It is made on the first start of an empty
// installation, and never over data that another key belongs to (R109).
func openVault(ctx context.Context, c config.Checked, s *store.Store) (*vault.Vault, error) {
	empty := false
	err := s.Survey(ctx, func(p store.Platform) error {
		_, _, err := p.WrappedKey(store.Installation, store.KeyCheck)
		if empty = errors.Is(err, store.ErrNoKey); empty {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if marks := filepath.Join(c.Dir, CheckpointFile); empty && isThere(marks) {
		return nil, lost(marks) // a first start ends before its first checkpoint
	}
	_, err = os.Stat(c.KeyFile)
	switch {
	case err == nil:
		v, err := vault.OpenKeyFile(c.KeyFile)
		if err != nil {
			return nil, config.Mistaken(fmt.Errorf("GATEHOUSE_KEY_FILE: %w; put the key file back from its backup", err))
		}
		return v, nil
	case !errors.Is(err, os.ErrNotExist):
		return nil, config.Mistaken(fmt.Errorf("GATEHOUSE_KEY_FILE: %w", err))
	case !empty:
		return nil, keyMissing(c)
	}
	if err := vault.CreateKeyFile(c.KeyFile); err != nil {
		return nil, err
	}
	return vault.OpenKeyFile(c.KeyFile)
}

func keyMissing(c config.Checked) error {
	return config.Mistaken(fmt.Errorf("the key file %s is missing, and the database was written under a key: "+
		"put the key file back from its backup (GATEHOUSE_KEY_FILE)", c.KeyFile))
}

// keepRPID keeps the host that passkeys are made for; another one would make
// every passkey useless. While there is none, the host may change: after a first
// look at localhost, say.
func keepRPID(ctx context.Context, s *store.Store, host string) error {
	return s.Platform(ctx, func(p store.Platform) error {
		kept, err := p.Setting("rp_id")
		if err != nil || kept == host {
			return err
		}
		bound := false
		if kept != "" {
			if bound, err = p.AnyPasskey(); err != nil {
				return err
			}
		}
		if bound {
			return config.Mistaken(fmt.Errorf("passkeys here were made for %q and would not work for %q; "+
				"set GATEHOUSE_RP_ID (or GATEHOUSE_PORTAL_URL) back", kept, host))
		}
		return p.SetSetting("rp_id", host)
	})
}
