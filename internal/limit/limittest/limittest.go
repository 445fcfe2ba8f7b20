// Package limittest is the suite that every limit.Limiter passes.
package limittest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/limit"
)

// Run runs the suite. Make returns an empty limiter whose calls are made at now
// or later.
func Run(t *testing.T, mk func(t *testing.T, now time.Time) limit.Limiter) {
	start := time.Date(2026, 3, 31, 23, 59, 0, 0, time.UTC)
	for name, test := range map[string]func(*testing.T, *session){
		"a burst is exactly the rate":                   burst,
		"calls come back one by one":                    refill,
		"several rates are all or nothing":              allOrNothing,
		"a quota ends with its calendar month":          monthly,
		"a change of plans resets no quota":             changedQuota,
		"a refused call takes nothing of the quota":     quotaUntouched,
		"subjects do not share":                         apart,
		"a clock that steps back gives nothing away":    backwards,
		"a smaller plan holds at once":                  changedPlan,
		"retrying after the time told succeeds":         retry,
		"200 at once at a rate of 100 are 100":          parallel,
		"a rate that does not divide the window is met": uneven,
		"a month's quota begins on its day":             dayOfMonth,
		"a change of the quota's day resets nothing":    movedDay,
		"a quota that comes later counts what was":      countedBefore,
		"a call counts what it costs":                   cost,
		"a call that counts too much passes at its day": dear,
		"a free call takes nothing, and passes":         free,
		"tokens have rates of their own, and share one": perToken,
		"an operation's rate holds beside the others":   operation,
		"any number of tokens is counted":               manyTokens,
		"going to other plans and back resets no rate":  thereAndBack,
	} {
		t.Run(name, func(t *testing.T) { test(t, &session{t: t, l: mk(t, start), now: start}) })
	}
}

type session struct {
	t   *testing.T
	l   limit.Limiter
	now time.Time
}

var (
	alice = limit.Subject{15: 1}
	bob   = limit.Subject{15: 2}
)

func (s *session) take(who limit.Subject, p *limit.Plan) limit.Result {
	s.t.Helper()
	return s.with(who, limit.Part{}, p)
}

func (s *session) with(who limit.Subject, token limit.Part, p *limit.Plan) limit.Result {
	s.t.Helper()
	r, err := s.l.Take(context.Background(), who, token, p, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *session) want(r limit.Result, allowed bool, remaining ...int64) {
	s.t.Helper()
	if r.Allowed != allowed || (r.RetryAfter > 0) == allowed {
		s.t.Fatalf("allowed %v, retry after %v", r.Allowed, r.RetryAfter)
	}
	for i, n := range remaining {
		if r.States[i].Remaining != n {
			s.t.Fatalf("limit %d has %d left, want %d", i, r.States[i].Remaining, n)
		}
	}
}

func rates(r ...limit.Rate) *limit.Plan { return &limit.Plan{Rates: r} }

func quota(calls int64, p limit.Period, day int) limit.Quota {
	return limit.Quota{Calls: calls, Refill: limit.Refill{Period: p, Day: day}}
}

func burst(_ *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 3, Window: time.Minute})
	for left := int64(2); left >= 0; left-- {
		s.want(s.take(alice, p), true, left)
	}
	s.want(s.take(alice, p), false, 0)
}

func refill(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 3, Window: time.Minute})
	for range 3 {
		s.take(alice, p)
	}
	s.now = s.now.Add(20 * time.Second)
	r := s.take(alice, p)
	s.want(r, true, 0)
	if r.States[0].Reset != 20*time.Second {
		t.Errorf("the next call is told for %v, want 20s", r.States[0].Reset)
	}
	s.want(s.take(alice, p), false)
	s.now = s.now.Add(time.Minute)
	s.want(s.take(alice, p), true, 2)
}

func allOrNothing(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 1, Window: time.Second}, limit.Rate{Calls: 3, Window: time.Hour})
	s.want(s.take(alice, p), true, 0, 2)
	r := s.take(alice, p)
	s.want(r, false, 0, 2) // the hour lost nothing by the second's refusal
	if r.Violated != 1 {
		t.Errorf("violated %b, want the first alone", r.Violated)
	}
}

func monthly(t *testing.T, s *session) {
	p := &limit.Plan{Quota: quota(2, limit.Month, 0)}
	s.want(s.take(alice, p), true, 1)
	s.want(s.take(alice, p), true, 0)
	r := s.take(alice, p)
	s.want(r, false, 0)
	if r.RetryAfter != time.Minute || r.Violated != 1 {
		t.Errorf("retry after %v, violated %b; the month ends in a minute", r.RetryAfter, r.Violated)
	}
	s.now = s.now.Add(time.Minute)
	s.want(s.take(alice, p), true, 1)
}

func changedQuota(_ *testing.T, s *session) {
	month, day := &limit.Plan{Quota: quota(3, limit.Month, 0)}, &limit.Plan{Quota: quota(9, limit.Day, 0)}
	s.want(s.take(alice, month), true, 2)
	s.want(s.take(alice, day), true, 7)
	s.want(s.take(alice, month), true, 0)
	s.want(s.take(alice, month), false, 0)
}

func quotaUntouched(_ *testing.T, s *session) {
	p := &limit.Plan{Rates: []limit.Rate{{Calls: 1, Window: time.Second}}, Quota: quota(10, limit.Day, 0)}
	s.want(s.take(alice, p), true, 0, 9)
	s.want(s.take(alice, p), false, 0, 9)
}

func apart(_ *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 1, Window: time.Minute})
	s.want(s.take(alice, p), true)
	s.want(s.take(bob, p), true)
	s.want(s.take(alice, p), false)
}

func backwards(_ *testing.T, s *session) {
	p := &limit.Plan{Rates: []limit.Rate{{Calls: 1, Window: time.Minute}}, Quota: quota(2, limit.Month, 0)}
	s.want(s.take(alice, p), true)
	s.now = s.now.AddDate(0, -2, 0)
	s.want(s.take(alice, p), false)
}

func changedPlan(_ *testing.T, s *session) {
	s.want(s.take(alice, rates(limit.Rate{Calls: 100, Window: 24 * time.Hour})), true)
	small := rates(limit.Rate{Calls: 1, Window: time.Second})
	s.take(alice, small)
	s.now = s.now.Add(time.Second) // what the day's rate left behind is not held against the second's
	s.want(s.take(alice, small), true)
}

func retry(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 7, Window: time.Minute}, limit.Rate{Calls: 11, Window: time.Hour})
	for range 50 {
		r := s.take(alice, p)
		if r.Allowed {
			continue
		}
		s.now = s.now.Add(r.RetryAfter - time.Nanosecond)
		s.want(s.take(alice, p), false)
		s.now = s.now.Add(time.Nanosecond)
		s.want(s.take(alice, p), true)
	}
	if s.now.Sub(time.Date(2026, 3, 31, 23, 59, 0, 0, time.UTC)) > 5*time.Hour {
		t.Error("the times told add up to more than the rates ask for")
	}
}

// R131
func parallel(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 100, Window: time.Minute})
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if r, err := s.l.Take(context.Background(), alice, limit.Part{}, p, s.now); err == nil && r.Allowed {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 100 {
		t.Errorf("%d passed", passed.Load())
	}
}

func uneven(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 300_007, Window: time.Second})
	passed := 0
	for s.take(alice, p).Allowed {
		passed++
	}
	if passed != 300_007 {
		t.Errorf("a burst of %d, want 300007", passed)
	}
}
