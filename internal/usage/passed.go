package usage

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Passed is how many calls passed in a stretch of time: a minute or an hour.
type Passed struct {
	Start  time.Time
	Length time.Duration
	Calls  int64
}

// minutesKnown is how far back what passed is told by the minute: less than
// minutes are kept for, so that whole hours of them are there.
const minutesKnown = 48 * time.Hour

// MinutesSince is since when Passed knows minutes; before it, hours.
func (r *Reader) MinutesSince() time.Time {
	return r.clock.Now().Add(-minutesKnown).Truncate(time.Hour)
}

// SubscriptionsPassed is what passed of each of up to 100 subscriptions, from a whole
// hour on until now, in order of time; stretches without a call are left out.
func (r *Reader) SubscriptionsPassed(ctx context.Context, tenant string, subscriptions []string, from time.Time) (map[string][]Passed, error) {
	return r.passed(ctx, tenant, ofSubscription, subscriptions, "", from)
}

// TokensPassed is SubscriptionsPassed for tokens, of their calls to one version.
func (r *Reader) TokensPassed(ctx context.Context, tenant, version string, tokens []string, from time.Time) (map[string][]Passed, error) {
	id, err := parseID(version)
	if err != nil {
		return nil, err
	}
	return r.passed(ctx, tenant, ofToken, tokens, string(id[:]), from)
}

func (r *Reader) passed(ctx context.Context, tenant string, k kind, subjects []string, part string, from time.Time) (map[string][]Passed, error) {
	out := map[string][]Passed{}
	change := r.MinutesSince()
	for _, s := range []struct {
		res      *resolution
		from, to time.Time
	}{{hours, from, change}, {minutes, change, r.clock.Now().Add(time.Minute)}} {
		if s.from.Before(from) {
			s.from = from
		}
		err := r.counts(ctx, tenant, k, subjects, s.res, s.from, s.to, func(id, of string, at time.Time, c Counts) {
			if n := int64(c.Calls - c.Refused); n > 0 && of == part {
				out[id] = append(out[id], Passed{at, s.res.unit, n})
			}
		})
		if err != nil {
			return nil, err
		}
	}
	for _, all := range out {
		slices.SortFunc(all, func(a, b Passed) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Length, b.Length)) })
	}
	return out, nil
}

// Mixed is which operations passed, by the hour in which they did.
type Mixed map[time.Time]map[string]int64

// OperationsPassed is what each of up to 100 subscriptions passed of each operation,
// by the hour, from a whole hour on until now.
func (r *Reader) OperationsPassed(ctx context.Context, tenant string, subscriptions []string, from time.Time) (map[string]Mixed, error) {
	out := map[string]Mixed{}
	err := r.counts(ctx, tenant, subscriptionOperation, subscriptions, hours, from, r.clock.Now().Add(time.Hour), func(id, operation string, at time.Time, c Counts) {
		n := int64(c.Calls - c.Refused)
		if n == 0 {
			return
		}
		if out[id] == nil {
			out[id] = Mixed{}
		}
		if out[id][at] == nil {
			out[id][at] = map[string]int64{}
		}
		out[id][at][operation] += n
	})
	return out, err
}

// CallsOf is how many calls passed of each of up to 100 tokens on days in UTC from
// that of a time on, by id; those without a call are not in the answer.
func (r *Reader) CallsOf(ctx context.Context, tenant string, tokens []string, from time.Time) (map[string]int64, error) {
	out := map[string]int64{}
	return out, r.counts(ctx, tenant, ofToken, tokens, days, from, r.clock.Now().Add(days.unit), func(id, version string, _ time.Time, c Counts) {
		if version != "" && c.Calls > c.Refused {
			out[id] += int64(c.Calls - c.Refused)
		}
	})
}
