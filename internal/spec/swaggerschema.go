package spec

import (
	"slices"
	"strconv"
	"strings"
)

// schema converts a schema. It comes out the same for the same node, also where
// that is reached in a circle of YAML aliases' uses.
func (c *swagger) schema(n *node) *node {
	if !n.is(object) {
		return n
	}
	if done := c.schemas[n]; done != nil {
		return done
	}
	out := placed(n, &node{kind: object})
	c.schemas[n] = out
	if ref := n.get("$ref"); ref.is(text) {
		c.schemaRef(n, ref, out)
		return out
	}
	for i, key := range n.keys {
		v := n.items[i]
		switch key {
		case "properties", "patternProperties":
			v = c.eachOf(v, c.schema)
		case "items", "additionalProperties", "not":
			v = c.schema(v)
		case "allOf", "anyOf", "oneOf":
			v = c.schemaList(v)
		case "discriminator":
			if v.is(text) {
				c.note(v, nil, "\"discriminator\" became an object with \"propertyName\" (%s).")
				v = placed(v, objectOf("propertyName", textNode(v.value)))
			}
		case "x-nullable":
			c.note(v, nil, "\"x-nullable\" became \"nullable\" (%s).")
			key = "nullable"
		case "collectionFormat":
			continue // of items: there is no such thing in OpenAPI 3
		case "type":
			c.kindOf(v, out)
			continue
		}
		out.set(key, v)
	}
	return out
}

// kindOf writes the type. A file is text in binary; "null" beside another type is
// no Swagger, and is meant as nullable.
func (c *swagger) kindOf(v, out *node) {
	switch {
	case v.value == "file":
		c.note(v, nil, "The type \"file\" became \"string\" with the format \"binary\" (%s).")
		out.set("type", placed(v, textNode("string")))
		out.set("format", textNode("binary"))
	case v.is(list) && len(v.items) == 2 && slices.ContainsFunc(v.items, isNull):
		other := v.items[0]
		if isNull(other) {
			other = v.items[1]
		}
		out.set("type", other)
		out.set("nullable", &node{kind: boolean, value: "true"})
	default:
		out.set("type", v)
	}
}

func isNull(n *node) bool { return n.is(null) || n.value == "null" }

// at gives out the place of n.
func placed(n, out *node) *node {
	out.line, out.col, out.file = n.line, n.col, n.file
	return out
}

func (c *swagger) schemaList(n *node) *node {
	if !n.is(list) {
		return n
	}
	out := placed(n, &node{kind: list})
	for _, e := range n.items {
		out.items = append(out.items, c.schema(e))
	}
	return out
}

// schemaRef writes a reference. What stands beside one counts for nothing in
// either version, but that the value may be null is said often.
func (c *swagger) schemaRef(n, ref, out *node) {
	moved := c.refTo(ref)
	if !n.flag("x-nullable") {
		out.set("$ref", moved.items[0])
		return
	}
	c.note(n, nil, "\"x-nullable\" became \"nullable\" (%s).")
	out.set("nullable", &node{kind: boolean, value: "true"})
	out.set("allOf", &node{kind: list, items: []*node{moved}})
}

// refTo is an object with the reference, as the new document has it.
func (c *swagger) refTo(ref *node) *node {
	return placed(ref, objectOf("$ref", c.moved(ref)))
}

// movedTo is where the sections of a document went.
var movedTo = map[string]string{"definitions": "schemas", "parameters": "parameters", "responses": "responses", "securityDefinitions": "securitySchemes"}

// moved writes a reference anew. What it names may stand in no place that
// OpenAPI 3 has, such as a response's schema; it becomes a schema with a name.
func (c *swagger) moved(ref *node) *node {
	rest, local := strings.CutPrefix(ref.value, "#/")
	if !local {
		return ref
	}
	section, below, _ := strings.Cut(rest, "/")
	if to, ok := movedTo[section]; ok && (section == "definitions" || !strings.Contains(below, "/")) {
		return placed(ref, textNode("#/components/"+to+"/"+below))
	}
	if section == "paths" && !strings.Contains(below, "/") {
		return ref
	}
	if name := c.hoisted[ref.value]; name != "" {
		return placed(ref, textNode("#/components/schemas/"+name))
	}
	target, reason := (&source{parsed: parsed{root: c.old}}).resolve(ref.value)
	if reason != "" || !target.is(object) {
		return ref
	}
	name := "inline" + strconv.Itoa(len(c.hoisted)+1)
	for definitions := c.old.get("definitions"); definitions.get(name) != nil; {
		name += "_"
	}
	c.hoisted[ref.value] = name
	c.added.set(name, objectOf()) // keeps the order, and ends a circle
	c.added.set(name, c.schema(target))
	return placed(ref, textNode("#/components/schemas/"+name))
}
