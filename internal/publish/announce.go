package publish

import (
	"context"
	"time"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// How often this process tells the others what its gateway has applied: at most
// once in announceLeast where that moved, and else as a sign of life.
const (
	announceLeast = time.Second
	announceMost  = 5 * time.Second
)

// ID of this process's gateway, as it stands in receipts.
func (p *Publisher) ID() string { return p.id }

// Name says on which host this process runs, and which version it is. It must be called
// before Announce.
func (p *Publisher) Name(host, version string) { p.host, p.version = host, version }

// Announce tells the other processes, and whoever reads a receipt, which change
// this gateway decides by, until ctx ends.
func (p *Publisher) Announce(ctx context.Context) error {
	defer p.withdraw(ctx)
	told := models.Gateway{ID: p.id, StartedAt: p.started, Host: p.host, Version: p.version}
	for failing := false; ; {
		applied, moved := p.movement()
		if told.AppliedAt.IsZero() || applied != told.Applied {
			told.Applied, told.AppliedAt = applied, models.Time(p.clock.Now())
		}
		err := p.announce(ctx, told)
		if err != nil && !failing && ctx.Err() == nil {
			p.log.WarnContext(ctx, "what the gateway has applied cannot be told", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(announceLeast):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-moved:
		case <-time.After(announceMost - announceLeast):
		}
	}
}

// movement is what is applied now, and what is closed when that grows.
func (p *Publisher) movement() (int64, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.applied, p.moved
}

func (p *Publisher) announce(ctx context.Context, g models.Gateway) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p.store.Platform(ctx, func(r store.Platform) error { return r.Announce(g) })
}

// withdraw takes this gateway out of the receipts: it decides nothing any more.
func (p *Publisher) withdraw(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := p.store.Platform(ctx, func(r store.Platform) error { return r.Withdraw(p.id) }); err != nil {
		p.log.WarnContext(ctx, "that the gateway stops cannot be told", "error", err)
	}
}

// Listen looks at the feed as soon as another process has written to it, until ctx
// ends. Where the database cannot tell, the feed is read every Poll all the same.
func (p *Publisher) Listen(ctx context.Context) error {
	for failing := false; ; failing = true {
		err := p.store.ListenForChanges(ctx, p.Wake)
		if ctx.Err() != nil {
			return nil
		}
		if !failing {
			p.log.WarnContext(ctx, "changes of other processes are not announced; the feed is read at intervals", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(listenAgain):
		}
	}
}

// listenAgain is how long it takes until a lost connection is made anew.
const listenAgain = time.Second
