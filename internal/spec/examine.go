package spec

import (
	"errors"
	"fmt"
	"slices"
)

// examine reads a document in this process. It is what the child does; only
// Reader, which can end it, is for documents of strangers.
//
// A document with faults comes back without operations.
func examine(raw []byte) (Document, error) {
	p, err := parse(raw)
	if err != nil {
		var f *flaw
		if !errors.As(err, &f) {
			return Document{}, err
		}
		return Document{Format: p.format, Problems: []Problem{{Severity: Fault, Line: f.line, Column: f.col, Message: f.msg}}}, nil
	}
	s := &source{parsed: p, problems: p.notes}
	var d Document
	if s.supported() {
		s.outline(&d)
		s.references()
		places := s.places()
		s.checks(places)
		if err := s.conform(); err != nil {
			return Document{}, err
		}
		if !s.faulty() {
			s.operations(&d, places)
		}
	}
	d.Format = p.format
	d.Problems = s.report()
	return d, nil
}

func (s *source) faulty() bool {
	return slices.ContainsFunc(s.problems, func(p Problem) bool { return p.Severity == Fault })
}

// report puts faults first and the rest in the document's order.
func (s *source) report() []Problem {
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		if a.Severity != b.Severity {
			if a.Severity == Fault {
				return -1
			}
			return 1
		}
		return a.Line - b.Line
	})
	if s.dropped > 0 {
		s.problems = append(s.problems, Problem{Severity: Warning, Message: fmt.Sprintf("And %d more of the kind.", s.dropped)})
	}
	return s.problems
}
