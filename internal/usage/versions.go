package usage

import (
	"context"
	"database/sql"
	"time"
)

// VersionCallers are the tokens with which a version was called from a time on, by
// id, and the start of the minute, hour or day of the last call. Calls that were
// refused count only where it is asked for them. A time within the last two days
// is heeded by the minute, one before that by the hour.
func (r *Reader) VersionCallers(ctx context.Context, tenant, version string, since time.Time, refused bool) (map[string]time.Time, error) {
	t, ids, err := parseIDs(tenant, []string{version})
	if err != nil {
		return nil, err
	}
	now := r.clock.Now()
	hour, today := startFrom(since, hours), now.UTC().Truncate(days.unit)
	day := startFrom(hour, days)
	if since.Before(r.MinutesSince()) {
		since = hour
	}
	out := map[string]time.Time{}
	for _, s := range []struct {
		res      *resolution
		from, to time.Time
	}{
		{minutes, startFrom(since, minutes), earlier(hour, now.Add(time.Minute))},
		{hours, hour, earlier(day, today)},
		{days, day, today},
		{hours, later(hour, today), now.Add(time.Hour)},
	} {
		if !s.from.Before(s.to) {
			continue
		}
		err := r.each(ctx, t, func(rows *sql.Rows) error {
			var token, b []byte
			var at int64
			if err := rows.Scan(&token, &at, &b); err != nil {
				return err
			}
			c, _, err := readCounts(b)
			if id, start := idText([16]byte(token)), s.res.start(at); (refused || c.Calls > c.Refused) && start.After(out[id]) {
				out[id] = start
			}
			return err
		}, "SELECT s.subject, c.at, c.cell FROM usage_subject s JOIN "+s.res.table+` c ON c.subject = s.id
			WHERE s.tenant = ? AND s.kind = ? AND s.part = ? AND c.at >= ? AND c.at < ?`,
			t[:], int(ofToken), ids[0][:], s.res.at(s.from), s.res.at(s.to))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// startFrom is the first start of a minute, hour or day that is not before t.
func startFrom(t time.Time, res *resolution) time.Time {
	return res.start(res.at(t.Add(res.unit - 1)))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// TokensCalled are the operations that up to 100 tokens called on days in UTC from
// that of a time on, by token; calls that were refused are none.
func (r *Reader) TokensCalled(ctx context.Context, tenant string, tokens []string, since time.Time) (map[string][]string, error) {
	return r.called(ctx, tenant, tokenOperation, tokens, since)
}

// SubscriptionsCalled is TokensCalled for up to 100 subscriptions.
func (r *Reader) SubscriptionsCalled(ctx context.Context, tenant string, subscriptions []string, since time.Time) (map[string][]string, error) {
	return r.called(ctx, tenant, subscriptionOperation, subscriptions, since)
}

func (r *Reader) called(ctx context.Context, tenant string, k kind, subjects []string, since time.Time) (map[string][]string, error) {
	type one struct{ subject, operation string }
	known, out := map[one]bool{}, map[string][]string{}
	return out, r.counts(ctx, tenant, k, subjects, days, since, r.clock.Now().Add(days.unit), func(id, operation string, _ time.Time, c Counts) {
		if c.Calls > c.Refused && !known[one{id, operation}] {
			known[one{id, operation}] = true
			out[id] = append(out[id], operation)
		}
	})
}
