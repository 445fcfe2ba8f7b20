package models

import (
	"time"

	"gatehouse/internal/clock"
)

// QuotaPeriod is a calendar period in UTC.
type QuotaPeriod string

// The periods of a quota; the empty one is none.
const (
	NoQuota    QuotaPeriod = ""
	QuotaDay   QuotaPeriod = "day"
	QuotaMonth QuotaPeriod = "month"
)

// Refill is when a quota is whole again: every day at 00:00 UTC, or on a day of
// each month at 00:00 UTC, the last one where the month is shorter.
type Refill struct {
	Period QuotaPeriod
	Day    int // of the month; 0 is 1
}

// Start of the period in which t lies.
func (r Refill) Start(t time.Time) time.Time {
	if r.Period == QuotaMonth {
		return clock.MonthStart(t, r.Day)
	}
	return clock.DayStart(t)
}

// End of the period in which t lies, the first moment of the next.
func (r Refill) End(t time.Time) time.Time {
	if r.Period == QuotaMonth {
		return clock.MonthEnd(t, r.Day)
	}
	return clock.DayStart(t).AddDate(0, 0, 1)
}
