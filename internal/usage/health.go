package usage

import (
	"context"
	"time"
)

// Uptime is how a version was over a time, by the minute, the hour or the day: for
// each with calls that say something of it, the share of them that neither the
// upstream nor the gateway failed. All count alike, however many calls they had, so
// that nobody's calls weigh more than another's.
type Uptime struct {
	Share float64   // the mean, 0 to 1
	Known bool      // there was a call at all
	Parts []float64 // the oldest first, the running one last; below 0 where there was no call
}

// uptimes are the parts of a range's uptime.
var uptimes = map[Range]struct {
	res   *resolution
	parts int64
}{LastDay: {minutes, 24 * 60}, LastWeek: {hours, 7 * 24}, Last30: {days, 30}, Last90: {days, 90}}

// Uptimes are how versions were over a range from LastDay on, by version. One that
// was never called is not in the answer.
func (r *Reader) Uptimes(ctx context.Context, tenant string, versions []string, span Range) (map[string]Uptime, error) {
	t, ids, err := parseIDs(tenant, versions)
	if err != nil {
		return nil, err
	}
	of := uptimes[span]
	last := of.res.at(r.clock.Now())
	first := last - of.parts + 1
	out := map[string]Uptime{}
	err = r.cells(ctx, t, versionTotal, ids, of.res, first, last+1, func(version [16]byte, _ string, at int64, b []byte) error {
		c, _, err := readCounts(b)
		if err != nil || c.Judged() == 0 {
			return err
		}
		u, known := out[idText(version)]
		if !known {
			u.Parts = make([]float64, of.parts)
			for i := range u.Parts {
				u.Parts[i] = -1
			}
		}
		u.Parts[at-first] = 1 - float64(c.Failed)/float64(c.Judged())
		out[idText(version)] = u
		return nil
	})
	for id, u := range out {
		sum, n := 0., 0
		for _, part := range u.Parts {
			if part >= 0 {
				sum, n = sum+part, n+1
			}
		}
		u.Share, u.Known = sum/float64(n), true
		out[id] = u
	}
	return out, err
}

// Lately are the calls to versions in the last whole minutes and the running one, by version.
func (r *Reader) Lately(ctx context.Context, tenant string, versions []string, span time.Duration) (map[string]Counts, error) {
	t, ids, err := parseIDs(tenant, versions)
	if err != nil {
		return nil, err
	}
	last := minutes.at(r.clock.Now())
	out := map[string]Counts{}
	return out, r.cells(ctx, t, versionTotal, ids, minutes, last-int64(span/time.Minute), last+1, func(version [16]byte, _ string, _ int64, b []byte) error {
		c, _, err := readCounts(b)
		sum := out[idText(version)]
		sum.Add(&c)
		out[idText(version)] = sum
		return err
	})
}
