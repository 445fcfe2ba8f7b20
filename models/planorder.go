package models

import "slices"

// bound is a number of calls that a plan allows in some seconds.
type bound struct{ calls, seconds int64 }

// bounds of a plan. A month of a quota counts as its shortest, which makes a plan
// look larger rather than smaller.
func (p Plan) bounds() (out []bound) {
	for _, r := range p.Rates {
		out = append(out, bound{r.Calls, r.Seconds})
	}
	switch p.QuotaPeriod {
	case QuotaDay:
		out = append(out, bound{p.QuotaCalls, 24 * 3600})
	case QuotaMonth:
		out = append(out, bound{p.QuotaCalls, 28 * 24 * 3600})
	}
	return out
}

// Within reports whether the plan allows no more than another in any time: each
// limit of the other follows from one of the plan's own.
func (p Plan) Within(other Plan) bool {
	own := p.bounds()
	for _, most := range other.bounds() {
		follows := func(b bound) bool {
			times := (most.seconds + b.seconds - 1) / b.seconds
			return b.calls <= most.calls/times
		}
		if !slices.ContainsFunc(own, follows) {
			return false
		}
	}
	return true
}
