package ui

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

func TestTicksAreFewRoundAndAboveThePeak(t *testing.T) {
	for _, tt := range []struct {
		peak float64
		want []float64
	}{
		{0, []float64{0, 1, 2}},
		{1, []float64{0, 1, 2}},
		{3, []float64{0, 1, 2, 3, 4}},
		{4, []float64{0, 2, 4, 6}},
		{100, []float64{0, 50, 100, 150}},
		{420, []float64{0, 200, 400, 600}},
		{703, []float64{0, 200, 400, 600, 800}},
		{95000, []float64{0, 25000, 50000, 75000, 100000}},
	} {
		if got := ticks(tt.peak); !slices.Equal(got, tt.want) {
			t.Errorf("peak %v: %v, want %v", tt.peak, got, tt.want)
		}
	}
	for peak := 0.0; peak < 1e7; peak = peak*1.13 + 1 {
		got := ticks(peak)
		if len(got) < 3 || len(got) > 5 || got[len(got)-1] < peak*1.05 || got[0] != 0 {
			t.Errorf("peak %v: %v", peak, got)
		}
	}
}

func TestBarsStackFromBelowAndShowTheSmallest(t *testing.T) {
	got := stack([4]int64{400, 0, 1, 2}, 800)
	if len(got) != 3 {
		t.Fatalf("%d blocks, want one for each class that is not zero", len(got))
	}
	if got[0].class != 0 || got[0].height != 86 || got[0].y != 94 {
		t.Errorf("2xx: %+v", got[0])
	}
	for i, b := range got[1:] {
		if b.height < 1.5 {
			t.Errorf("%+v can't be seen", b)
		}
		if gap := got[i].y - (b.y + b.height); math.Abs(gap-1) > 1e-9 {
			t.Errorf("%v px between %+v and %+v, want 1", gap, got[i], b)
		}
	}
	if got[2].class != 3 {
		t.Error("5xx is not on top")
	}
	if len(stack([4]int64{}, 800)) != 0 {
		t.Error("no calls still draw a bar")
	}
}

func TestEndLabelsNeverOverlap(t *testing.T) {
	for name, ys := range map[string][]float64{
		"apart already": {20, 60, 100}, "all at the base": {106, 106, 106}, "two close": {50, 55, 100}, "all at the top": {6, 6, 6},
	} {
		var in []label
		for _, y := range ys {
			in = append(in, label{y: y})
		}
		got := spread(in, 106)
		for i := 1; i < len(got); i++ {
			if got[i].y-got[i-1].y < 14 {
				t.Errorf("%s: %v and %v", name, got[i-1].y, got[i].y)
			}
		}
		if got[len(got)-1].y > 106 {
			t.Errorf("%s: the last label leaves the plot: %v", name, got[len(got)-1].y)
		}
	}
}

func sample(n int, step time.Duration) GraphData {
	g := GraphData{Title: "Traffic", Range: "last 24 hours", Step: step}
	from := time.Date(2026, 11, 21, 17, 0, 0, 0, time.FixedZone("", 3600))
	for i := range n {
		g.Slots = append(g.Slots, Slot{From: from.Add(time.Duration(i) * step), Counts: [4]int64{100, 0, 3, 1}, P50: 33, P95: 90, P99: 160})
	}
	return g
}

func TestTimesOnTheAxisAreFullHoursOrDays(t *testing.T) {
	for _, tt := range []struct {
		n    int
		step time.Duration
		want string
	}{
		{60, time.Minute, "17:10 17:20 17:30 17:40 17:50"},
		{48, 30 * time.Minute, "18:00 21:00 00:00 03:00 06:00 09:00 12:00 15:00"},
		{56, 3 * time.Hour, ""}, // slots that begin at 17, 20, 23 h never meet midnight
		{30, 24 * time.Hour, ""},
	} {
		g := sample(tt.n, tt.step)
		var got []string
		for _, m := range g.xMarks() {
			got = append(got, m.text)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%d × %v: %q, want %q", tt.n, tt.step, s, tt.want)
		}
	}
	g := sample(30, 24*time.Hour)
	for i := range g.Slots {
		g.Slots[i].From = g.Slots[i].From.Add(7 * time.Hour) // midnight
	}
	if n := len(g.xMarks()); n < 6 || n > 9 {
		t.Errorf("%d days on the axis of a month", n)
	}
}

func TestFlagsStayOnThePlotAndApart(t *testing.T) {
	g := sample(48, 30*time.Minute)
	at := func(h float64) time.Time { return g.Slots[0].From.Add(time.Duration(h * float64(time.Hour))) }
	g.Events = []GraphEvent{
		{At: at(-3), Label: "Before"}, {At: at(1), Label: "First"},
		{At: at(16.5), Label: "Alert", Bad: true}, {At: at(21), Label: "Rotated"}, {At: at(21.2), Label: "Renewed"},
	}
	got := g.flags()
	if len(got) != 3 || got[0].text != "Alert" || got[2].text != "Renewed" {
		t.Fatalf("%+v, want the three newest inside the time", got)
	}
	if !strings.Contains(g.foot(), "1 earlier event not marked") {
		t.Errorf("foot: %s", g.foot())
	}
	for i, a := range got {
		for _, b := range got[i+1:] {
			af, at := a.span(216, a.left)
			bf, bt := b.span(216, b.left)
			if a.row == b.row && af < bt && bf < at {
				t.Errorf("%q and %q lie on each other", a.text, b.text)
			}
		}
	}
}

func TestNoDataIsAGapAndNotAZero(t *testing.T) {
	g := sample(48, 30*time.Minute)
	g.Slots[20], g.Slots[21] = Slot{From: g.Slots[20].From, NoData: true}, Slot{From: g.Slots[21].From, NoData: true}
	g.Slots[30].Counts = [4]int64{}
	html := render(t, Graph(g))
	if n := strings.Count(html, `class="band"`); n != 2 {
		t.Errorf("%d grey grounds, want one in each plot", n)
	}
	// 47 steps between 48 slots; the gap breaks 3 of them, the slot without calls 2.
	if n := strings.Count(html, `class="p50" x1=`); n != 47-3-2+1 { // and one in the legend
		t.Errorf("%d pieces of the p50 line", n)
	}
	if !strings.Contains(html, `class="muted">no data</td>`) || !strings.Contains(g.foot(), "no data from 03:00 to 04:00") {
		t.Error("the table or the foot does not name the gap")
	}
}

func TestTheTableComesBeforeTheDrawingAndHasAllNumbers(t *testing.T) {
	g := sample(48, 30*time.Minute)
	html := render(t, Graph(g))
	if strings.Index(html, "<table") > strings.Index(html, "<svg role=") {
		t.Error("a screen reader meets the drawing before the table")
	}
	if n := strings.Count(html, `<th scope="row">`); n != 48 {
		t.Errorf("%d rows", n)
	}
	if strings.Contains(html, ">3xx<") {
		t.Error("3xx is named although there were none")
	}
	if strings.Contains(html, "style=") || strings.Contains(html, "onclick") {
		t.Error("inline style or script breaks the CSP")
	}
}

func TestAGraphOfNothingSaysSo(t *testing.T) {
	if html := render(t, Graph(GraphData{Title: "Traffic", Step: time.Hour})); !strings.Contains(html, "No calls yet") {
		t.Error(html)
	}
	g := sample(48, 30*time.Minute)
	for i := range g.Slots {
		g.Slots[i] = Slot{From: g.Slots[i].From, NoData: true}
	}
	if html := render(t, Graph(g)); strings.Contains(html, "NaN") || strings.Contains(html, "Inf") {
		t.Error("a graph without data computes nonsense")
	}
}

func TestASlotLeadsToItsCalls(t *testing.T) {
	g := sample(2, time.Hour)
	g.Calls = func(from, to time.Time) string {
		return "/calls?from=" + from.UTC().Format("15:04") + "&to=" + to.UTC().Format("15:04")
	}
	if html := render(t, Graph(g)); !strings.Contains(html, `data-href="/calls?from=16:00&amp;to=17:00"`) {
		t.Error("no address for the first slot")
	}
}

func TestSparklinesShowErrorsAndSilence(t *testing.T) {
	points := make([]SparkPoint, 40)
	points[39] = SparkPoint{Calls: 1000, Errors: 1}
	points[38] = SparkPoint{Calls: 1, Errors: 1}
	bars := sparkBars(points, false)
	if bars[0].class != "z" || bars[0].x != 0 {
		t.Errorf("first of the newest 30: %+v", bars[0])
	}
	last := bars[len(bars)-1]
	if last.class != "s5" || last.height < 2 || last.y+last.height >= sparkHeight || last.x != 116 {
		t.Errorf("one error of a thousand: %+v", last)
	}
	if first := bars[28]; first.class != "s5" {
		t.Errorf("only errors: %+v", first)
	}
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
