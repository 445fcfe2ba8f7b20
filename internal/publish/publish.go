// Package publish carries what decides about calls from the store to the
// gateway of this process: everything at the start, and then each change, in
// the order of the change feed. It makes revocation instant: a write that
// changed something waits until the gateway has it.
package publish

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Poll is how often the feed is read where nobody announced a change.
const Poll = 250 * time.Millisecond

// patience is how long a write waits for the gateway before it answers all the
// same. From then on the gateway refuses everything until it has the change: who
// was told that a token is revoked may rely on it (R13).
const patience = 2 * time.Second

// Publisher follows the change feed.
type Publisher struct {
	store   *store.Store
	keys    *keyring.Keyring
	gateway *gateway.Gateway
	clock   clock.Clock
	log     *slog.Logger

	id      string    // of this process's gateway, for the receipts
	started time.Time // likewise
	host    string
	version string
	wake    chan struct{}

	closed  map[string]bool // tenants that could not be read; of Load and Run alone
	retried time.Time       // when they were last tried

	hosts atomic.Pointer[map[string]string] // hosts of tenants' own, and whose they are by slug

	mu      sync.Mutex
	running bool
	applied int64
	fresh   time.Time
	owed    int64         // a write was answered that had not waited for this change
	moved   chan struct{} // closed and replaced when applied grows
}

// New makes a publisher; Load must follow before it runs.
func New(s *store.Store, k *keyring.Keyring, g *gateway.Gateway, c clock.Clock, log *slog.Logger) *Publisher {
	return &Publisher{store: s, keys: k, gateway: g, clock: c, log: log, id: models.NewID(), started: models.Time(c.Now()), wake: make(chan struct{}, 1), closed: map[string]bool{}, moved: make(chan struct{})}
}

// Load gives the gateway everything. What changes while it runs is in the feed
// behind the number that it began with, and is applied again by Run.
func (p *Publisher) Load(ctx context.Context) error {
	now := p.clock.Now()
	var last int64
	var tenants []models.Tenant
	err := p.store.Survey(ctx, func(r store.Platform) (err error) {
		if last, err = r.LastChange(); err != nil {
			return err
		}
		tenants, err = r.Tenants()
		return err
	})
	if err != nil {
		return err
	}
	compiled := make([]*gateway.Compiled, 0, len(tenants))
	for _, t := range tenants {
		c, err := p.compile(ctx, t)
		if err != nil {
			return err
		}
		if c != nil {
			compiled = append(compiled, c)
		}
	}
	if err := p.loadTokens(ctx); err != nil {
		return err
	}
	if err := p.loadHosts(ctx); err != nil {
		return err
	}
	p.gateway.Publish(gateway.NewSnapshot(compiled...))
	p.reached(last)
	p.freshAt(now)
	return nil
}

func (p *Publisher) loadTokens(ctx context.Context) error {
	const page = 2000
	for after := ""; ; {
		var bearers []store.Bearer
		err := p.store.Survey(ctx, func(r store.Platform) (err error) {
			bearers, err = r.Bearers(after, page)
			return err
		})
		if err != nil {
			return err
		}
		for _, b := range bearers {
			p.put(b)
			after = b.ID
		}
		if len(bearers) < page {
			return nil
		}
	}
}

// Run applies changes until ctx ends.
func (p *Publisher) Run(ctx context.Context) error {
	p.setRunning(true)
	defer p.setRunning(false)
	tick := time.NewTicker(Poll)
	defer tick.Stop()
	for failing := false; ; {
		failing = p.report(ctx, failing, p.once(ctx))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-p.wake:
		}
	}
}

// report says once that the feed cannot be read, and once that it can again. The
// gateway itself fails closed when an outage goes on for too long.
func (p *Publisher) report(ctx context.Context, failing bool, err error) bool {
	switch {
	case ctx.Err() != nil:
	case err != nil && !failing:
		p.log.ErrorContext(ctx, "the change feed cannot be read", "error", err)
	case err == nil && failing:
		p.log.InfoContext(ctx, "the change feed is read again")
	}
	return err != nil
}

func (p *Publisher) setRunning(running bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = running
}

// Await waits until the gateway of this process has applied a change. It is
// what store.Wire takes as published. Before Run and after it there is nobody to
// wait for: no call is decided then, and Run begins with what the feed holds.
func (p *Publisher) Await(ctx context.Context, seq int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	p.Wake()
	for {
		p.mu.Lock()
		done, moved := p.applied >= seq || !p.running, p.moved
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-moved:
		case <-ctx.Done():
			p.log.ErrorContext(ctx, "the gateway did not apply a change in time; it refuses all calls until it has", "seq", seq)
			p.owe(seq)
			return
		}
	}
}

// Wake makes Run look at the feed now.
func (p *Publisher) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Applied is the number of the last change that the gateway has.
func (p *Publisher) Applied() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.applied
}

// Fresh is when all that had changed was last applied: the gateway's age.
func (p *Publisher) Fresh() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fresh
}

func (p *Publisher) reached(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.applied = seq
	close(p.moved)
	p.moved = make(chan struct{})
}

// owe closes the gateway until it has a change.
func (p *Publisher) owe(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.owed = max(p.owed, seq); p.applied < p.owed {
		p.gateway.SetFresh(time.Time{})
	}
}

// freshAt tells the gateway that it knows what there was to know at t, unless
// somebody was promised more.
func (p *Publisher) freshAt(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.applied >= p.owed {
		p.fresh = t
		p.gateway.SetFresh(t)
	}
}

// once applies what the feed holds now.
func (p *Publisher) once(ctx context.Context) error {
	const batch = 500
	for {
		now, applied := p.clock.Now(), p.Applied()
		changes, err := p.changes(ctx, applied, batch)
		if err != nil {
			return err
		}
		if len(changes) > 0 {
			if err := p.apply(ctx, changes); err != nil {
				return err
			}
			p.reached(changes[len(changes)-1].Seq)
		}
		if len(changes) < batch {
			p.freshAt(now)
			return p.retry(ctx, now)
		}
	}
}

// changes reads the feed. A read that hangs is given up, so that the next one
// finds the database as soon as it is back.
func (p *Publisher) changes(ctx context.Context, after int64, most int) (changes []models.Change, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = p.store.Survey(ctx, func(r store.Platform) (err error) {
		changes, err = r.ChangesAfter(after, most)
		return err
	})
	return changes, err
}
