package clock

import "time"

// DayStart is the beginning of t's day in UTC.
func DayStart(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// MonthStart is the beginning of the month in UTC in which t lies, of months that
// begin on a day of the calendar month: on its last one where it is shorter. Day 0
// is the first.
func MonthStart(t time.Time, day int) time.Time {
	y, m, d := t.UTC().Date()
	if first := monthOf(y, m, day); d >= first.Day() {
		return first
	}
	return monthOf(y, m-1, day)
}

// MonthEnd is the end of the month of MonthStart, the first moment of the next.
func MonthEnd(t time.Time, day int) time.Time {
	start := MonthStart(t, day)
	return monthOf(start.Year(), start.Month()+1, day)
}

func monthOf(y int, m time.Month, day int) time.Time {
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC)
	return time.Date(last.Year(), last.Month(), min(max(day, 1), last.Day()), 0, 0, 0, 0, time.UTC)
}
