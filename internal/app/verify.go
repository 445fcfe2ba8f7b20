package app

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gatehouse/internal/audit"
	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
)

// VerifyAudit checks every chain of an installation, beside a server or without
// one, against the checkpoints in its data folder.
func VerifyAudit(ctx context.Context, c config.Checked) (reports []audit.Report, err error) {
	s, err := store.Open(ctx, StoreOptions(c, clock.System))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err := openVault(ctx, c, s)
	if err != nil {
		return nil, err
	}
	keys := keyring.New(s, v)
	if err := keys.Open(ctx); err != nil {
		return nil, err
	}
	checkpoints, err := readCheckpoints(ctx, c, keys)
	if err != nil {
		return nil, err
	}
	var heads []audit.Head
	if err := s.Survey(ctx, func(p store.Platform) (err error) { heads, err = p.AuditHeads(); return err }); err != nil {
		return nil, err
	}
	for _, h := range heads {
		opened, err := keys.AuditKeys(ctx, h.ChainID)
		if err != nil {
			return nil, err
		}
		var report audit.Report
		err = s.Survey(ctx, func(p store.Platform) (err error) {
			check := audit.Check{ChainID: h.ChainID, Keys: opened, Head: &h, Checkpoints: checkpoints}
			report, err = audit.Verify(check, p.AuditChain(h))
			return err
		})
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// readCheckpoints reads the signed checkpoints of all chains; none is no error.
func readCheckpoints(ctx context.Context, c config.Checked, keys *keyring.Keyring) ([]audit.Checkpoint, error) {
	private, err := keys.CheckpointKey(ctx)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(c.Dir, CheckpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return audit.ReadCheckpoints(f, private.Public().(ed25519.PublicKey))
}
