package limit_test

import (
	"context"
	"maps"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/internal/limit"
)

var monday = time.Date(2026, 5, 11, 0, 0, 0, 0, time.UTC)

func hours(calls ...int64) (out []limit.Batch) {
	for i, n := range calls {
		out = append(out, limit.Batch{Start: monday.Add(time.Duration(i) * time.Hour), Length: time.Hour, Calls: n})
	}
	return out
}

// The expected numbers are worked out by hand: what an allowance holds and what
// flows back, minus what was asked.
func TestReplay(t *testing.T) {
	with := func(b []limit.Batch, change func(*limit.Batch)) []limit.Batch {
		for i := range b {
			change(&b[i])
		}
		return b
	}
	perHour, perMinute := limit.Rate{Calls: 100, Window: time.Hour}, limit.Rate{Calls: 10, Window: time.Minute}
	search := limit.Rate{Calls: 20, Window: time.Hour}
	for name, tt := range map[string]struct {
		rules   limit.Rules
		used    int64
		batches []limit.Batch
		want    limit.Lost
	}{
		"within the rate":                   {limit.Rules{Rates: []limit.Rate{perHour}}, 0, hours(100, 100, 100), limit.Lost{}},
		"a burst at first, then the flow":   {limit.Rules{Rates: []limit.Rate{perHour}}, 0, hours(300, 300), limit.Lost{0: 100 + 200}},
		"what was not used flows back":      {limit.Rules{Rates: []limit.Rate{perHour}}, 0, hours(200, 0, 250), limit.Lost{0: 50}},
		"the narrower of two rates":         {limit.Rules{Rates: []limit.Rate{perMinute, perHour}}, 0, hours(700), limit.Lost{1: 500}},
		"a quota that is used up":           {limit.Rules{Rates: []limit.Rate{perHour}, Quota: limit.Quota{Calls: 150, Refill: limit.Refill{Period: limit.Day}}}, 60, hours(60, 60), limit.Lost{limit.OfQuota: 30}},
		"a quota that begins anew":          {limit.Rules{Quota: limit.Quota{Calls: 50, Refill: limit.Refill{Period: limit.Day}}}, 0, []limit.Batch{{Start: monday, Length: time.Hour, Calls: 60}, {Start: monday.AddDate(0, 0, 1), Length: time.Hour, Calls: 50}}, limit.Lost{limit.OfQuota: 10}},
		"a month that begins on its day":    {limit.Rules{Quota: limit.Quota{Calls: 50, Refill: limit.Refill{Period: limit.Month, Day: 12}}}, 40, []limit.Batch{{Start: monday, Length: time.Hour, Calls: 20}, {Start: monday.AddDate(0, 0, 1), Length: time.Hour, Calls: 50}}, limit.Lost{limit.OfQuota: 10}},
		"an operation that costs":           {limit.Rules{Rates: []limit.Rate{perHour}, Operations: map[string]limit.OperationRule{"search": {Cost: 5}}}, 0, with(hours(100), func(b *limit.Batch) { b.Operations = map[string]int64{"search": 50, "list": 50} }), limit.Lost{0: 100.0 / 3}},
		"a free operation is never refused": {limit.Rules{Rates: []limit.Rate{perHour}, Operations: map[string]limit.OperationRule{"ping": {Cost: limit.Free}}}, 0, with(hours(500), func(b *limit.Batch) { b.Operations = map[string]int64{"ping": 4, "list": 1} }), limit.Lost{}},
		"an operation's own rate":           {limit.Rules{Rates: []limit.Rate{perHour}, Operations: map[string]limit.OperationRule{"search": {Rate: &search}}}, 0, with(hours(100), func(b *limit.Batch) { b.Operations = map[string]int64{"search": 60, "list": 40} }), limit.Lost{limit.OfOperation: 20}},
		"rates of each token":               {limit.Rules{Rates: []limit.Rate{{Calls: 10, Window: time.Hour, PerToken: true}, perHour}}, 0, with(hours(60), func(b *limit.Batch) { b.Tokens = map[string]int64{"a": 45, "b": 15} }), limit.Lost{0: 25}},
	} {
		t.Run(name, func(t *testing.T) {
			r, sum := limit.NewReplay(tt.rules, tt.used), limit.Lost{}
			for _, b := range tt.batches {
				for by, n := range r.Next(b) {
					sum[by] += n
				}
			}
			if !maps.EqualFunc(sum, tt.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }) {
				t.Errorf("lost %v, want %v", sum, tt.want)
			}
		})
	}
}

// What the limiter let through, its own rules do not refuse in the replay: a plan
// that does not change has refused nothing.
func TestReplayRefusesNothingThatPassed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := &limit.Plan{
			Rates: []limit.Rate{
				{Calls: rapid.Int64Range(1, 50).Draw(t, "calls"), Window: time.Duration(rapid.SampledFrom([]int{1, 7, 60, 3600}).Draw(t, "window")) * time.Second},
				{Calls: rapid.Int64Range(1, 50).Draw(t, "calls"), Window: time.Minute, PerToken: true}},
			Quota: limit.Quota{Calls: rapid.Int64Range(1, 500).Draw(t, "quota"), Refill: limit.Refill{Period: limit.Day}},
		}
		now, m := monday, limit.NewMemory(monday)
		batches := make([]limit.Batch, 180)
		for i := range batches {
			batches[i] = limit.Batch{Start: monday.Add(time.Duration(i) * time.Minute), Length: time.Minute, Tokens: map[string]int64{}}
		}
		for range rapid.IntRange(1, 1000).Draw(t, "n") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "pause")))
			token := limit.Part{15: rapid.ByteMax(2).Draw(t, "token")}
			if r, _ := m.Take(context.Background(), limit.Subject{}, token, plan, now); r.Allowed {
				b := &batches[int(now.Sub(monday)/time.Minute)]
				b.Calls++
				b.Tokens[string(token[:])]++
			}
		}
		r := limit.NewReplay(limit.Rules{Rates: plan.Rates, Quota: plan.Quota}, 0)
		for _, b := range batches {
			for by, n := range r.Next(b) {
				if math.Abs(n) > 1e-6 {
					t.Fatalf("limit %d would have refused %f of %+v", by, n, b)
				}
			}
		}
	})
}
