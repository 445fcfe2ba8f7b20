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
	dropped  int // problems beyond maxProblems
	anchors  map[string]*node
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

// fault notes a reason to refuse the document, warn one to tell its owner.
func (s *source) fault(n *node, p *path, format string, args ...any) {
	s.note(Fault, n, p, format, args...)
}

func (s *source) warn(n *node, p *path, format string, args ...any) {
	s.note(Warning, n, p, format, args...)
}

func (s *source) note(sev Severity, n *node, p *path, format string, args ...any) {
	if len(s.problems) >= maxProblems && sev != Fault {
		s.dropped++
		return
	}
	problem := Problem{Severity: sev, Pointer: p.String(), Message: fmt.Sprintf(format, args...)}
	if n != nil {
		problem.Line, problem.Column = n.line, n.col
		if len(s.files) > 0 {
			problem.File = s.files[n.file]
		}
	}
	s.problems = append(s.problems, problem)
}

// resolve finds what a local $ref names. For anything else it gives the reason,
// in words that go on after the reference. Nothing is fetched (R101).
func (s *source) resolve(ref string) (target *node, reason string) {
	switch {
	case ref == "":
		return nil, "is empty"
	case ref == "#":
		return s.root, ""
	case !strings.HasPrefix(ref, "#"):
		return nil, "points outside the document, which is not followed; bundle everything into one file"
	case !strings.HasPrefix(ref, "#/"):
		if n := s.anchor(ref[1:]); n != nil {
			return n, ""
		}
		return nil, "names an anchor that is not in the document"
	}
	steps := strings.Split(ref[2:], "/")
	for i, step := range steps {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		steps[i] = pointerUnescape.Replace(step)
	}
	if n, whole := s.root.at(steps); whole {
		return n, ""
	}
	return nil, "names nothing in the document"
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
