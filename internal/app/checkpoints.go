package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/store"
)

// CheckpointFile is where the signed checkpoints of the audit chains are kept, in the data folder.
const CheckpointFile = "audit-checkpoints.jsonl"

// A chain that grew is signed after so many events or so much time, whichever
// comes first, and when the server stops (R123).
const (
	checkpointEvents = 1000
	checkpointAge    = 10 * time.Minute
	checkpointLook   = time.Minute // how often that is looked at
)

// checkpoint signs how long each audit chain is.
type checkpoint struct{}

func (checkpoint) Kind() string { return "audit_checkpoint" }

// witness knows the last checkpoint of each chain, so that what did not grow is
// not signed again.
type witness struct {
	mu   sync.Mutex
	last map[string]audit.Checkpoint // nil until the file was read
}

// Checkpoint signs the head of each chain that grew since the last time.
func (a *App) Checkpoint(ctx context.Context) error {
	return a.sign(ctx, func(audit.Checkpoint, audit.Head) bool { return true })
}

// signDue signs the chains that grew by much, or some time ago.
func (a *App) signDue(ctx context.Context) error {
	now := a.clock.Now()
	return a.sign(ctx, func(last audit.Checkpoint, h audit.Head) bool {
		return h.Seq >= last.Seq+checkpointEvents || !now.Before(last.At.Add(checkpointAge))
	})
}

func (a *App) sign(ctx context.Context, due func(audit.Checkpoint, audit.Head) bool) error {
	key, err := a.Keys.CheckpointKey(ctx)
	if err != nil {
		return err
	}
	var heads []audit.Head
	err = a.Store.Survey(ctx, func(p store.Platform) (err error) {
		heads, err = p.AuditHeads()
		return err
	})
	if err != nil {
		return err
	}
	a.witness.mu.Lock()
	defer a.witness.mu.Unlock()
	path := filepath.Join(a.config.Dir, CheckpointFile)
	if err := a.recall(ctx, path); err != nil {
		return err
	}
	for _, h := range heads {
		last := a.witness.last[h.ChainID]
		if h.Seq < last.Seq {
			a.log.ErrorContext(ctx, "an audit chain is shorter than its last checkpoint; run gatehouse audit verify",
				"chain", h.ChainID, "seq", h.Seq, "checkpoint", last.Seq)
			continue
		}
		if h.Seq == last.Seq || !due(last, h) {
			continue
		}
		c := audit.Sign(key, h, a.clock.Now())
		if err := audit.AppendCheckpoint(path, c); err != nil {
			return err
		}
		a.witness.last[h.ChainID] = c
		a.log.InfoContext(ctx, "audit checkpoint", "chain", h.ChainID, "seq", h.Seq, "line", string(c.Line()))
	}
	return nil
}

// recall reads what was signed before, once. A file that was taken away is begun anew.
func (a *App) recall(ctx context.Context, path string) error {
	_, err := os.Stat(path)
	gone := errors.Is(err, fs.ErrNotExist)
	if a.witness.last != nil && !gone {
		return nil
	}
	a.witness.last = map[string]audit.Checkpoint{}
	if gone {
		return nil
	}
	signed, err := readCheckpoints(ctx, a.config, a.Keys)
	if _, damaged := errors.AsType[*audit.LineError](err); damaged {
		a.log.ErrorContext(ctx, "the audit checkpoints are damaged", "error", err)
	} else if err != nil {
		return err
	}
	for _, c := range signed {
		if c.Seq >= a.witness.last[c.ChainID].Seq {
			a.witness.last[c.ChainID] = c
		}
	}
	return nil
}

// signAtStop signs what grew until the stop. A stop is not held up by it.
func (a *App) signAtStop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := a.Checkpoint(ctx); err != nil {
		a.log.Error("the audit chains could not be signed at the stop", "error", err)
	}
	return nil
}
