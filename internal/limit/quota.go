package limit

import (
	"time"

	"gatehouse/internal/clock"
)

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

// Refill is when a quota is whole again: every day at 00:00 UTC, or on a day of
// each month at 00:00 UTC, the last one where the month is shorter.
type Refill struct {
	Period Period
	Day    int // of the month; 0 is 1
}

// Start of the period in which t lies.
func (r Refill) Start(t time.Time) time.Time {
	if r.Period == Month {
		return clock.MonthStart(t, r.Day)
	}
	return clock.DayStart(t)
}

// End of the period in which t lies, the first moment of the next.
func (r Refill) End(t time.Time) time.Time {
	if r.Period == Month {
		return clock.MonthEnd(t, r.Day)
	}
	return clock.DayStart(t).AddDate(0, 0, 1)
}

// Quota allows Calls in a period. The zero Quota is none.
type Quota struct {
	Calls int64
	Refill
}

// Days is how long a period is at most, and so how many days back are counted.
const Days = 31

const (
	dayLength = int64(24 * time.Hour / time.Second)
	ring      = Days + 1
)

// dayOf is the number of t's day since 1970, UTC.
func dayOf(t time.Time) int64 { return t.Unix() / dayLength }

func dayStart(day int64) time.Time { return time.Unix(day*dayLength, 0).UTC() }

// counter is what a subject used on each of its last days. Any period is a sum of
// days, so whatever plan asks, of whatever rule, nothing begins anew but by the
// calendar (R132).
type counter struct {
	days  [ring]int64 // what was used on day d is at d%ring
	today int64       // the latest day seen: a clock that steps back reopens nothing

	asked      Refill // the rule of the period below, in which today lies
	start, end int64  // days; end is the first of the next period
}

// turn goes on to the day of now, if that is later.
func (c *counter) turn(now time.Time) {
	day := dayOf(now)
	if day <= c.today {
		return
	}
	for d := max(c.today+1, day-Days); d <= day; d++ {
		c.days[d%ring] = 0
	}
	c.today = day
}

// used is what was used in the period of the rule in which today lies, and the
// day on which that ends.
func (c *counter) used(r Refill) (used, end int64) {
	if c.asked != r || c.today >= c.end {
		today := dayStart(c.today)
		c.asked, c.start, c.end = r, dayOf(r.Start(today)), dayOf(r.End(today))
	}
	for d := c.start; d <= c.today; d++ {
		used += c.days[d%ring]
	}
	return used, c.end
}

// counting reports whether something was used on a day that a period may hold.
func (c *counter) counting(now time.Time) bool {
	if c == nil {
		return false
	}
	for d := max(dayOf(now), c.today) - Days; d <= c.today; d++ {
		if c.days[d%ring] > 0 {
			return true
		}
	}
	return false
}
