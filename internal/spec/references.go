package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

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
		w.fault(ref, at, "$ref must be text, and is %s.", ref.kind).by("Write it in quotes, like \"#/components/schemas/Pet\".")
		return
	}
	if _, reason := w.resolve(ref.value); reason != "" {
		w.broken = append(w.broken, brokenRef{ref, at, fmt.Sprintf("The reference %q %s", clip(ref.value), reason)})
		return
	}
	if _, _, missing := w.follow(&node{kind: object, keys: []string{"$ref"}, items: []*node{ref}}); missing != "" {
		w.broken = append(w.broken, brokenRef{ref, at, fmt.Sprintf("The reference %q does not end at a definition: it goes on to %q", clip(ref.value), clip(missing))})
	}
}

// brokenRef is a reference that leads nowhere.
type brokenRef struct {
	ref  *node
	at   *path
	says string
}

// reportBroken says of each broken reference what it takes away. It is grave where
// a caller is not told what to send, or operations are missing altogether.
func (s *source) reportBroken(places []place) {
	if len(s.broken) == 0 {
		return
	}
	sent := s.sentWith(places)
	for i, b := range s.broken {
		repair := ""
		if i < repairedMost {
			repair = s.repairRef(b.ref.value)
		}
		switch {
		case sent[b.ref] != "":
			s.grave(b.ref, b.at, "%s. It would say what %s is called with.", b.says, sent[b.ref]).by("%s", repair)
		case b.at.up != nil && b.at.up.up != nil && b.at.up.up.up == nil && b.at.up.up.step == "paths":
			s.grave(b.ref, b.at, "%s. The operations of this path are missing.", b.says).by("%s", repair)
		default:
			s.warn(b.ref, b.at, "%s. Pages show it as missing.", b.says).by("%s", repair)
		}
	}
}

// repairedMost is how many broken references get a proposal: it is looked for
// among all names.
const repairedMost = 100

// repairRef is what to write in place of a reference that leads nowhere.
func (s *source) repairRef(ref string) string {
	section, name, local := component(ref)
	switch {
	case local:
		if all := s.root.get("components").get(section); all.is(object) {
			if near := nearest(name, all.keys); near != "" {
				return fmt.Sprintf("Write %q, or define %q there.", clip("#/components/"+section+"/"+pointerEscape.Replace(near)), clip(name))
			}
		}
		return fmt.Sprintf("Define %q in components.%s.", clip(name), clip(section))
	case ref == "", strings.HasPrefix(ref, "#"):
		return "Write where the definition stands, like \"#/components/schemas/Pet\"."
	}
	return fmt.Sprintf("Bundle all files into one: put the definition into components, and write a reference like %q.", clip("#/components/schemas/"+refName(ref)))
}

// sentWith names for each broken reference the first operation whose parameters or
// body it stands in, directly or through others.
func (s *source) sentWith(places []place) map[*node]string {
	out, seen := map[*node]string{}, map[*node]bool{}
	broken := map[*node]bool{}
	for _, b := range s.broken {
		broken[b.ref] = true
	}
	var walk func(n *node, of string)
	walk = func(n *node, of string) {
		if n == nil || seen[n] || n.kind != list && n.kind != object {
			return
		}
		seen[n] = true
		if ref := n.get("$ref"); ref.is(text) {
			if broken[ref] {
				out[ref] = of
			} else if target, reason := s.resolve(ref.value); reason == "" {
				walk(target, of)
			}
		}
		for i, e := range n.items {
			if n.kind == list || !slices.Contains(holdValues, n.keys[i]) && n.keys[i] != "examples" {
				walk(e, of)
			}
		}
	}
	for _, p := range places {
		of := p.name + " " + clip(p.template)
		walk(p.item.get("parameters"), of)
		walk(p.node.get("parameters"), of)
		walk(p.node.get("requestBody"), of)
	}
	return out
}

// nearest is the name that was probably meant, or "".
func nearest(name string, names []string) string {
	const most = 500 // names that are compared
	best, least := "", max(1, utf8.RuneCountInString(name)/3)+1
	for _, n := range names[:min(len(names), most)] {
		if n == name || len(n) > 60 || len(name) > 60 {
			continue
		}
		if d := distance(strings.ToLower(n), strings.ToLower(name)); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is how many letters must be changed, added or taken away (Levenshtein).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		corner := row[0]
		row[0] = i + 1
		for j, q := range y {
			cost := corner
			if r != q {
				cost = min(corner, row[j], row[j+1]) + 1
			}
			corner, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)]
}
