package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/limit"
)

// plan is what calls are counted against.
type plan struct {
	limit.Plan
	names      []string         // of the rates and the quota, quoted, as in the headers
	policy     string           // RateLimit-Policy
	operations map[string]*plan // the plan as it is for calls of operations with limits of their own, by key
}

// of is the plan for calls of an operation.
func (p *plan) of(operation string) *plan {
	if own := p.operations[operation]; own != nil {
		return own
	}
	return p
}

// at is the plan that holds for the subscription now: an exception ends by the
// clock, without anybody's doing.
func (s *subscription) at(now time.Time) *plan {
	if s.exception != nil && now.Before(s.exceptionEnds) {
		return s.exception
	}
	return s.plan
}

func compileSubscriptions(tenant ID, v *Version) (map[ID]*subscription, error) {
	plans := make(map[ID]*plan, len(v.Plans))
	var errs []error
	for _, p := range v.Plans {
		c, err := compilePlan(p)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		plans[p.ID] = c
	}
	all := make(map[ID]*subscription, len(v.Subscriptions))
	for _, s := range v.Subscriptions {
		if plans[s.Plan] == nil {
			errs = append(errs, errors.New("a subscription has a plan that is not there"))
			continue
		}
		all[s.Team] = &subscription{id: s.ID, state: s.State, plan: plans[s.Plan], subject: limit.SubjectOf(tenant, s.Team, v.ID), ends: s.Ends}
	}
	for _, e := range v.Exceptions {
		s := all[e.Team]
		if s == nil || s.plan != plans[e.Plan.ID] {
			continue // the team has the plan no longer
		}
		c, err := compilePlan(e.Plan)
		if err != nil {
			errs = append(errs, fmt.Errorf("an exception: %w", err))
			continue
		}
		s.exception, s.exceptionEnds = c, e.Ends
	}
	return all, errors.Join(errs...)
}

// compilePlan makes a plan, with a form of its own for each operation that costs
// or may be called otherwise: what is looked up for a call is one entry of a map.
func compilePlan(p Plan) (*plan, error) {
	c, err := compileLimits(limit.Plan{Rates: p.Rates, Quota: p.Quota, Count: true})
	if err != nil || len(p.Operations) == 0 {
		return c, err
	}
	c.operations = make(map[string]*plan, len(p.Operations))
	for key, o := range p.Operations {
		own := limit.Plan{Rates: p.Rates, Quota: p.Quota, Cost: o.Cost, Count: true}
		if o.Rate != nil {
			r := *o.Rate
			r.Part = limit.PartOf(key)
			own.Rates = append(slices.Clone(own.Rates), r)
		}
		if c.operations[key], err = compileLimits(own); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func compileLimits(p limit.Plan) (*plan, error) {
	if len(p.Rates) > limit.MaxRates {
		return nil, fmt.Errorf("a plan has more than %d rates", limit.MaxRates)
	}
	c := &plan{Plan: p}
	c.Rates = slices.Clone(p.Rates)
	var policy []string
	for i := range c.Rates {
		r := &c.Rates[i]
		if r.Calls < 1 || r.Window < time.Second {
			return nil, errors.New("a plan has a rate of no calls or below a second")
		}
		if r.Name == "" {
			r.Name = rateName(r)
		}
		c.names = append(c.names, strconv.Quote(r.Name))
		policy = append(policy, fmt.Sprintf(`%q;q=%d;w=%d`, r.Name, r.Calls, int64(r.Window/time.Second)))
	}
	if q := p.Quota; q.Period != limit.NoQuota {
		// A month has no fixed w, which is an optional parameter.
		name := "quota-" + q.Period.Name()
		c.names = append(c.names, strconv.Quote(name))
		policy = append(policy, fmt.Sprintf(`%q;q=%d`, name, q.Calls)+map[limit.Period]string{limit.Day: ";w=86400"}[q.Period])
	}
	c.policy = strings.Join(policy, ", ")
	return c, nil
}

// rateName says what a rate counts: "minute" all calls of the team, "token-minute"
// those with this token, "operation-minute" those of this operation.
func rateName(r *limit.Rate) string {
	switch name := windowName(r.Window); {
	case r.Part != limit.Part{}:
		return "operation-" + name
	case r.PerToken:
		return "token-" + name
	default:
		return name
	}
}

func windowName(w time.Duration) string {
	switch w {
	case time.Second:
		return "second"
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	case 24 * time.Hour:
		return "day"
	}
	return strconv.FormatInt(int64(w/time.Second), 10) + "s"
}
