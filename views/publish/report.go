package publish

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"gatehouse/internal/spec"
	"gatehouse/views/ui"
)

// Report is what was found wrong with a document.
type Report struct {
	Filters []ui.SegLink // by grade; none where there is no page to filter
	Groups  []ProblemGroup
	Text    string // all of it, to be copied
	Files   string // below which it is as a file, or ""
	Shown   bool   // one kind alone, as it was asked for
}

// ProblemGroup are the problems of one grade and kind.
type ProblemGroup struct {
	Severity spec.Severity
	Kind     string
	Count    int
	Items    []Finding
	All      string // address of a page with all of them, where Items are not
	Open     bool
}

// Finding is a problem with the lines around it.
type Finding struct {
	spec.Problem
	Passage spec.Passage
}

// Filter narrows a report.
type Filter struct {
	Base  string // the page's address; "" where there is none to narrow
	Grade spec.Severity
	Kind  string
}

// findingsMost is how many problems of a kind are listed before somebody asks for
// all of them.
const findingsMost = 20

// ReportOf groups the problems of a document by grade and kind, in their order.
func ReportOf(raw []byte, problems []spec.Problem, f Filter) (r Report) {
	counts, shown := map[spec.Severity]int{}, []spec.Problem{}
	at := map[string]int{}
	var text strings.Builder
	for _, p := range problems {
		counts[p.Severity]++
		if f.Grade != "" && f.Grade != p.Severity || f.Kind != "" && f.Kind != p.Kind {
			continue
		}
		key := string(p.Severity) + p.Kind
		i, ok := at[key]
		if !ok {
			i = len(r.Groups)
			at[key], r.Groups = i, append(r.Groups, ProblemGroup{Severity: p.Severity, Kind: p.Kind})
		}
		g := &r.Groups[i]
		g.Count++
		if g.Count <= findingsMost || f.Kind != "" {
			g.Items = append(g.Items, Finding{Problem: p})
			shown = append(shown, p)
		} else if f.Base != "" {
			g.All = f.Base + "?" + url.Values{"grade": {string(p.Severity)}, "kind": {p.Kind}}.Encode() + "#report"
		}
		text.WriteString(textOf(p))
	}
	r.Text, r.Files = text.String(), f.Base
	r.place(spec.Passages(raw, shown), shown)
	for i := range r.Groups {
		r.Groups[i].Open = i == 0 || r.Groups[i].Severity != spec.Warning
	}
	r.Shown = f.Kind != ""
	if f.Base != "" && len(problems) > 0 {
		r.filters(f, counts, len(problems))
	}
	return r
}

// place gives each finding its lines: passages are in the order of what is shown.
func (r *Report) place(passages []spec.Passage, shown []spec.Problem) {
	next := map[string]int{}
	for i, p := range shown {
		for j := range r.Groups {
			if g := &r.Groups[j]; g.Severity == p.Severity && g.Kind == p.Kind {
				key := string(g.Severity) + g.Kind
				g.Items[next[key]].Passage = passages[i]
				next[key]++
			}
		}
	}
}

func (r *Report) filters(f Filter, counts map[spec.Severity]int, all int) {
	r.Filters = []ui.SegLink{{Text: "All " + ui.Number(all), URL: f.Base + "#report", Current: f.Grade == ""}}
	for _, s := range spec.Severities {
		if counts[s] > 0 {
			r.Filters = append(r.Filters, ui.SegLink{Text: grades[s].Word + " " + ui.Number(counts[s]), Current: f.Grade == s,
				URL: f.Base + "?" + url.Values{"grade": {string(s)}}.Encode() + "#report"})
		}
	}
}

// grades are the signs of the severities.
var grades = map[spec.Severity]ui.Sign{
	spec.Fault:   {Tone: ui.Bad, Icon: "fail", Word: "Fault"},
	spec.Grave:   {Tone: ui.Bad, Icon: "ban", Word: "Grave"},
	spec.Warning: {Tone: ui.Warn, Icon: "warn", Word: "Warning"},
}

// means says what a grade comes to.
func means(s spec.Severity) string {
	switch s {
	case spec.Fault:
		return "The document is refused while this is in it."
	case spec.Grave:
		return "The document stays a draft while this is in it: a partner would be harmed."
	}
	return "The document can be published with it."
}

// where says the place of a problem: "Line 12, column 3".
func where(p spec.Problem) string {
	switch {
	case p.Line == 0 && p.File == "":
		return "Document"
	case p.Line == 0:
		return p.File
	case p.File != "":
		return p.File + ", line " + ui.Number(p.Line) + ", column " + ui.Number(p.Column)
	}
	return "Line " + ui.Number(p.Line) + ", column " + ui.Number(p.Column)
}

// line numbers a line of a passage.
func (f Finding) line(i int) string { return strconv.Itoa(f.Passage.First + i) }

// lines are the lines of a text.
func lines(text string) int { return strings.Count(text, "\n") }

func leftTitle(i spec.Internal) string {
	words := ui.Plural(i.Count, "internal operation")
	if i.Parts > 0 {
		words += " and " + ui.Plural(i.Parts, "other internal part")
	}
	if i.Count == 0 {
		words = ui.Plural(i.Parts, "internal part")
	}
	return words + " left out"
}

// textOf is one problem as text: what compilers write.
func textOf(p spec.Problem) string {
	text := fmt.Sprintf("%d:%d: %s: %s", p.Line, p.Column, p.Severity, p.Message)
	if p.Repair != "" {
		text += " " + p.Repair
	}
	if p.Pointer != "" {
		text += " (" + p.Pointer + ")"
	}
	return text + "\n"
}
