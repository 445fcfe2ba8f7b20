package gateway_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway"
	"gatehouse/internal/limit"
)

const list, one = "/north-quay/berths/v1/berths", "/north-quay/berths/v1/berths/7"

// R131, R132: rates by token and for the team, a quota, and what an operation costs
// and may be called at, hold at once; each is told by its own name.
func TestPlanOfEveryKindOfLimit(t *testing.T) {
	w := newWorld(t, func(s *setup) {
		s.version.Plans[0] = gateway.Plan{ID: planID,
			Rates: []limit.Rate{{Calls: 10, Window: time.Minute, PerToken: true}, {Calls: 16, Window: time.Minute}},
			Quota: limit.Quota{Calls: 100, Refill: limit.Refill{Period: limit.Month, Day: 31}},
			Operations: map[string]limit.OperationRule{
				"one": {Cost: 4, Rate: &limit.Rate{Calls: 2, Window: time.Hour}}, "options": {Cost: limit.Free}}}
	})
	for i, tt := range []struct {
		method, path, token string
		status              int
		violated            string
		left                []int64 // in the order of the policy
		price               int64
	}{
		{"GET", list, bearer(good), 200, "", []int64{9, 15, 99}, 1},
		{"GET", one, bearer(good), 200, "", []int64{5, 11, 1, 95}, 4},
		{"GET", one, bearer(reader), 200, "", []int64{6, 7, 0, 91}, 4},
		{"GET", one, bearer(reader), 429, `["operation-hour"]`, []int64{6, 7, 0, 91}, 0},
		{"OPTIONS", list, bearer(reader), 200, "", []int64{6, 7, 91}, 0},
		{"GET", list, bearer(good), 200, "", []int64{4, 6, 90}, 1},
		{"GET", list, bearer(good), 200, "", []int64{3, 5, 89}, 1},
		{"GET", list, bearer(good), 200, "", []int64{2, 4, 88}, 1},
		{"GET", list, bearer(good), 200, "", []int64{1, 3, 87}, 1},
		{"GET", list, bearer(good), 200, "", []int64{0, 2, 86}, 1},
		{"GET", list, bearer(good), 429, `["token-minute"]`, []int64{0, 2, 86}, 0},
		{"GET", list, bearer(reader), 200, "", []int64{5, 1, 85}, 1},
		{"GET", list, bearer(reader), 200, "", []int64{4, 0, 84}, 1},
		{"GET", list, bearer(reader), 429, `["minute"]`, []int64{4, 0, 84}, 0}, // its own rate would let it pass
	} {
		a := w.call(tt.method, tt.path, tt.token)
		var left []int64
		for _, f := range fields(t, a) {
			left = append(left, f["r"])
		}
		if a.StatusCode != tt.status || !slices.Equal(left, tt.left) || !strings.Contains(string(a.body), tt.violated) || w.last().Price != tt.price {
			t.Errorf("%d: %d, left %v, price %d, %s; want %+v", i, a.StatusCode, left, w.last().Price, a.body, tt)
		}
	}
	policy := `"token-minute";q=10;w=60, "minute";q=16;w=60, "operation-hour";q=2;w=3600, "quota-month";q=100`
	if got := w.call("GET", one, bearer(good)).Header.Get("RateLimit-Policy"); got != policy {
		t.Errorf("policy %s", got)
	}
}

// An exception holds for its team alone, while the team has the plan, and ends by
// the clock without anything being published.
func TestExceptionEndsByTheClock(t *testing.T) {
	var ends time.Time
	w := newWorld(t, func(s *setup) {
		s.version.Plans[0].Rates = []limit.Rate{{Calls: 1, Window: time.Hour}}
		ends = s.config.Clock.Now().Add(time.Minute)
		other := gateway.Plan{ID: planID, Rates: []limit.Rate{{Calls: 5, Window: time.Hour}}}
		s.version.Exceptions = []gateway.Exception{
			{Plan: gateway.Plan{ID: planID, Rates: []limit.Rate{{Calls: 2, Window: time.Hour}}}, Team: carriers, Ends: ends},
			{Plan: other, Team: carriers, Ends: ends}, // the later one counts
			{Plan: gateway.Plan{ID: uuid(99), Rates: other.Rates}, Team: carriers, Ends: ends.Add(time.Hour)},
			{Plan: other, Team: uuid(77), Ends: ends},
		}
	})
	get := func() *answer { w.g.SetFresh(w.clock.Now()); return w.call("GET", list, bearer(good)) }
	if a := get(); a.StatusCode != 200 || a.Header.Get("RateLimit-Policy") != `"hour";q=5;w=3600` || fields(t, a)[0]["r"] != 4 {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	w.clock.Advance(time.Minute)
	if a := get(); a.Header.Get("RateLimit-Policy") != `"hour";q=1;w=3600` {
		t.Errorf("after its end %v", a.Header)
	}
}
