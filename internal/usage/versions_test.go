package usage

import (
	"context"
	"maps"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// Who called a version since when: across minutes, hours and days, by the version and
// not by the name of an operation, refused calls only where they are asked for.
func TestWhoCalledAVersion(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon)
		u := open(t, dsn, t.TempDir(), clk)
		ago := func(d time.Duration) func(*gateway.Record) { return at(noon.Add(-d)) }
		other := func(r *gateway.Record) { r.Version = id('v', 1) }
		for _, r := range []*gateway.Record{
			call(token(0), ago(90*time.Second)), call(token(0), ago(40*24*time.Hour)),
			call(token(1), ago(70*time.Minute)),
			call(token(2), ago(30*time.Hour)),
			call(token(3), ago(20*24*time.Hour)),
			call(token(4), ago(2*time.Minute), refusal(403, "insufficient_scope")),
			call(token(5), ago(2*time.Minute), other),
		} {
			u.Spool.Record(r)
		}
		must(t, u.Folder.Flush(ctx))
		key := func(n int) string { return idText(id('k', n)) }
		for name, c := range map[string]struct {
			since   time.Duration
			refused bool
			want    []int
		}{
			"two minutes":           {2 * time.Minute, false, []int{0}},
			"half a minute":         {30 * time.Second, false, nil},
			"refused ones":          {3 * time.Minute, true, []int{0, 4}},
			"over an hour":          {75 * time.Minute, false, []int{0, 1}},
			"not a whole hour":      {69 * time.Minute, false, []int{0}},
			"over a day":            {31 * time.Hour, false, []int{0, 1, 2}},
			"from within a day on":  {20*24*time.Hour + time.Hour, false, []int{0, 1, 2, 3}},
			"behind that day":       {19 * 24 * time.Hour, false, []int{0, 1, 2}},
			"longer than all calls": {60 * 24 * time.Hour, false, []int{0, 1, 2, 3}},
		} {
			got, err := u.VersionCallers(ctx, acme, idText(id('v', 0)), noon.Add(-c.since), c.refused)
			must(t, err)
			want := map[string]time.Time{}
			for _, n := range c.want {
				want[key(n)] = got[key(n)]
			}
			if len(got) != len(want) || !maps.Equal(got, want) {
				t.Errorf("%s: %v, want the tokens %v", name, got, c.want)
			}
		}
		got, err := u.VersionCallers(ctx, acme, idText(id('v', 0)), noon.AddDate(0, 0, -60), false)
		must(t, err)
		if last := got[key(0)]; !last.Equal(noon.Add(-90 * time.Second).Truncate(time.Hour)) {
			t.Errorf("the last call is said to be at %v", last)
		}
		if others, err := u.VersionCallers(ctx, idText(id('t', 1)), idText(id('v', 0)), noon.AddDate(0, 0, -60), true); err != nil || len(others) != 0 {
			t.Errorf("another tenant sees %v (%v)", others, err)
		}
	})
}
