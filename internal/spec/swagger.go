package spec

import (
	"fmt"
	"slices"
	"strings"
)

// convertedTo is the version of OpenAPI that Swagger 2.0 becomes.
const convertedTo = "3.0.4"

// swagger turns a Swagger 2.0 document into OpenAPI 3.0. It makes a new tree
// that shares with the old one what both write alike, and keeps the order and
// the places of the rest. What a YAML alias shares stays shared.
type swagger struct {
	old     *node
	schemas map[*node]*node // converted
	hoisted map[string]string
	added   *node // schemas that were referred to where they stood
	changes []*change
}

// change counts what was done of one kind, for the note to the author.
type change struct {
	format string // with %s for the count, where it is of interest
	count  int
	first  *node
	at     *path
}

// isSwagger2 reports whether root is a document that fromSwagger converts.
func isSwagger2(root *node) bool {
	v := root.get("swagger")
	return v != nil && (firstTwo(v.value) == "2.0" || v.value == "2")
}

// fromSwagger converts a document, and says what it changed.
func fromSwagger(old *node) (*node, []Problem, error) {
	c := &swagger{old: old, schemas: map[*node]*node{}, hoisted: map[string]string{}, added: objectOf()}
	root := c.document()
	if err := bounded(root); err != nil {
		return nil, nil, err
	}
	return root, c.notes(), nil
}

// note counts a change; the first one's place is told.
func (c *swagger) note(n *node, at *path, format string) {
	for _, known := range c.changes {
		if known.format == format {
			known.count++
			return
		}
	}
	c.changes = append(c.changes, &change{format, 1, n, at})
}

func (c *swagger) notes() []Problem {
	v := c.old.get("swagger")
	out := []Problem{{Severity: Warning, Line: v.line, Column: v.col, Pointer: "/openapi",
		Message: "This Swagger 2.0 document was converted to OpenAPI " + convertedTo + ". Pages, downloads and the pointers of this report follow the converted one; lines are those of your file."}}
	for _, ch := range c.changes {
		message := ch.format
		if strings.Contains(message, "%s") {
			message = fmt.Sprintf(message, times(ch.count))
		}
		p := Problem{Severity: Warning, Pointer: ch.at.String(), Message: message}
		if ch.first != nil {
			p.Line, p.Column = ch.first.line, ch.first.col
		}
		out = append(out, p)
	}
	return out
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// document converts the top.
func (c *swagger) document() *node {
	out := placed(c.old, &node{kind: object})
	components := objectOf()
	var servers *node
	for i, key := range c.old.keys {
		v := c.old.items[i]
		switch key {
		case "swagger":
			out.set("openapi", placed(v, textNode(convertedTo)))
		case "host", "basePath", "schemes":
			if servers == nil {
				if servers = c.servers(nil); len(servers.items) > 0 {
					out.set("servers", placed(v, servers))
					c.note(v, (*path)(nil).to("servers"), "\"host\", \"basePath\" and \"schemes\" became \"servers\".")
				}
			}
		case "consumes", "produces":
			c.note(v, nil, "\"consumes\" and \"produces\" became the media types of bodies and responses.")
		case "paths":
			out.set("paths", c.paths(v))
		case "definitions":
			components.set("schemas", c.eachOf(v, c.schema))
			c.note(v, (*path)(nil).to("components").to("schemas"), "\"definitions\" became \"components.schemas\".")
		case "parameters":
			components.set("parameters", c.sharedParameters(v))
		case "responses":
			components.set("responses", c.eachOf(v, func(n *node) *node { return c.response(n, nil) }))
		case "securityDefinitions":
			components.set("securitySchemes", c.eachOf(v, c.scheme))
			c.note(v, (*path)(nil).to("components").to("securitySchemes"), "\"securityDefinitions\" became \"components.securitySchemes\".")
		case "openapi", "servers", "components": // of no meaning in Swagger 2.0
		default:
			out.set(key, v)
		}
	}
	c.addSchemas(components)
	if len(components.keys) > 0 {
		out.set("components", components)
	}
	return out
}

// addSchemas puts hoisted schemas beside the others.
func (c *swagger) addSchemas(components *node) {
	if len(c.added.keys) == 0 {
		return
	}
	if s := components.get("schemas"); s.is(object) {
		for i, name := range c.added.keys {
			s.set(name, c.added.items[i])
		}
		return
	}
	components.set("schemas", c.added)
}

// servers are the addresses of the document, or with other schemes of an operation.
func (c *swagger) servers(schemes []string) *node {
	host, base := c.old.str("host"), strings.TrimSuffix(c.old.str("basePath"), "/")
	if schemes == nil {
		schemes = c.old.strs("schemes")
	}
	out := &node{kind: list}
	switch {
	case host == "" && base == "":
		return out
	case host == "":
		out.items = []*node{objectOf("url", textNode(base))}
		return out
	case len(schemes) == 0:
		schemes = []string{"https"}
	}
	if base != "" && !strings.HasPrefix(base, "/") {
		base = "/" + base
	}
	for _, scheme := range schemes {
		out.items = append(out.items, objectOf("url", textNode(scheme+"://"+host+base)))
	}
	return out
}

// eachOf converts the members of an object.
func (c *swagger) eachOf(n *node, convert func(*node) *node) *node {
	if !n.is(object) {
		return n
	}
	out := placed(n, &node{kind: object})
	for i, key := range n.keys {
		v := n.items[i]
		if !strings.HasPrefix(key, "x-") || v.is(object) {
			v = convert(v)
		}
		out.keys, out.items = append(out.keys, key), append(out.items, v)
	}
	return out
}

func (c *swagger) paths(n *node) *node {
	if !n.is(object) {
		return n
	}
	out := placed(n, &node{kind: object})
	for i, template := range n.keys {
		item := n.items[i]
		if !strings.HasPrefix(template, "x-") {
			item = c.pathItem(item, (*path)(nil).to("paths").to(template))
		}
		out.keys, out.items = append(out.keys, template), append(out.items, item)
	}
	return out
}

// pathItem converts the operations. Bodies that stand beside them go into each.
func (c *swagger) pathItem(n *node, at *path) *node {
	if !n.is(object) {
		return n
	}
	out := placed(n, &node{kind: object})
	shared := n.get("parameters")
	for i, key := range n.keys {
		v := n.items[i]
		switch _, isMethod := methods[key]; {
		case isMethod && v.is(object):
			v = c.operation(v, shared, at.to(key))
		case key == "parameters" && v.is(list):
			var rest []*node
			for _, p := range v.items {
				if in := c.target(p).str("in"); in != "body" && in != "formData" {
					rest = append(rest, c.parameter(p, at.to(key)))
				}
			}
			if rest == nil {
				continue
			}
			v = placed(v, &node{kind: list, items: rest})
		case key == "$ref" && v.is(text):
			v = c.moved(v)
		}
		out.keys, out.items = append(out.keys, key), append(out.items, v)
	}
	return out
}

// operation converts one; shared are the parameters of its path.
func (c *swagger) operation(n, shared *node, at *path) *node {
	out := placed(n, &node{kind: object})
	bodies, rest := c.split(n.get("parameters"), shared, at)
	for i, key := range n.keys {
		v := n.items[i]
		switch key {
		case "consumes", "produces":
			c.note(v, nil, "\"consumes\" and \"produces\" became the media types of bodies and responses.")
			continue
		case "schemes":
			if servers := c.servers(n.strs("schemes")); len(servers.items) > 0 && c.old.str("host") != "" {
				out.set("servers", servers)
			}
			continue
		case "requestBody":
			continue // of no meaning in Swagger 2.0
		case "parameters":
			if v.is(list) {
				if len(rest) == 0 {
					continue
				}
				v = placed(v, &node{kind: list, items: rest})
			}
		case "responses":
			c.placeBody(out, bodies, n, at)
			bodies = nil
			v = c.eachOf(v, func(r *node) *node { return c.response(r, n) })
		}
		out.set(key, v)
	}
	c.placeBody(out, bodies, n, at)
	return out
}

func (c *swagger) placeBody(out *node, bodies []*node, op *node, at *path) {
	if len(bodies) > 0 {
		out.set("requestBody", c.body(bodies, op, at.to("requestBody")))
	}
}

// split tells the parameters that make the body from the others. Those of the
// path count unless the operation has its own of that name.
func (c *swagger) split(own, shared *node, at *path) (bodies, rest []*node) {
	inBody := func(p *node) bool { in := c.target(p).str("in"); return in == "body" || in == "formData" }
	if own.is(list) {
		for _, p := range own.items {
			if inBody(p) {
				bodies = append(bodies, c.target(p))
			} else {
				rest = append(rest, c.parameter(p, at.to("parameters")))
			}
		}
	}
	if shared.is(list) {
		for _, p := range shared.items {
			same := func(q *node) bool { return q.str("in") == "body" || q.str("name") == c.target(p).str("name") }
			if inBody(p) && !slices.ContainsFunc(bodies, same) {
				bodies = append(bodies, c.target(p))
			}
		}
	}
	return bodies, rest
}

// target is what a parameter or response stands for in the old document.
func (c *swagger) target(n *node) *node {
	if found, _, missing := (&source{parsed: parsed{root: c.old}}).follow(n); missing == "" {
		return found
	}
	return n
}
