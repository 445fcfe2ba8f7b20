package spec

import "slices"

// references walks the document and reports each $ref that leads nowhere. It
// leaves out what only looks like a reference: examples, defaults, extensions.
func (s *source) references() {
	w := refWalk{source: s, seen: map[*node]bool{}}
	w.walk(s.root, nil, false)
}

type refWalk struct {
	*source
	seen map[*node]bool
}

// holdNames are the fields whose members are named by the author, so that a
// member called "$ref", "example" or "enum" is just that.
var holdNames = []string{"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "paths", "webhooks",
	"schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks",
	"pathItems", "mediaTypes", "variables", "scopes", "mapping", "content", "encoding"}

// holdValues are the fields whose content is the author's data.
var holdValues = []string{"example", "default", "enum", "const", "value", "dataValue"}

// walk visits n; names says that its keys are the author's.
func (w *refWalk) walk(n *node, at *path, names bool) {
	if w.seen[n] || n.kind != list && n.kind != object {
		return
	}
	w.seen[n] = true
	if n.kind == list {
		for i, e := range n.items {
			w.walk(e, at.toIndex(i), false)
		}
		return
	}
	if ref := n.get("$ref"); ref != nil && (!names || ref.kind == text) {
		w.check(ref, at.to("$ref"))
	}
	for i, key := range n.keys {
		v := n.items[i]
		switch {
		case names:
			w.walk(v, at.to(key), false)
		case slices.Contains(holdValues, key), len(key) > 1 && key[:2] == "x-":
		case key == "examples" && v.kind == list: // JSON Schema's: plain values
		default:
			w.walk(v, at.to(key), v.kind == object && slices.Contains(holdNames, key))
		}
	}
}

func (w *refWalk) check(ref *node, at *path) {
	if ref.kind != text {
		w.fault(ref, at, "$ref must be text, like \"#/components/schemas/Pet\"; here it is %s.", ref.kind)
		return
	}
	if _, reason := w.resolve(ref.value); reason != "" {
		w.warn(ref, at, "The reference %q %s. Pages show it as missing.", clip(ref.value), reason)
		return
	}
	if _, _, missing := w.follow(&node{kind: object, keys: []string{"$ref"}, items: []*node{ref}}); missing != "" {
		w.warn(ref, at, "The reference %q does not end at a definition: it goes on to %q.", clip(ref.value), clip(missing))
	}
}
