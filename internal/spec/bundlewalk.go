package spec

import (
	"slices"
	"strings"
)

// inside says what the members of each kind of object are: "x" one of that kind,
// "[x]" a list of them, "{x}" an object with names of the author's, "home:x" the
// components of a kind. What is not listed holds no reference.
var inside = map[string]map[string]string{
	"root": {"paths": "{pathItem}", "webhooks": "{pathItem}", "components": "components", "definitions": "home:schema",
		"parameters": "home:parameter", "responses": "home:response"},
	"components": {"schemas": "home:schema", "parameters": "home:parameter", "responses": "home:response", "headers": "home:header",
		"examples": "home:example", "requestBodies": "home:requestBody", "links": "home:link", "callbacks": "home:callback",
		"securitySchemes": "home:securityScheme", "pathItems": "{pathItem}"},
	"pathItem": {"parameters": "[parameter]", "get": "operation", "put": "operation", "post": "operation", "delete": "operation", "options": "operation",
		"head": "operation", "patch": "operation", "trace": "operation", "query": "operation", "additionalOperations": "{operation}"},
	"operation":   {"parameters": "[parameter]", "requestBody": "requestBody", "responses": "{response}", "callbacks": "{callback}"},
	"parameter":   {"schema": "schema", "content": "{mediaType}", "examples": "{example}", "items": "schema"},
	"header":      {"schema": "schema", "content": "{mediaType}", "examples": "{example}", "items": "schema"},
	"requestBody": {"content": "{mediaType}"},
	"response":    {"content": "{mediaType}", "headers": "{header}", "links": "{link}", "schema": "schema"},
	"mediaType":   {"schema": "schema", "itemSchema": "schema", "examples": "{example}", "encoding": "{encoding}"},
	"encoding":    {"headers": "{header}"},
	"schema": {"properties": "{schema}", "patternProperties": "{schema}", "$defs": "{schema}", "definitions": "{schema}", "dependentSchemas": "{schema}",
		"items": "schema", "prefixItems": "[schema]", "additionalProperties": "schema", "unevaluatedProperties": "schema", "unevaluatedItems": "schema",
		"propertyNames": "schema", "contains": "schema", "not": "schema", "if": "schema", "then": "schema", "else": "schema",
		"allOf": "[schema]", "anyOf": "[schema]", "oneOf": "[schema]", "discriminator": "discriminator"},
}

// mostInlined is how deep parts may go into parts.
const mostInlined = 4 * maxDepth

// walk copies n with its references made good. Nodes that files share by aliases
// stay shared.
func (b *bundler) walk(n *node, kind, file string) (*node, error) {
	if n.kind != list && n.kind != object {
		return n, nil
	}
	v := visit{n, kind}
	if out := b.done[v]; out != nil {
		return out, nil
	}
	if b.depth++; b.depth > mostInlined {
		return nil, &flaw{line: n.line, col: n.col, file: file, msg: "The archive's files are nested too deep in one another."}
	}
	b.open[v] = true
	out, err := b.members(n, kind, file)
	delete(b.open, v)
	b.depth--
	if err == nil {
		b.done[v] = out
	}
	return out, err
}

func (b *bundler) members(n *node, kind, file string) (*node, error) {
	if of, ok := strings.CutPrefix(kind, "["); ok && n.kind == list {
		return b.each(n, file, func(string) string { return strings.TrimSuffix(of, "]") })
	}
	if n.kind == list {
		return b.each(n, file, func(string) string { return kind }) // JSON Schema's list of items
	}
	named := kind[0] == '{' || strings.HasPrefix(kind, "home:")
	if ref := n.get("$ref"); ref.is(text) && (!named || len(n.keys) == 1) {
		to, instead, err := b.refer(n, ref.value, kind, file)
		if err != nil || instead != nil && len(n.keys) == 1 {
			return instead, err
		}
		rest, err := b.each(n, file, func(key string) string { return inside[kind][key] })
		switch {
		case err != nil:
			return nil, err
		case instead != nil:
			return beside(instead, rest), nil
		case to != "":
			rest.set("$ref", placed(ref, textNode(to)))
		}
		return rest, nil
	}
	switch {
	case kind == "discriminator":
		return b.discriminator(n, file)
	case kind == "callback":
		return b.each(n, file, func(string) string { return "pathItem" })
	case kind[0] == '{':
		return b.each(n, file, func(string) string { return kind[1 : len(kind)-1] })
	case named:
		return b.home(n, strings.TrimPrefix(kind, "home:"), file)
	}
	return b.each(n, file, func(key string) string { return inside[kind][key] })
}

// each walks the members or elements, of the kinds that of says; "" is copied as it is.
func (b *bundler) each(n *node, file string, of func(key string) string) (*node, error) {
	out := placed(n, &node{kind: n.kind, keys: slices.Clone(n.keys), items: make([]*node, len(n.items))})
	for i, e := range n.items {
		kind := ""
		if n.kind == list {
			kind = of("")
		} else if !strings.HasPrefix(n.keys[i], "x-") || e.kind == object && e.get("$ref") != nil {
			kind = of(n.keys[i])
		}
		out.items[i] = e
		if kind == "" {
			continue
		}
		made, err := b.walk(e, kind, file)
		if err != nil {
			return nil, err
		}
		out.items[i] = made
	}
	return out, nil
}

// beside adds what stands beside a reference that was replaced by its target: a
// path item may have both.
func beside(found, n *node) *node {
	out := found.only(func(string) bool { return true })
	for i, key := range n.keys {
		if key != "$ref" {
			out.set(key, n.items[i])
		}
	}
	return out
}

// home walks the main document's components of a kind.
func (b *bundler) home(n *node, kind, file string) (*node, error) {
	out := placed(n, &node{kind: object})
	for i, name := range n.keys {
		e, from := b.external(n.items[i], kind, name, file)
		made, err := b.walk(e, kind, from)
		if err != nil {
			return nil, err
		}
		out.set(name, made)
	}
	return out, nil
}

// discriminator makes the references of a mapping good.
func (b *bundler) discriminator(n *node, file string) (*node, error) {
	mapping := n.get("mapping")
	if !mapping.is(object) {
		return n, nil
	}
	made := placed(mapping, &node{kind: object})
	for i, key := range mapping.keys {
		v := mapping.items[i]
		if v.is(text) && (strings.Contains(v.value, "#") || isDocument(v.value)) {
			to, _, err := b.refer(v, v.value, "schema", file)
			if err != nil {
				return nil, err
			}
			if to != "" {
				v = placed(v, textNode(to))
			}
		}
		made.set(key, v)
	}
	out := n.only(func(string) bool { return true })
	out.set("mapping", made)
	return out, nil
}
