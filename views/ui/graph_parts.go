package ui

import (
	"time"

	"github.com/a-h/templ"
)

// px writes a length in SVG's own units, to a tenth.
func px(x float64) string { return decimal(x, 1) }

// axisNumber has room for six digits; millions are told in short.
func axisNumber(v float64) string {
	if v >= 1e6 {
		return Short(int64(v))
	}
	return Number(int64(v))
}

// filled hatches the class that must be told from 5xx without colour.
func (g GraphData) filled(class int) templ.Attributes {
	if class == 2 {
		return templ.Attributes{"fill": "url(#" + g.id() + "-hatch)"}
	}
	return nil
}

// calls leads from a slot to its calls.
func (g GraphData) calls(i int) templ.Attributes {
	if g.Calls == nil {
		return nil
	}
	from := g.Slots[i].From
	return templ.Attributes{"data-href": g.Calls(from, from.Add(g.Step))}
}

func flagClass(bad bool) string {
	if bad {
		return "flag-bad"
	}
	return "flag"
}

// shift is where a flag begins beside its line.
func (f flag) shift() float64 {
	if f.left {
		return -f.width
	}
	return 0
}

// segment is a piece of a latency line between two slots.
type segment struct {
	css            string
	x1, x2, y1, y2 float64
}

// segments are the three lines, p99 first so that p50 is drawn on top. A line is broken where
// a slot has no latency; a slot alone between two such is a dash of a third of its width.
func (g GraphData) segments(top float64) []segment {
	var out []segment
	for p := 2; p >= 0; p-- {
		for i, s := range g.Slots {
			if !s.timed() {
				continue
			}
			at := s.latencies()[p]
			y := height(at.ms, top, latencyBase, latencyTop)
			before := i > 0 && g.Slots[i-1].timed()
			after := i+1 < len(g.Slots) && g.Slots[i+1].timed()
			switch {
			case after:
				next := g.Slots[i+1].latencies()[p]
				out = append(out, segment{at.name, g.middle(i), g.middle(i + 1), y, height(next.ms, top, latencyBase, latencyTop)})
			case !before:
				third := g.left(1) / 3
				out = append(out, segment{at.name, g.left(i) + third, g.left(i+1) - third, y, y})
			}
		}
	}
	return out
}

// endLabels are the names and last values at the right end.
func (g GraphData) endLabels(top float64) []label {
	s := g.Slots[g.chosen()]
	if !s.timed() {
		return nil
	}
	var out []label
	lines := s.latencies()
	for p := 2; p >= 0; p-- {
		at := lines[p]
		out = append(out, label{at.name + " " + milliseconds(at.ms), "t" + at.css, height(at.ms, top, latencyBase, latencyTop)})
	}
	return spread(out, latencyBase)
}

// latencyWords tells the lines to who can't see them: usual values and the worst moment.
func (g GraphData) latencyWords() string {
	var sum [3]float64
	n, worst := 0.0, -1
	for i, s := range g.Slots {
		if !s.timed() {
			continue
		}
		for p, at := range s.latencies() {
			sum[p] += at.ms
		}
		n++
		if worst < 0 || s.P99 > g.Slots[worst].P99 {
			worst = i
		}
	}
	if worst < 0 {
		return "Latency: no calls."
	}
	return "Latency per " + stepWords(g.Step) + ": p50 near " + milliseconds(sum[0]/n) + ", p95 near " + milliseconds(sum[1]/n) +
		", p99 near " + milliseconds(sum[2]/n) + " milliseconds, with a peak of " + milliseconds(g.Slots[worst].P99) + " at " + g.peakTime(worst) + "."
}

func (g GraphData) peakTime(i int) string {
	if g.Step >= 24*time.Hour {
		return g.Slots[i].From.Format("2 Jan")
	}
	return g.moment(i)
}
