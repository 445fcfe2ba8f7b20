// Package traffic makes the demo's calls: a month of history to count, and
// live ones that go through the gateway like anybody's. It knows neither the
// database nor the gateway's insides.
package traffic

import (
	"math"
	"net/netip"
	"time"
)

// Profile is how one token is used.
type Profile struct {
	Ref       string  // whatever names the token to the caller of this package
	PerDay    float64 // calls on an ordinary working day
	Shape     Shape
	Mix       []Mix
	Missing   float64 // share of calls that ask for what is not there: 404
	Limited   float64 // share that the gateway refuses as too many: 429
	Failing   float64 // share that the upstream fails: 503, and 504 after five seconds
	Addresses []netip.Addr
	Agents    []string
	FromDays  float64 // the first call of the history was so many days ago; 0 is as long as it goes back
	UntilDays float64 // the last one was; 0 is now
	Incidents []Incident
	Live      bool // whether Live calls with it
}

// Mix is one operation's part in a profile.
type Mix struct {
	API, Version string
	Operation    string // method and path template: GET /cranes/{crane_id}
	Weight       float64
	Success      int           // status; 0 is 200
	Median       time.Duration // half of the calls are quicker; 0 is 35 ms
	Paths        []string      // concrete ones to draw from; none is the template
}

// Incident is a time of unusual use: PerHour calls of one operation, all with
// the same refusal by the gateway.
type Incident struct {
	Mix     Mix
	Ago     time.Duration // its beginning, before now
	For     time.Duration
	PerHour float64
	Status  int
	Outcome string
}

// Shape is a rhythm of the day and the week.
type Shape int

// The rhythms: office hours; all day long; a batch at ten past two every night;
// shops, which are busiest at eleven and at seven, and on Saturdays.
const (
	Office Shape = iota
	Steady
	Night
	Shop
)

// At is the rate at a local time, as a multiple of a working day's mean.
func (s Shape) At(t time.Time) float64 {
	h := float64(t.Hour()) + float64(t.Minute())/60
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	switch s {
	case Night:
		if h >= 2+10.0/60 && h < 2.5 {
			return 24 / (20.0 / 60)
		}
		return 0
	case Steady:
		rate := 1 + 0.35*math.Sin((h-8)/24*2*math.Pi)
		if weekend {
			rate *= 0.8
		}
		return rate
	case Shop:
		rate := 0.12 + 1.7*bump(h, 11, 2.4) + 2.2*bump(h, 19, 2.2)
		switch t.Weekday() {
		case time.Saturday:
			rate *= 1.3
		case time.Sunday:
			rate *= 0.5
		}
		return rate
	}
	rate := 0.25 + 1.9*bump(h, 9.5, 2) + 1.8*bump(h, 14.5, 2.3)
	if weekend {
		rate *= 0.3
	}
	return rate
}

func bump(h, middle, width float64) float64 {
	d := (h - middle) / width
	return math.Exp(-d * d / 2)
}

func (m Mix) success() int {
	if m.Success == 0 {
		return 200
	}
	return m.Success
}

func (m Mix) median() time.Duration {
	if m.Median == 0 {
		return 35 * time.Millisecond
	}
	return m.Median
}
