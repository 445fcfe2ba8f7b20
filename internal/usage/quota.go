package usage

import (
	"context"
	"time"
)

// QuotaUsed is what calls of the subscription used of a quota from one time to
// before another: whole days or hours in UTC, as the periods of quotas are.
func (r *Reader) QuotaUsed(ctx context.Context, tenant, subscription string, from, to time.Time) (uint64, error) {
	used, err := r.QuotasUsed(ctx, tenant, []string{subscription}, from, to)
	return used[subscription], err
}

// QuotasUsed is QuotaUsed for up to 100 subscriptions, by id; those without a
// call are not in the answer.
func (r *Reader) QuotasUsed(ctx context.Context, tenant string, subscriptions []string, from, to time.Time) (map[string]uint64, error) {
	res := days
	if !from.Equal(from.UTC().Truncate(days.unit)) || !to.Equal(to.UTC().Truncate(days.unit)) {
		res = hours
	}
	used := map[string]uint64{}
	return used, r.counts(ctx, tenant, ofSubscription, subscriptions, res, from, to, func(id string, _ string, _ time.Time, c Counts) {
		used[id] += c.Used
	})
}

// DaysUsed is what each of up to 100 subscriptions used of quotas on days in UTC,
// from one to before another; those without a call are not in the answer.
func (r *Reader) DaysUsed(ctx context.Context, tenant string, subscriptions []string, from, to time.Time) (map[string]map[time.Time]uint64, error) {
	used := map[string]map[time.Time]uint64{}
	return used, r.counts(ctx, tenant, ofSubscription, subscriptions, days, from, to, func(id string, _ string, day time.Time, c Counts) {
		if used[id] == nil {
			used[id] = map[time.Time]uint64{}
		}
		used[id][day] += c.Used
	})
}

// counts calls fn for each cell of up to 100 subjects of a kind, in any order.
func (r *Reader) counts(ctx context.Context, tenant string, k kind, subjects []string, res *resolution, from, to time.Time,
	fn func(id, part string, at time.Time, c Counts)) error {
	t, ids, err := parseIDs(tenant, subjects[:min(len(subjects), listMost)])
	if err != nil {
		return err
	}
	return r.cells(ctx, t, k, ids, res, res.at(from), res.at(to), func(id [16]byte, part string, at int64, b []byte) error {
		c, _, err := readCounts(b)
		fn(idText(id), part, res.start(at), c)
		return err
	})
}
