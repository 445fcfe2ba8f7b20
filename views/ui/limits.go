package ui

import (
	"strings"
	"time"

	"gatehouse/models"
)

// Rates says the rate limits of a plan: "600 calls a minute and 10 a second".
func Rates(p models.Plan) string {
	var parts []string
	for i, r := range p.Rates {
		n := Number(r.Calls)
		if i == 0 {
			n = Plural(int(r.Calls), "call")
		}
		parts = append(parts, n+" "+every(r.Seconds))
	}
	return strings.Join(parts, " and ")
}

// Quota says the quota of a plan: "500,000 calls a month", or "none".
func Quota(p models.Plan) string {
	if p.QuotaPeriod == models.NoQuota {
		return "none"
	}
	return Plural(int(p.QuotaCalls), "call") + " a " + string(p.QuotaPeriod)
}

// QuotaGone is how much of the period of a plan's quota is over, 1 for all of it.
func QuotaGone(p models.Plan, now time.Time) float64 {
	start, end := p.QuotaPeriod.Start(now), p.QuotaPeriod.End(now)
	return float64(now.Sub(start)) / float64(end.Sub(start))
}

// Limits says what a plan allows in one line.
func Limits(p models.Plan) string {
	if p.QuotaPeriod == models.NoQuota {
		return Rates(p)
	}
	return Rates(p) + ", " + Quota(p)
}

// every says a length of time in which a limit counts.
func every(seconds int64) string {
	switch seconds {
	case 1:
		return "a second"
	case 60:
		return "a minute"
	case 3600:
		return "an hour"
	case 86400:
		return "a day"
	}
	return "in " + Number(seconds) + " seconds"
}
