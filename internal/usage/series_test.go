package usage

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

func TestSlotsOfARange(t *testing.T) {
	now := time.Date(2026, 3, 29, 1, 42, 7, 0, time.FixedZone("CET", 3600)) // the night the clocks change
	for _, tt := range []struct {
		span     string
		slots    int
		slot     time.Duration
		from, to string
	}{
		{"1h", 60, time.Minute, "2026-03-28T23:43:00Z", "2026-03-29T00:43:00Z"},
		{"24h", 48, 30 * time.Minute, "2026-03-28T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"7d", 56, 3 * time.Hour, "2026-03-22T03:00:00Z", "2026-03-29T03:00:00Z"},
		{"30d", 60, 12 * time.Hour, "2026-02-27T12:00:00Z", "2026-03-29T12:00:00Z"},
		{"90d", 90, 24 * time.Hour, "2025-12-30T00:00:00Z", "2026-03-30T00:00:00Z"},
	} {
		t.Run(tt.span, func(t *testing.T) {
			span, ok := ParseRange(tt.span)
			u := open(t, dsn(t, ""), t.TempDir(), clock.NewManual(now))
			s, err := u.Series(context.Background(), acme, Filter{}, span)
			must(t, err)
			if !ok || span.String() != tt.span || len(s.Slots) != tt.slots || s.Slot != tt.slot ||
				s.From.Format(time.RFC3339) != tt.from || s.To.Format(time.RFC3339) != tt.to {
				t.Errorf("%d slots of %s from %s to %s", len(s.Slots), s.Slot, s.From, s.To)
			}
		})
	}
	if _, ok := ParseRange("1y"); ok {
		t.Error("1y is a range")
	}
}

func TestACallIsInTheSlotOfItsStart(t *testing.T) {
	ctx, clk := context.Background(), clock.NewManual(noon) // 12:10
	u := open(t, dsn(t, ""), t.TempDir(), clk)
	half := noon.Truncate(time.Hour)
	for _, start := range []time.Time{half, half.Add(-time.Microsecond), half.Add(-24*time.Hour + 30*time.Minute), half.Add(-24*time.Hour + 29*time.Minute)} {
		u.Spool.Record(call(at(start)))
	}
	must(t, u.Folder.Flush(ctx))
	s, err := u.Series(ctx, acme, Filter{}, LastDay)
	must(t, err)
	var in []int
	for i, slot := range s.Slots {
		if slot.Calls > 0 {
			in = append(in, i)
		}
	}
	if !slices.Equal(in, []int{0, 46, 47}) || s.Total.Calls != 3 || s.Previous.Calls != 1 {
		t.Errorf("calls in slots %v, %d in all, %d before", in, s.Total.Calls, s.Previous.Calls)
	}
}

// LOOK, graphs 6: no data is not zero.
func TestNoDataIsNotZero(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon.Add(-5*time.Hour))
		dir := t.TempDir()
		u, err := Open(ctx, dsn, dir, clk)
		must(t, err)
		for range 60 { // an hour of counting without a call, then three hours of nobody
			must(t, u.Folder.Flush(ctx))
			clk.Advance(time.Minute)
		}
		u.Spool.Record(call(at(clk.Now())))
		must(t, u.Close()) // with a call that nobody has folded
		clk.Set(noon)
		u = open(t, dsn, dir, clk)
		must(t, u.Folder.Flush(ctx))
		u.Spool.Record(call(at(noon.Add(time.Second))))
		must(t, u.Folder.Flush(ctx))
		s, err := u.Series(ctx, acme, Filter{Token: key0}, LastDay)
		must(t, err)
		got := ""
		for _, slot := range s.Slots[36:] { // from 06:30
			switch {
			case slot.NoData:
				got += " -"
			default:
				got += fmt.Sprint(" ", slot.Calls)
			}
		}
		if want := " - 0 0 1 - - - - - - - 1"; got != want {
			t.Errorf("from 06:30 on:%s, want%s", got, want)
		}
		s, err = u.Series(ctx, acme, Filter{Token: key0, Since: noon.Add(-4*time.Hour - 15*time.Minute)}, LastDay)
		must(t, err)
		if !s.Slots[37].NoData || s.Slots[38].NoData {
			t.Errorf("a token made at 07:55 has data before: %+v", s.Slots[37:39])
		}
	})
}

func TestTheLogPagesThroughEachRequestOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon)
		u := open(t, dsn, t.TempDir(), clk)
		const folds, each = 40, 25 // enough to merge blocks of two levels
		failed := 0
		for f := range folds {
			for i := range each {
				n := f*each + i
				start := noon.Add(time.Duration(n/3) * time.Millisecond) // three at the same moment
				r := call(at(start), token(n%7/6), func(r *gateway.Record) { r.RequestID = fmt.Sprintf("r%05d", n) })
				if n%50 == 0 {
					refusal(403, "scope_missing")(r)
					failed++
				}
				u.Spool.Record(r)
			}
			must(t, u.Folder.Flush(ctx))
		}
		read := func(q LogQuery) (ids []string) {
			for pages := 0; pages < 200; pages++ {
				page, err := u.LastRequests(ctx, acme, q)
				must(t, err)
				for _, r := range page.Requests {
					ids = append(ids, r.RequestID)
				}
				if !page.More {
					return ids
				}
				back, err := ParseCursor(page.Next.String())
				must(t, err)
				q.Before = back
			}
			t.Fatal("the log never ends")
			return nil
		}
		check := func(name string, q LogQuery, want int) {
			t.Helper()
			ids := read(q)
			if !slices.IsSortedFunc(ids, func(a, b string) int { return slices.Compare([]byte(b), []byte(a)) }) || len(slices.Compact(slices.Clone(ids))) != want || len(ids) != want {
				t.Errorf("%s: %d requests, want %d, newest first, each once", name, len(ids), want)
			}
		}
		all := folds * each
		of1 := all / 7
		check("tenant", LogQuery{Limit: 33}, all)
		check("token 0", LogQuery{Token: key0, Limit: 100}, all-of1)
		check("token 1", LogQuery{Token: idText(id('k', 1)), Limit: 10}, of1)
		check("errors", LogQuery{ErrorsOnly: true, Limit: 5}, failed)
		check("a slot", LogQuery{From: noon.Add(50 * time.Millisecond), To: noon.Add(60 * time.Millisecond), Limit: 7}, 30)
		var blocks, indexed int
		must(t, u.db.read.QueryRow("SELECT COUNT(*) FROM usage_block").Scan(&blocks))
		must(t, u.db.read.QueryRow("SELECT COUNT(DISTINCT block) FROM usage_block_token").Scan(&indexed))
		if blocks > 2+folds%blocksOfLevel || indexed != blocks {
			t.Errorf("%d blocks, %d of them indexed", blocks, indexed)
		}
	})
	if _, err := ParseCursor("yesterday"); err == nil {
		t.Error("a cursor may be anything")
	}
}

func TestPruneKeepsWhatIsPromised(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon)
		u := open(t, dsn, t.TempDir(), clk)
		u.Spool.Record(call())
		must(t, u.Folder.Flush(ctx))
		day := 24 * time.Hour
		for _, tt := range []struct {
			after                              time.Duration
			minutes, hours, days, log, callers bool
		}{
			{0, true, true, true, true, true},
			{48 * time.Hour, true, true, true, true, true},
			{50 * time.Hour, false, true, true, true, true},
			{8 * day, false, true, true, true, false},
			{89 * day, false, true, true, true, false},
			{92 * day, false, false, true, false, false},
			{760 * day, false, false, true, false, false},
			{763 * day, false, false, false, false, false},
		} {
			must(t, u.Folder.Prune(ctx, noon.Add(tt.after)))
			for table, want := range map[string]bool{"usage_minute": tt.minutes, "usage_hour": tt.hours, "usage_day": tt.days,
				"usage_block": tt.log, "usage_block_token": tt.log, "usage_caller": tt.callers, "usage_last": tt.days, "usage_subject": tt.days} {
				var n int
				must(t, u.db.write.QueryRow("SELECT COUNT(*) FROM "+table).Scan(&n))
				if n > 0 != want {
					t.Errorf("after %s there are %d rows in %s", tt.after, n, table)
				}
			}
		}
		// A subject that was removed is known anew.
		clk.Advance(763 * day)
		again := call()
		again.Start = clk.Now()
		u.Spool.Record(again)
		must(t, u.Folder.Flush(ctx))
		s, err := u.Series(ctx, acme, Filter{}, LastHour)
		if err != nil || s.Total.Calls != 1 {
			t.Errorf("after it was all gone, the graph shows %d calls, %v", s.Total.Calls, err)
		}
	})
}

// What strangers send is counted, and not kept call by call; a try token leaves
// no last use.
func TestStrangersAndTryTokens(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		u := open(t, dsn, t.TempDir(), clock.NewManual(noon))
		stranger, try := call(), call()
		stranger.Tenant, stranger.Token = none, none
		try.Try = true
		u.Spool.Record(stranger)
		u.Spool.Record(try)
		must(t, u.Folder.Flush(context.Background()))
		for query, want := range map[string]int{"SELECT COUNT(*) FROM usage_block": 1, "SELECT COUNT(DISTINCT tenant) FROM usage_subject": 2, "SELECT COUNT(*) FROM usage_last": 0} {
			var n int
			must(t, u.db.write.QueryRow(query).Scan(&n))
			if n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
	})
}

// Calls to mocks are in no graph but their own; tries are in all, and in their own.
// Both are found in the log of their team, marked.
func TestTriesAndMocksStandApart(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		u, ctx := open(t, dsn, t.TempDir(), clock.NewManual(noon)), context.Background()
		live, try, mock := call(), call(), call()
		try.Try, try.RequestID, try.Token = true, "try", [16]byte{15: 77}
		mock.Mock, mock.RequestID, mock.Token = true, "mock", [16]byte{15: 78}
		other := call(func(r *gateway.Record) { r.Mock, r.Team = true, [16]byte{15: 99} })
		for _, r := range []*gateway.Record{live, try, mock, other} {
			u.Spool.Record(r)
		}
		must(t, u.Folder.Flush(ctx))
		team, version := idText(live.Team), idText(live.Version)
		for name, q := range map[string]struct {
			f    Filter
			want uint64
		}{
			"all": {Filter{}, 2}, "the version": {Filter{Version: version}, 2}, "tries": {Filter{Tries: []string{team}}, 1}, "mocks": {Filter{Mocks: []string{team}}, 1},
			"mocks of the version": {Filter{Mocks: []string{team}, Version: version}, 1}, "of another": {Filter{Mocks: []string{team}, Version: team}, 0}, "of no team": {Filter{Tries: []string{}}, 0},
		} {
			if s, err := u.Series(ctx, acme, q.f, LastHour); err != nil || s.Total.Calls != q.want {
				t.Errorf("%s: %d calls, want %d, %v", name, s.Total.Calls, q.want, err)
			}
		}
		for kind, want := range map[CallKind][]string{AnyCalls: {"mock", live.RequestID, "try"}, LiveCalls: {live.RequestID, "try"}, Tries: {"try"}, MockCalls: {"mock"}} {
			page, err := u.LastRequests(ctx, acme, LogQuery{Teams: []string{team}, Kind: kind, Limit: 10})
			must(t, err)
			var got []string
			for _, r := range page.Requests {
				got = append(got, r.RequestID)
				if r.Mock != (r.RequestID == "mock") || r.Try != (r.RequestID == "try") {
					t.Errorf("%s is marked wrongly", r.RequestID)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%d: %q, want %q", kind, got, want)
			}
		}
	})
}

func TestHistoryIsCountedAsLiveCallsAre(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon)
		u := open(t, dsn, t.TempDir(), clk)
		const n = 3000
		must(t, u.Folder.Fold(ctx, history(n, noon, 30*24*time.Hour)))
		want := map[string]uint64{}
		for r := range history(n, noon, 30*24*time.Hour) {
			want[idText(r.Tenant)]++
		}
		for tenant, calls := range want {
			for _, span := range []Range{Last30, Last90} {
				s, err := u.Series(ctx, tenant, Filter{}, span)
				must(t, err)
				if got := s.Total.Calls + s.Previous.Calls; got != calls {
					t.Errorf("%d calls over %s, want %d", got, span, calls)
				}
				if span == Last90 && (s.Slots[0].NoData != true || s.Slots[89].NoData || s.Slots[70].NoData) {
					t.Error("there is data exactly from the first call on")
				}
			}
		}
	})
}
