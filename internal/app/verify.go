package app

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"gatehouse/internal/audit"
	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/internal/vault"
)

// VerifyAudit checks every chain of an installation, beside a server or without
// one, against the checkpoints in its data folder. It makes and changes nothing. A
// damaged checkpoint is an *audit.LineError beside the reports; any other error
// means that nothing is known about the chains.
func VerifyAudit(ctx context.Context, c config.Checked) (reports []audit.Report, err error) {
	s, err := store.OpenReading(ctx, StoreOptions(c, clock.System))
	if err != nil {
		return nil, fmt.Errorf("%w; name the installation in GATEHOUSE_DIR and GATEHOUSE_DATABASE", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err := vault.OpenKeyFile(c.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, keyMissing(c)
	}
	if err != nil {
		return nil, err
	}
	keys := keyring.New(s, v)
	if err := keys.Confirm(ctx); err != nil {
		return nil, err
	}
	// Checkpoints before chains: a chain only grows.
	checkpoints, damage := readCheckpoints(ctx, c, keys)
	if _, ok := errors.AsType[*audit.LineError](damage); damage != nil && !ok {
		return nil, damage
	}
	all, err := chains(ctx, s, checkpoints)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		report, err := one.verify(ctx, s, keys, checkpoints)
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	return reports, damage
}

// chain is one that there is, or that there was by the word of a checkpoint or
// of its tenant: whoever erases a chain with its head leaves these.
type chain struct {
	id     string
	slug   string // of its tenant; "" where that is not known
	tenant bool
	head   audit.Head
}

// chains are all that are known of, the installation's first, then by slug.
func chains(ctx context.Context, s *store.Store, checkpoints []audit.Checkpoint) ([]*chain, error) {
	byID := map[string]*chain{}
	know := func(id string) *chain {
		if byID[id] == nil {
			byID[id] = &chain{id: id, head: audit.Genesis(id)}
		}
		return byID[id]
	}
	err := s.Survey(ctx, func(p store.Platform) error {
		tenants, err := p.Tenants() // before the heads: a tenant's first event is committed with it
		if err != nil {
			return err
		}
		heads, err := p.AuditHeads()
		for _, t := range tenants {
			c := know(t.ID)
			c.slug, c.tenant = t.Slug, true
		}
		for _, h := range heads {
			know(h.ChainID).head = h
		}
		return err
	})
	for _, c := range checkpoints {
		know(c.ChainID)
	}
	if err == nil && len(byID) == 0 {
		err = errors.New("this database holds no audit chain, and there are no checkpoints: is it the right one, and was it ever served?")
	}
	first := know(store.Installation)
	delete(byID, store.Installation)
	out := make([]*chain, 0, len(byID)+1)
	for _, c := range byID {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *chain) int { return cmp.Or(cmp.Compare(a.slug, b.slug), cmp.Compare(a.id, b.id)) })
	return append([]*chain{first}, out...), err
}

func (c *chain) verify(ctx context.Context, s *store.Store, keys *keyring.Keyring, checkpoints []audit.Checkpoint) (report audit.Report, err error) {
	check := audit.Check{ChainID: c.id, Name: c.slug, Head: &c.head, Checkpoints: checkpoints}
	if check.Keys, err = keys.AuditKeys(ctx, c.id); err != nil {
		return report, err
	}
	err = s.Survey(ctx, func(p store.Platform) (err error) {
		report, err = audit.Verify(check, p.AuditChain(c.head))
		return err
	})
	if err == nil && c.tenant && report.Exit() == audit.ExitIntact && report.Head.Seq == 0 {
		report.Broken = &audit.Finding{Seq: 1, Reason: "it is missing; the tenant is there, and the first event of its chain made it"}
	}
	return report, err
}

// readCheckpoints reads the signed checkpoints of all chains; none is no error.
// Beside an *audit.LineError are those of the other lines.
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
	checkpoints, err := audit.ReadCheckpoints(f, private.Public().(ed25519.PublicKey))
	if err != nil {
		err = fmt.Errorf("%s: %w", f.Name(), err)
	}
	return checkpoints, err
}
