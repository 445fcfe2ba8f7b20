package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// matcher finds the operation of a path. It is a tree over path segments;
// at each node literal segments come first, then templates with the most literal
// characters, so the most specific path wins, as OpenAPI says. It compares raw
// bytes: what is percent-encoded without need is another path (R71).
type matcher struct {
	literal  map[string]*matcher
	patterns []pattern
	item     *pathItem
}

type pattern struct {
	parts []string // literals around the parameters: n parameters, n+1 parts
	next  *matcher
}

// pathItem is a path with its operations.
type pathItem struct {
	methods []method
	allow   string // for 405
}

type method struct {
	name string
	op   *Operation
}

// methods that the gateway knows (R74); all others are 501.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

func knownMethod(m string) bool { return slices.Contains(methods, m) }

// CheckOperation says why no call can ever reach an operation of this path, or nil.
func CheckOperation(path string) error {
	_, err := parsePath(path)
	return err
}

// compileOperations builds the matcher of a version. An operation whose path
// cannot be matched is left out and named in the error; the others are served.
func compileOperations(ops []Operation) (*matcher, error) {
	root := &matcher{}
	var errs []error
	for i := range ops {
		op := &ops[i]
		if !knownMethod(op.Method) {
			continue // documented, but nothing that a gateway forwards: 501
		}
		path, err := parsePath(op.Path)
		if err != nil {
			errs = append(errs, fmt.Errorf("operation %q: %w", op.Key, err))
			continue
		}
		root.add(path, op)
	}
	root.finish()
	return root, errors.Join(errs...)
}

// parsePath splits a path template into its segments, and each at its parameters.
func parsePath(path string) (all [][]string, err error) {
	rest, more := strings.CutPrefix(path, "/")
	if !more {
		return nil, fmt.Errorf("the path %q does not begin with a slash", path)
	}
	for more {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		parts, err := split(segment)
		if err != nil {
			return nil, err
		}
		all = append(all, parts)
	}
	return all, nil
}

// add takes an operation in, unless one of the same method matches the same
// addresses already: the first in the document has them, as its publisher was told.
func (m *matcher) add(path [][]string, op *Operation) {
	for _, parts := range path {
		m = m.child(parts)
	}
	if m.item == nil {
		m.item = &pathItem{}
	}
	if !slices.ContainsFunc(m.item.methods, func(there method) bool { return there.name == op.Method }) {
		m.item.methods = append(m.item.methods, method{op.Method, op})
	}
}

// split a template segment at its parameters: "{id}.json" is ["", ".json"].
func split(segment string) (parts []string, err error) {
	for {
		open := strings.IndexByte(segment, '{')
		if open < 0 {
			return append(parts, encodeSegment(segment)), nil
		}
		end := strings.IndexByte(segment[open:], '}')
		if end < 0 {
			return nil, fmt.Errorf("the segment %q has a brace that is not closed", segment)
		}
		if len(parts) > 0 && open == 0 {
			return nil, fmt.Errorf("the segment %q has two parameters with nothing between them", segment)
		}
		parts = append(parts, encodeSegment(segment[:open]))
		segment = segment[open+end+1:]
	}
}

// encodeSegment writes a literal as clients must: RFC 3986 pchar as it is, the
// rest in upper-case escapes.
func encodeSegment(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		_, escape := unhex(s[i:])
		if pathByte[s[i]] || s[i] == '%' && escape {
			b.WriteByte(s[i])
			continue
		}
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

func (m *matcher) child(parts []string) *matcher {
	if len(parts) == 1 {
		if m.literal == nil {
			m.literal = map[string]*matcher{}
		}
		if m.literal[parts[0]] == nil {
			m.literal[parts[0]] = &matcher{}
		}
		return m.literal[parts[0]]
	}
	for _, p := range m.patterns {
		if slices.Equal(p.parts, parts) {
			return p.next
		}
	}
	next := &matcher{}
	m.patterns = append(m.patterns, pattern{parts, next})
	return next
}

func (m *matcher) finish() {
	slices.SortStableFunc(m.patterns, func(a, b pattern) int { return b.weight() - a.weight() })
	for _, c := range m.literal {
		c.finish()
	}
	for _, p := range m.patterns {
		p.next.finish()
	}
	if m.item != nil {
		m.item.allow = m.item.allowed()
	}
}

func (p pattern) weight() int { return len(strings.Join(p.parts, "")) }

// find returns the path's item, or nil. Path begins with a slash.
func (m *matcher) find(path string) *pathItem {
	if path == "" {
		return nil
	}
	return m.walk(path[1:])
}

func (m *matcher) walk(path string) *pathItem {
	segment, rest, more := strings.Cut(path, "/")
	if c := m.literal[segment]; c != nil {
		if i := c.then(rest, more); i != nil {
			return i
		}
	}
	for i := range m.patterns {
		if m.patterns[i].matches(segment) {
			if found := m.patterns[i].next.then(rest, more); found != nil {
				return found
			}
		}
	}
	return nil
}

func (m *matcher) then(rest string, more bool) *pathItem {
	if more {
		return m.walk(rest)
	}
	return m.item
}

// matches reports whether the segment fits, each parameter taking at least one
// byte. Taking the leftmost place of each literal finds a fit if there is one.
func (p *pattern) matches(segment string) bool {
	last := len(p.parts) - 1
	rest, ok := strings.CutPrefix(segment, p.parts[0])
	for _, literal := range p.parts[1:last] {
		if !ok || rest == "" {
			return false
		}
		i := strings.Index(rest[1:], literal)
		if i < 0 {
			return false
		}
		rest = rest[1+i+len(literal):]
	}
	return ok && len(rest) > len(p.parts[last]) && strings.HasSuffix(rest, p.parts[last])
}

// find returns the operation of a method, GET's for HEAD where there is none of its own.
func (i *pathItem) find(name string) *Operation {
	var get *Operation
	for _, m := range i.methods {
		switch m.name {
		case name:
			return m.op
		case http.MethodGet:
			get = m.op
		}
	}
	if name == http.MethodHead {
		return get
	}
	return nil
}

func (i *pathItem) allowed() string {
	var names []string
	for _, m := range methods {
		if i.find(m) != nil {
			names = append(names, m)
		}
	}
	return strings.Join(names, ", ")
}
