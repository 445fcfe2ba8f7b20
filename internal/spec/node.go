package spec

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "text", "a list", "an object"}[k]
}

// node is one value of a document, with the place where it was written. JSON and
// YAML both become nodes; YAML aliases share theirs, so the whole is a graph
// without cycles.
type node struct {
	kind      kind
	file      uint16 // of an archive, an index of parsed.files
	line, col int    // of the key, for members of objects
	value     string // of scalars: text decoded, numbers and booleans as in JSON
	keys      []string
	items     []*node // elements, or the values beside keys
	index     map[string]int
}

// indexed is the size from which an object keeps an index of its keys.
const indexed = 12

// get returns the member of an object, nil if it is none or has none.
func (n *node) get(key string) *node {
	if i := n.find(key); i >= 0 {
		return n.items[i]
	}
	return nil
}

// find is where an object has a key, -1 if it has none.
func (n *node) find(key string) int {
	if n == nil || n.kind != object {
		return -1
	}
	if len(n.keys) < indexed {
		return slices.Index(n.keys, key)
	}
	if n.index == nil {
		n.index = make(map[string]int, len(n.keys))
		for i, k := range n.keys {
			n.index[k] = i
		}
	}
	if i, ok := n.index[key]; ok {
		return i
	}
	return -1
}

// set puts or replaces a member.
func (n *node) set(key string, v *node) {
	if i := n.find(key); i >= 0 {
		n.items[i] = v
		return
	}
	if n.index != nil {
		n.index[key] = len(n.keys)
	}
	n.keys, n.items = append(n.keys, key), append(n.items, v)
}

// only is a copy of an object without the members that keep refuses.
func (n *node) only(keep func(key string) bool) *node {
	out := &node{kind: object, line: n.line, col: n.col, file: n.file}
	for i, k := range n.keys {
		if keep(k) {
			out.keys, out.items = append(out.keys, k), append(out.items, n.items[i])
		}
	}
	return out
}

// str is the text of a scalar member, "" if there is none.
func (n *node) str(key string) string {
	if m := n.get(key); m != nil && m.kind != list && m.kind != object && m.kind != null {
		return m.value
	}
	return ""
}

// flag is a boolean member; absent is false.
func (n *node) flag(key string) bool {
	m := n.get(key)
	return m != nil && m.kind == boolean && m.value == "true"
}

// strs is a list of texts.
func (n *node) strs(key string) (out []string) {
	m := n.get(key)
	if m == nil || m.kind != list {
		return nil
	}
	for _, e := range m.items {
		if e.kind == text || e.kind == number {
			out = append(out, e.value)
		}
	}
	return out
}

// is reports whether n is there and of kind k.
func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// at follows the steps of a JSON pointer as far as they go.
func (n *node) at(steps []string) (found *node, whole bool) {
	for _, s := range steps {
		next := n.get(s)
		if n.kind == list {
			if i, err := strconv.Atoi(s); err == nil && i >= 0 && i < len(n.items) {
				next = n.items[i]
			}
		}
		if next == nil {
			return n, false
		}
		n = next
	}
	return n, true
}

// appendJSON writes n as compact JSON.
func (n *node) appendJSON(b []byte) []byte {
	switch n.kind {
	case null:
		return append(b, "null"...)
	case boolean, number:
		return append(b, n.value...)
	case text:
		return appendText(b, n.value)
	case list:
		b = append(b, '[')
		for i, e := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.appendJSON(b)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, k := range n.keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, k), ':')
		b = n.items[i].appendJSON(b)
	}
	return append(b, '}')
}

// appendText quotes s; json.Marshal also escapes <, > and &, so that the result
// may stand inside a script element.
func appendText(b []byte, s string) []byte {
	q, err := json.Marshal(s)
	if err != nil { // a string always has an encoding
		return append(b, `""`...)
	}
	return append(b, q...)
}

// plain is n as encoding/json would decode it, numbers as json.Number.
func (n *node) plain() any {
	switch n.kind {
	case null:
		return nil
	case boolean:
		return n.value == "true"
	case number:
		return json.Number(n.value)
	case text:
		return n.value
	case list:
		out := make([]any, len(n.items))
		for i, e := range n.items {
			out[i] = e.plain()
		}
		return out
	}
	out := make(map[string]any, len(n.keys))
	for i, k := range n.keys {
		out[k] = n.items[i].plain()
	}
	return out
}

func textNode(s string) *node { return &node{kind: text, value: s} }

// objectOf makes an object of alternating keys and nodes.
func objectOf(pairs ...any) *node {
	n := &node{kind: object}
	for i := 0; i < len(pairs); i += 2 {
		n.keys, n.items = append(n.keys, pairs[i].(string)), append(n.items, pairs[i+1].(*node))
	}
	return n
}

// A path is where a node stands, linked from the inside out.
type path struct {
	up   *path
	step string
}

func (p *path) to(step string) *path { return &path{p, step} }

func (p *path) toIndex(i int) *path { return &path{p, strconv.Itoa(i)} }

// String is the JSON pointer (RFC 6901).
func (p *path) String() string {
	if p == nil {
		return ""
	}
	return p.up.String() + "/" + pointerEscape.Replace(p.step)
}

var (
	pointerEscape   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")
)
