package spec

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// examine reads a document in this process. It is what the child does; only
// Reader, which can end it, is for documents of strangers.
//
// A document with faults comes back without operations.
func examine(raw []byte) (Document, error) {
	p, err := parseUpload(raw)
	if err != nil {
		var f *flaw
		if !errors.As(err, &f) {
			return Document{}, err
		}
		return Document{Format: p.format, Problems: []Problem{{Severity: Fault, Kind: "Form", File: f.file, Line: f.line, Column: f.col, Message: f.msg, Repair: f.repair}}}, nil
	}
	s := &source{parsed: p, problems: p.notes, about: "About the document"}
	var d Document
	if s.supported() {
		s.about = "References"
		s.references()
		s.about = "Specification"
		if err := s.conform(); err != nil {
			return Document{}, err
		}
		s.about = "Hints"
		inner := s.internals()
		s.about = "Paths"
		places := inner.visible(s.places())
		s.checks(places)
		if !s.faulty() {
			d.Internal = inner.hide()
			places = s.places() // what is left, whatever went for it
			s.declare(places)
		}
		s.about = "About the document"
		s.outline(&d)
		if !s.faulty() {
			s.operations(&d, places)
			s.schemaPages(&d, places)
			s.describeHooks(&d)
		}
	}
	d.Format, d.Bundled = p.format, p.bundled
	d.Problems = s.report()
	return d, nil
}

// parseUpload is parse for what may also be an archive.
func parseUpload(raw []byte) (parsed, error) {
	if !isArchive(raw) {
		return parse(raw)
	}
	p, err := bundle(raw)
	if err != nil {
		return p, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, p.root.appendJSON(nil), "", "  "); err != nil {
		return p, err
	}
	if p.bundled = out.Bytes(); len(p.bundled) > MaxBytes {
		return p, flawAt(0, 0, "The archive's files make a document larger than %d MiB.", MaxBytes>>20)
	}
	return p.converted()
}

func (s *source) faulty() bool {
	return slices.ContainsFunc(s.problems, func(p Problem) bool { return p.Severity == Fault })
}

// report puts the worst first and the rest in the document's order.
func (s *source) report() []Problem {
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(slices.Index(Severities, a.Severity), slices.Index(Severities, b.Severity)), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	if s.dropped > 0 {
		s.problems = append(s.problems, Problem{Severity: Warning, Kind: "About the document", Message: fmt.Sprintf("There are %d more problems, which are not listed.", s.dropped)})
	}
	return s.problems
}
