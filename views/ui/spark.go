package ui

import (
	"math"
)

// Measures of a sparkline, in its own units.
const (
	sparkBarsMax = 30
	sparkHeight  = 24
	sparkStep    = 4 // a bar of 3 and a space of 1
)

type sparkBar struct {
	class        string
	x, y, height int
}

// sparkBars draws the newest 30 points, ending at the right. A point without calls is a dot
// on the ground; errors are the top of their bar, at least 2 high, so that they are seen.
func sparkBars(points []SparkPoint, ended bool) []sparkBar {
	points = points[max(0, len(points)-sparkBarsMax):]
	var peak int64
	for _, p := range points {
		peak = max(peak, p.Calls)
	}
	plain := "s2"
	if ended {
		plain = "off"
	}
	var out []sparkBar
	for i, p := range points {
		x := (sparkBarsMax - len(points) + i) * sparkStep
		if p.Calls == 0 {
			out = append(out, sparkBar{"z", x, sparkHeight - 1, 1})
			continue
		}
		h := max(2, int(math.Round(share(p.Calls, peak)*(sparkHeight-1))))
		bad := 0
		if p.Errors > 0 {
			bad = min(h, max(2, int(math.Round(share(p.Errors, p.Calls)*float64(h)))))
		}
		if h > bad {
			out = append(out, sparkBar{plain, x, sparkHeight - h + bad, h - bad})
		}
		if bad > 0 {
			out = append(out, sparkBar{"s5", x, sparkHeight - h, bad})
		}
	}
	return out
}

// height of a day's bar, in percent.
func (h Health) height() float64 {
	switch h {
	case DayDegraded:
		return 67
	case DayDown:
		return 34
	case DayNone:
		return 10
	}
	return 100
}
