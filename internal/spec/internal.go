package spec

import (
	"maps"
	"slices"
	"strings"
)

// maxInternal is how many internal operations are named to their owner.
const maxInternal = 1000

// hiding takes out of a document's tree what it marks as internal, before anything
// else is made of the tree: so no page, no download and no gateway can have it.
type hiding struct {
	*source
	inner map[*node]bool     // what is marked, and operations under what is
	drop  map[*node]bool     // what goes for it
	gone  map[*node][]string // schemas -> names of their internal properties
	tags  map[string]bool
	ids   map[string]bool // operationIds of internal operations
	Internal
}

// marked reports whether a node is marked as internal: x-internal, x-visibility or
// x-gatehouse-visibility, the last of which decides. Whatever x-internal says that
// is no denial marks: shown by mistake is worse than hidden by mistake.
func marked(n *node) bool {
	for _, key := range []string{"x-gatehouse-visibility", "x-visibility"} {
		switch strings.ToLower(n.str(key)) {
		case "internal", "private", "hidden":
			return true
		case "public":
			return false
		}
	}
	if n.get("x-internal").is(list) || n.get("x-internal").is(object) {
		return true
	}
	return !slices.Contains([]string{"", "false", "no", "off", "0"}, strings.ToLower(strings.TrimSpace(n.str("x-internal"))))
}

// stripped are extensions that are for us or their author alone.
func stripped(key string) bool {
	return strings.HasPrefix(key, "x-internal") || key == "x-visibility" || strings.HasPrefix(key, "x-gatehouse") && key != sharedKey && key != ownRisk
}

// internals finds what is marked.
func (s *source) internals() *hiding {
	h := &hiding{source: s, inner: map[*node]bool{}, drop: map[*node]bool{}, gone: map[*node][]string{},
		tags: map[string]bool{}, ids: map[string]bool{}}
	seen := map[*node]bool{}
	var walk func(n *node, at *path, names, parent bool)
	walk = func(n *node, at *path, names, parent bool) {
		if seen[n] || n.kind != list && n.kind != object {
			return
		}
		seen[n] = true
		if n.kind == object && !names && parent && marked(n) {
			if n.str("in") == "path" && n.str("name") != "" {
				s.warn(n, at, "The parameter %q stands in the path and can't be internal. It is shown.", clip(n.str("name"))).by("Mark the operation as internal, or remove the mark.")
			} else {
				h.inner[n] = true
			}
		}
		for i, e := range n.items {
			if n.kind == list {
				walk(e, at.toIndex(i), false, true)
			} else if key := n.keys[i]; names || !isData(key, e) {
				// Neither the document itself nor its sections can be internal as a whole.
				walk(e, at.to(key), !names && e.kind == object && slices.Contains(holdNames, key), at != nil)
			}
		}
	}
	walk(s.root, nil, false, false)
	h.markTags()
	if len(h.inner) == 0 {
		return h
	}
	parts := maps.Clone(h.inner)
	for _, p := range s.places() {
		delete(parts, p.item)
		delete(parts, p.node)
		if h.isInternal(p) {
			h.inner[p.node] = true
		}
	}
	h.Parts = len(parts)
	h.markTagged()
	return h
}

// markTagged marks what has an internal tag and stands in webhooks and callbacks.
func (h *hiding) markTagged() {
	groups := map[*node]bool{} // have tags, and only lose them
	if all := h.root.get("x-tagGroups"); all.is(list) {
		for _, g := range all.items {
			groups[g] = true
		}
	}
	h.each(func(n *node) {
		if n != h.root && !groups[n] && slices.ContainsFunc(n.strs("tags"), func(t string) bool { return h.tags[t] }) {
			h.inner[n] = true
		}
	})
}

// isData says of a field whether its content is the author's data.
func isData(key string, v *node) bool {
	return slices.Contains(holdValues, key) || key == "examples" && v.kind == list
}

// markTags notes the tags that are internal, and those below them.
func (h *hiding) markTags() {
	all := h.root.get("tags")
	if !all.is(list) {
		return
	}
	for range maxDepth {
		before := len(h.tags)
		for _, t := range all.items {
			if h.inner[t] || h.tags[t.str("parent")] && t.str("parent") != "" {
				h.tags[t.str("name")] = true
			}
		}
		if len(h.tags) == before {
			return
		}
	}
}

// isInternal reports whether an operation, its path or one of its tags is marked.
func (h *hiding) isInternal(p place) bool {
	return h.inner[p.node] || h.inner[p.item] || h.leads(h.root.get("paths").get(p.template)) ||
		slices.ContainsFunc(p.node.strs("tags"), func(t string) bool { return h.tags[t] })
}

// visible are the places that are not internal.
func (h *hiding) visible(all []place) (out []place) {
	for _, p := range all {
		if !h.isInternal(p) {
			out = append(out, p)
		}
	}
	return out
}

// leads reports whether a node is internal, or refers to something that is or that
// stands inside it.
func (h *hiding) leads(n *node) bool {
	for range maxHops {
		if h.inner[n] {
			return true
		}
		ref := n.get("$ref")
		if !ref.is(text) {
			return false
		}
		if h.passes(ref.value) {
			return true
		}
		if n, _ = h.resolve(ref.value); n == nil {
			return false
		}
	}
	return false
}

// passes reports whether a reference goes through something internal.
func (h *hiding) passes(ref string) bool {
	steps, ok := pointerSteps(ref)
	if !ok {
		return false
	}
	for i := range steps {
		if n, whole := h.root.at(steps[:i+1]); whole && h.inner[n] {
			return true
		}
	}
	return false
}

// hide takes everything internal out of the tree.
func (h *hiding) hide() Internal {
	places := h.places()
	for _, p := range places {
		if h.isInternal(p) {
			if h.Count++; h.Count <= maxInternal {
				h.Operations = append(h.Operations, p.name+" "+p.template)
			}
			if id := p.node.str("operationId"); id != "" {
				h.ids[id] = true
			}
		}
	}
	if len(h.inner) == 0 {
		h.sweep(h.root, false, map[*node]bool{}) // for the extensions
		return h.Internal
	}
	h.choose()
	emptied := h.hollow()
	kept := h.visible(places)
	theirs := h.needs(func(walk func(*node)) {
		for n := range h.inner {
			walk(n)
		}
	})
	h.forgetTags(places, kept)
	h.forgetScopes(places, kept)
	h.sweep(h.root, false, map[*node]bool{})
	emptied()
	h.forgetComponents(theirs)
	h.forgetNames()
	return h.Internal
}

// choose notes what goes: what leads to something internal, mappings and links to
// it. All of it is found before anything is taken out, while references can still
// be followed.
func (h *hiding) choose() {
	h.each(func(n *node) {
		for i, e := range n.items {
			switch key := n.keys[i]; {
			case h.leads(e) && n != h.root:
				h.drop[e] = true
			case key == "properties" && e.is(object):
				for j, name := range e.keys {
					if h.leads(e.items[j]) {
						h.gone[n] = append(h.gone[n], name)
					}
				}
			case key == "mapping" && e.is(object):
				for _, v := range e.items {
					if h.passes(v.value) || h.passes("#/components/schemas/"+v.value) {
						h.drop[v] = true
					}
				}
			case key == "links" && e.is(object):
				for _, l := range e.items {
					if to, _, missing := h.follow(l); missing == "" && (h.ids[to.str("operationId")] || h.passes(to.str("operationRef"))) {
						h.drop[l] = true
					}
				}
			case slices.Contains(composing, key) && e.is(list):
				for _, part := range e.items {
					if h.leads(part) {
						h.parts(part, func(part *node) {
							if p := part.get("properties"); p.is(object) {
								h.gone[n] = append(h.gone[n], p.keys...)
							}
						})
					}
				}
			}
			for _, below := range e.items {
				if h.leads(below) && (e.kind == list || n == h.root || !isData(n.keys[i], e)) {
					h.drop[below] = true
				}
			}
		}
	})
}

// sweep takes out what was chosen, and what is ours alone.
func (h *hiding) sweep(n *node, names bool, done map[*node]bool) {
	if done[n] || n.kind != list && n.kind != object {
		return
	}
	done[n] = true
	var keys []string
	items := make([]*node, 0, len(n.items))
	for i, e := range n.items {
		if h.drop[e] || n.kind == object && !names && stripped(n.keys[i]) {
			continue
		}
		switch {
		case n.kind == list:
			h.sweep(e, false, done)
		case names || !isData(n.keys[i], e):
			h.sweep(e, !names && e.kind == object && slices.Contains(holdNames, n.keys[i]), done)
		}
		if items = append(items, e); n.kind == object {
			keys = append(keys, n.keys[i])
		}
	}
	n.keys, n.items, n.index = keys, items, nil
}
