package limit

import (
	"maps"
	"slices"
	"time"
)

// Rules are the limits of a plan with those of single operations.
type Rules struct {
	Rates      []Rate
	Quota      Quota
	Operations map[string]OperationRule
}

// OperationRule is what calls of an operation cost, as Plan has it, and a rate that
// holds for them beside the others, or nil.
type OperationRule struct {
	Cost int64
	Rate *Rate
}

// Batch is calls that passed in a stretch of time, of which it is known how many
// they were and not when each was made.
type Batch struct {
	Start      time.Time
	Length     time.Duration
	Calls      int64
	Tokens     map[string]int64 // how many of them with each token; nil where nobody asks
	Operations map[string]int64 // in what proportion; nil where nobody asks
}

// Replay tells how many calls of one subject other rules would have refused. It
// spreads the calls of each batch evenly, and so sees no burst within one: the
// truth is as much or more. Batches are given in order of time.
type Replay struct {
	rules      Rules
	shared     []pool
	tokens     map[string][]pool
	operations map[string]*pool
	used       float64   // of the quota in the period that ends at quotaEnd
	quotaEnd   time.Time // zero before the first batch
}

// Lost is how many calls would have been refused, by the place of the limit in
// Rules.Rates; OfQuota and OfOperation stand for the other two.
type Lost map[int]float64

// The limits that are no rates.
const (
	OfQuota     = -1
	OfOperation = -2
)

// NewReplay begins with whole rates, and with what was used of the quota in the
// period in which the first batch lies.
func NewReplay(rules Rules, used int64) *Replay {
	return &Replay{rules: rules, shared: make([]pool, len(rules.Rates)), tokens: map[string][]pool{}, operations: map[string]*pool{}, used: float64(used)}
}

// Next goes on with a batch.
func (r *Replay) Next(b Batch) Lost {
	lost := Lost{}
	counted, units := r.priced(b, lost)
	if units == 0 {
		return lost
	}
	perCall := units / counted
	left := r.perToken(b, units, lost, perCall)
	passed, by := left, 0
	for i := range r.rules.Rates {
		if rate := &r.rules.Rates[i]; !rate.PerToken {
			if room := r.shared[i].room(rate, b); room < passed {
				passed, by = room, i
			}
		}
	}
	if r.rules.Quota.Period != NoQuota {
		if room := r.quota(b); room < passed {
			passed, by = room, OfQuota
		}
		r.used += passed
	}
	for i := range r.rules.Rates {
		if rate := &r.rules.Rates[i]; !rate.PerToken {
			r.shared[i].take(rate, b, passed)
		}
	}
	if passed < left {
		lost[by] += (left - passed) / perCall
	}
	return lost
}

// priced is how many calls of a batch are counted, and as how many, after what the
// rates of single operations refuse.
func (r *Replay) priced(b Batch, lost Lost) (counted, units float64) {
	total := int64(0)
	for _, n := range b.Operations {
		total += n
	}
	if total == 0 {
		return float64(b.Calls), float64(b.Calls)
	}
	for _, key := range slices.Sorted(maps.Keys(b.Operations)) {
		passed := float64(b.Calls) * float64(b.Operations[key]) / float64(total)
		rule := r.rules.Operations[key]
		if rule.Rate != nil {
			p := r.operations[key]
			if p == nil {
				p = &pool{}
				r.operations[key] = p
			}
			if room := p.room(rule.Rate, b); room < passed {
				lost[OfOperation] += passed - room
				passed = room
			}
			p.take(rule.Rate, b, passed)
		}
		if price := (&Plan{Cost: rule.Cost}).Price(); price > 0 {
			counted += passed
			units += passed * float64(price)
		}
	}
	return counted, units
}

// perToken is how much of a batch the rates of single tokens leave.
func (r *Replay) perToken(b Batch, units float64, lost Lost, perCall float64) float64 {
	all := int64(0)
	for _, n := range b.Tokens {
		all += n
	}
	if all == 0 {
		return units
	}
	left := 0.0
	for _, token := range slices.Sorted(maps.Keys(b.Tokens)) {
		pools := r.tokens[token]
		if pools == nil {
			pools = make([]pool, len(r.rules.Rates))
			r.tokens[token] = pools
		}
		want := units * float64(b.Tokens[token]) / float64(all)
		passed, by := want, 0
		for i := range r.rules.Rates {
			if rate := &r.rules.Rates[i]; rate.PerToken {
				if room := pools[i].room(rate, b); room < passed {
					passed, by = room, i
				}
			}
		}
		for i := range r.rules.Rates {
			if rate := &r.rules.Rates[i]; rate.PerToken {
				pools[i].take(rate, b, passed)
			}
		}
		if passed < want {
			lost[by] += (want - passed) / perCall
		}
		left += passed
	}
	return left
}

// quota is what is left of the quota at the start of a batch.
func (r *Replay) quota(b Batch) float64 {
	if r.quotaEnd.IsZero() {
		r.quotaEnd = r.rules.Quota.End(b.Start)
	}
	if !b.Start.Before(r.quotaEnd) {
		r.used, r.quotaEnd = 0, r.rules.Quota.End(b.Start)
	}
	return max(float64(r.rules.Quota.Calls)-r.used, 0)
}

// pool is the allowance of a rate as an amount that flows back: what gcra is for
// single calls.
type pool struct {
	level float64
	at    time.Time // zero is whole
}

// room is how much of a batch the pool lets through.
func (p *pool) room(r *Rate, b Batch) float64 {
	flow := float64(r.Calls) / r.Window.Seconds()
	level := float64(r.Calls)
	if !p.at.IsZero() {
		level = min(level, p.level+flow*max(b.Start.Sub(p.at).Seconds(), 0))
	}
	return level + flow*b.Length.Seconds()
}

// take takes what was let through.
func (p *pool) take(r *Rate, b Batch, passed float64) {
	p.level, p.at = min(float64(r.Calls), p.room(r, b)-passed), b.Start.Add(b.Length)
}
