package spec

import (
	"encoding/json"
	"slices"
)

// builder makes the trees of one operation. It stops describing when left is
// used up, which then says that a shallower tree is to be tried.
type builder struct {
	*source
	depth  int
	left   int     // bytes
	open   []*node // the schemas that we are inside of
	inside bool    // of a callback
}

func (b *builder) spend(bytes int) { b.left -= bytes }

// maxProse is what is kept of one description, in bytes.
const maxProse = 16 << 10

func (b *builder) prose(s string) string {
	if len(s) > maxProse {
		s = clipTo(s, maxProse)
	}
	b.spend(len(s) + 20)
	return s
}

// schema makes a tree of n, depth levels deep.
func (b *builder) schema(n *node, depth int) *Schema {
	b.spend(60)
	if b.left <= 0 {
		return &Schema{Cut: true}
	}
	if n.is(boolean) {
		return &Schema{Nothing: n.value == "false"}
	}
	target, name, missing := b.follow(n)
	ref := b.pageOf(n)
	if missing != "" {
		return &Schema{Name: name, Missing: clip(missing)}
	}
	if !target.is(object) {
		return &Schema{Name: name, Ref: ref}
	}
	if slices.Contains(b.open, target) {
		return &Schema{Name: unlessEmpty(name, target.str("title")), Ref: ref, Types: types(target), Recursive: true}
	}
	if depth <= 0 && structured(target) {
		return &Schema{Name: name, Ref: ref, Title: target.str("title"), Types: types(target), Cut: true}
	}
	b.open = append(b.open, target)
	out := b.describe(target, depth)
	b.open = b.open[:len(b.open)-1]
	out.Name, out.Ref = unlessEmpty(name, out.Name), unlessEmpty(ref, out.Ref)
	b.beside(n, target, out)
	return out
}

// structured says whether there is more to a schema than one line.
func structured(n *node) bool {
	return slices.ContainsFunc([]string{"properties", "items", "allOf", "oneOf", "anyOf", "additionalProperties", "prefixItems", "patternProperties", "not", "if", "contains", "propertyNames", "dependentSchemas"},
		func(k string) bool { m := n.get(k); return m.is(object) || m.is(list) })
}

// beside takes over what stands next to a $ref, which 3.1 allows and 3.0 ignores
// though its authors mean it.
func (b *builder) beside(ref, target *node, out *Schema) {
	if ref == target {
		return
	}
	if d := ref.str("description"); d != "" {
		out.Description = b.prose(d)
	}
	out.Deprecated = out.Deprecated || ref.flag("deprecated")
	out.ReadOnly = out.ReadOnly || ref.flag("readOnly")
	out.WriteOnly = out.WriteOnly || ref.flag("writeOnly")
	out.Nullable = out.Nullable || ref.flag("nullable")
	if v := ref.get("default"); v != nil {
		out.Default = b.raw(v)
	}
}

// describe reads a schema's own keywords.
func (b *builder) describe(n *node, depth int) *Schema {
	out := &Schema{
		Types: types(n), Format: n.str("format"), Title: n.str("title"), Description: b.prose(n.str("description")),
		Nullable: n.flag("nullable") || slices.Contains(n.strs("type"), "null"), Deprecated: n.flag("deprecated"),
		ReadOnly: n.flag("readOnly"), WriteOnly: n.flag("writeOnly"),
		Limits: limits(n), Required: n.strs("required"),
	}
	b.values(n, out)
	if props := n.get("properties"); props.is(object) {
		out.Properties = b.properties(props, out.Required, depth-1)
	}
	if props := n.get("patternProperties"); props.is(object) {
		out.Patterns = b.properties(props, nil, depth-1)
	}
	switch more := n.get("additionalProperties"); {
	case more.is(boolean):
		out.Closed = more.value == "false"
	case more.is(object):
		out.Additional = b.schema(more, depth-1)
	}
	out.Rare = b.rare(n, depth-1)
	if u := n.get("unevaluatedProperties"); u.is(boolean) && u.value == "false" {
		out.Closed = true
	}
	if items := n.get("items"); items != nil {
		out.Items = b.schema(items, depth-1)
	}
	out.Prefix = b.schemas(n.get("prefixItems"), depth-1)
	out.OneOf = b.schemas(n.get("oneOf"), depth-1)
	out.AnyOf = b.schemas(n.get("anyOf"), depth-1)
	if not := n.get("not"); not != nil {
		out.Not = b.schema(not, depth-1)
	}
	out.Discriminator = b.discriminator(n.get("discriminator"))
	dropNull(out)
	parts := b.schemas(n.get("allOf"), depth)
	for _, part := range parts {
		if len(parts) > 1 && !part.Recursive && !part.Cut {
			if part.Name != "" {
				out.Includes = append(out.Includes, Named{part.Name, part.Ref})
			}
			part.Name, part.Ref = "", "" // the whole is more than this part
		}
		fold(out, part)
	}
	return out
}

func (b *builder) properties(n *node, required []string, depth int) (out []Property) {
	for i, name := range n.keys {
		b.spend(len(name) + 20)
		out = append(out, Property{name, slices.Contains(required, name), b.schema(n.items[i], depth)})
		if b.left <= 0 {
			break
		}
	}
	return out
}

func (b *builder) schemas(n *node, depth int) (out []*Schema) {
	if !n.is(list) {
		return nil
	}
	for _, e := range n.items {
		out = append(out, b.schema(e, depth))
		if b.left <= 0 {
			break
		}
	}
	return out
}

// types of a schema, "null" left out (Nullable says it). Where there is none,
// the keywords tell.
func types(n *node) (out []string) {
	if t := n.str("type"); t != "" && t != "null" {
		out = []string{t}
	}
	for _, t := range n.strs("type") {
		if t != "null" {
			out = append(out, t)
		}
	}
	switch {
	case len(out) > 0:
	case n.str("type") == "null":
		out = []string{"null"}
	case n.get("properties") != nil || n.get("additionalProperties").is(object):
		out = []string{"object"}
	case n.get("items") != nil || n.get("prefixItems") != nil:
		out = []string{"array"}
	}
	return out
}

// limitNames are the constraints, in the order in which they are shown.
var limitNames = []string{"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf",
	"minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
	"minContains", "maxContains", "contentEncoding", "contentMediaType"}

func limits(n *node) (out []Limit) {
	for _, name := range limitNames {
		if v := n.str(name); v != "" && v != "false" {
			out = append(out, Limit{name, clipTo(v, 1000)})
		}
	}
	return out
}

// maxValue is the most that one example or default takes, in bytes.
const maxValue = 32 << 10

// raw encodes an example, default or enum value, nil if it is too large.
func (b *builder) raw(n *node) json.RawMessage {
	if heavy(n, maxValue) {
		return nil
	}
	out := n.appendJSON(nil)
	if len(out) > maxValue {
		return nil
	}
	b.spend(len(out))
	return out
}

// heavy says whether n takes more than most bytes, without writing it out.
func heavy(n *node, most int) bool {
	var weigh func(*node)
	weigh = func(n *node) {
		most -= len(n.value) + 2
		for i, e := range n.items {
			if most < 0 {
				return
			}
			if i < len(n.keys) {
				most -= len(n.keys[i])
			}
			weigh(e)
		}
	}
	weigh(n)
	return most < 0
}
