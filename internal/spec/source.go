package spec

import (
	"fmt"
	"net/url"
	"strings"
)

// source is a document being read: the tree, and what was found wrong so far.
type source struct {
	parsed
	dialect  dialect
	problems []Problem
	about    string // the kind of the problems that are noted
	dropped  int    // problems beyond maxProblems
	graves   int
	anchors  map[string]*node
	broken   []brokenRef
	slugs    []string          // of the operations, by their place
	byID     map[string]string // operationId -> slug
	byKey    map[string]string // method and template -> slug
	pages    map[string]string // component schema -> slug of its page
}

// dialect is the minor version of OpenAPI 3.
type dialect int

const (
	v30 dialect = iota
	v31
	v32
)

// maxProblems is what one report lists; a document with more has one cause.
const maxProblems = 500

// fault notes a reason to refuse the document, grave one not to publish it, warn
// one to tell its owner.
func (s *source) fault(n *node, p *path, format string, args ...any) *Problem {
	return s.note(Fault, n, p, format, args...)
}

func (s *source) grave(n *node, p *path, format string, args ...any) *Problem {
	return s.note(Grave, n, p, format, args...)
}

func (s *source) warn(n *node, p *path, format string, args ...any) *Problem {
	return s.note(Warning, n, p, format, args...)
}

// note adds a problem. The result is for its repair, at once.
func (s *source) note(sev Severity, n *node, p *path, format string, args ...any) *Problem {
	problem := Problem{Severity: sev, Kind: s.about, Pointer: p.String(), Message: fmt.Sprintf(format, args...)}
	if full := len(s.problems) >= maxProblems; full && sev == Warning || sev == Grave && s.graves >= maxProblems {
		s.dropped++
		return &problem
	}
	if sev == Grave {
		s.graves++
	}
	if n != nil {
		problem.Line, problem.Column = n.line, n.col
		if len(s.files) > 0 {
			problem.File = s.files[n.file]
		}
	}
	s.problems = append(s.problems, problem)
	return &s.problems[len(s.problems)-1]
}

// by says how the problem is mended.
func (p *Problem) by(format string, args ...any) { p.Repair = fmt.Sprintf(format, args...) }

// resolve finds what a local $ref names. For anything else it gives the reason,
// in words that go on after the reference. Nothing is fetched (R101).
func (s *source) resolve(ref string) (target *node, reason string) {
	switch {
	case ref == "":
		return nil, "is empty"
	case ref == "#":
		return s.root, ""
	case !strings.HasPrefix(ref, "#"):
		return nil, "points outside the document, which is not followed"
	case !strings.HasPrefix(ref, "#/"):
		if n := s.anchor(ref[1:]); n != nil {
			return n, ""
		}
		return nil, "names an anchor that is not in the document"
	}
	steps, _ := pointerSteps(ref)
	if n, whole := s.root.at(steps); whole {
		return n, ""
	}
	return nil, "names nothing in the document"
}

// pointerSteps are the steps of a local reference that is a JSON pointer.
func pointerSteps(ref string) (steps []string, ok bool) {
	rest, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, false
	}
	steps = strings.Split(rest, "/")
	for i, step := range steps {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		steps[i] = pointerUnescape.Replace(step)
	}
	return steps, true
}

// anchor finds a schema by its $anchor (JSON Schema 2020-12 §8.2.2).
func (s *source) anchor(name string) *node {
	if s.anchors == nil {
		s.anchors = map[string]*node{}
		seen := map[*node]bool{}
		var walk func(*node)
		walk = func(n *node) {
			if seen[n] {
				return
			}
			seen[n] = true
			for _, key := range []string{"$anchor", "$dynamicAnchor"} {
				if a := n.get(key); a.is(text) {
					s.anchors[a.value] = n
				}
			}
			for _, e := range n.items {
				walk(e)
			}
		}
		walk(s.root)
	}
	return s.anchors[name]
}

// maxHops is how many references may lead to one another.
const maxHops = 32

// follow returns what n stands for: itself, or the end of its chain of $refs with
// the name of the first. missing is the reference that could not be followed.
func (s *source) follow(n *node) (target *node, name, missing string) {
	for range maxHops {
		ref := n.get("$ref")
		if !ref.is(text) {
			return n, name, ""
		}
		if name == "" {
			name = refName(ref.value)
		}
		next, reason := s.resolve(ref.value)
		if reason != "" {
			return nil, name, unlessEmpty(ref.value, "an empty reference")
		}
		n = next
	}
	return nil, name, "a circle of references"
}

func unlessEmpty(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// refName is the last step of a reference, as people would call it.
func refName(ref string) string {
	step := ref[strings.LastIndexAny(ref, "/#")+1:]
	if plain, err := url.PathUnescape(step); err == nil {
		step = plain
	}
	return pointerUnescape.Replace(step)
}
