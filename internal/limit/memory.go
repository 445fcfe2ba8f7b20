package limit

import (
	"context"
	"math"
	"sync"
	"time"
)

const (
	shards       = 256
	mostSubjects = 1 << 21 // before idle ones are swept
)

// Memory is a Limiter in this process's memory. Its size is bounded by the
// subjects that were active within their longest window, and those with a quota
// in the current period.
type Memory struct {
	epoch  time.Time // rates count from here, on the monotonic clock where times carry it
	shards [shards]shard
}

type shard struct {
	mu       sync.Mutex
	subjects map[Subject]*subject
	most     int   // subjects before idle ones are swept
	last     int64 // latest time seen: a clock that steps back gives nothing away
}

type subject struct {
	rates  [MaxRates]gcra
	quotas [Month]quota // by period, from Day: a change of plans between the two resets neither
}

// quota is what was used in a calendar period.
type quota struct {
	used       int64
	start, end int64 // of the period, Unix seconds
}

func (e *subject) quota(p Period) *quota { return &e.quotas[p-Day] }

// counting reports whether something was used in a period that still runs.
func (q *quota) counting(now time.Time) bool { return q.used > 0 && now.Unix() < q.end }

// NewMemory returns an empty limiter. Now is any moment not after the first call.
func NewMemory(now time.Time) *Memory { return newMemory(now, mostSubjects) }

func newMemory(now time.Time, most int) *Memory {
	m := &Memory{epoch: now.Add(-time.Second)}
	for i := range m.shards {
		m.shards[i].subjects, m.shards[i].most = map[Subject]*subject{}, most/shards
	}
	return m
}

// Take implements Limiter.
func (m *Memory) Take(_ context.Context, s Subject, p *Plan, now time.Time) (Result, error) {
	sh := m.shard(s)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.last = max(sh.last, int64(now.Sub(m.epoch)))
	return sh.subject(s, now).take(p, sh.last, now), nil
}

func (m *Memory) shard(s Subject) *shard {
	return &m.shards[(s[15]^s[7])&(shards-1)] // UUIDs of version 7 are random at the end
}

func (sh *shard) subject(s Subject, now time.Time) *subject {
	e := sh.subjects[s]
	if e == nil {
		if len(sh.subjects) >= sh.most {
			sh.sweep(now)
		}
		e = &subject{}
		sh.subjects[s] = e
	}
	return e
}

// sweep drops who owes nothing and, where that is not enough, arbitrary
// subjects without a quota. Quotas of the current period are never dropped:
// there are no more of them than subscriptions.
func (sh *shard) sweep(now time.Time) {
	for pass := range 2 {
		for id, e := range sh.subjects {
			counting := e.quota(Day).counting(now) || e.quota(Month).counting(now)
			if !counting && (pass == 1 || e.idle(sh.last)) {
				delete(sh.subjects, id)
			}
			if pass == 1 && len(sh.subjects) < sh.most*7/8 {
				return
			}
		}
		if len(sh.subjects) < sh.most*7/8 {
			return
		}
	}
}

func (e *subject) idle(now int64) bool {
	for _, tat := range e.rates {
		if int64(tat) > now {
			return false
		}
	}
	return true
}

// take is all or nothing: it looks at every limit before it changes one.
func (e *subject) take(p *Plan, now int64, wall time.Time) (r Result) {
	var next [MaxRates]gcra
	var wait int64
	rates := p.Rates[:min(len(p.Rates), MaxRates)]
	for i := range rates {
		var w int64
		if next[i], w = e.rates[i].check(&rates[i], now); w > 0 {
			r.Violated |= 1 << i
			wait = max(wait, w)
		}
	}
	var q *quota
	if p.Quota.Period != NoQuota {
		e.quota(Day).turn(Day, wall)
		e.quota(Month).turn(Month, wall)
		if q = e.quota(p.Quota.Period); q.used >= p.Quota.Calls {
			r.Violated |= 1 << len(rates)
			wait = max(wait, int64(time.Unix(q.end, 0).Sub(wall)))
		}
	}
	if r.Allowed = r.Violated == 0; r.Allowed {
		copy(e.rates[:], next[:len(rates)])
		if q != nil {
			e.quota(Day).used++
			e.quota(Month).used++
		}
	}
	r.RetryAfter = time.Duration(wait)
	for i := range rates {
		r.States[i] = e.rates[i].state(&rates[i], now)
	}
	if q != nil {
		r.States[len(rates)] = State{Remaining: max(p.Quota.Calls-q.used, 0), Reset: time.Unix(q.end, 0).Sub(wall)}
	}
	return r
}

// turn begins a new period when the old one is over. A clock that steps back does
// not reopen a period.
func (q *quota) turn(p Period, wall time.Time) {
	if wall.Unix() >= q.end {
		*q = quota{start: p.Start(wall).Unix(), end: p.End(wall).Unix()}
	}
}

// Used returns what was consumed of quotas in periods that are still running.
func (m *Memory) Used(now time.Time) []Used {
	var all []Used
	for i := range m.shards {
		sh := &m.shards[i]
		sh.mu.Lock()
		for id, e := range sh.subjects {
			for _, p := range []Period{Day, Month} {
				if q := e.quota(p); q.counting(now) {
					all = append(all, Used{id, p, time.Unix(q.start, 0).UTC(), q.used})
				}
			}
		}
		sh.mu.Unlock()
	}
	return all
}

// Restore sets counters to at least what is given, as a start after a stop does
// with the output of Used or with sums of the usage log. Periods that are over
// are ignored; calls counted since then are not forgotten.
func (m *Memory) Restore(all []Used, now time.Time) {
	for _, u := range all {
		if u.Period == NoQuota || !u.Period.Start(now).Equal(u.Start.UTC()) || u.Calls < 0 {
			continue
		}
		sh := m.shard(u.Subject)
		sh.mu.Lock()
		q := sh.subject(u.Subject, now).quota(u.Period)
		q.turn(u.Period, now)
		q.used = max(q.used, min(u.Calls, math.MaxInt64/2))
		sh.mu.Unlock()
	}
}
