package models

import (
	"regexp"
	"time"

	"gatehouse/internal/fault"
)

// Rate allows Calls in any Seconds.
type Rate struct {
	Calls   int64
	Seconds int64
}

// QuotaPeriod is a calendar period in UTC.
type QuotaPeriod string

// The periods of a quota; the empty one is none.
const (
	NoQuota    QuotaPeriod = ""
	QuotaDay   QuotaPeriod = "day"
	QuotaMonth QuotaPeriod = "month"
)

// Start of the period in which t lies.
func (q QuotaPeriod) Start(t time.Time) time.Time {
	t = t.UTC()
	if q == QuotaMonth {
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// End of the period in which t lies.
func (q QuotaPeriod) End(t time.Time) time.Time {
	if q == QuotaMonth {
		return q.Start(t).AddDate(0, 1, 0)
	}
	return q.Start(t).AddDate(0, 0, 1)
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
	QuotaCalls  int64  // 0 is no quota
	QuotaPeriod QuotaPeriod
	AutoApprove bool
	ArchivedAt  *time.Time // no longer offered
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Revision    int // counts changes, for If-Match
}

var planSlugShape = regexp.MustCompile(`^[a-z0-9-]{1,48}$`)

// Check returns a fault that names every field in error.
func (p Plan) Check() error {
	var e fault.Problems
	checkText(&e, "name", p.Name, 1, 60, "Give the plan a name.")
	checkText(&e, "summary", p.Summary, 0, 160, "")
	e.Add(!planSlugShape.MatchString(p.Slug), "slug", "Use lower-case letters, digits and hyphens.")
	e.Add(len(p.Rates) == 0, "rates", "Give at least one rate limit.")
	e.Add(len(p.Rates) > 4, "rates", "At most four rate limits.")
	for _, r := range p.Rates {
		e.Add(r.Calls < 1 || r.Calls > 1_000_000_000 || r.Seconds < 1 || r.Seconds > 86400, "rates",
			"A rate is 1 or more calls in 1 second to 1 day.")
	}
	e.Add(p.QuotaPeriod != NoQuota && p.QuotaPeriod != QuotaDay && p.QuotaPeriod != QuotaMonth, "quota_period", "Choose a day or a month.")
	e.Add(p.QuotaPeriod != NoQuota && p.QuotaCalls < 1, "quota_calls", "A quota allows at least 1 call.")
	e.Add(p.QuotaPeriod == NoQuota && p.QuotaCalls != 0, "quota_period", "Say whether the quota is for a day or a month.")
	return e.Err()
}
