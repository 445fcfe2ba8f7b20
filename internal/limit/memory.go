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
	rates    [MaxRates]windowRate // of the whole subject
	parts    map[partRate]*gcra   // of its tokens and operations
	most     int                  // parts before idle ones are swept
	*counter                      // nil where nobody keeps count
}

// windowRate is a rate by its window, which is what it keeps when the plan changes:
// who goes to another plan and back finds what they used (R132).
type windowRate struct {
	window time.Duration
	gcra
}

// partRate is a rate of a part by its window; of no part where the subject has more
// windows, by all its plans, than there are places.
type partRate struct {
	part   Part
	window time.Duration
}

// fewParts are kept without looking which of them are idle.
const fewParts = 64

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
func (m *Memory) Take(_ context.Context, s Subject, token Part, p *Plan, now time.Time) (Result, error) {
	sh := m.shard(s)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.last = max(sh.last, int64(now.Sub(m.epoch)))
	return sh.subject(s, now).take(p, token, sh.last, now), nil
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
// subjects that are not counted by day. Those are never dropped while a period
// holds something of theirs: there are no more of them than subscriptions.
func (sh *shard) sweep(now time.Time) {
	for pass := range 2 {
		for id, e := range sh.subjects {
			if !e.counting(now) && (pass == 1 || e.idle(sh.last)) {
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
	for _, r := range e.rates {
		if int64(r.gcra) > now {
			return false
		}
	}
	for _, tat := range e.parts {
		if int64(*tat) > now {
			return false
		}
	}
	return true
}

// rate is the state of a rate of the plan, and what a call costs of it.
func (e *subject) rate(p *Plan, r *Rate, token Part) (g *gcra, cost int64) {
	switch {
	case r.Part != Part{}:
		return e.part(partRate{r.Part, r.Window}), 1
	case r.PerToken:
		return e.part(partRate{token, r.Window}), p.Price()
	}
	return e.shared(r.Window), p.Price()
}

// shared is the state of the whole subject's rate over a window.
func (e *subject) shared(window time.Duration) *gcra {
	for i := range e.rates {
		r := &e.rates[i]
		if r.window == 0 {
			r.window = window
		}
		if r.window == window {
			return &r.gcra
		}
	}
	return e.part(partRate{window: window})
}

// part is the state of a part's rate.
func (e *subject) part(k partRate) *gcra {
	g := e.parts[k]
	if g == nil {
		if e.parts == nil {
			e.parts, e.most = map[partRate]*gcra{}, fewParts
		}
		g = new(gcra)
		e.parts[k] = g
	}
	return g
}

// tidy drops parts that owe nothing, so that a subject has as many as it has
// tokens and operations that were used within the longest window. It must not run
// between part and what is done with it.
func (e *subject) tidy(now int64) {
	if len(e.parts) < fewParts || len(e.parts) < e.most {
		return
	}
	for id, g := range e.parts {
		if int64(*g) <= now {
			delete(e.parts, id)
		}
	}
	e.most = max(fewParts, 2*len(e.parts))
}

// take is all or nothing: it looks at every limit before it changes one.
func (e *subject) take(p *Plan, token Part, now int64, wall time.Time) (r Result) {
	var at [MaxRates]*gcra
	var next [MaxRates]gcra
	var wait int64
	e.tidy(now)
	rates := p.Rates[:min(len(p.Rates), MaxRates)]
	for i := range rates {
		var w, cost int64
		at[i], cost = e.rate(p, &rates[i], token)
		if next[i], w = at[i].check(&rates[i], cost, now); w > 0 {
			r.Violated |= 1 << i
			wait = max(wait, w)
		}
	}
	quota, left, reset := p.Quota.Period != NoQuota, int64(0), time.Duration(0)
	if quota || p.Count {
		if e.counter == nil {
			e.counter = &counter{}
		}
		e.turn(wall)
	}
	price := p.Price()
	if quota {
		used, end := e.used(p.Quota.Refill)
		left, reset = p.Quota.Calls-used, dayStart(end).Sub(wall)
		if price > 0 && left < min(price, p.Quota.Calls) {
			r.Violated |= 1 << len(rates)
			wait = max(wait, int64(reset))
		}
	}
	if r.Allowed = r.Violated == 0; r.Allowed {
		for i := range rates {
			*at[i] = next[i]
		}
		if e.counter != nil {
			e.days[e.today%ring] += price
			left -= price
		}
	}
	r.RetryAfter = time.Duration(wait)
	for i := range rates {
		r.States[i] = at[i].state(&rates[i], now)
	}
	if quota {
		r.States[len(rates)] = State{Remaining: max(left, 0), Reset: reset}
	}
	return r
}

// Used returns what was consumed on the days that a period may hold.
func (m *Memory) Used(now time.Time) []Used {
	var all []Used
	for i := range m.shards {
		sh := &m.shards[i]
		sh.mu.Lock()
		for id, e := range sh.subjects {
			if e.counter == nil {
				continue
			}
			for d := max(e.today-Days, 0); d <= e.today; d++ {
				if n := e.days[d%ring]; n > 0 && d > dayOf(now)-ring {
					all = append(all, Used{id, dayStart(d), n})
				}
			}
		}
		sh.mu.Unlock()
	}
	return all
}

// Restore sets counters to at least what is given, as a start after a stop does
// with the output of Used or with sums of the usage log. Days that are too long
// ago are ignored; calls counted since then are not forgotten.
func (m *Memory) Restore(all []Used, now time.Time) {
	for _, u := range all {
		day := dayOf(u.Day)
		if day > dayOf(now) || day < dayOf(now)-Days || u.Calls < 0 {
			continue
		}
		sh := m.shard(u.Subject)
		sh.mu.Lock()
		e := sh.subject(u.Subject, now)
		if e.counter == nil {
			e.counter = &counter{}
		}
		e.turn(now)
		e.days[day%ring] = max(e.days[day%ring], min(u.Calls, math.MaxInt64/2/ring))
		sh.mu.Unlock()
	}
}
