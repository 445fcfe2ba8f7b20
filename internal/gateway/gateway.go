// Package gateway is the hot path: it decides about calls and forwards them.
//
// It works on memory alone: an immutable Snapshot of tenants and their APIs, and
// a table of live tokens, both given by package publish. It reads no database
// and knows no portal. A call passes the stages route, identify, admit (which
// are Decide), forward and meter, in the order of refusal of DESIGN §5.
package gateway

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/limit"
)

// Config of a gateway. Limiter and Dial are required, the rest has defaults.
type Config struct {
	PortalURL string   // base of the addresses of error pages, without a slash at the end
	Origins   []string // that browsers may call any API from: the portal's
	Realm     string   // in WWW-Authenticate; "" is "gatehouse"
	Clock     clock.Clock
	Limiter   limit.Limiter
	Meter     Meter // nil takes no note of anything
	// Sightings is told of tokens that should not have been used. It must be quick; nil is nobody.
	Sightings func(Sighting)
	Mocker    Mocker // answers calls to mocks; nil answers none
	// Dial connects to upstreams; egress.Policy.DialContext outside of tests.
	Dial           func(ctx context.Context, network, address string) (net.Conn, error)
	TrustedProxies []netip.Prefix // whose X-Forwarded-For and -Proto count (R77)
	StaleMax       time.Duration  // how old the last reading of the change feed may be; 0 is 10 s
	Failures       int64          // failed attempts of an address per minute before 429; 0 is 300
	Log            *slog.Logger
}

// Gateway is an http.Handler. It refuses everything with 503 until Publish and
// SetFresh were called.
type Gateway struct {
	// Tokens is the table of live tokens, filled by whoever publishes.
	Tokens Tokens

	config     Config
	clock      clock.Clock
	limiter    limit.Limiter
	failures   *limit.Failures
	snapshot   atomic.Pointer[Snapshot]
	fresh      atomic.Pointer[time.Time]
	rejects    rejects
	running    underway
	transports transports
	nobody     *Compiled // stands for tenants that do not exist, so that they cost the same (R11)
}

// New makes a gateway.
func New(c Config) *Gateway {
	if c.Clock == nil {
		c.Clock = clock.System
	}
	if c.StaleMax <= 0 {
		c.StaleMax = 10 * time.Second
	}
	if c.Failures <= 0 {
		c.Failures = 300
	}
	if c.Realm == "" {
		c.Realm = "gatehouse"
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Gateway{
		config: c, clock: c.Clock, limiter: c.Limiter,
		failures:   limit.NewFailures(c.Failures, time.Minute, c.Clock.Now()),
		transports: transports{dial: c.Dial},
		nobody:     &Compiled{peppers: []Pepper{{"", make([]byte, 32)}}},
	}
}

// Publish replaces the snapshot. Calls under way finish with the old one.
func (g *Gateway) Publish(s *Snapshot) { g.snapshot.Store(s) }

// PortalURL is the base of the addresses of the portal's pages, without a slash at the end.
func (g *Gateway) PortalURL() string { return g.config.PortalURL }

// Published is the snapshot in force, nil before the first.
func (g *Gateway) Published() *Snapshot { return g.snapshot.Load() }

// SetFresh says that the change feed was read to its end at t. When that is
// longer ago than StaleMax, nothing is let through: a token revoked since might be.
func (g *Gateway) SetFresh(t time.Time) { g.fresh.Store(&t) }

// Ready reports whether calls are decided: a snapshot is there and fresh.
func (g *Gateway) Ready() bool { return g.snapshot.Load() != nil && !g.stale(g.clock.Now()) }

func (g *Gateway) stale(now time.Time) bool {
	fresh := g.fresh.Load()
	return fresh == nil || now.Sub(*fresh) > g.config.StaleMax
}
