package spec

import (
	"bytes"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"

	"github.com/pb33f/go-yaml"
)

// yamlReader turns YAML's nodes into ours. An alias becomes the very node that
// it names, so that a bomb of aliases stays as small as it was written; size
// counts what it would be if written out.
type yamlReader struct {
	done  map[*yaml.Node]*node
	open  map[*yaml.Node]bool
	size  map[*node]extent
	notes []Problem
}

// extent of a value with all its aliases written out.
type extent struct{ values, height int }

func parseYAML(raw []byte) (*node, []Problem, error) {
	loader := yaml.NewDecoder(bytes.NewReader(raw))
	var doc yaml.Node
	if err := loader.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil, flawAt(0, 0, "The document is empty.")
		}
		return nil, nil, yamlFlaw(err)
	}
	var next yaml.Node
	if err := loader.Decode(&next); err == nil {
		return nil, nil, flawAt(next.Line, 1, "The file holds more than one YAML document; the second starts at line %d.", next.Line).by("Upload one at a time.")
	} else if !errors.Is(err, io.EOF) {
		return nil, nil, yamlFlaw(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil, nil, flawAt(0, 0, "The document is empty.")
	}
	r := &yamlReader{done: map[*yaml.Node]*node{}, open: map[*yaml.Node]bool{}, size: map[*node]extent{}}
	root, err := r.value(doc.Content[0], 1)
	if err != nil {
		return nil, nil, err
	}
	return root, r.notes, nil
}

// yamlFlaw takes the place out of the library's error.
func yamlFlaw(err error) error {
	var load *yaml.LoadError
	if !errors.As(err, &load) || load.Mark.Line == 0 {
		return flawAt(0, 0, "The YAML cannot be read: %s.", clip(err.Error()))
	}
	return flawAt(load.Mark.Line, load.Mark.Column, "The YAML cannot be read at line %d: %s.", load.Mark.Line, clip(load.Message))
}

func (r *yamlReader) value(y *yaml.Node, depth int) (*node, error) {
	if y.Kind == yaml.AliasNode {
		y = y.Alias
		if r.open[y] {
			return nil, flawAt(y.Line, y.Column, "The YAML anchor %q at line %d contains itself (an alias cycle).", y.Anchor, y.Line).by("Write the part out, or use $ref, which may go in circles.")
		}
	}
	if depth > maxDepth {
		return nil, tooDeep(y)
	}
	if n := r.done[y]; n != nil {
		if depth+r.size[n].height > maxDepth+1 {
			return nil, tooDeep(y)
		}
		return n, nil
	}
	n := &node{line: y.Line, col: y.Column}
	if y.Kind == yaml.ScalarNode {
		scalar(y, n)
		r.size[n] = extent{1, 1}
		r.done[y] = n
		return n, nil
	}
	r.open[y] = true
	err := r.fill(y, n, depth)
	delete(r.open, y)
	if err != nil {
		return nil, err
	}
	total := extent{1, 1}
	for _, e := range n.items {
		total.values += r.size[e].values
		total.height = max(total.height, r.size[e].height+1)
	}
	if total.values > maxValues {
		return nil, flawAt(y.Line, y.Column, "The document holds more than %d values, those that YAML aliases repeat included.", maxValues)
	}
	r.size[n], r.done[y] = total, n
	return n, nil
}

func tooDeep(y *yaml.Node) error {
	return flawAt(y.Line, y.Column, "The document is nested more than %d levels deep at line %d.", maxDepth, y.Line)
}

func (r *yamlReader) fill(y *yaml.Node, n *node, depth int) error {
	if y.Kind == yaml.SequenceNode {
		n.kind = list
		for _, e := range y.Content {
			v, err := r.value(e, depth+1)
			if err != nil {
				return err
			}
			n.items = append(n.items, v)
		}
		return nil
	}
	n.kind = object
	seen := make(map[string]int, len(y.Content)/2)
	var merged []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, val := y.Content[i], y.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return flawAt(key.Line, key.Column, "At line %d a whole list or object stands as a name; names must be text.", key.Line).by("Put the name in quotes if it begins with a bracket or a brace.")
		}
		v, err := r.value(val, depth+1)
		if err != nil {
			return err
		}
		if key.ShortTag() == "!!merge" {
			merged = append(merged, v)
			continue
		}
		if val.Kind != yaml.AliasNode {
			v.line, v.col = key.Line, key.Column
		}
		if at, twice := seen[key.Value]; twice {
			r.notes = append(r.notes, twiceNote(key.Value, n.items[at].line, key.Line, key.Column))
			n.items[at] = v
			continue
		}
		seen[key.Value] = len(n.keys)
		n.keys, n.items = append(n.keys, key.Value), append(n.items, v)
	}
	merge(n, merged, seen)
	return nil
}

// merge adds what `<<: *anchor` brings; the object's own members win.
func merge(n *node, from []*node, seen map[string]int) {
	for _, m := range from {
		if m.kind == list {
			merge(n, m.items, seen)
			continue
		}
		for i, k := range m.keys {
			if _, own := seen[k]; !own {
				seen[k] = len(n.keys)
				n.keys, n.items = append(n.keys, k), append(n.items, m.items[i])
			}
		}
	}
}

// scalar reads plain YAML as JSON would write it. Dates stay text.
func scalar(y *yaml.Node, n *node) {
	n.kind, n.value = text, y.Value
	switch y.ShortTag() {
	case "!!null":
		n.kind, n.value = null, ""
	case "!!bool":
		var b bool
		if y.Decode(&b) == nil {
			n.kind, n.value = boolean, strconv.FormatBool(b)
		}
	case "!!int":
		var i int64
		if jsonNumber.MatchString(y.Value) {
			n.kind = number
		} else if y.Decode(&i) == nil {
			n.kind, n.value = number, strconv.FormatInt(i, 10)
		}
	case "!!float":
		var f float64
		if jsonNumber.MatchString(y.Value) {
			n.kind = number
		} else if y.Decode(&f) == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			n.kind, n.value = number, strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
}

// jsonNumber is the grammar of RFC 8259 §6.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
