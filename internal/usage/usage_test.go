package usage

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"database/sql"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// noon is where the clock of these tests stands at first.
var noon = time.Date(2026, 11, 21, 12, 10, 0, 0, time.UTC)

// id is the n-th id of a kind of thing.
func id(what byte, n int) (out [16]byte) {
	out[0] = what
	binary.BigEndian.PutUint64(out[8:], uint64(n)+1)
	return out
}

// dsn is a fresh database: PostgreSQL in a schema of its own if postgres is set.
func dsn(t testing.TB, postgres string) string {
	t.Helper()
	if postgres == "" {
		return filepath.Join(t.TempDir(), "usage.db")
	}
	schema := fmt.Sprintf("usage_test_%d", rand.Uint64())
	admin, err := sql.Open("pgx", postgres)
	must(t, err)
	_, err = admin.Exec("CREATE SCHEMA " + schema)
	must(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec("DROP SCHEMA " + schema + " CASCADE")
		must(t, err)
		must(t, admin.Close())
	})
	u, err := url.Parse(postgres)
	must(t, err)
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// each runs the test on SQLite and, with GATEHOUSE_TEST_POSTGRES, on PostgreSQL.
func eachDatabase(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, dsn(t, "")) })
	if pg := os.Getenv("GATEHOUSE_TEST_POSTGRES"); pg != "" {
		t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, dsn(t, pg)) })
	}
}

func open(t testing.TB, dsn, dir string, clk clock.Clock) *Usage {
	t.Helper()
	u, err := Open(context.Background(), dsn, dir, clk)
	must(t, err)
	t.Cleanup(func() { must(t, u.Close()) })
	return u
}

// call is a plain successful call of tenant 0 at noon.
func call(change ...func(*gateway.Record)) *gateway.Record {
	r := &gateway.Record{
		Start: noon, Took: 20 * time.Millisecond, Upstream: 19 * time.Millisecond,
		Tenant: id('t', 0), API: id('a', 0), Version: id('v', 0), Token: id('k', 0), Subscription: id('s', 0), Team: id('m', 0),
		Operation: "listCranes", Method: "GET", Path: "/equipment/v2/cranes", Status: 200, Outcome: gateway.OutcomeOK, Admitted: true, Price: 1,
		BytesIn: 0, BytesOut: 1200, ClientIP: netip.MustParseAddr("203.0.113.7"),
		RequestID: fmt.Sprintf("req_%016x", rand.Uint64()), UserAgent: "eta-worker/1.8",
	}
	for _, f := range change {
		f(r)
	}
	return r
}

func at(t time.Time) func(*gateway.Record)       { return func(r *gateway.Record) { r.Start = t } }
func token(n int) func(*gateway.Record)          { return func(r *gateway.Record) { r.Token = id('k', n) } }
func took(d time.Duration) func(*gateway.Record) { return func(r *gateway.Record) { r.Took = d } }
func refusal(status int, code string) func(*gateway.Record) {
	return func(r *gateway.Record) {
		r.Status, r.Outcome, r.Admitted, r.Price, r.Upstream = status, code, false, 0, 0
	}
}

var (
	acme = idText(id('t', 0))
	key0 = idText(id('k', 0))
)

func TestACallIsInEveryAnswer(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon.Add(time.Second))
		u := open(t, dsn, t.TempDir(), clk)
		for range 8 {
			u.Spool.Record(call())
		}
		u.Spool.Record(call(refusal(403, "scope_missing"), took(time.Millisecond)))
		u.Spool.Record(call(refusal(429, "rate_limited"), took(time.Millisecond)))
		u.Spool.Record(call(token(1), at(noon.Add(-time.Hour)), func(r *gateway.Record) { r.Status, r.Outcome, r.Operation = 502, "upstream_timeout", "" }))
		must(t, u.Folder.Flush(ctx))

		for name, tt := range map[string]struct {
			f     Filter
			calls uint64
		}{
			"token":         {Filter{Token: key0}, 10},
			"other token":   {Filter{Token: idText(id('k', 1))}, 1},
			"unused token":  {Filter{Token: idText(id('k', 9))}, 0},
			"API":           {Filter{API: idText(id('a', 0))}, 11},
			"version":       {Filter{Version: idText(id('v', 0))}, 11},
			"subscription":  {Filter{Subscriptions: []string{idText(id('s', 0)), idText(id('s', 1))}}, 11},
			"none of these": {Filter{Subscriptions: []string{}}, 0},
			"tenant":        {Filter{}, 11},
		} {
			for _, span := range []Range{LastDay, LastWeek, Last30, Last90} {
				s, err := u.Series(ctx, acme, tt.f, span)
				must(t, err)
				sum := uint64(0)
				for _, slot := range s.Slots {
					sum += slot.Calls
				}
				if s.Total.Calls != tt.calls || sum != tt.calls {
					t.Errorf("%s over %s: total %d, slots %d, want %d", name, span, s.Total.Calls, sum, tt.calls)
				}
			}
		}
		s, err := u.Series(ctx, acme, Filter{Token: key0}, LastHour)
		must(t, err)
		last := s.Slots[len(s.Slots)-1]
		want := Counts{Calls: 10, Status: [6]uint64{0, 0, 8, 0, 2, 0}, Refused: 2, Used: 8, BytesOut: 12000}
		if last.Counts != want || s.Total != want {
			t.Errorf("last slot %+v, total %+v, want %+v", last.Counts, s.Total, want)
		}
		if p := last.P50; p < 19*time.Millisecond || p > 21*time.Millisecond {
			t.Errorf("p50 = %s: refused calls must not make it faster", p)
		}

		kinds, err := u.ErrorsByKind(ctx, acme, Filter{API: idText(id('a', 0))}, LastDay)
		must(t, err)
		if want := []ErrorCount{{403, "scope_missing", 1}, {429, "rate_limited", 1}, {502, "upstream_timeout", 1}}; !slices.Equal(kinds, want) {
			t.Errorf("errors %v, want %v", kinds, want)
		}
		top, err := u.TopOperations(ctx, acme, Filter{Token: key0}, LastHour, 5)
		must(t, err)
		if len(top) != 1 || top[0].Operation != "listCranes" || top[0].Calls != 10 {
			t.Errorf("top operations %+v", top)
		}
		used, err := u.QuotaUsed(ctx, acme, idText(id('s', 0)), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
		must(t, err)
		if used != 9 {
			t.Errorf("quota used %d, want the 9 that were admitted", used)
		}
		sparks, err := u.Sparks(ctx, acme, []string{key0, idText(id('k', 9))}, 30)
		must(t, err)
		if len(sparks) != 1 || len(sparks[key0]) != 30 || sparks[key0][29] != (SparkDay{10, 2}) {
			t.Errorf("sparks %v", sparks)
		}
	})
}

// R50: a tenant's usage can't be read under another tenant's id.
func TestAnotherTenantSeesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon)
		u := open(t, dsn, t.TempDir(), clk)
		u.Spool.Record(call())
		must(t, u.Folder.Flush(ctx))
		rival := idText(id('t', 1))
		s, err := u.Series(ctx, rival, Filter{Token: key0}, LastHour)
		must(t, err)
		all, err := u.Series(ctx, rival, Filter{}, LastHour)
		must(t, err)
		sparks, err := u.Sparks(ctx, rival, []string{key0}, 30)
		must(t, err)
		last, err := u.LastUsed(ctx, rival, []string{key0})
		must(t, err)
		callers, err := u.Callers(ctx, rival, key0, noon.Add(-time.Hour))
		must(t, err)
		log, err := u.LastRequests(ctx, rival, LogQuery{Token: key0, Limit: 10})
		must(t, err)
		everything, err := u.LastRequests(ctx, rival, LogQuery{Limit: 10})
		must(t, err)
		used, err := u.QuotaUsed(ctx, rival, idText(id('s', 0)), noon.Add(-24*time.Hour), noon.Add(time.Hour))
		must(t, err)
		if s.Total.Calls+all.Total.Calls+used != 0 || len(sparks)+len(last)+len(callers)+len(log.Requests)+len(everything.Requests) != 0 {
			t.Errorf("the rival sees %v %v %v %v %v %v %v %v", s.Total, all.Total, used, sparks, last, callers, log, everything)
		}
	})
}

func TestLastUsedAndCallersSayWhoHoldsTheToken(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon)
		u := open(t, dsn, t.TempDir(), clk)
		other := netip.MustParseAddr("2001:db8::7")
		u.Spool.Record(call(at(noon.Add(-time.Minute))))
		u.Spool.Record(call(at(noon.Add(-2*time.Hour)), func(r *gateway.Record) { r.UserAgent = "eta-worker/1.7" }))
		must(t, u.Folder.Flush(ctx))
		u.Spool.Record(call(at(noon.Add(-3*time.Hour)), func(r *gateway.Record) { r.ClientIP, r.UserAgent = other, "curl/8\x00\xff" }))
		u.Spool.Record(call(at(noon.Add(-30*time.Minute)), func(r *gateway.Record) { r.UserAgent = "older" }))
		must(t, u.Folder.Flush(ctx))
		last, err := u.LastUsed(ctx, acme, []string{key0, idText(id('k', 5))})
		must(t, err)
		if want := (Use{noon.Add(-time.Minute), netip.MustParseAddr("203.0.113.7"), "eta-worker/1.8"}); len(last) != 1 || last[key0] != want {
			t.Errorf("last used %v, want %v", last, want)
		}
		callers, err := u.Callers(ctx, acme, key0, noon.Add(-24*time.Hour))
		must(t, err)
		want := []Caller{
			{netip.MustParseAddr("203.0.113.7"), "eta-worker/1.8", noon.Add(-time.Minute), 3},
			{other, "curl/8��", noon.Add(-3 * time.Hour), 1},
		}
		if !slices.Equal(callers, want) {
			t.Errorf("callers %v, want %v", callers, want)
		}
	})
}

func TestIDsThatAreNoneAreRefused(t *testing.T) {
	u := open(t, dsn(t, ""), t.TempDir(), clock.NewManual(noon))
	if _, err := u.Series(context.Background(), "acme", Filter{}, LastDay); err == nil {
		t.Error("a slug passed for a tenant's id")
	}
	if _, err := u.LastRequests(context.Background(), acme, LogQuery{Token: "' OR 1=1"}); err == nil {
		t.Error("anything passed for a token's id")
	}
}
