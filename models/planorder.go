package models

import "slices"

// bound is a number of calls that a plan allows in some seconds, to all tokens of a
// team together or to each.
type bound struct {
	calls, seconds int64
	perToken       bool
}

// keeps reports whether who keeps to the bound keeps to another. More tokens are
// more calls, so what bounds each of them bounds no team (R132).
func (b bound) keeps(most bound) bool {
	times := (most.seconds + b.seconds - 1) / b.seconds
	return (most.perToken || !b.perToken) && b.calls <= most.calls/times
}

// bounds of a plan. A month of a quota counts as its shortest, which makes a plan
// look larger rather than smaller.
func (p Plan) bounds() (out []bound) {
	for _, r := range p.Rates {
		out = append(out, bound{r.Calls, r.Seconds, r.PerToken})
	}
	switch p.QuotaPeriod {
	case QuotaDay:
		out = append(out, bound{calls: p.QuotaCalls, seconds: 24 * 3600})
	case QuotaMonth:
		out = append(out, bound{calls: p.QuotaCalls, seconds: 28 * 24 * 3600})
	}
	return out
}

// operation is what the plan says of an operation: by itself, that a call is one.
func (p Plan) operation(key string) OperationLimit {
	for _, o := range p.Operations {
		if o.Operation == key {
			return o
		}
	}
	return OperationLimit{Operation: key, Cost: 1}
}

// bounds of the calls of an operation under a plan's own ones.
func (o OperationLimit) bounds(plan []bound) (out []bound) {
	if o.Calls > 0 {
		out = append(out, bound{calls: o.Calls, seconds: o.Seconds})
	}
	if o.Cost > 0 {
		for _, b := range plan {
			out = append(out, bound{b.calls / o.Cost, b.seconds, b.perToken})
		}
	}
	return out
}

// Within reports whether the plan allows no more than another in any time: each
// limit of the other follows from one of the plan's own, and a call of no operation
// counts less.
func (p Plan) Within(other Plan) bool {
	own := p.bounds()
	keep := func(own []bound, most bound) bool {
		return slices.ContainsFunc(own, func(b bound) bool { return b.keeps(most) })
	}
	for _, most := range other.bounds() {
		if !keep(own, most) {
			return false
		}
	}
	for _, o := range slices.Concat(p.Operations, other.Operations) {
		mine, theirs := p.operation(o.Operation), other.operation(o.Operation)
		if mine.Cost < theirs.Cost || theirs.Calls > 0 && !keep(mine.bounds(own), bound{calls: theirs.Calls, seconds: theirs.Seconds}) {
			return false
		}
	}
	return true
}
