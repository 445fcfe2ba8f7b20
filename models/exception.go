package models

import (
	"time"

	"gatehouse/internal/fault"
)

// Exception gives one team other rates and another quota than its plan has, until
// a moment that is known when it begins. What the plan says of single operations
// goes on. The newest that runs counts.
type Exception struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	PlanID      string
	TeamID      string
	Rates       []Rate `gorm:"serializer:json"`
	QuotaCalls  int64
	QuotaPeriod QuotaPeriod
	QuotaDay    int
	Reason      string // the team reads it
	CreatedBy   string
	CreatedAt   time.Time
	EndsAt      time.Time // that or earlier, where somebody ended it; it ends by the clock alone
}

// ExceptionMost is how long an exception may run; what is for longer is a plan.
const ExceptionMost = 366 * 24 * time.Hour

// TableName is its table.
func (Exception) TableName() string { return "plan_exceptions" }

// Check returns a fault that names every field in error.
func (e Exception) Check(p Plan, now time.Time) error {
	var problems fault.Problems
	checkText(&problems, "reason", e.Reason, 5, 500, "Say why; the team reads it.")
	with := e.Over(p)
	with.checkRates(&problems)
	with.checkQuota(&problems)
	with.checkOperations(&problems)
	problems.Add(!e.EndsAt.After(now), "ends_at", "Choose an end that is still to come.")
	problems.Add(e.EndsAt.After(now.Add(ExceptionMost)), "ends_at", "An exception runs for 366 days at most; for longer, make a plan.")
	return problems.Err()
}

// CheckLimits returns a fault that names every limit in error, whatever the plan.
func (e Exception) CheckLimits() error {
	var problems fault.Problems
	with := e.Over(Plan{})
	with.checkRates(&problems)
	with.checkQuota(&problems)
	return problems.Err()
}

// Runs reports whether the exception holds at a moment.
func (e Exception) Runs(now time.Time) bool { return now.Before(e.EndsAt) }

// Over is the plan as it is for the exception's team while it runs.
func (e Exception) Over(p Plan) Plan {
	p.Rates, p.QuotaCalls, p.QuotaPeriod, p.QuotaDay = e.Rates, e.QuotaCalls, e.QuotaPeriod, e.QuotaDay
	return p
}
