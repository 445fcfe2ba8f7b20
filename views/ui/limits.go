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
		part := n + " " + every(r.Seconds)
		if r.PerToken {
			part += " with each token"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " and ")
}

// Quota says the quota of a plan: "500,000 calls a month", or "none".
func Quota(p models.Plan) string {
	if p.QuotaPeriod == models.NoQuota {
		return "none"
	}
	quota := Plural(int(p.QuotaCalls), "call") + " a " + string(p.QuotaPeriod)
	if p.QuotaPeriod == models.QuotaMonth && p.QuotaDay > 1 {
		quota += " from day " + Number(p.QuotaDay)
	}
	return quota
}

// OperationLimits says what a plan's limits of one operation are: "counts 5 calls,
// at most 2 calls a second".
func OperationLimits(o models.OperationLimit) string {
	var parts []string
	switch o.Cost {
	case 0:
		parts = append(parts, "not counted")
	case 1:
	default:
		parts = append(parts, "counts as "+Plural(int(o.Cost), "call"))
	}
	if o.Calls > 0 {
		parts = append(parts, "at most "+Plural(int(o.Calls), "call")+" "+every(o.Seconds))
	}
	return strings.Join(parts, ", ")
}

// QuotaGone is how much of the period of a plan's quota is over, 1 for all of it.
func QuotaGone(p models.Plan, now time.Time) float64 {
	start, end := p.Refill().Start(now), p.Refill().End(now)
	return float64(now.Sub(start)) / float64(end.Sub(start))
}

// Limits says what a plan allows in one line.
func Limits(p models.Plan) string {
	words := Rates(p)
	if p.QuotaPeriod != models.NoQuota {
		words += ", " + Quota(p)
	}
	for i, o := range p.Operations {
		if i == fewOperations {
			return words + "; and " + Plural(len(p.Operations)-i, "more operation")
		}
		words += "; " + o.Operation + " " + OperationLimits(o)
	}
	return words
}

// fewOperations are named in a line.
const fewOperations = 3

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
