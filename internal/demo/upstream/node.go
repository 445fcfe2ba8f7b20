package upstream

import (
	"bytes"
	"encoding/json"
	"iter"

	"gopkg.in/yaml.v3"
)

// record is a JSON object that keeps the order of its fields, so that answers
// read as the document does.
type record struct {
	names  []string
	values map[string]any
}

func newRecord() *record { return &record{values: map[string]any{}} }

func (r *record) set(name string, v any) {
	if _, there := r.values[name]; !there {
		r.names = append(r.names, name)
	}
	r.values[name] = v
}

// MarshalJSON writes the fields in their order.
func (r *record) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range r.names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, _ := json.Marshal(name)
		v, err := json.Marshal(r.values[name])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func child(n *yaml.Node, name string) *yaml.Node {
	for key, v := range pairs(n) {
		if key == name {
			return v
		}
	}
	return nil
}

func pairs(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

func elements(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

func text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// value is the node as JSON would have it. YAML's own timestamps stay text.
func value(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.MappingNode:
		r := newRecord()
		for name, v := range pairs(n) {
			r.set(name, value(v))
		}
		return r
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, v := range n.Content {
			list = append(list, value(v))
		}
		return list
	case n.ShortTag() == "!!timestamp" || n.ShortTag() == "!!str":
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return n.Value
	}
	return v
}
