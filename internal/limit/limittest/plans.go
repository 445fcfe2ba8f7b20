package limittest

import (
	"encoding/binary"
	"testing"
	"time"

	"gatehouse/internal/limit"
)

var (
	first  = limit.Part{15: 1}
	second = limit.Part{15: 2}
)

// The session begins a minute before the first of April.
func dayOfMonth(t *testing.T, s *session) {
	p := &limit.Plan{Quota: quota(2, limit.Month, 31)} // so on the last of April, which has 30 days
	s.want(s.take(alice, p), true, 1)
	if r := s.take(alice, p); r.States[0].Reset != 29*24*time.Hour+time.Minute {
		t.Errorf("whole again in %v", r.States[0].Reset)
	}
	s.want(s.take(alice, p), false, 0)
	s.now = time.Date(2026, 4, 29, 23, 59, 59, 0, time.UTC)
	s.want(s.take(alice, p), false, 0)
	s.now = time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC)
	s.want(s.take(alice, p), true, 1)
	s.now = time.Date(2026, 5, 30, 0, 0, 0, 0, time.UTC)
	s.want(s.take(alice, p), true, 0)
	s.now = time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC)
	s.want(s.take(alice, p), true, 1)
}

// R132: what was used on the days of the new period counts, and nothing else.
func movedDay(_ *testing.T, s *session) {
	p := &limit.Plan{Quota: quota(3, limit.Month, 1)}
	s.want(s.take(alice, p), true, 2)
	s.now = time.Date(2026, 4, 10, 12, 0, 0, 0, time.UTC)
	s.want(s.take(alice, p), true, 2)
	s.want(s.take(alice, p), true, 1)
	s.want(s.take(alice, &limit.Plan{Quota: quota(4, limit.Month, 15)}), true, 0) // since the 15th of March
	s.want(s.take(alice, p), false, 0)
	s.want(s.take(alice, &limit.Plan{Quota: quota(9, limit.Month, 10)}), true, 5)
}

func countedBefore(_ *testing.T, s *session) {
	s.take(alice, &limit.Plan{Rates: []limit.Rate{{Calls: 9, Window: time.Second}}, Count: true})
	s.want(s.take(alice, &limit.Plan{Quota: quota(2, limit.Month, 1)}), true, 0)
}

func cost(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 10, Window: 10 * time.Second}, limit.Rate{Calls: 100, Window: time.Hour})
	p.Quota, p.Cost = quota(12, limit.Day, 0), 4
	s.want(s.take(alice, p), true, 6, 96, 8)
	s.want(s.take(alice, p), true, 2, 92, 4)
	r := s.take(alice, p)
	s.want(r, false, 2, 92, 4) // a refused call takes nothing, whatever it costs
	if r.RetryAfter != 2*time.Second || r.Violated != 1 {
		t.Errorf("retry after %v, violated %b", r.RetryAfter, r.Violated)
	}
	s.now = s.now.Add(2 * time.Second)
	s.want(s.take(alice, p), true, 0, 88, 0)
	if r := s.take(alice, p); r.Violated != 0b101 {
		t.Errorf("violated %b", r.Violated)
	}
}

func dear(_ *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 3, Window: time.Minute})
	p.Quota, p.Cost = quota(5, limit.Day, 0), 9
	s.want(s.take(alice, p), true, 0, 0)
	s.want(s.take(alice, p), false, 0, 0)
	s.now = s.now.Add(time.Minute)
	s.want(s.take(alice, p), true, 0, 0)
}

func free(_ *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 1, Window: time.Hour})
	p.Quota = quota(1, limit.Day, 0)
	s.want(s.take(alice, p), true, 0, 0)
	s.want(s.take(alice, p), false, 0, 0)
	gratis := *p
	gratis.Cost = limit.Free
	for range 3 {
		s.want(s.take(alice, &gratis), true, 0, 0)
	}
	s.want(s.take(bob, &gratis), true, 1, 1)
}

// R132: another token is another allowance of its own rate and none of the shared
// one, and the quota is the team's.
func perToken(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 2, Window: time.Minute, PerToken: true}, limit.Rate{Calls: 5, Window: time.Minute})
	p.Quota = quota(6, limit.Day, 0)
	s.want(s.with(alice, first, p), true, 1, 4, 5)
	s.want(s.with(alice, first, p), true, 0, 3, 4)
	r := s.with(alice, first, p)
	s.want(r, false, 0, 3, 4)
	if r.Violated != 1 {
		t.Errorf("violated %b", r.Violated)
	}
	s.want(s.with(alice, second, p), true, 1, 2, 3)
	s.want(s.with(alice, second, p), true, 0, 1, 2)
	third := limit.Part{15: 3}
	s.want(s.with(alice, third, p), true, 1, 0, 1)
	if r := s.with(alice, limit.Part{15: 4}, p); r.Allowed || r.Violated != 2 {
		t.Errorf("a new token escapes the team's rate: %+v", r)
	}
	s.want(s.with(bob, first, p), true, 1, 4, 5)
}

func operation(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 10, Window: time.Minute})
	search := rates(p.Rates[0], limit.Rate{Calls: 2, Window: time.Minute, Part: limit.PartOf("search")})
	search.Cost = 3 // of the plan's rate, not of the operation's own
	s.want(s.with(alice, first, search), true, 7, 1)
	s.want(s.with(alice, second, search), true, 4, 0)
	r := s.with(alice, first, search)
	s.want(r, false, 4, 0)
	if r.Violated != 2 {
		t.Errorf("violated %b", r.Violated)
	}
	s.want(s.take(alice, p), true, 3)
	other := rates(p.Rates[0], limit.Rate{Calls: 1, Window: time.Minute, Part: limit.PartOf("report")})
	s.want(s.take(alice, other), true, 2, 0)
}

// R132: a team changes its plan itself, and as often as it likes.
func thereAndBack(t *testing.T, s *session) {
	a := rates(limit.Rate{Calls: 2, Window: 24 * time.Hour}, limit.Rate{Calls: 2, Window: 12 * time.Hour, PerToken: true})
	s.want(s.with(alice, first, a), true, 1, 1)
	s.want(s.with(alice, first, a), true, 0, 0)
	for n := range 2 * limit.MaxRates { // more windows than a plan has
		s.now = s.now.Add(time.Second)
		other := rates(limit.Rate{Calls: 5, Window: time.Duration(n+1) * time.Second}, limit.Rate{Calls: 1, Window: time.Second, PerToken: true})
		s.want(s.with(alice, first, other), true)
		if r := s.with(alice, first, a); r.Allowed || r.Violated != 0b11 {
			t.Fatalf("after %d changes of the plan: %+v", n+1, r)
		}
	}
}

func manyTokens(t *testing.T, s *session) {
	p := rates(limit.Rate{Calls: 1, Window: time.Minute, PerToken: true}, limit.Rate{Calls: 1_000_000, Window: time.Minute})
	for range 3 {
		for i := range 1000 {
			token := limit.Part{}
			binary.BigEndian.PutUint64(token[:], uint64(i+1))
			s.want(s.with(alice, token, p), true, 0)
			s.want(s.with(alice, token, p), false, 0)
		}
		s.now = s.now.Add(time.Minute)
	}
}
