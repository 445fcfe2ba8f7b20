package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/spec"
)

// Bounds of an answer.
const (
	maxBody  = 256 << 10
	roomBody = 128 << 10 // from which on nothing more is made up than must be
	maxDepth = 12
	deep     = 5 // below it lists have one element, and what is optional is left out
)

// generator makes up values that fit schemas. All its choices come from the call.
type generator struct {
	*rand.Rand
	in   *input
	left int // bytes
}

func newGenerator(in *input) *generator {
	return &generator{rand.New(rand.NewChaCha8(seed(in.MockCall))), in, roomBody}
}

// body of an answer: the named example, the first one, or one made from the schema.
func (g *generator) body(m spec.Media, name string) (_ []byte, misfit string) {
	kind := concrete(m.Type)
	json := isJSON(strings.TrimSpace(strings.ToLower(strings.Split(kind, ";")[0])))
	var names []string
	for _, e := range m.Examples {
		names = append(names, e.Name)
		if name != "" && e.Name != name || len(e.Value) == 0 && e.Text == "" {
			continue
		}
		if text := g.example(e, json); len(text) > 0 && len(text) <= maxBody {
			return text, ""
		}
	}
	if name != "" && !slices.Contains(names, name) {
		return nil, fmt.Sprintf("You prefer the example %q, which the document does not have for this status. It has %s.", clip(name), orNothing(names))
	}
	var b []byte
	if m.Schema != nil {
		b = g.value(nil, m.Schema, "", 0)
	} else {
		b = []byte("{}")
	}
	if len(b) > maxBody {
		b = []byte(least(m.Schema))
	}
	if json {
		return b, ""
	}
	return plain(b), ""
}

// example is one of the document's, with what the call says in place of what it has.
func (g *generator) example(e spec.Example, asJSON bool) []byte {
	switch {
	case e.Text != "" && (!asJSON || json.Valid([]byte(e.Text))):
		return []byte(e.Text)
	case e.Text != "":
		return nil
	case asJSON:
		return g.echo(e.Value)
	}
	return plain(e.Value)
}

// plain is a JSON text as its text where it is no JSON that is wanted.
func plain(b []byte) []byte {
	var s string
	if json.Unmarshal(b, &s) == nil {
		return []byte(s)
	}
	return b
}

// header of an answer, "" where none can be made.
func (g *generator) header(p spec.Parameter) string {
	if p.Missing != "" || !httpguts.ValidHeaderFieldName(p.Name) || strings.HasPrefix(strings.ToLower(p.Name), "content-") {
		return ""
	}
	raw := json.RawMessage(nil)
	for _, e := range p.Examples {
		raw = e.Value
		break
	}
	if raw == nil && p.Schema != nil {
		raw = g.value(nil, p.Schema, p.Name, deep)
	}
	text := string(plain(raw))
	if len(text) > 1024 || strings.ContainsAny(text, "{[") || !httpguts.ValidHeaderFieldValue(text) {
		return ""
	}
	return text
}

// value appends one value of a schema, as JSON.
func (g *generator) value(b []byte, s *spec.Schema, name string, depth int) []byte {
	start, left := len(b), g.left
	b = g.makeUp(b, s, name, depth)
	g.left = left - (len(b) - start) // its parts counted themselves on the way
	return b
}

func (g *generator) makeUp(b []byte, s *spec.Schema, name string, depth int) []byte {
	switch {
	case s == nil:
		return append(b, "null"...)
	case depth > maxDepth, g.left < -roomBody/2:
		return append(b, least(s)...)
	case json.Valid(s.Const):
		return compact(b, s.Const)
	case len(s.Enum) > 0:
		return compact(b, g.oneOf(s.Enum))
	case depth == 0 && len(s.Examples) > 0 && json.Valid(s.Examples[0]):
		return append(b, g.echo(s.Examples[0])...)
	case len(s.Examples) > 0:
		return compact(b, g.oneOf(s.Examples))
	}
	if branch := g.branch(s); branch != nil {
		return g.value(b, branch, name, depth+1)
	}
	switch kind(s) {
	case "object":
		return g.object(b, s, depth)
	case "array":
		return g.array(b, s, name, depth)
	case "integer":
		return strconv.AppendInt(b, g.integer(s), 10)
	case "number":
		return strconv.AppendFloat(b, g.number(s), 'f', -1, 64)
	case "boolean":
		return strconv.AppendBool(b, g.IntN(2) == 0)
	case "string":
		return quote(b, g.text(s, name))
	}
	return append(b, "null"...)
}

// kind of the value: the first that is named, or what its keywords tell.
func kind(s *spec.Schema) string {
	switch {
	case s.Nothing:
		return "null"
	case len(s.Types) > 0:
		return s.Types[0]
	case len(s.Properties) > 0 || len(s.AllOf) > 0 || s.Additional != nil:
		return "object"
	case s.Items != nil || len(s.Prefix) > 0:
		return "array"
	case s.Format != "":
		return "string"
	}
	return "object"
}

// least is the smallest value of the right kind.
func least(s *spec.Schema) string {
	if s == nil {
		return "null"
	}
	return map[string]string{"object": "{}", "array": "[]", "string": `""`, "integer": "0", "number": "0", "boolean": "false"}[kind(s)] + map[bool]string{true: "null"}[kind(s) == "null"]
}

// branch is one of the alternatives of a schema that says nothing else, nil where it has none.
func (g *generator) branch(s *spec.Schema) *spec.Schema {
	var all []*spec.Schema
	for _, b := range slices.Concat(s.OneOf, s.AnyOf) {
		if b != nil && !b.Recursive && !b.Cut && b.Missing == "" && !b.Nothing {
			all = append(all, b)
		}
	}
	if len(all) == 0 || len(s.Properties) > 0 {
		return nil
	}
	chosen := all[g.IntN(len(all))]
	if s.Discriminator != nil && kind(chosen) == "object" {
		chosen = discriminated(chosen, s.Discriminator)
	}
	return chosen
}

// discriminated is a branch whose discriminator says which one it is.
func discriminated(s *spec.Schema, d *spec.Discriminator) *spec.Schema {
	value := s.Name
	for _, m := range d.Mapping {
		if m.Name == s.Name {
			value = m.Value
			break
		}
	}
	if value == "" {
		return s
	}
	told, _ := json.Marshal(value)
	c := *s
	c.Properties = slices.Clone(s.Properties)
	for i, p := range c.Properties {
		if p.Name == d.Property {
			c.Properties[i].Schema = &spec.Schema{Types: []string{"string"}, Const: told}
			return &c
		}
	}
	c.Properties = append(c.Properties, spec.Property{Name: d.Property, Required: true, Schema: &spec.Schema{Types: []string{"string"}, Const: told}})
	return &c
}

func (g *generator) object(b []byte, s *spec.Schema, depth int) []byte {
	echoed := g.echoes(depth)
	have := map[string]bool{}
	b = append(b, '{')
	member := func(name string, write func([]byte) []byte) {
		if have[name] {
			return
		}
		if len(have) > 0 {
			b = append(b, ',')
		}
		have[name] = true
		b = write(append(quote(b, name), ':'))
	}
	var properties func(s *spec.Schema, level int)
	properties = func(s *spec.Schema, level int) {
		for _, p := range s.Properties {
			if p.Schema == nil || p.Schema.WriteOnly || !p.Required && (p.Schema.Recursive || p.Schema.Cut || p.Schema.Nothing || p.Schema.Missing != "" || depth > deep || g.left <= 0) {
				continue
			}
			member(p.Name, func(b []byte) []byte {
				if said, ok := echoed[p.Name]; ok {
					if v := fitting(said, p.Schema); v != nil {
						return compact(b, v)
					}
				}
				return g.value(b, p.Schema, p.Name, depth+1)
			})
		}
		for _, part := range s.AllOf {
			if part != nil && level < maxDepth && !part.Recursive && !part.Cut {
				properties(part, level+1)
			}
		}
	}
	properties(s, 0)
	if len(have) == 0 && s.Additional != nil && !s.Additional.Recursive && depth <= deep && g.left > 0 {
		for range 1 + g.IntN(2) {
			member(g.word(), func(b []byte) []byte { return g.value(b, s.Additional, "", depth+1) })
		}
	}
	return append(b, '}')
}

func (g *generator) array(b []byte, s *spec.Schema, name string, depth int) []byte {
	n := 1 + g.IntN(3)
	if depth > deep || g.left <= 0 {
		n = 1
	}
	lowest, highest := bound(s, "minItems"), bound(s, "maxItems")
	if highest >= 0 {
		n = min(n, highest)
	}
	n = max(n, min(lowest, 100))
	if item := s.Items; item == nil || item.Recursive || item.Cut || item.Missing != "" || item.Nothing {
		n = 0
	}
	b = append(b, '[')
	count := 0
	add := func(s *spec.Schema) {
		if count > 0 {
			b = append(b, ',')
		}
		b = g.value(b, s, strings.TrimSuffix(name, "s"), depth+1)
		count++
	}
	for _, p := range s.Prefix {
		add(p)
	}
	for count < n {
		if g.left <= 0 && count >= max(lowest, 0) || g.left < -roomBody/2 {
			break
		}
		add(s.Items)
	}
	return append(b, ']')
}

// oneOf of several values; they are JSON.
func (g *generator) oneOf(all []json.RawMessage) json.RawMessage {
	chosen := all[g.IntN(len(all))]
	if !json.Valid(chosen) {
		return json.RawMessage("null")
	}
	return chosen
}

func compact(b []byte, raw []byte) []byte {
	out := bytes.NewBuffer(b)
	if json.Compact(out, raw) != nil {
		return append(b, "null"...)
	}
	return out.Bytes()
}

func quote(b []byte, s string) []byte {
	q, err := json.Marshal(s)
	if err != nil { // a string always has an encoding
		return append(b, `""`...)
	}
	return append(b, q...)
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
