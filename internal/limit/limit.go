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

// MaxRates is the most rates a plan may have.
const MaxRates = 4

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

// Rate allows Calls at once and as many again per Window.
type Rate struct {
	Name   string // in the RateLimit headers, e.g. "minute"; printable ASCII
	Calls  int64  // ≥ 1
	Window time.Duration
}

// Period of a quota, a calendar period in UTC.
type Period uint8

// The periods of a quota.
const (
	NoQuota Period = iota
	Day
	Month
)

// Name of the period in the RateLimit headers.
func (p Period) Name() string {
	switch p {
	case Day:
		return "day"
	case Month:
		return "month"
	}
	return ""
}

// Start of the period in which t lies.
func (p Period) Start(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	if p == Month {
		d = 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// End of the period in which t lies, the first moment of the next.
func (p Period) End(t time.Time) time.Time {
	if p == Month {
		return p.Start(t).AddDate(0, 1, 0)
	}
	return p.Start(t).AddDate(0, 0, 1)
}

// Quota allows Calls in a Period. The zero Quota is none.
type Quota struct {
	Calls  int64
	Period Period
}

// Plan is what a subject may do. It is immutable: limiters keep no copy.
type Plan struct {
	Rates []Rate // at most MaxRates
	Quota Quota
}

// State of one limit after a decision.
type State struct {
	Remaining int64         // calls that would pass now
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
	// Take counts one call of the subject at the given time, if every limit of
	// the plan allows it. An error means that no decision was possible; the
	// caller then refuses (SECURITY §4).
	Take(ctx context.Context, s Subject, p *Plan, now time.Time) (Result, error)
}

// Used is what a subject consumed of its quota in the period that begins at Start.
type Used struct {
	Subject Subject
	Period  Period
	Start   time.Time
	Calls   int64
}
