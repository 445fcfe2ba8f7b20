package upstream

import (
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// schema is the part of JSON Schema that our documents use.
type schema struct {
	name       string // under components/schemas; empty for one written in place
	kind       string // object, array, string, integer, number, boolean
	nullable   bool
	properties []property
	required   []string
	closed     bool // no properties beside those named
	items      *schema
	enum       []any
	format     string
	pattern    *regexp.Regexp
	min, max   float64
	step       float64
	minSize    int // of a string, list or object
	maxSize    int
	examples   []any
	fallback   any // the document's default
	readOnly   bool
}

type property struct {
	name   string
	schema *schema
}

func (d *document) schema(n *yaml.Node) *schema {
	if n == nil {
		return nil
	}
	name := path.Base(text(child(n, "$ref")))
	n = d.deref(n)
	if s, known := d.schemas[n]; known {
		return s
	}
	s := &schema{min: math.Inf(-1), max: math.Inf(1), maxSize: math.MaxInt}
	if name != "." {
		s.name = name
	}
	d.schemas[n] = s
	d.fill(s, n)
	return s
}

func (d *document) fill(s *schema, n *yaml.Node) {
	for _, t := range typesOf(child(n, "type")) {
		if t == "null" {
			s.nullable = true
		} else {
			s.kind = t
		}
	}
	for name, v := range pairs(child(n, "properties")) {
		s.properties = append(s.properties, property{name, d.schema(v)})
	}
	for _, v := range elements(child(n, "required")) {
		s.required = append(s.required, v.Value)
	}
	for name, v := range pairs(n) {
		switch name {
		case "nullable":
			s.nullable = v.Value == "true"
		case "readOnly":
			s.readOnly = v.Value == "true"
		case "additionalProperties":
			s.closed = v.Value == "false"
		case "items":
			s.items = d.schema(v)
		case "enum":
			for _, e := range elements(v) {
				s.enum = append(s.enum, value(e))
			}
		case "format":
			s.format = v.Value
		case "pattern":
			s.pattern, _ = regexp.Compile(v.Value) // one that Go can't read is not checked
		case "minimum":
			s.min = number(v)
		case "maximum":
			s.max = number(v)
		case "multipleOf":
			s.step = number(v)
		case "minLength", "minItems", "minProperties":
			s.minSize = int(number(v))
		case "maxLength", "maxItems", "maxProperties":
			s.maxSize = int(number(v))
		case "default":
			s.fallback = value(v)
		case "example":
			s.examples = append(s.examples, value(v))
		case "examples":
			for _, e := range elements(v) {
				s.examples = append(s.examples, value(e))
			}
		}
	}
}

func typesOf(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var types []string
	for _, t := range n.Content {
		types = append(types, t.Value)
	}
	return types
}

func number(n *yaml.Node) float64 {
	f, _ := strconv.ParseFloat(n.Value, 64)
	return f
}

func (s *schema) property(name string) *schema {
	for _, p := range s.properties {
		if p.name == name {
			return p.schema
		}
	}
	return nil
}

func (s *schema) needs(name string) bool { return slices.Contains(s.required, name) }

// list finds what a page holds: the schema of its items and the field that
// has them (empty where the answer is the list itself). What a path names by
// its id is no page, even where lists are in it.
func (o *operation) list() (field string, items *schema) {
	if o.answer == nil || isParam(o.segments[len(o.segments)-1]) {
		return "", nil
	}
	if isThing(o.answer.items) {
		return "", o.answer.items
	}
	for _, p := range o.answer.properties {
		if p.schema.kind == "array" && isThing(p.schema.items) {
			return p.name, p.schema.items
		}
	}
	return "", nil
}

func isThing(s *schema) bool { return s != nil && s.kind == "object" && s.name != "" }
