package portal

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/limit"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// batches are the calls of a holder as the replay takes them, and what was used
// of the quota's period before the first of them.
func (p *Plans) batches(ctx context.Context, tenant string, s holder, plan models.Plan, from time.Time) (used int64, out []limit.Batch, err error) {
	for part := range slices.Chunk(s.subscriptions, store.PageMost) {
		if start := plan.Refill().Start(from); plan.QuotaPeriod != models.NoQuota && start.Before(from) {
			before, err := p.calls.QuotasUsed(ctx, tenant, part, start, from)
			if err != nil {
				return 0, nil, err
			}
			for _, n := range before {
				used += int64(n)
			}
		}
		if out, err = p.addCalls(ctx, tenant, part, plan, from, out); err != nil {
			return 0, nil, err
		}
	}
	if perToken(plan) {
		err = p.addTokens(ctx, tenant, s, from, out)
	}
	return used, out, err
}

// addCalls adds the calls under some subscriptions, of which one was open at a time.
func (p *Plans) addCalls(ctx context.Context, tenant string, subscriptions []string, plan models.Plan, from time.Time, out []limit.Batch) ([]limit.Batch, error) {
	passed, err := p.calls.SubscriptionsPassed(ctx, tenant, subscriptions, from)
	if err != nil {
		return nil, err
	}
	mixed := map[string]map[time.Time]map[string]int64{}
	if len(plan.Operations) > 0 {
		all, err := p.calls.OperationsPassed(ctx, tenant, subscriptions, from)
		if err != nil {
			return nil, err
		}
		for id, m := range all {
			mixed[id] = m
		}
	}
	for id, all := range passed {
		for _, c := range all {
			out = append(out, limit.Batch{Start: c.Start, Length: c.Length, Calls: c.Calls, Operations: mixed[id][c.Start.Truncate(time.Hour)]})
		}
	}
	slices.SortStableFunc(out, func(a, b limit.Batch) int { return a.Start.Compare(b.Start) })
	return out, nil
}

// addTokens says with which tokens the calls were made.
func (p *Plans) addTokens(ctx context.Context, tenant string, s holder, from time.Time, batches []limit.Batch) error {
	for part := range slices.Chunk(s.tokens, store.PageMost) {
		passed, err := p.calls.TokensPassed(ctx, tenant, s.version.ID, part, from)
		if err != nil {
			return err
		}
		for token, all := range passed {
			for _, c := range all {
				i, found := slices.BinarySearchFunc(batches, c.Start, func(b limit.Batch, t time.Time) int { return b.Start.Compare(t) })
				if !found {
					continue
				}
				if batches[i].Tokens == nil {
					batches[i].Tokens = map[string]int64{}
				}
				batches[i].Tokens[token] += c.Calls
			}
		}
	}
	return nil
}
