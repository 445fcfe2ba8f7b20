package models

import (
	"regexp"
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// Rate allows Calls in any Seconds, all tokens of a team together or each token
// for itself.
type Rate struct {
	Calls    int64
	Seconds  int64
	PerToken bool
}

// Plan is what a subscription to an API allows.
type Plan struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	APIID       string `gorm:"column:api_id"`
	Slug        string
	Name        string
	Summary     string
	Rates       []Rate `gorm:"serializer:json"` // all of them hold at once
	QuotaCalls  int64  // 0 is no quota; it is always the whole team's
	QuotaPeriod QuotaPeriod
	QuotaDay    int              // of the month, on which a month's quota begins; 0 without one
	Operations  []OperationLimit `gorm:"serializer:json"`
	AutoApprove bool
	ArchivedAt  *time.Time // no longer offered
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Revision    int // counts changes, for If-Match
}

// OperationLimit says what calls of one operation count, and how many of them
// there may be beside all that the plan says otherwise.
type OperationLimit struct {
	Operation string // its key in the document
	Cost      int64  // of a call, in calls of the rates and the quota; 0 is not counted
	Calls     int64  // in any Seconds, for the whole team; 0 is no such limit
	Seconds   int64
}

// The most that a plan may have.
const (
	PlanRates      = 4
	PlanOperations = 40
	OperationCost  = 1000
	mostCalls      = 1_000_000_000
	mostSeconds    = 86400
)

var planSlugShape = regexp.MustCompile(`^[a-z0-9-]{1,48}$`)

// Check returns a fault that names every field in error.
func (p Plan) Check() error {
	var e fault.Problems
	checkText(&e, "name", p.Name, 1, 60, "Give the plan a name.")
	checkText(&e, "summary", p.Summary, 0, 160, "")
	e.Add(!planSlugShape.MatchString(p.Slug), "slug", "Use lower-case letters, digits and hyphens.")
	p.checkRates(&e)
	p.checkQuota(&e)
	p.checkOperations(&e)
	return e.Err()
}

func (p Plan) checkRates(e *fault.Problems) {
	e.Add(len(p.Rates) == 0, "rates", "Give at least one rate limit.")
	e.Add(len(p.Rates) > PlanRates, "rates", "At most four rate limits.")
	type kind struct {
		seconds  int64
		perToken bool
	}
	seen := map[kind]bool{}
	shared := p.QuotaPeriod != NoQuota
	for _, r := range p.Rates {
		e.Add(r.Calls < 1 || r.Calls > mostCalls || r.Seconds < 1 || r.Seconds > mostSeconds, "rates",
			"A rate is 1 or more calls in 1 second to 1 day.")
		e.Add(seen[kind{r.Seconds, r.PerToken}], "rates", "Two rates count over the same time; keep the smaller one.")
		seen[kind{r.Seconds, r.PerToken}] = true
		shared = shared || !r.PerToken
	}
	// R132: who makes another token gets another allowance of each rate that is
	// counted by token. What bounds the team is a limit that all its tokens share,
	// so there is always one, and a quota is never counted by token.
	e.Add(len(p.Rates) > 0 && !shared, "rates",
		"Add a rate or a quota for the whole team: with limits for each token alone, more tokens would be more calls without end.")
}

func (p Plan) checkQuota(e *fault.Problems) {
	e.Add(p.QuotaPeriod != NoQuota && p.QuotaPeriod != QuotaDay && p.QuotaPeriod != QuotaMonth, "quota_period", "Choose a day or a month.")
	e.Add(p.QuotaPeriod != NoQuota && (p.QuotaCalls < 1 || p.QuotaCalls > 1000*mostCalls), "quota_calls", "A quota allows at least 1 call.")
	e.Add(p.QuotaPeriod == NoQuota && p.QuotaCalls != 0, "quota_period", "Say whether the quota is for a day or a month.")
	e.Add(p.QuotaDay < 0 || p.QuotaDay > 31, "quota_day", "Choose a day of the month, 1 to 31.")
	e.Add(p.QuotaPeriod != QuotaMonth && p.QuotaDay != 0, "quota_day", "Only a month's quota begins on a day of the month.")
}

func (p Plan) checkOperations(e *fault.Problems) {
	e.Add(len(p.Operations) > PlanOperations, "operations", "At most 40 operations with limits of their own.")
	seen := map[string]bool{}
	for _, o := range p.Operations {
		e.Add(o.Operation == "" || len(o.Operation) > 255, "operations", "Name the operation by its key in the document.")
		e.Add(seen[o.Operation], "operations", "The operation %s is there twice.", o.Operation)
		seen[o.Operation] = true
		e.Add(o.Cost < 0 || o.Cost > OperationCost, "operations", "A call of an operation counts 0 to 1,000 calls.")
		e.Add((o.Calls != 0 || o.Seconds != 0) && (o.Calls < 1 || o.Calls > mostCalls || o.Seconds < 1 || o.Seconds > mostSeconds), "operations",
			"The limit of an operation is 1 or more calls in 1 second to 1 day.")
		e.Add(o.Cost > p.smallest(), "operations",
			"A call of %s counts more than a limit of the plan allows at all, so it could never be made.", o.Operation)
		e.Add(o.Cost == 1 && o.Calls == 0, "operations", "The operation %s has no limit of its own and counts as any other; leave it out.", o.Operation)
	}
}

// smallest is how many calls the smallest limit allows at once.
func (p Plan) smallest() int64 {
	least := int64(mostCalls)
	for _, r := range p.Rates {
		if r.Calls > 0 {
			least = min(least, r.Calls)
		}
	}
	if p.QuotaPeriod != NoQuota && p.QuotaCalls > 0 {
		least = min(least, p.QuotaCalls)
	}
	return least
}

// Refill is when the plan's quota is whole again.
func (p Plan) Refill() Refill { return Refill{p.QuotaPeriod, p.QuotaDay} }

// Tidy gives a month's quota its first day where none was named.
func (p Plan) Tidy() Plan {
	if p.QuotaPeriod == QuotaMonth && p.QuotaDay == 0 {
		p.QuotaDay = 1
	}
	return p
}

// SameLimits reports whether both plans refuse the same calls.
func (p Plan) SameLimits(o Plan) bool {
	return slices.Equal(p.Rates, o.Rates) && p.QuotaCalls == o.QuotaCalls && p.Refill() == o.Refill() && slices.Equal(p.Operations, o.Operations)
}

// Missing are those of the plan's operations that are not among the keys: a plan
// may name them all the same, as documents change under it.
func (p Plan) Missing(keys map[string]bool) (names []string) {
	for _, o := range p.Operations {
		if !keys[o.Operation] {
			names = append(names, o.Operation)
		}
	}
	return names
}
