package spec

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// maxEnum is how many values of an enum are kept.
const maxEnum = 200

// values reads what a schema says by example: enum, const, default, examples.
func (b *builder) values(n *node, out *Schema) {
	if enum := n.get("enum"); enum.is(list) {
		for i, v := range enum.items {
			if i == maxEnum {
				out.MoreEnum = len(enum.items) - maxEnum
				break
			}
			if raw := b.raw(v); raw != nil {
				out.Enum = append(out.Enum, raw)
			}
		}
	}
	if v := n.get("const"); v != nil {
		out.Const = b.raw(v)
	}
	if v := n.get("default"); v != nil {
		out.Default = b.raw(v)
	}
	if v := n.get("example"); v != nil {
		out.Examples = appendRaw(out.Examples, b.raw(v))
	}
	if all := n.get("examples"); all.is(list) {
		for _, v := range all.items[:min(len(all.items), 5)] {
			out.Examples = appendRaw(out.Examples, b.raw(v))
		}
	}
}

func appendRaw(to []json.RawMessage, raw json.RawMessage) []json.RawMessage {
	if raw == nil {
		return to
	}
	return append(to, raw)
}

// maxExamples is how many examples of one body or parameter are kept.
const maxExamples = 20

// examples of a parameter or body: example, or examples by name.
func (b *builder) examples(n *node) (out []Example) {
	if v := n.get("example"); v != nil {
		if raw := b.raw(v); raw != nil {
			out = append(out, Example{Value: raw})
		}
	}
	all := n.get("examples")
	if !all.is(object) {
		return out
	}
	for i, name := range all.keys[:min(len(all.keys), maxExamples)] {
		e, _, missing := b.follow(all.items[i])
		if missing != "" {
			continue
		}
		ex := Example{Name: name, Summary: e.str("summary"), Description: b.prose(e.str("description")), External: webURL(e.str("externalValue")), Text: clipTo(e.str("serializedValue"), maxValue)}
		for _, key := range []string{"dataValue", "value"} { // dataValue is 3.2's
			if v := e.get(key); v != nil && ex.Value == nil {
				ex.Value = b.raw(v)
			}
		}
		if ex.Value != nil || ex.Text != "" || ex.External != "" {
			b.spend(len(ex.Name) + len(ex.Summary) + len(ex.Text) + 40)
			out = append(out, ex)
		}
	}
	return out
}

// dropNull turns `oneOf: [X, {type: null}]` into X, nullable: 3.1's way to say it.
func dropNull(s *Schema) {
	for _, branches := range []*[]*Schema{&s.OneOf, &s.AnyOf} {
		isNull := func(b *Schema) bool { return len(b.Types) == 1 && b.Types[0] == "null" }
		if !slices.ContainsFunc(*branches, isNull) {
			continue
		}
		s.Nullable = true
		*branches = slices.DeleteFunc(*branches, isNull)
		if len(*branches) == 1 && !(*branches)[0].Recursive && !(*branches)[0].Cut {
			only := (*branches)[0]
			*branches = nil
			fold(s, only)
		}
	}
}

// fold takes a part of an allOf into the whole where that loses nothing.
func fold(into, part *Schema) {
	clash := part.Recursive || part.Cut || part.Nothing || part.Missing != "" || part.Not != nil ||
		len(into.OneOf) > 0 && len(part.OneOf) > 0 || len(into.AnyOf) > 0 && len(part.AnyOf) > 0 ||
		into.Items != nil && part.Items != nil || into.Additional != nil && part.Additional != nil ||
		len(into.Enum) > 0 && len(part.Enum) > 0 || into.Rare != nil && part.Rare != nil ||
		len(into.Types) > 0 && len(part.Types) > 0 && !slices.Equal(into.Types, part.Types)
	if clash {
		into.AllOf = append(into.AllOf, part)
		return
	}
	foldProperties(into, part)
	into.Limits = append(into.Limits, part.Limits...)
	into.Patterns = append(into.Patterns, part.Patterns...)
	into.AllOf = append(into.AllOf, part.AllOf...)
	into.Closed = into.Closed || part.Closed
	into.Nullable = into.Nullable || part.Nullable
	into.Deprecated = into.Deprecated || part.Deprecated
	into.ReadOnly, into.WriteOnly = into.ReadOnly || part.ReadOnly, into.WriteOnly || part.WriteOnly
	into.Includes = append(into.Includes, part.Includes...)
	if into.Rare == nil {
		into.Rare = part.Rare
	}
	if into.Name == "" {
		into.Name, into.Ref = part.Name, part.Ref
	}
	first(&into.Format, part.Format)
	first(&into.Title, part.Title)
	first(&into.Description, part.Description)
	firstOf(&into.Types, part.Types)
	firstOf(&into.Enum, part.Enum)
	firstOf(&into.Const, part.Const)
	firstOf(&into.Default, part.Default)
	firstOf(&into.Prefix, part.Prefix)
	firstOf(&into.OneOf, part.OneOf)
	firstOf(&into.AnyOf, part.AnyOf)
	into.Examples = append(into.Examples, part.Examples...)
	if into.Items == nil {
		into.Items = part.Items
	}
	if into.Additional == nil {
		into.Additional = part.Additional
	}
	if into.Discriminator == nil {
		into.Discriminator = part.Discriminator
	}
}

// foldProperties adds the part's members and what it requires.
func foldProperties(into, part *Schema) {
	for _, name := range part.Required {
		if !slices.Contains(into.Required, name) {
			into.Required = append(into.Required, name)
		}
	}
	for _, p := range part.Properties {
		if !slices.ContainsFunc(into.Properties, func(q Property) bool { return q.Name == p.Name }) {
			into.Properties = append(into.Properties, p)
		}
	}
	for i := range into.Properties {
		into.Properties[i].Required = slices.Contains(into.Required, into.Properties[i].Name)
	}
}

func first(into *string, s string) {
	if *into == "" {
		*into = s
	}
}

func firstOf[S ~[]E, E any](into *S, s S) {
	if len(*into) == 0 {
		*into = s
	}
}

// clipTo keeps the first most bytes, at a character's end.
func clipTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
