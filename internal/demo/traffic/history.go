package traffic

import (
	"iter"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Days is how far back a history goes.
const Days = 30

// Call is one call of the history.
type Call struct {
	At           time.Time
	Ref          string // the profile's
	API, Version string
	Operation    string // method and path template
	Path         string // below the version, without query
	Status       int
	Outcome      string        // "ok" for the upstream's answer, else the gateway's code, such as rate_limited
	Took         time.Duration // all of it
	BytesIn      int64
	BytesOut     int64
	ClientIP     netip.Addr
	UserAgent    string
}

// OutcomeOK is the outcome of a call that the upstream answered, whatever its status.
const OutcomeOK = "ok"

// History yields the calls of the last 30 days before now, the oldest first,
// at most so many. The same arguments yield the same calls. The rhythm follows
// now's location.
func History(now time.Time, profiles []Profile, most int) iter.Seq[Call] {
	return func(yield func(Call) bool) {
		h := newHistory(now, profiles, most)
		var calls []Call
		for minute := h.start; minute.Before(now); minute = minute.Add(time.Minute) {
			calls = h.minute(minute, calls[:0])
			slices.SortStableFunc(calls, func(a, b Call) int { return a.At.Compare(b.At) })
			for _, c := range calls {
				if most--; most < 0 || !yield(c) {
					return
				}
			}
		}
	}
}

type history struct {
	now, start time.Time
	profiles   []Profile
	scale      float64
	rng        *rand.Rand
}

func newHistory(now time.Time, profiles []Profile, most int) *history {
	h := &history{now: now, profiles: profiles, scale: 1, rng: rand.New(rand.NewPCG(30, uint64(len(profiles))))}
	h.start = now.AddDate(0, 0, -Days).Truncate(time.Minute)
	expected := 0.0
	for t := h.start; t.Before(now); t = t.Add(10 * time.Minute) {
		for i := range profiles {
			expected += 10 * h.rate(&profiles[i], t)
		}
	}
	// Thinned evenly rather than cut at the end, which is what people look at.
	room := float64(most) - 5*math.Sqrt(float64(most))
	if expected > room {
		h.scale = max(room, 0) / expected
	}
	return h
}

// rate is how many calls a minute a profile makes, incidents aside.
func (h *history) rate(p *Profile, t time.Time) float64 {
	ago := h.now.Sub(t).Hours() / 24
	if p.FromDays > 0 && ago > p.FromDays || ago < p.UntilDays {
		return 0
	}
	mood := 0.85 + 0.3*noise(p.Ref, t.Unix()/86400) // some days are busier
	mood *= 0.8 + 0.4*noise(p.Ref, t.Unix()/1800)
	return h.scale * mood * p.PerDay / 1440 * p.Shape.At(t)
}

func (h *history) minute(t time.Time, calls []Call) []Call {
	for i := range h.profiles {
		p := &h.profiles[i]
		for range poisson(h.rng, h.rate(p, t)) {
			calls = append(calls, h.call(p, t))
		}
		for _, in := range p.Incidents {
			begun := h.now.Add(-in.Ago)
			if t.Before(begun) || !t.Before(begun.Add(in.For)) {
				continue
			}
			for range poisson(h.rng, h.scale*in.PerHour/60) {
				c := h.begin(p, t, in.Mix)
				h.refuse(&c, in.Status, in.Outcome)
				calls = append(calls, c)
			}
		}
	}
	return slices.DeleteFunc(calls, func(c Call) bool { return !c.At.Before(h.now) })
}

func (h *history) begin(p *Profile, t time.Time, m Mix) Call {
	c := Call{
		At:  t.Add(time.Duration(h.rng.Int64N(int64(time.Minute)))),
		Ref: p.Ref, API: m.API, Version: m.Version, Operation: m.Operation,
		ClientIP: pick(h.rng, p.Addresses), UserAgent: pick(h.rng, p.Agents),
	}
	_, c.Path, _ = strings.Cut(m.Operation, " ")
	if len(m.Paths) > 0 {
		c.Path = pick(h.rng, m.Paths)
	}
	return c
}

func (h *history) call(p *Profile, t time.Time) Call {
	m := draw(h.rng, p.Mix)
	c := h.begin(p, t, m)
	c.Status, c.Outcome = m.success(), OutcomeOK
	c.Took = time.Duration(float64(m.median()) * math.Exp(0.42*h.rng.NormFloat64()))
	c.BytesOut = int64(180 + h.rng.ExpFloat64()*1400)
	if strings.HasPrefix(m.Operation, "P") {
		c.BytesIn = int64(60 + h.rng.IntN(400))
	}
	switch luck := h.rng.Float64(); {
	case luck < p.Missing && strings.Contains(m.Operation, "{"):
		c.Status, c.BytesOut = 404, 140
	case luck < p.Missing:
		c.Status, c.BytesOut = 400, 190
	case luck < p.Missing+p.Limited:
		h.refuse(&c, 429, "rate_limited")
	case luck < p.Missing+p.Limited+p.Failing*0.8:
		c.Status, c.BytesOut = 503, 130
	case luck < p.Missing+p.Limited+p.Failing:
		h.refuse(&c, 504, "upstream_timeout")
		c.Took = 5*time.Second + time.Duration(h.rng.IntN(9))*time.Millisecond
	case h.rng.IntN(100) == 0:
		c.Took *= 5 // the tail that a p99 shows
	}
	return c
}

func (h *history) refuse(c *Call, status int, outcome string) {
	c.Status, c.Outcome, c.BytesIn, c.BytesOut = status, outcome, 0, 330
	c.Took = time.Duration(150+h.rng.IntN(900)) * time.Microsecond
}

// draw picks one of the mix by weight.
func draw(rng *rand.Rand, mix []Mix) Mix {
	total := 0.0
	for _, m := range mix {
		total += m.Weight
	}
	at := rng.Float64() * total
	for _, m := range mix {
		if at -= m.Weight; at < 0 {
			return m
		}
	}
	return mix[len(mix)-1]
}

func pick[T any](rng *rand.Rand, list []T) (one T) {
	if len(list) == 0 {
		return one
	}
	// The first is the usual one.
	return list[min(rng.IntN(len(list)), rng.IntN(len(list)))]
}

// poisson draws how many come when so many are expected (Knuth; expected stays small).
func poisson(rng *rand.Rand, expected float64) int {
	limit := math.Exp(-min(expected, 500))
	n := 0
	for p := rng.Float64(); p > limit; p *= rng.Float64() {
		n++
	}
	return n
}

// noise is a number from 0 to 1 that stands for a name and a slot of time.
func noise(name string, slot int64) float64 {
	x := uint64(slot) * 0x9e3779b97f4a7c15
	for _, c := range []byte(name) {
		x = (x ^ uint64(c)) * 0x100000001b3
	}
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 32
	return float64(x>>11) / (1 << 53)
}
