package usage

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
)

// listMost is the longest list that one question answers (R134).
const listMost = 100

// OperationCount is how often an operation was called.
type OperationCount struct {
	Operation string // its key
	Counts
	Latency
}

// TopOperations lists the most called operations of the filter's token or API,
// at most limit. Operations are counted by the hour, so where the range begins
// within an hour, all of that hour is in.
func (r *Reader) TopOperations(ctx context.Context, tenant string, f Filter, span Range, limit int) ([]OperationCount, error) {
	thing, k, err := f.ofThing(tokenOperation, apiOperation)
	if err != nil {
		return nil, err
	}
	res := hours
	if span == Last90 {
		res = days
	}
	sums, err := r.parts(ctx, tenant, thing, k, res, span)
	if err != nil {
		return nil, err
	}
	var out []OperationCount
	for operation, c := range sums {
		out = append(out, OperationCount{operation, c.Counts, latencyOf(&c.Latency)})
	}
	slices.SortFunc(out, func(a, b OperationCount) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Operation, b.Operation))
	})
	return out[:min(len(out), max(limit, 0), listMost)], nil
}

// ErrorCount is how often calls ended in one way that is not a success.
type ErrorCount struct {
	Status  int    // 0 where there was no answer
	Outcome string // a code of the gateway, or "ok" where the error is the upstream's answer
	Calls   uint64
}

// ErrorsByKind lists how calls of the filter's token or API failed, the most
// frequent first.
func (r *Reader) ErrorsByKind(ctx context.Context, tenant string, f Filter, span Range) ([]ErrorCount, error) {
	thing, k, err := f.ofThing(tokenError, apiError)
	if err != nil {
		return nil, err
	}
	sums, err := r.parts(ctx, tenant, thing, k, ranges[span].res, span)
	if err != nil {
		return nil, err
	}
	var out []ErrorCount
	for part, c := range sums {
		status, outcome, _ := strings.Cut(part, " ")
		n, err := strconv.Atoi(status)
		if err != nil {
			return nil, errCell
		}
		out = append(out, ErrorCount{n, outcome, c.Calls})
	}
	slices.SortFunc(out, func(a, b ErrorCount) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Outcome, b.Outcome))
	})
	return out[:min(len(out), listMost)], nil
}

// parts sums the cells of a thing over the range, by part.
func (r *Reader) parts(ctx context.Context, tenant, thing string, k kind, res *resolution, span Range) (map[string]*cell, error) {
	t, ids, err := parseIDs(tenant, []string{thing})
	if err != nil {
		return nil, err
	}
	from, to := span.window(r.clock.Now())
	sums := map[string]*cell{}
	return sums, r.cells(ctx, t, k, ids, res, res.at(from), res.at(to.Add(res.unit-1)),
		func(_ [16]byte, part string, _ int64, b []byte) error {
			if sums[part] == nil {
				sums[part] = &cell{}
			}
			return sums[part].mergeFrom(b)
		})
}

// SparkDay is one bar of a sparkline.
type SparkDay struct{ Calls, Errors uint64 }

// Sparks are the calls of up to 100 tokens on each of the last days (UTC, at most
// 90), today last. A token that was never used is not in the answer.
func (r *Reader) Sparks(ctx context.Context, tenant string, tokens []string, lastDays int) (map[string][]SparkDay, error) {
	t, ids, err := parseIDs(tenant, tokens[:min(len(tokens), listMost)])
	if err != nil {
		return nil, err
	}
	lastDays = min(max(lastDays, 1), 90)
	today := days.at(r.clock.Now())
	first := today - int64(lastDays) + 1
	out := map[string][]SparkDay{}
	return out, r.cells(ctx, t, ofToken, ids, days, first, today+1, func(token [16]byte, _ string, at int64, b []byte) error {
		var c cell
		if err := c.mergeFrom(b); err != nil {
			return err
		}
		id := idText(token)
		if out[id] == nil {
			out[id] = make([]SparkDay, lastDays)
		}
		out[id][at-first].Calls += c.Calls
		out[id][at-first].Errors += c.Errors()
		return nil
	})
}
