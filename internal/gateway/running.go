package gateway

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// watchEvery is how often calls under way are looked at: what ends a token ends
// its streams within that (R13, R95).
const watchEvery = 100 * time.Millisecond

// running is a call's place among those under way.
type running struct {
	cancel     context.CancelCauseFunc
	next, prev *call
	shard      *lane
	answering  atomic.Bool  // the upstream's answer began
	events     atomic.Bool  // a stream of events
	since      atomic.Int64 // Unix nanoseconds since when the upstream's body is waited for; 0 when it is not
}

func (r *running) waiting(now time.Time) { r.since.Store(now.UnixNano()) }
func (r *running) arrived()              { r.since.Store(0) }

// underway is all calls under way, in lanes so that they do not wait for each other.
type underway struct {
	lanes    [32]lane
	turn     atomic.Uint32
	draining atomic.Bool
}

type lane struct {
	mu    sync.Mutex
	first *call
	_     [48]byte // lanes do not share a cache line
}

func (u *underway) add(c *call, cancel context.CancelCauseFunc) {
	l := &u.lanes[u.turn.Add(1)%uint32(len(u.lanes))]
	c.running.cancel, c.running.shard = cancel, l
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.running.next = l.first; l.first != nil {
		l.first.running.prev = c
	}
	l.first = c
}

func (u *underway) remove(c *call) {
	l := c.running.shard
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.running.prev != nil {
		c.running.prev.running.next = c.running.next
	} else {
		l.first = c.running.next
	}
	if c.running.next != nil {
		c.running.next.running.prev = c.running.prev
	}
}

// Run watches calls under way until ctx ends: it cuts those whose token or
// rights ended, and those whose upstream stands still. It also forgets what is not
// needed any more. One Run per gateway.
func (g *Gateway) Run(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	defer g.transports.close()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		g.watch(g.clock.Now())
		g.Tokens.sweep(n, g.clock.Now())
		if n%600 == 0 {
			g.transports.forget(g.clock.Now())
		}
	}
}

func (g *Gateway) watch(now time.Time) {
	for i := range g.running.lanes {
		g.watchLane(&g.running.lanes[i], now)
	}
}

func (g *Gateway) watchLane(l *lane, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := l.first; c != nil; c = c.running.next {
		cause := g.sentence(c, now)
		if cause == nil {
			continue
		}
		c.running.cancel(cause)
		if cause == errDrained {
			continue
		}
		c.body.interrupt()
		if c.running.answering.Load() {
			// A write to a client that does not read would not notice. Before the
			// answer a refusal is still to be written.
			_ = http.NewResponseController(c.w).SetWriteDeadline(now)
		}
	}
}

// sentence is doomed; a call that cannot be judged must end too (R102).
func (g *Gateway) sentence(c *call, now time.Time) (cause error) {
	defer func() {
		if p := recover(); p != nil {
			g.config.Log.Error("watching a call panicked; it is cut", "request_id", c.record.RequestID, "panic", p)
			cause = errCut
		}
	}()
	return g.doomed(c, now)
}

// doomed tells why a call must end now, or nil. The call is in its lane, so what
// was decided about it does not change any more.
func (g *Gateway) doomed(c *call, now time.Time) error {
	v := &c.verdict
	if g.running.draining.Load() && c.running.events.Load() {
		return errDrained
	}
	if since := c.running.since.Load(); since != 0 && now.UnixNano()-since > int64(v.version.idle) {
		return errIdle
	}
	if since, stuck := c.body.stuck(now); stuck && !c.running.answering.Load() {
		// net/http begins to wait for an answer when the body is out, and does not
		// look for the client's going before.
		switch {
		case since > v.version.base.headerTimeout:
			return errIdle
		case c.body.unfinished() && c.r.ProtoMajor == 1 && c.peer.gone():
			return errGone
		}
	}
	if g.stale(now) && now.Sub(c.record.Start) > g.config.StaleMax {
		return errStale // nobody has known for that long whether it still may
	}
	token, found := g.Tokens.Lookup(v.digest)
	if !found || token.State != Live || token.ID != v.Token.ID || !now.Before(token.Expires) {
		return errCut
	}
	path, _, _ := strings.Cut(c.request.Target, "?")
	again := Verdict{snapshot: g.snapshot.Load(), Token: token, rest: path}
	if again.locate(&c.request, now) != nil || again.permit(&c.request, now) != nil {
		return errCut
	}
	return nil
}

// Drain ends streams of events, and all that start from now on, so that a stop
// need not wait for them. Other calls go on.
func (g *Gateway) Drain() { g.running.draining.Store(true) }
