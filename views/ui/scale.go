package ui

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// ticks are the values on a y axis: 3 to 5 round ones (1, 2, 2.5 or 5 × 10ⁿ apart, whole
// numbers) from 0 to at least 5 % above the peak, so that no bar touches the top.
func ticks(peak float64) []float64 {
	top := peak * 1.05
	step := 1.0
	for power := 1.0; ; power *= 10 {
		for _, m := range []float64{1, 2, 2.5, 5} {
			step = m * power
			if step == math.Trunc(step) && math.Ceil(top/step) <= 4 {
				out := []float64{0}
				for n := 1.0; n <= max(2, math.Ceil(top/step)); n++ {
					out = append(out, n*step)
				}
				return out
			}
		}
	}
}

// height is the y of a value between the base line and the top tick.
func height(value, topTick, base, top float64) float64 {
	return base - value/topTick*(base-top)
}

// block is one status class of one bar, in px.
type block struct {
	class     int
	y, height float64
}

// stack puts the classes of a slot on one another, 1 px apart, from below. What is not zero
// is at least 1.5 px high: one failure among thousands must be seen.
func stack(counts [4]int64, topTick float64) []block {
	var out []block
	y := requestsBase
	for class, n := range counts {
		if n <= 0 {
			continue
		}
		h := max(1.5, float64(n)/topTick*(requestsBase-requestsTop))
		if len(out) > 0 {
			y--
		}
		y -= h
		out = append(out, block{class, y, h})
	}
	return out
}

// label is a word at the right end of a line, at a height.
type label struct {
	text, css string
	y         float64
}

// spread pushes labels down, in their order, until they are at least 14 px apart; if the
// last one then leaves the plot, all are moved up again as far as needed.
func spread(labels []label, lowest float64) []label {
	out := slices.Clone(labels)
	slices.SortStableFunc(out, func(a, b label) int { return cmp.Compare(a.y, b.y) })
	const apart = 14
	for i := 1; i < len(out); i++ {
		out[i].y = max(out[i].y, out[i-1].y+apart)
	}
	floor := lowest
	for i := len(out) - 1; i >= 0; i-- {
		out[i].y = min(out[i].y, floor)
		floor = out[i].y - apart
	}
	return out
}

// mark is a time on the x axis.
type mark struct {
	x    float64 // percent
	text string
}

// xSteps are the distances between times on the x axis.
var xSteps = []time.Duration{
	5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	day, 2 * day, 4 * day, 7 * day, 14 * day, 28 * day,
}

const day = 24 * time.Hour

// xMarks are about eight full hours or days, where slots begin, in the zone of the slots.
func (g GraphData) xMarks() []mark {
	whole := g.end().Sub(g.Slots[0].From)
	step := xSteps[len(xSteps)-1]
	for _, s := range xSteps {
		if s >= g.Step && whole/s <= 9 {
			step = s
			break
		}
	}
	var out []mark
	for i, s := range g.Slots {
		x := g.left(i)
		if x < 1.5 || x > 98.5 || !onMark(s.From, step) {
			continue
		}
		text := s.From.Format("15:04")
		if step >= day {
			text = s.From.Format("2 Jan")
		}
		out = append(out, mark{x, text})
	}
	return out
}

// onMark reports whether a time is a full multiple of step in its own zone.
func onMark(t time.Time, step time.Duration) bool {
	_, offset := t.Zone()
	local := t.Unix() + int64(offset)
	return local%int64(step/time.Second) == 0
}

const maxFlags = 3

// flag is the place of an event's word.
type flag struct {
	x     float64 // percent
	text  string
	bad   bool
	left  bool // the flag hangs to the left of its line
	row   int  // 0, or 1 below it
	width float64
}

// within are the events inside the graph's time, oldest first.
func (g GraphData) within() []GraphEvent {
	var in []GraphEvent
	for _, e := range g.Events {
		if !e.At.Before(g.Slots[0].From) && e.At.Before(g.end()) {
			in = append(in, e)
		}
	}
	slices.SortStableFunc(in, func(a, b GraphEvent) int { return a.At.Compare(b.At) })
	return in
}

// flags places the newest events: to the right of their line, to the left where that would
// leave the plot or meet another flag, in the second row where neither has room. Widths are
// judged on the narrowest plot (a phone of 375 px), so that one drawing fits all.
func (g GraphData) flags() []flag {
	in := g.within()
	in = in[max(0, len(in)-maxFlags):]
	whole := float64(g.end().Sub(g.Slots[0].From))
	out := make([]flag, 0, len(in))
	for _, e := range in {
		out = append(out, flag{
			x:    100 * float64(e.At.Sub(g.Slots[0].From)) / whole,
			text: e.Label, bad: e.Bad,
			width: float64(6*len([]rune(e.Label)) + 12),
		})
	}
	const plot, axis, end = 216.0, 36.0, 52.0
	for i := range out {
		f := &out[i]
		fits := func(left bool, row int) bool {
			from, to := f.span(plot, left)
			if from < -axis || to > plot+end {
				return false
			}
			if i+1 < len(out) && !left && to > out[i+1].x/100*plot {
				return false
			}
			for _, other := range out[:i] {
				if a, b := other.span(plot, other.left); other.row == row && from < b+2 && a < to+2 {
					return false
				}
			}
			return true
		}
		for _, place := range []struct {
			left bool
			row  int
		}{{false, 0}, {true, 0}, {false, 1}, {true, 1}} {
			f.left, f.row = place.left, place.row
			if fits(place.left, place.row) {
				break
			}
		}
	}
	return out
}

// span is where a flag would lie on a plot of that width.
func (f flag) span(plot float64, left bool) (from, to float64) {
	x := f.x / 100 * plot
	if left {
		return x - f.width, x
	}
	return x, x + f.width
}
