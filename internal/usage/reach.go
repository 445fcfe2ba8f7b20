package usage

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"
)

// ReachDays is how far back it is asked what a token called.
const ReachDays = 90

// OperationUse is how a token used one operation.
type OperationUse struct {
	Operation   string // its key
	Calls       uint64 // that were not refused
	Days        int    // on how many days
	First, Last time.Time
}

// OperationsUsed lists the operations that a token called on the last ReachDays
// days in UTC, today among them, by key. Refused calls are none.
func (r *Reader) OperationsUsed(ctx context.Context, tenant, token string) ([]OperationUse, error) {
	t, ids, err := parseIDs(tenant, []string{token})
	if err != nil {
		return nil, err
	}
	today := days.at(r.clock.Now())
	found := map[string]*OperationUse{}
	err = r.cells(ctx, t, tokenOperation, ids, days, today-ReachDays+1, today+1, func(_ [16]byte, part string, at int64, b []byte) error {
		var c cell
		if err := c.mergeFrom(b); err != nil || c.Calls == c.Refused {
			return err
		}
		day := days.start(at)
		u := found[part]
		if u == nil {
			u = &OperationUse{Operation: part, First: day, Last: day}
			found[part] = u
		}
		u.Calls, u.Days = u.Calls+c.Calls-c.Refused, u.Days+1
		if day.Before(u.First) {
			u.First = day
		}
		if day.After(u.Last) {
			u.Last = day
		}
		return nil
	})
	var out []OperationUse
	for _, u := range found {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b OperationUse) int { return cmp.Compare(a.Operation, b.Operation) })
	return out, err
}

// Called are the operations that up to 100 tokens called on the last ReachDays
// days, by token: refused calls too, for it looks at no numbers.
func (r *Reader) Called(ctx context.Context, tenant string, tokens []string) (map[string][]string, error) {
	t, ids, err := parseIDs(tenant, tokens[:min(len(tokens), listMost)])
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	args := []any{t[:], int(tokenOperation)}
	for _, id := range ids {
		args = append(args, id[:])
	}
	out := map[string][]string{}
	return out, r.each(ctx, t, func(rows *sql.Rows) error {
		var token, part []byte
		if err := rows.Scan(&token, &part); err != nil {
			return err
		}
		id := idText([16]byte(token))
		out[id] = append(out[id], string(part))
		return nil
	}, "SELECT s.subject, s.part FROM usage_subject s WHERE s.tenant = ? AND s.kind = ? AND s.subject IN ("+list("?", len(ids))+
		") AND EXISTS (SELECT 1 FROM usage_day c WHERE c.subject = s.id AND c.at >= ?)", append(args, days.at(r.clock.Now())-ReachDays+1)...)
}

// DaysCounted is on how many days in UTC, from one on until today, somebody counted.
func (r *Reader) DaysCounted(ctx context.Context, from time.Time) (n int, err error) {
	first, now := days.start(days.at(from)), r.clock.Now()
	spells, err := r.watched(ctx, first, now.Add(time.Second))
	for day := first; !day.After(now); day = day.Add(days.unit) {
		if spells.touch(day, day.Add(days.unit)) {
			n++
		}
	}
	return n, err
}
