package spec

import (
	"slices"
	"strings"
)

// needs are the components that parts of the document refer to, directly or
// through others. from calls walk for each part.
func (s *source) needs(from func(walk func(*node))) map[[2]string]bool {
	need, seen := map[[2]string]bool{}, map[*node]bool{}
	var walk func(*node)
	refer := func(ref string) {
		if section, name, ok := component(ref); ok {
			need[[2]string{section, name}] = true
		}
		if target, reason := s.resolve(ref); reason == "" {
			walk(target)
		}
	}
	walk = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if ref := n.get("$ref"); ref.is(text) {
			refer(ref.value)
		}
		for i, e := range n.items {
			if n.kind == object && n.keys[i] == "mapping" {
				for _, v := range e.items {
					if strings.Contains(v.value, "/") {
						refer(v.value)
					} else {
						refer("#/components/schemas/" + v.value)
					}
				}
			}
			walk(e)
		}
	}
	from(walk)
	return need
}

// forgetComponents drops the components that only internal parts needed.
func (h *hiding) forgetComponents(theirs map[[2]string]bool) {
	components := h.root.get("components")
	if !components.is(object) {
		return
	}
	others := h.needs(func(walk func(*node)) {
		for i, key := range h.root.keys {
			if key != "components" {
				walk(h.root.items[i])
			}
		}
		for i, section := range components.keys {
			for j, name := range components.items[i].keys {
				if !theirs[[2]string{section, name}] {
					walk(components.items[i].items[j])
				}
			}
		}
	})
	for i, section := range components.keys {
		all := components.items[i]
		if all.kind != object || section == "securitySchemes" {
			continue
		}
		*all = *all.only(func(name string) bool {
			key := [2]string{section, name}
			return !theirs[key] || others[key]
		})
	}
}

// forgetTags drops the tags that are internal or that only internal operations have.
func (h *hiding) forgetTags(places, kept []place) {
	used := map[string]bool{}
	for _, p := range kept {
		for _, t := range p.node.strs("tags") {
			used[t] = true
		}
	}
	for _, p := range places {
		for _, t := range p.node.strs("tags") {
			if !used[t] {
				h.tags[t] = true
			}
		}
	}
	all := h.root.get("tags")
	if all.is(list) {
		for range maxDepth { // a tag stays for those below it
			for _, t := range all.items {
				if parent := t.str("parent"); used[t.str("name")] && parent != "" {
					used[parent] = true
					delete(h.tags, parent)
				}
			}
		}
		all.items = slices.DeleteFunc(slices.Clone(all.items), func(t *node) bool { return h.tags[t.str("name")] })
	}
	groups := h.root.get("x-tagGroups")
	if !groups.is(list) {
		return
	}
	var left []*node
	for _, g := range groups.items {
		if tags := g.get("tags"); tags.is(list) {
			tags.items = slices.DeleteFunc(slices.Clone(tags.items), func(t *node) bool { return h.tags[t.value] })
			if len(tags.items) == 0 {
				continue
			}
		}
		left = append(left, g)
	}
	groups.items = left
}

// forgetScopes drops the security schemes and the scopes that only internal
// operations ask for.
func (h *hiding) forgetScopes(places, kept []place) {
	asked := func(all []place) (ways, scopes map[string]bool) {
		ways, scopes = map[string]bool{}, map[string]bool{}
		for _, p := range all {
			for _, a := range alternatives(p.node, h.root) {
				for _, r := range a {
					ways[r.Scheme] = true
					for _, name := range r.Scopes {
						scopes[name] = true
					}
				}
			}
		}
		return ways, scopes
	}
	waysBefore, before := asked(places)
	ways, after := asked(kept)
	for _, a := range alternatives(h.root, h.root) {
		for _, r := range a {
			ways[r.Scheme] = true
		}
	}
	schemes := h.root.get("components").get("securitySchemes")
	if !schemes.is(object) {
		return
	}
	*schemes = *schemes.only(func(name string) bool { return !waysBefore[name] || ways[name] })
	for _, scheme := range schemes.items {
		if flows := scheme.get("flows"); flows.is(object) {
			for _, flow := range flows.items {
				if scopes := flow.get("scopes"); scopes.is(object) {
					*scopes = *scopes.only(func(name string) bool { return !before[name] || after[name] })
				}
			}
		}
	}
}

// forgetNames takes the names of internal properties out of what requires them and
// out of examples. A name that is nowhere public goes from everywhere; one that is
// goes from where its own schema says so.
func (h *hiding) forgetNames() {
	public, only := map[string]bool{}, map[string]bool{}
	h.each(func(n *node) {
		if p := n.get("properties"); p.is(object) {
			for _, name := range p.keys {
				public[name] = true
			}
		}
	})
	for _, names := range h.gone {
		for _, name := range names {
			if !public[name] {
				only[name] = true
			}
		}
	}
	if len(h.gone) == 0 {
		return
	}
	h.each(func(n *node) {
		own := h.hidden(n)
		drop := func(name string) bool { return only[name] || own[name] && n.get("properties").get(name) == nil }
		if required := n.get("required"); required.is(list) {
			required.items = slices.DeleteFunc(slices.Clone(required.items), func(r *node) bool { return drop(r.value) })
		}
		if d := n.get("discriminator"); d.is(object) && drop(d.str("propertyName")) {
			*n = *n.only(func(key string) bool { return key != "discriminator" })
		}
		if schema := n.get("schema"); schema.is(object) {
			names := h.hidden(schema)
			if e := n.get("encoding"); e.is(object) {
				*e = *e.only(func(key string) bool { return !only[key] && !names[key] })
			}
			if examples := n.get("examples"); examples.is(object) {
				for _, e := range examples.items {
					if e, _, missing := h.follow(e); missing == "" {
						h.purge(e.get("value"), schema, only, maxDepth)
						h.purge(e.get("dataValue"), schema, only, maxDepth)
					}
				}
			}
			h.purge(n.get("example"), schema, only, maxDepth)
		}
		for i, key := range n.keys {
			switch v := n.items[i]; {
			case v.is(list) && (key == "enum" || key == "examples"):
				for _, e := range v.items {
					h.purge(e, n, only, maxDepth)
				}
			case isData(key, v), key == "serializedValue":
				h.purge(v, n, only, maxDepth)
			}
		}
	})
}

// each visits every object but the author's data, each once.
func (h *hiding) each(visit func(*node)) {
	seen := map[*node]bool{}
	var walk func(n *node, names bool)
	walk = func(n *node, names bool) {
		if seen[n] || n.kind != list && n.kind != object {
			return
		}
		seen[n] = true
		if n.kind == object && !names {
			visit(n)
		}
		for i, e := range n.items {
			if n.kind == list {
				walk(e, false)
			} else if key := n.keys[i]; names || !isData(key, e) {
				walk(e, !names && e.kind == object && slices.Contains(holdNames, key))
			}
		}
	}
	walk(h.root, false)
}

// hidden are the names of the internal properties of a schema and its parts.
func (h *hiding) hidden(schema *node) map[string]bool {
	out := map[string]bool{}
	h.parts(schema, func(part *node) {
		for _, name := range h.gone[part] {
			out[name] = true
		}
	})
	return out
}

// composing are the fields that a schema is composed by.
var composing = []string{"allOf", "oneOf", "anyOf"}

// maxInternalParts is how many schemas are looked at of which one is composed.
const maxInternalParts = 200

// parts visits a schema and those that it is composed of.
func (h *hiding) parts(schema *node, visit func(*node)) {
	seen := map[*node]bool{}
	var walk func(*node)
	walk = func(n *node) {
		n, _, missing := h.follow(n)
		if missing != "" || n == nil || seen[n] || len(seen) == maxInternalParts {
			return
		}
		seen[n] = true
		visit(n)
		for _, key := range composing {
			if all := n.get(key); all.is(list) {
				for _, part := range all.items {
					walk(part)
				}
			}
		}
	}
	walk(schema)
}

// purge takes internal members out of an example of a schema.
func (h *hiding) purge(v, schema *node, only map[string]bool, depth int) {
	if v == nil || depth == 0 {
		return
	}
	switch v.kind {
	case text:
		for name := range only {
			if strings.Contains(v.value, `"`+name+`"`) || strings.Contains(v.value, "<"+name+">") || len(name) > 3 && strings.Contains(v.value, name+"=") {
				v.value = ""
				return
			}
		}
	case list:
		var items *node
		if target, _, missing := h.follow(schema); missing == "" {
			items = target.get("items")
		}
		for _, e := range v.items {
			h.purge(e, items, only, depth-1)
		}
	case object:
		own, members := map[string]bool{}, map[string]*node{}
		h.parts(schema, func(part *node) {
			for _, name := range h.gone[part] {
				own[name] = true
			}
			if p := part.get("properties"); p.is(object) {
				for i, name := range p.keys {
					members[name] = p.items[i]
				}
			}
		})
		*v = *v.only(func(key string) bool { return !only[key] && (!own[key] || members[key] != nil) })
		for i, key := range v.keys {
			h.purge(v.items[i], members[key], only, depth-1)
		}
	}
}
