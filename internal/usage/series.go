package usage

import (
	"context"
	"database/sql"
	"time"
)

// Range is a length of time that a graph shows, up to now.
type Range uint8

// The ranges of a graph.
const (
	LastHour Range = iota // 60 slots of a minute
	LastDay               // 48 of half an hour
	LastWeek              // 56 of 3 hours
	Last30                // 30 days: 60 of 12 hours
	Last90                // 90 days: 90 of a day
)

var ranges = [...]struct {
	name  string
	slots int
	slot  time.Duration
	res   *resolution
}{
	LastHour: {"1h", 60, time.Minute, minutes},
	LastDay:  {"24h", 48, 30 * time.Minute, minutes},
	LastWeek: {"7d", 56, 3 * time.Hour, hours},
	Last30:   {"30d", 60, 12 * time.Hour, hours},
	Last90:   {"90d", 90, 24 * time.Hour, days},
}

// String is the range as it stands in addresses: 1h, 24h, 7d, 30d, 90d.
func (r Range) String() string { return ranges[r].name }

// ParseRange is the inverse of String.
func ParseRange(s string) (Range, bool) {
	for r := range ranges {
		if ranges[r].name == s {
			return Range(r), true
		}
	}
	return LastDay, false
}

// window is the time that the range shows at now: whole slots in UTC, the last
// of them not over yet.
func (r Range) window(now time.Time) (from, to time.Time) {
	spec := ranges[r]
	to = now.UTC().Truncate(spec.slot).Add(spec.slot)
	return to.Add(-time.Duration(spec.slots) * spec.slot), to
}

// Series is a graph.
type Series struct {
	From, To time.Time // UTC; To is the end of the slot that is running
	Slot     time.Duration
	Slots    []Slot
	Total    Counts
	Previous Counts  // of the same length of time before From
	Latency  Latency // of all slots together
}

// Slot is one bar of a graph.
type Slot struct {
	Start time.Time
	Counts
	Latency
	NoData bool // nobody counted, or the thing was not there yet
}

// Latency is what callers waited for calls that were not refused, off by at most
// 1/32; zero where there were none.
type Latency struct{ P50, P95, P99 time.Duration }

func latencyOf(h *Histogram) Latency {
	return Latency{h.Quantile(.5), h.Quantile(.95), h.Quantile(.99)}
}

// Series is the graph of what f names over the range, up to now.
func (r *Reader) Series(ctx context.Context, tenant string, f Filter, span Range) (Series, error) {
	t, k, ids, err := f.subjects(tenant)
	if err != nil {
		return Series{}, err
	}
	only, err := f.part()
	if err != nil {
		return Series{}, err
	}
	now, spec := r.clock.Now(), ranges[span]
	out := Series{Slot: spec.slot}
	out.From, out.To = span.window(now)
	first, perSlot := spec.res.at(out.From), int64(spec.slot/spec.res.unit)
	var sum, before cell
	slots := make([]cell, spec.slots)
	err = r.cells(ctx, t, k, ids, spec.res, first-perSlot*int64(spec.slots), spec.res.at(out.To),
		func(_ [16]byte, part string, at int64, b []byte) error {
			if only != "" && part != only {
				return nil
			}
			if at < first {
				return before.mergeFrom(b)
			}
			return slots[(at-first)/perSlot].mergeFrom(b)
		})
	if err != nil {
		return Series{}, err
	}
	watched, err := r.watched(ctx, out.From, out.To)
	if err != nil {
		return Series{}, err
	}
	for i := range slots {
		start := out.From.Add(time.Duration(i) * spec.slot)
		end := start.Add(spec.slot)
		sum.merge(&slots[i])
		out.Slots = append(out.Slots, Slot{
			Start: start, Counts: slots[i].Counts, Latency: latencyOf(&slots[i].Latency),
			NoData: slots[i].Calls == 0 && (!end.After(f.Since) || !watched.touch(start, end)),
		})
	}
	out.Total, out.Previous, out.Latency = sum.Counts, before.Counts, latencyOf(&sum.Latency)
	return out, nil
}

// spells are times in which somebody counted.
type spells []struct{ start, finish int64 }

func (s spells) touch(from, to time.Time) bool {
	for _, w := range s {
		if w.start < to.Unix() && w.finish > from.Unix() {
			return true
		}
	}
	return false
}

func (r *Reader) watched(ctx context.Context, from, to time.Time) (out spells, err error) {
	err = r.each(ctx, none, func(rows *sql.Rows) error { // is nobody's
		var w struct{ start, finish int64 }
		err := rows.Scan(&w.start, &w.finish)
		out = append(out, w)
		return err
	}, "SELECT start, finish FROM usage_watch WHERE finish > ? AND start < ? ORDER BY start", from.Unix(), to.Unix())
	return out, err
}

// Watched is how much of the time from one moment to another somebody counted calls.
// Where nobody did, that there are none says nothing.
func (r *Reader) Watched(ctx context.Context, from, to time.Time) (sum time.Duration, err error) {
	spells, err := r.watched(ctx, from, to)
	for _, w := range spells {
		sum += time.Duration(min(w.finish, to.Unix())-max(w.start, from.Unix())) * time.Second
	}
	return sum, err
}
