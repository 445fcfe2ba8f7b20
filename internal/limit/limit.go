// Package limit counts calls against the rates and the quota of a plan.
//
// A rate is the generic cell rate algorithm: a burst of Calls at once, then one
// call every Window/Calls. A quota is a counter over a calendar period in UTC.
// All of a plan's limits hold at once, and a call that one of them refuses
// consumes nothing of the others. The package knows neither HTTP nor tokens.
package limit

import (
	"context"
	"crypto/sha256"
	"time"
)

// MaxRates is the most rates a plan may have: four, and that of an operation.
const MaxRates = 5

// Subject is who is counted. See SubjectOf.
type Subject [16]byte

// SubjectOf is what counts the calls of a team to a version of an API: a new
// token is no new allowance, and neither is a new subscription after one that
// was ended (R132).
func SubjectOf(tenant, team, version [16]byte) Subject {
	var parts [48]byte
	copy(parts[:], tenant[:])
	copy(parts[16:], team[:])
	copy(parts[32:], version[:])
	sum := sha256.Sum256(parts[:])
	return Subject(sum[:16])
}

// Part of a subject that a rate counts apart from the others: one of its tokens,
// or one operation. The zero Part is the whole.
type Part [16]byte

// PartOf is the part of a subject with a name.
func PartOf(name string) Part {
	sum := sha256.Sum256([]byte(name))
	return Part(sum[:16])
}

// Rate allows Calls at once and as many again per Window.
type Rate struct {
	Name     string // in the RateLimit headers, e.g. "minute"; printable ASCII
	Calls    int64  // ≥ 1
	Window   time.Duration
	PerToken bool // counts each of the subject's tokens for itself
	Part     Part // if set, counts calls of this part alone, each as one
}

// Free is the cost of calls that are not counted.
const Free = -1

// Plan is what a subject may do. It is immutable: limiters keep no copy.
type Plan struct {
	Rates []Rate // at most MaxRates
	Quota Quota
	Cost  int64 // of a call, in calls of the rates and the quota; 0 is 1, and Free is none
	Count bool  // keep count by day without a quota too, for a plan that has one
}

// Price is what a call consumes of the rates and the quota.
func (p *Plan) Price() int64 {
	switch p.Cost {
	case 0:
		return 1
	case Free:
		return 0
	}
	return p.Cost
}

// State of one limit after a decision.
type State struct {
	Remaining int64         // calls that would pass now, if each costs 1
	Reset     time.Duration // until the limit is whole again; with Remaining 0, until one call passes
}

// Result of a decision about one call.
type Result struct {
	Allowed    bool
	RetryAfter time.Duration // when not allowed: until the same call would pass
	Violated   uint8         // bit i: limit i refused; the quota is the bit after the rates
	States     [MaxRates + 1]State
}

// Limiter decides about calls. Implementations are safe for concurrent use and
// pass the suite of package limittest.
type Limiter interface {
	// Take counts one call of the subject with one of its tokens at the given time,
	// if every limit of the plan allows it. An error means that no decision was
	// possible; the caller then refuses (SECURITY §4).
	Take(ctx context.Context, s Subject, token Part, p *Plan, now time.Time) (Result, error)
}

// Used is what a subject consumed on one day.
type Used struct {
	Subject Subject
	Day     time.Time // its beginning, UTC
	Calls   int64
}
