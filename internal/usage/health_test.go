package usage

import (
	"context"
	"math"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// The uptime is the mean over the minutes, hours or days that had calls; what the
// caller is to blame for counts neither way, and neither does a time without calls.
func TestUptimes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon)
		u := open(t, dsn, t.TempDir(), clk)
		ended := func(status int, outcome string) func(*gateway.Record) {
			return func(r *gateway.Record) { r.Status, r.Outcome = status, outcome }
		}
		record := func(n int, when time.Time, how ...func(*gateway.Record)) {
			for range n {
				u.Spool.Record(call(append(how, at(when))...))
			}
		}
		now, earlier, days := noon, noon.Add(-3*time.Hour), noon.Add(-40*24*time.Hour)
		record(1000, now)                                          // a busy minute without failure
		record(50, now, refusal(403, "subscription_required"))     // is their own
		record(50, now, refusal(429, "rate_limited"))              //
		record(3, now, ended(404, gateway.OutcomeOK))              // the upstream is well
		record(2, now, ended(499, gateway.OutcomeClientGone))      //
		record(1, earlier)                                         // a quiet minute, of which a half failed:
		record(1, earlier, ended(503, gateway.OutcomeOK))          //
		record(1, days, ended(200, gateway.OutcomeTruncated))      // and a day of which three quarters did
		record(1, days, ended(504, "upstream_timeout"))            //
		record(1, days, refusal(503, "credential_detached"))       // refused, and not by any fault of the caller's
		record(1, days)                                            //
		record(9, days, refusal(403, "insufficient_scope"))        //
		record(5, now.Add(-100*24*time.Hour), ended(500, "ok"))    // too long ago
		record(5, now, ended(500, "ok"), func(r *gateway.Record) { // another version
			r.Version = id('v', 1)
		})
		must(t, u.Folder.Flush(ctx))
		version, quiet := idText(id('v', 0)), idText(id('v', 7))
		for _, tt := range []struct {
			span  Range
			share float64
			parts int
		}{
			{LastDay, (1 + .5) / 2, 24 * 60},
			{LastWeek, (1 + .5) / 2, 7 * 24},
			{Last30, 1 - 1./1007, 30}, // both minutes are of today
			{Last90, (1 - 1./1007 + .25) / 2, 90},
		} {
			all, err := u.Uptimes(ctx, acme, []string{version, quiet}, tt.span)
			must(t, err)
			got := all[version]
			if _, known := all[quiet]; known || !got.Known || math.Abs(got.Share-tt.share) > 1e-9 || len(got.Parts) != tt.parts {
				t.Errorf("%s: %v of %d parts, not %v of %d; a version without calls is known: %v", tt.span, got.Share, len(got.Parts), tt.share, tt.parts, known)
			}
			known := 0
			for _, p := range got.Parts {
				if p >= 0 {
					known++
				}
			}
			if want := map[Range]int{LastDay: 2, LastWeek: 2, Last30: 1, Last90: 2}[tt.span]; known != want || got.Parts[len(got.Parts)-1] < 0 {
				t.Errorf("%s: %d parts had calls, not %d", tt.span, known, want)
			}
		}
		lately, err := u.Lately(ctx, acme, []string{version, quiet}, 15*time.Minute)
		must(t, err)
		if c := lately[version]; c.Judged() != 1005 || c.Failed != 0 || len(lately) != 1 {
			t.Errorf("lately %d calls count and %d failed, of %d versions", c.Judged(), c.Failed, len(lately))
		}
		clk.Set(noon.Add(16 * time.Minute))
		if lately, err = u.Lately(ctx, acme, []string{version}, 15*time.Minute); err != nil || lately[version].Calls != 0 {
			t.Errorf("a quarter of an hour later: %+v, %v", lately, err)
		}
		if other, err := u.Uptimes(ctx, idText(id('t', 1)), []string{version}, Last90); err != nil || len(other) != 0 {
			t.Errorf("another tenant learns of it: %+v, %v", other, err)
		}
	})
}
