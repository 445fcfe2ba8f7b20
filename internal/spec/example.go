package spec

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Example makes a value that fits the schema, always the same one: the document's
// own example where there is one. For a request, read-only members are left out;
// for an answer, write-only ones.
func (s *Schema) Example(forRequest bool) json.RawMessage {
	if s == nil {
		return json.RawMessage("null")
	}
	m := exampleMaker{forRequest: forRequest, left: 400}
	return m.value(s, 0).appendJSON(nil)
}

// Example is the first example given for the body, or one made from its schema.
func (m Media) Example(forRequest bool) json.RawMessage {
	for _, e := range m.Examples {
		if len(e.Value) > 0 {
			return e.Value
		}
	}
	return m.Schema.Example(forRequest)
}

// JSONExample is an example of the first media type that is JSON, nil for none.
func JSONExample(all []Media, forRequest bool) json.RawMessage {
	for _, m := range all {
		if IsJSON(m.Type) {
			return m.Example(forRequest)
		}
	}
	return nil
}

// FirstAnswer is an example of the first good answer that has one in JSON, and
// its status.
func (d Detail) FirstAnswer() (status string, example json.RawMessage) {
	for _, r := range d.Responses {
		if strings.HasPrefix(r.Status, "2") {
			if example = JSONExample(r.Media, false); example != nil {
				return r.Status, example
			}
		}
	}
	return "", nil
}

type exampleMaker struct {
	forRequest bool
	left       int // values
}

// exampleDepth is how deep optional members are filled in.
const exampleDepth = 6

func (m *exampleMaker) value(s *Schema, depth int) *node {
	m.left--
	given := slices.Concat(s.Examples, one(s.Const), one(s.Default), s.Enum)
	for _, raw := range given {
		if n, _, err := parseJSON(raw); err == nil {
			return n
		}
	}
	for _, branches := range [][]*Schema{s.OneOf, s.AnyOf} {
		for _, b := range branches {
			if len(s.Properties) == 0 && !b.Recursive && !b.Cut && b.Missing == "" {
				return m.value(b, depth+1)
			}
		}
	}
	if len(s.Types) == 0 {
		if len(s.AllOf) > 0 && depth < exampleDepth {
			return m.value(s.AllOf[0], depth+1)
		}
		return objectOf()
	}
	switch s.Types[0] {
	case "object":
		return m.object(s, depth)
	case "array":
		out := &node{kind: list}
		if s.Items != nil && !s.Items.Recursive && depth < exampleDepth && m.left > 0 {
			out.items = append(out.items, m.value(s.Items, depth+1))
		}
		return out
	case "integer", "number":
		return &node{kind: number, value: exampleNumber(s)}
	case "boolean":
		return &node{kind: boolean, value: "true"}
	case "string":
		return textNode(exampleText(s))
	}
	return &node{}
}

func one(raw json.RawMessage) []json.RawMessage {
	if raw == nil {
		return nil
	}
	return []json.RawMessage{raw}
}

func (m *exampleMaker) object(s *Schema, depth int) *node {
	out := objectOf()
	for _, p := range s.Properties {
		switch {
		case m.forRequest && p.Schema.ReadOnly, !m.forRequest && p.Schema.WriteOnly:
			continue
		case p.Required && depth < 2*exampleDepth:
		case p.Schema.Recursive, p.Schema.Deprecated, depth >= exampleDepth, m.left <= 0:
			continue
		}
		out.set(p.Name, m.value(p.Schema, depth+1))
	}
	if len(out.keys) == 0 && s.Additional != nil && !s.Additional.Recursive && depth < exampleDepth {
		out.set("name", m.value(s.Additional, depth+1))
	}
	return out
}

func (s *Schema) limit(name string) string {
	for _, l := range s.Limits {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

func exampleNumber(s *Schema) string {
	for _, name := range []string{"minimum", "maximum"} {
		if v := s.limit(name); jsonNumber.MatchString(v) {
			return v
		}
	}
	if v, err := strconv.ParseInt(s.limit("exclusiveMinimum"), 10, 64); err == nil {
		return strconv.FormatInt(v+1, 10)
	}
	if s.Types[0] == "integer" {
		return "1"
	}
	return "1.5"
}

// exampleFormats are values for the formats of JSON Schema and OpenAPI.
var exampleFormats = map[string]string{
	"date-time": "2026-01-31T12:00:00Z", "date": "2026-01-31", "time": "12:00:00Z", "duration": "PT1H",
	"uuid": "123e4567-e89b-42d3-a456-426614174000", "email": "name@example.com", "idn-email": "name@example.com",
	"uri": "https://example.com/", "url": "https://example.com/", "uri-reference": "/path", "hostname": "example.com",
	"ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "byte": "aGVsbG8=", "binary": "…", "decimal": "1.50",
}

func exampleText(s *Schema) string {
	if v := exampleFormats[s.Format]; v != "" {
		return v
	}
	const word = "string"
	if least, err := strconv.Atoi(s.limit("minLength")); err == nil && least > len(word) && least <= 200 {
		return strings.Repeat(word, least/len(word)+1)[:least]
	}
	if most, err := strconv.Atoi(s.limit("maxLength")); err == nil && most >= 0 && most < len(word) {
		return word[:most]
	}
	return word
}
