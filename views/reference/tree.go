package reference

import (
	"strconv"
	"strings"

	"gatehouse/internal/spec"
	"gatehouse/views/ui"
)

// row is one line of a schema tree.
type row struct {
	name     string
	spoken   bool // the name is a word of ours, not one of the document's
	required bool
	schema   *spec.Schema
	id       string // for links to it, or ""
}

// rows are what a schema is made of: members, or those of its elements.
func rows(s *spec.Schema) (out []row) {
	if s == nil {
		return nil
	}
	for _, p := range s.Properties {
		out = append(out, row{name: p.Name, required: p.Required, schema: p.Schema})
	}
	for _, p := range s.Patterns {
		out = append(out, row{name: "names like " + p.Name, spoken: true, schema: p.Schema})
	}
	if s.Additional != nil && (len(rows(s.Additional)) > 0 || len(s.Additional.Types) > 0) {
		out = append(out, row{name: "any name", spoken: true, schema: s.Additional})
	}
	for i, p := range s.Prefix {
		out = append(out, row{name: "element " + strconv.Itoa(i+1), spoken: true, schema: p})
	}
	if s.Items != nil && len(s.Prefix) == 0 {
		out = append(out, rows(s.Items)...)
	}
	out = append(out, branches("one of: ", s.OneOf)...)
	out = append(out, branches("any of: ", s.AnyOf)...)
	out = append(out, branches("and: ", s.AllOf)...)
	if s.Not != nil {
		out = append(out, row{name: "not", spoken: true, schema: s.Not})
	}
	return append(out, rareRows(s.Rare)...)
}

// rareRows are the rows of keywords that few schemas have.
func rareRows(r *spec.Rare) (out []row) {
	if r == nil {
		return nil
	}
	for _, d := range r.Depends {
		out = append(out, row{name: "where " + d.Name + " is there", spoken: true, schema: d.Schema})
	}
	for _, k := range []struct {
		name   string
		schema *spec.Schema
	}{{"if", r.If}, {"then", r.Then}, {"else", r.Else}, {"every name", r.Names}, {"some element", r.Contains},
		{"any other name", r.Unevaluated}, {"any other element", r.UnevaluatedItems}, {"inside the text", r.Content}} {
		if k.schema != nil {
			out = append(out, row{name: k.name, spoken: true, schema: k.schema})
		}
	}
	return out
}

func branches(word string, all []*spec.Schema) (out []row) {
	for i, b := range all {
		name := orElse(b.Name, orElse(b.Title, "form "+strconv.Itoa(i+1)))
		out = append(out, row{name: word + name, spoken: true, schema: b})
	}
	return out
}

// typeWords is what a value is: "array of object", "string · date-time".
func typeWords(s *spec.Schema) string {
	switch {
	case s == nil:
		return "any"
	case s.Missing != "":
		return orElse(s.Name, "unknown") + ", not in the document"
	case s.Nothing:
		return "nothing"
	case s.Recursive:
		return orElse(s.Name, "object") + ", as above"
	}
	word := strings.Join(s.Types, " or ")
	if word == "array" && s.Items != nil {
		word = "array of " + typeWords(s.Items)
	}
	if word == "" {
		word = map[bool]string{true: "one of several", false: "any"}[len(s.OneOf)+len(s.AnyOf) > 0]
	}
	if s.Format != "" {
		word += " · " + s.Format
	}
	if s.Nullable {
		word += " or null"
	}
	if s.Cut && s.Name != "" && s.Ref == "" {
		word += " · " + s.Name
	}
	return word
}

// bounds are the words for a pair of limits: both, the least, the most.
var bounds = []struct{ least, most, both, from, to string }{
	{"minimum", "maximum", "Between %s and %s.", "At least %s.", "At most %s."},
	{"exclusiveMinimum", "exclusiveMaximum", "Between %s and %s, exclusive.", "More than %s.", "Less than %s."},
	{"minLength", "maxLength", "%s to %s characters.", "At least %s characters.", "Up to %s characters."},
	{"minItems", "maxItems", "%s to %s elements.", "At least %s elements.", "Up to %s elements."},
	{"minContains", "maxContains", "%s to %s such elements.", "At least %s such elements.", "Up to %s such elements."},
	{"minProperties", "maxProperties", "%s to %s members.", "At least %s members.", "Up to %s members."},
}

// singles are the words for the other limits.
var singles = []struct{ name, word string }{
	{"multipleOf", "In steps of %s."}, {"pattern", "Matches %s."}, {"contentEncoding", "Encoded as %s."}, {"contentMediaType", "Holds %s."},
}

// limitWords says a schema's constraints.
func limitWords(s *spec.Schema) string {
	value := map[string]string{}
	for _, l := range s.Limits {
		value[l.Name] = grouped(l.Value)
	}
	var out []string
	say := func(format string, args ...string) {
		for _, a := range args {
			format = strings.Replace(format, "%s", a, 1)
		}
		out = append(out, format)
	}
	for _, b := range bounds {
		least, most := value[b.least], value[b.most]
		switch {
		case least == "true" || most == "true": // 3.0's way: minimum says the number
			say("Exclusive.")
		case least != "" && most != "":
			say(b.both, least, most)
		case least != "":
			say(b.from, least)
		case most != "":
			say(b.to, most)
		}
	}
	for _, one := range singles {
		if v := value[one.name]; v != "" {
			say(one.word, v)
		}
	}
	if value["uniqueItems"] == "true" {
		say("No element twice.")
	}
	if s.Closed {
		say("No other members.")
	}
	return strings.Join(out, " ")
}

// grouped separates the thousands of whole numbers.
func grouped(v string) string {
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return ui.Number(n)
	}
	return v
}

// notes are the words beside a name.
func notes(s *spec.Schema) (out []string) {
	if s.ReadOnly {
		out = append(out, "read-only")
	}
	if s.WriteOnly {
		out = append(out, "write-only")
	}
	if s.Deprecated {
		out = append(out, "deprecated")
	}
	if len(s.Default) > 0 {
		out = append(out, "default "+inline(s.Default))
	}
	if len(s.Const) > 0 {
		out = append(out, "always "+inline(s.Const))
	}
	return out
}

// fewRows is how many rows at the top of a tree start unfolded.
const fewRows = 12

// saysMore tells whether there is anything under a leaf's name.
func saysMore(s *spec.Schema) bool {
	return s != nil && (s.Description != "" || s.Title != "" || saysDetails(s) || s.Items != nil)
}

// saysDetails tells whether there is more to say of a schema than what it is and
// what it is for.
func saysDetails(s *spec.Schema) bool {
	return len(s.Enum) > 0 || limitWords(s) != "" || s.Cut || len(s.Examples) > 0 || len(s.Includes) > 0 || s.Discriminator != nil ||
		s.Rare != nil && (len(s.Rare.Needs) > 0 || len(s.Rare.XML) > 0 || s.Rare.Comment+s.Rare.DocsURL != "")
}

// under are the rows below another, each with an id made of its own.
func (r row) under() []row { return named(rows(r.schema), r.id) }

// idDepth is how many names an id is made of at the most; what is deeper is not
// linked to, and weighs nothing.
const idDepth = 3

// named gives rows their ids. What is no name in the document gets none.
func named(all []row, prefix string) []row {
	if prefix == "" || strings.Count(prefix, ".") >= idDepth {
		return all
	}
	taken := map[string]bool{}
	for i := range all {
		if name := all[i].name; !all[i].spoken && !taken[name] { // members and those of elements may share a name
			taken[name] = true
			all[i].id = prefix + "." + anchor(all[i].name)
		}
	}
	return all
}

// xmlWords say how a value is written in XML.
func xmlWords(all []spec.Pair) string {
	var out []string
	for _, p := range all {
		if p.Value == "true" {
			out = append(out, p.Name)
		} else {
			out = append(out, p.Name+" "+p.Value)
		}
	}
	return "In XML: " + strings.Join(out, ", ") + "."
}

// enumWord is what is said of the i-th value of an enum.
func enumWord(s *spec.Schema, i int) string {
	if s.Rare == nil || i >= len(s.Rare.EnumWords) {
		return ""
	}
	return s.Rare.EnumWords[i]
}

// refs are the components that a type is made of, to link to.
func refs(s *spec.Schema) (out []spec.Named) {
	for ; s != nil; s = s.Items {
		if s.Ref != "" {
			return []spec.Named{{Name: s.Name, Ref: s.Ref}}
		}
	}
	return nil
}
