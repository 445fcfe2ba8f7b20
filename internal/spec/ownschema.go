package spec

import (
	"maps"
	"slices"
	"strconv"
)

// shape is what a schema demands of an object, all its parts taken together.
type shape struct {
	required   []string
	must       map[string]bool
	properties map[string]*node
	items      *node
	extra      *node   // additionalProperties
	branches   []*node // of oneOf and anyOf
}

// Limits on taking schemas together: alternatives of alternatives are as many as
// somebody likes.
const (
	maxShapeDepth = 24
	maxShapeParts = 2000      // of one schema
	maxParts      = 1_000_000 // of all schemas of a comparison
)

// gatherer takes schemas of one document together.
type gatherer struct {
	*source
	shapes map[*node]shape
	left   int // parts, of this schema
	all    int // parts, of all
}

func newGatherer(s *source) *gatherer {
	return &gatherer{source: s, shapes: map[*node]shape{}, all: maxParts}
}

// target is what a schema that is nothing but a reference stands for.
func (s *gatherer) target(n *node) *node {
	if n.is(object) && len(n.keys) == 1 && n.get("$ref").is(text) {
		if found, _, missing := s.follow(n); missing == "" {
			return found
		}
	}
	return n
}

// shapeOf takes the parts of a schema together: what it refers to, what all of
// it say, and of alternatives what each demands.
func (s *gatherer) shapeOf(n *node) shape {
	if known, ok := s.shapes[n]; ok {
		return known
	}
	out := shape{must: map[string]bool{}, properties: map[string]*node{}}
	s.left = min(maxShapeParts, s.all)
	s.all -= s.left
	s.gather(n, &out, map[*node]bool{})
	s.all += s.left
	s.shapes[n] = out
	return out
}

func (s *gatherer) gather(n *node, into *shape, on map[*node]bool) {
	if !n.is(object) || on[n] || len(on) > maxShapeDepth || s.left <= 0 {
		return
	}
	s.left--
	on[n] = true
	defer delete(on, n)
	if n.get("$ref").is(text) {
		if target, _, missing := s.follow(n); missing == "" {
			s.gather(target, into, on)
		}
		if s.dialect == v30 {
			return // what stands beside a reference means nothing
		}
	}
	for _, name := range n.strs("required") {
		into.demand(name)
	}
	if p := n.get("properties"); p.is(object) {
		for i, name := range p.keys {
			into.properties[name] = p.items[i]
		}
	}
	if items := n.get("items"); items.is(object) {
		into.items = items
	}
	if extra := n.get("additionalProperties"); extra.is(object) {
		into.extra = extra
	}
	if all := n.get("allOf"); all.is(list) {
		for _, part := range all.items {
			s.gather(part, into, on)
		}
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if some := n.get(key); some.is(list) && len(some.items) > 0 {
			s.alternatives(some.items, into, on)
		}
	}
}

// alternatives demand what every one of them demands.
func (s *gatherer) alternatives(some []*node, into *shape, on map[*node]bool) {
	into.branches = append(into.branches, some...)
	count := map[string]int{}
	var order []string
	for _, branch := range some {
		one := shape{must: map[string]bool{}, properties: map[string]*node{}}
		s.gather(branch, &one, on)
		for _, name := range one.required {
			if count[name]++; count[name] == 1 {
				order = append(order, name)
			}
		}
		for name, p := range one.properties {
			if into.properties[name] == nil {
				into.properties[name] = p
			}
		}
	}
	for _, name := range order {
		if count[name] == len(some) {
			into.demand(name)
		}
	}
}

func (h *shape) demand(name string) {
	if !h.must[name] {
		h.must[name] = true
		h.required = append(h.required, name)
	}
}

// schema reports the properties that are demanded now and were not before.
func (c *comparer) schema(before, after *node, path string, report func(path, word string)) {
	before, after = c.a.target(before), c.b.target(after)
	key := [2]*node{before, after}
	if c.budget--; c.budget < 0 || !after.is(object) || c.seen[key] {
		return
	}
	c.seen[key] = true
	was, is := c.a.shapeOf(before), c.b.shapeOf(after)
	for _, name := range is.required {
		if was.must[name] || c.b.readOnly(is.properties[name]) {
			continue
		}
		if was.properties[name] == nil {
			report(path+name, "is new and required")
		} else {
			report(path+name, "became required")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is.properties)) {
		if old := was.properties[name]; old != nil {
			c.schema(old, is.properties[name], path+name+"/", report)
		}
	}
	if was.items != nil && is.items != nil {
		c.schema(was.items, is.items, path+"items/", report)
	}
	if was.extra != nil && is.extra != nil {
		c.schema(was.extra, is.extra, path+"*/", report)
	}
	c.branches(was.branches, is.branches, path, report)
}

// branches compares alternatives of the same name, and of those without one
// those at the same place.
func (c *comparer) branches(before, after []*node, path string, report func(path, word string)) {
	name := func(i int, n *node) string {
		if ref := n.str("$ref"); ref != "" {
			return refName(ref)
		}
		return "#" + strconv.Itoa(i)
	}
	old := map[string]*node{}
	for i, n := range before {
		old[name(i, n)] = n
	}
	for i, n := range after {
		if was := old[name(i, n)]; was != nil {
			c.schema(was, n, path, report)
		}
	}
}

func (s *gatherer) readOnly(n *node) bool {
	if n.flag("readOnly") {
		return true
	}
	target, _, _ := s.follow(n)
	return target.flag("readOnly")
}
