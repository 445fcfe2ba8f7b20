package usage

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// Times of the Folder.
const (
	foldEvery  = 500 * time.Millisecond
	syncEvery  = time.Second
	watchEvery = 30 * time.Second // between notes that nobody called
	pruneEvery = time.Hour
	lastFold   = 10 * time.Second // at most, after Run was told to stop
	foldMost   = 50_000           // records of one transaction
)

// LogKeep is how long the request log is kept, unless Folder.LogKeep says otherwise.
const LogKeep = 90 * 24 * time.Hour

// Folder counts what is in a spool and writes the sums to the database. How far
// it has come is written in the same transaction, so each record counts exactly
// once, whenever the process is killed.
type Folder struct {
	LogKeep time.Duration // how long the request log is kept; set it before Run

	spool *Spool
	write *writer
	clock clock.Clock
	log   *slog.Logger

	mu      sync.Mutex // one fold at a time
	watched time.Time
}

func newFolder(spool *Spool, db *database, clk clock.Clock, log *slog.Logger) *Folder {
	return &Folder{LogKeep: LogKeep, spool: spool, write: newWriter(db), clock: clk, log: log}
}

// Run folds every half second, so that a call is in the graph within two, and
// prunes now and then, until ctx ends. Then it folds once more: stop what calls
// Spool.Record first, and nothing is left behind.
func (f *Folder) Run(ctx context.Context) error {
	fold, sync, prune := time.NewTicker(foldEvery), time.NewTicker(syncEvery), time.NewTicker(pruneEvery)
	defer fold.Stop()
	defer sync.Stop()
	defer prune.Stop()
	for failing := false; ; {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFold)
			defer cancel()
			return f.last(last)
		case <-fold.C:
			failing = f.report(failing, f.Flush(ctx))
		case <-sync.C:
			if err := f.spool.sync(); err != nil {
				f.log.Warn("usage records could not be brought to the disk", "err", err)
			}
		case <-prune.C:
			if err := f.Prune(ctx, f.clock.Now()); err != nil && ctx.Err() == nil {
				f.log.Warn("old usage could not be removed", "err", err)
			}
		}
	}
}

// last folds what is left. A connection that broke since it was used last shows
// itself by one failure; what cannot be folded waits in the spool for the next start.
func (f *Folder) last(ctx context.Context) (err error) {
	for range 3 {
		if err = f.Flush(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

// report says once that folding fails, and once that it works again.
func (f *Folder) report(failing bool, err error) bool {
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil && !failing:
		f.log.Error("calls are not counted for now; they wait in the spool", "err", err)
	case err == nil && failing:
		f.log.Info("calls are counted again")
	default:
		return failing
	}
	return err != nil
}

// Flush folds all that was recorded before it was called.
func (f *Folder) Flush(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spool.prepare()
	var old, live []span // apart, so that nobody seems to have counted between two runs
	for _, s := range f.spool.pending() {
		if s.segment == nil {
			old = append(old, s)
		} else {
			live = append(live, s)
		}
	}
	for _, spans := range [][]span{old, live} {
		for more := len(spans) > 0; more; {
			var err error
			if more, err = f.once(ctx, spans); err != nil {
				return err
			}
		}
	}
	return f.foldMemory(ctx)
}

// Fold counts records that are not in a spool, such as a demo's history. They
// should come in order of time. A record counts as often as it is given.
func (f *Folder) Fold(ctx context.Context, records iter.Seq[gateway.Record]) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := newRollup(f.clock.Now())
	for r := range records {
		u.add(&r)
		if u.n < foldMost {
			continue
		}
		if err := f.commit(ctx, u); err != nil {
			return err
		}
		u = newRollup(f.clock.Now())
	}
	if u.n == 0 {
		return nil
	}
	return f.commit(ctx, u)
}
