package guard

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/models"
)

// How often a program may ask: a client about tokens, as an API's own server does
// for calls of its own; a token about itself.
var (
	clientPace = limit.Plan{Rates: []limit.Rate{{Name: "minute", Calls: 6000, Window: time.Minute}}}
	selfPace   = limit.Plan{Rates: []limit.Rate{{Name: "minute", Calls: 60, Window: time.Minute}}}
)

// failuresMost is how many secrets that are none an address may try in a minute, as
// at the gateway.
const failuresMost = 300

// Pace holds up programs that ask too often, each by itself, and addresses that try
// one secret after the other (R130).
type Pace struct {
	clock    clock.Clock
	limiter  *limit.Memory
	failures *limit.Failures
}

// NewPace begins to count.
func NewPace(c clock.Clock) *Pace {
	now := c.Now()
	return &Pace{c, limit.NewMemory(now), limit.NewFailures(failuresMost, time.Minute, now)}
}

// hold is err, or the refusal of who asks too often: who has an id by its plan,
// others by their address, where err says that their secret is none.
func (p *Pace) hold(r models.Request, id string, plan *limit.Plan, err error) error {
	switch {
	case p == nil || err != nil && !fault.Is(err, fault.Unauthenticated):
		return err
	case err != nil:
		ip, bad := netip.ParseAddr(r.ClientIP)
		if bad != nil {
			return err
		}
		if wait := p.failures.Failed(ip, p.clock.Now()); wait > 0 {
			return fault.New(fault.TooMany, "too_many_failures", "From this address came too many secrets that are not valid. Wait as long as Retry-After says.").After(wait)
		}
		return err
	}
	sum := sha256.Sum256([]byte(id))
	result, err := p.limiter.Take(context.Background(), limit.Subject(sum[:16]), limit.Part{}, plan, p.clock.Now())
	if err != nil || result.Allowed {
		return err
	}
	return fault.New(fault.TooMany, "asks_too_often", "More than %d questions a minute are not answered. Wait as long as Retry-After says.", plan.Rates[0].Calls).After(result.RetryAfter)
}
