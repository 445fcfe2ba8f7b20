package limit

import (
	"context"
	"net/netip"
	"time"
)

// Failures limits failed attempts per client address (R130). Only failures
// consume: who presents a good credential is never asked about them, so nobody
// behind the same address can lock others out. IPv6 counts by /64, which is
// what one client commonly has.
type Failures struct {
	memory *Memory
	plan   Plan
}

// mostAddresses are remembered; more push arbitrary ones out (R135).
const mostAddresses = 1 << 18

// NewFailures allows a burst of most failures and as many again per window.
func NewFailures(most int64, window time.Duration, now time.Time) *Failures {
	return &Failures{newMemory(now, mostAddresses), Plan{Rates: []Rate{{Name: "failures", Calls: most, Window: window}}}}
}

// Failed counts one failure and returns how long the address should wait; 0
// while it is within its allowance.
func (f *Failures) Failed(ip netip.Addr, now time.Time) time.Duration {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		p, _ := ip.Prefix(64) // cannot fail for IPv6
		ip = p.Addr()
	}
	r, _ := f.memory.Take(context.Background(), Subject(ip.As16()), Part{}, &f.plan, now)
	return r.RetryAfter
}
