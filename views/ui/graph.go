package ui

import (
	"fmt"
	"strings"
	"time"
)

// Slot is one bar of a graph, and the latency under it.
type Slot struct {
	From          time.Time // its location is the zone that the graph shows
	Counts        [4]int64  // answers by status class: 2xx, 3xx, 4xx, 5xx
	P50, P95, P99 float64   // milliseconds; without meaning when there were no calls
	NoData        bool      // nothing is known of this time, which is not the same as no calls
}

// GraphEvent is something that happened while the graph ran: a rotation, an alert.
type GraphEvent struct {
	At    time.Time
	Label string // one or two words
	Bad   bool
}

// GraphData is what a Graph draws: slots of one length, oldest first, without holes (a time
// of which nothing is known is a slot with NoData). Aim at 48 slots, 30 to 96.
type GraphData struct {
	Title  string        // of the panel: "Traffic"
	Range  string        // in words: "last 24 hours"
	Step   time.Duration // length of a slot
	Slots  []Slot
	Events []GraphEvent
	Ranges []SegLink                       // the other ranges; the current one among them
	Calls  func(from, to time.Time) string // address of the calls of a slot (Enter), or nil
}

// classes are the status classes from below, with their classes in graph.css.
var classes = [4]struct{ name, css, key string }{
	{"2xx", "s2", "l2"}, {"3xx", "s3", "l3"}, {"4xx", "s4", "l4"}, {"5xx", "s5", "l5"},
}

// Places in the plots, in px from above.
const (
	requestsTop, requestsBase = 8.0, 180.0
	latencyTop, latencyBase   = 6.0, 106.0
)

func (s Slot) total() int64 { return s.Counts[0] + s.Counts[1] + s.Counts[2] + s.Counts[3] }

// timed reports whether the slot has a latency: calls that were measured.
func (s Slot) timed() bool { return !s.NoData && s.total() > 0 }

func (g GraphData) id() string { return ID(g.Title) }

func (g GraphData) totals() (sum [4]int64, peak int64) {
	for _, s := range g.Slots {
		for i, n := range s.Counts {
			sum[i] += n
		}
		peak = max(peak, s.total())
	}
	return sum, peak
}

func (g GraphData) slowest() float64 {
	ms := 0.0
	for _, s := range g.Slots {
		if s.timed() {
			ms = max(ms, s.P50, s.P95, s.P99)
		}
	}
	return ms
}

// shown are the status classes that the graph and its table name: 3xx only where there are any.
func (g GraphData) shown() []int {
	if sum, _ := g.totals(); sum[1] > 0 {
		return []int{0, 1, 2, 3}
	}
	return []int{0, 2, 3}
}

// chosen is the slot that the readout tells before anybody points: the last one with calls.
func (g GraphData) chosen() int {
	for i := len(g.Slots) - 1; i >= 0; i-- {
		if g.Slots[i].timed() {
			return i
		}
	}
	return len(g.Slots) - 1
}

// left is where a slot begins, in percent of the plot; left(len) is 100.
func (g GraphData) left(i int) float64 { return 100 * float64(i) / float64(len(g.Slots)) }

func (g GraphData) middle(i int) float64 { return (g.left(i) + g.left(i+1)) / 2 }

func (g GraphData) end() time.Time {
	return g.Slots[len(g.Slots)-1].From.Add(g.Step)
}

// days reports whether times need their day: the graph is longer than a day.
func (g GraphData) days() bool { return g.end().Sub(g.Slots[0].From) > 25*time.Hour }

// when names a slot: "09:30 to 10:00", "Sun 22 Nov, 09:00 to 12:00", "Sun 22 Nov".
func (g GraphData) when(i int) string {
	from := g.Slots[i].From
	to := from.Add(g.Step)
	switch {
	case g.Step >= 24*time.Hour:
		return from.Format("Mon 2 Jan")
	case g.days():
		return from.Format("Mon 2 Jan, 15:04") + to.Format(" to 15:04")
	}
	return from.Format("15:04") + to.Format(" to 15:04")
}

// values are what the readout shows for a slot, parts separated by |, numbers between ~.
func (g GraphData) values(i int) string {
	s := g.Slots[i]
	if s.NoData {
		return "~" + g.when(i) + "~|no data"
	}
	parts := []string{"~" + g.when(i) + "~", "~" + Number(s.total()) + "~ requests"}
	for _, c := range g.shown() {
		parts = append(parts, classes[c].name+" ~"+Number(s.Counts[c])+"~")
	}
	if s.timed() {
		for _, p := range s.latencies() {
			parts = append(parts, p.name+" ~"+milliseconds(p.ms)+" ms~")
		}
	}
	return strings.Join(parts, "|")
}

type percentile struct {
	name, css string
	ms        float64
}

func (s Slot) latencies() [3]percentile {
	return [3]percentile{{"p50", "50", s.P50}, {"p95", "95", s.P95}, {"p99", "99", s.P99}}
}

func milliseconds(ms float64) string {
	if ms < 10 {
		return decimal(ms, 1)
	}
	return Number(int64(ms + 0.5))
}

// bit is a piece of the readout: words, strong or not.
type bit struct {
	text   string
	strong bool
}

// bits takes one part of values apart, as graph.js does.
func bits(part string) []bit {
	var out []bit
	for i, s := range strings.Split(part, "~") {
		if s != "" {
			out = append(out, bit{s, i%2 == 1})
		}
	}
	return out
}

// stepWords names the length of a slot: "half hour", "5 minutes", "day".
func stepWords(d time.Duration) string {
	switch d {
	case 30 * time.Minute:
		return "half hour"
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	case 24 * time.Hour:
		return "day"
	}
	return Span(d)
}

// zone names the zone that times are shown in: "UTC", "UTC+1", "UTC+5:30".
func zone(t time.Time) string {
	_, offset := t.Zone()
	if offset == 0 {
		return "UTC"
	}
	sign := "+"
	if offset < 0 {
		sign, offset = "−", -offset
	}
	minutes := ""
	if m := offset / 60 % 60; m != 0 {
		minutes = fmt.Sprintf(":%02d", m)
	}
	return fmt.Sprintf("UTC%s%d%s", sign, offset/3600, minutes)
}

// gap is a run of slots of which nothing is known.
type gap struct{ from, to int } // [from, to)

func (g GraphData) gaps() []gap {
	var out []gap
	for i, s := range g.Slots {
		switch {
		case !s.NoData:
		case len(out) > 0 && out[len(out)-1].to == i:
			out[len(out)-1].to++
		default:
			out = append(out, gap{i, i + 1})
		}
	}
	return out
}

// foot says what the drawing can't: lengths, zone, gaps and events that had no room.
func (g GraphData) foot() string {
	words := "One bar is one " + stepWords(g.Step) + ", " + zone(g.Slots[0].From) + "."
	if g.Step%(24*time.Hour) != 0 && g.Step != time.Minute && g.Step != time.Hour && g.Step != 30*time.Minute {
		words = "One bar is " + stepWords(g.Step) + ", " + zone(g.Slots[0].From) + "."
	}
	gaps := g.gaps()
	for i, v := range gaps {
		switch {
		case i == 0:
			words += " Grey ground: no data from "
		case i == len(gaps)-1:
			words += " and from "
		default:
			words += ", from "
		}
		words += g.moment(v.from) + " to " + g.moment(v.to)
	}
	if len(gaps) > 0 {
		words += "."
	}
	if hidden := len(g.within()) - maxFlags; hidden > 0 {
		words += " " + Plural(hidden, "earlier event") + " not marked."
	}
	return words
}

// moment names where a slot begins.
func (g GraphData) moment(i int) string {
	t := g.Slots[0].From.Add(time.Duration(i) * g.Step)
	if g.days() {
		return t.Format("2 Jan 15:04")
	}
	return t.Format("15:04")
}
