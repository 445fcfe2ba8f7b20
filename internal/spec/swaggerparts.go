package spec

import (
	"slices"
	"strings"
)

// ofSchema are the fields of a parameter or header that OpenAPI 3 keeps in a schema.
var ofSchema = []string{"type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
	"minLength", "pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "x-nullable"}

// sharedParameters leaves out those that make bodies: they stand where they are used.
func (c *swagger) sharedParameters(n *node) *node {
	if !n.is(object) {
		return n
	}
	out := placed(n, &node{kind: object})
	at := (*path)(nil).to("components").to("parameters")
	for i, name := range n.keys {
		if in := c.target(n.items[i]).str("in"); in != "body" && in != "formData" {
			out.set(name, c.parameter(n.items[i], at.to(name)))
		}
	}
	return out
}

// parameter converts one of query, header or path.
func (c *swagger) parameter(n *node, at *path) *node {
	if !n.is(object) {
		return n
	}
	if ref := n.get("$ref"); ref.is(text) {
		return c.refTo(ref)
	}
	out := n.only(func(key string) bool {
		return !slices.Contains(ofSchema, key) && key != "collectionFormat" && key != "schema"
	})
	if out.str("in") != "query" {
		out = out.only(func(key string) bool { return key != "allowEmptyValue" })
	}
	if n.str("type") == "array" {
		c.style(n, out, n.str("in"), at)
	}
	out.set("schema", c.plainSchema(n))
	return out
}

// style says how a list is written.
func (c *swagger) style(n, out *node, in string, at *path) {
	set := func(style, explode string) {
		if in == "query" || in == "formData" {
			out.set("style", textNode(style))
			out.set("explode", &node{kind: boolean, value: explode})
		}
	}
	if format := n.get("collectionFormat"); format != nil {
		c.note(format, at, "\"collectionFormat\" became \"style\" and \"explode\" (%s).")
	}
	switch n.str("collectionFormat") {
	case "multi":
		set("form", "true")
	case "ssv":
		set("spaceDelimited", "false")
	case "pipes":
		set("pipeDelimited", "false")
	case "tsv":
		c.note(n.get("collectionFormat"), at, "OpenAPI 3 cannot say that a list is separated by tabs (\"tsv\"); pages show commas (%s). Choose another form of list.")
		set("form", "false")
	default:
		set("form", "false")
	}
}

// plainSchema is the schema of what is no schema in Swagger 2.0: parameters,
// their items, and headers.
func (c *swagger) plainSchema(n *node) *node {
	if s := n.get("schema"); s != nil {
		return c.schema(s)
	}
	out := n.only(func(key string) bool { return slices.Contains(ofSchema, key) })
	return c.schema(out)
}

// body makes the request body of the parameters that make it.
func (c *swagger) body(parts []*node, op *node, at *path) *node {
	i := slices.IndexFunc(parts, func(p *node) bool { return p.str("in") == "body" })
	if i < 0 {
		return c.form(parts, op, at)
	}
	p := parts[i]
	c.note(p, at, "Parameters in the body became request bodies (%s).")
	out := placed(p, &node{kind: object})
	for j, key := range p.keys {
		if key == "description" || key == "required" || strings.HasPrefix(key, "x-") {
			out.set(key, p.items[j])
		}
	}
	schema := objectOf()
	if s := p.get("schema"); s != nil {
		schema = c.schema(s)
	}
	content := objectOf()
	for _, media := range c.media(op, "consumes", "application/json") {
		content.set(media, objectOf("schema", schema))
	}
	out.set("content", content)
	return out
}

// form makes the body of form fields; with a file among them it is multipart.
func (c *swagger) form(parts []*node, op *node, at *path) *node {
	c.note(parts[0], at, "Form parameters became request bodies (%s).")
	schema, encoding := objectOf("type", textNode("object"), "properties", objectOf()), objectOf()
	required := &node{kind: list}
	fallback := "application/x-www-form-urlencoded"
	for _, p := range parts {
		name := p.str("name")
		field := c.plainSchema(p)
		if d := p.get("description"); d != nil {
			field = field.only(func(string) bool { return true })
			field.set("description", d)
		}
		for j, key := range p.keys { // what is internal stays so
			if strings.HasPrefix(key, "x-") && !slices.Contains(ofSchema, key) {
				field = field.only(func(string) bool { return true })
				field.set(key, p.items[j])
			}
		}
		schema.get("properties").set(name, field)
		if p.flag("required") {
			required.items = append(required.items, textNode(name))
		}
		if p.str("type") == "file" {
			fallback = "multipart/form-data"
		}
		if p.str("type") == "array" {
			how := objectOf()
			c.style(p, how, "formData", at)
			encoding.set(name, how)
		}
	}
	if len(required.items) > 0 {
		schema.set("required", required)
	}
	content := objectOf()
	for _, media := range c.media(op, "consumes", fallback) {
		if !strings.HasPrefix(media, "multipart/") && (media != "application/x-www-form-urlencoded" || fallback != media) {
			continue // no form can be written so
		}
		content.set(media, withEncoding(schema, encoding))
	}
	if len(content.keys) == 0 {
		content.set(fallback, withEncoding(schema, encoding))
	}
	out := placed(parts[0], &node{kind: object})
	if len(required.items) > 0 {
		out.set("required", &node{kind: boolean, value: "true"})
	}
	out.set("content", content)
	return out
}

func withEncoding(schema, encoding *node) *node {
	out := objectOf("schema", schema)
	if len(encoding.keys) > 0 {
		out.set("encoding", encoding)
	}
	return out
}

// media are the media types that an operation has of its own, or the document has.
func (c *swagger) media(op *node, key, fallback string) []string {
	own := op.strs(key)
	if op.get(key) == nil {
		own = c.old.strs(key)
	}
	if len(own) == 0 {
		return []string{fallback}
	}
	return own
}

// response converts one; op is nil for those that operations share.
func (c *swagger) response(n, op *node) *node {
	if !n.is(object) {
		return n
	}
	if ref := n.get("$ref"); ref.is(text) {
		if shared := c.target(n); op.get("produces") == nil || shared == n || shared.get("$ref") != nil {
			return c.refTo(ref)
		}
		n = c.target(n) // the operation's media types are its own
	}
	out := placed(n, &node{kind: object})
	for i, key := range n.keys {
		switch v := n.items[i]; key {
		case "schema", "examples", "content":
		case "headers":
			out.set(key, c.eachOf(v, c.header))
		default:
			out.set(key, v)
		}
	}
	if content := c.content(n, op); len(content.keys) > 0 {
		out.set("content", content)
	}
	return out
}

func (c *swagger) content(n, op *node) *node {
	out := objectOf()
	schema, examples := n.get("schema"), n.get("examples")
	if schema != nil {
		c.note(schema, nil, "The schemas of responses became their content (%s).")
		fallback := "application/json"
		if schema.str("type") == "file" {
			fallback = "application/octet-stream"
		}
		for _, media := range c.media(op, "produces", fallback) {
			out.set(media, objectOf("schema", c.schema(schema)))
		}
	}
	if examples.is(object) {
		for i, media := range examples.keys {
			in := out.get(media)
			if in == nil && !strings.Contains(media, "/") {
				continue
			}
			if in == nil {
				in = objectOf()
				if schema != nil {
					in.set("schema", c.schema(schema))
				}
				out.set(media, in)
			}
			in.set("example", examples.items[i])
		}
	}
	return out
}

func (c *swagger) header(n *node) *node {
	if !n.is(object) {
		return n
	}
	out := n.only(func(key string) bool {
		return !slices.Contains(ofSchema, key) && key != "collectionFormat" && key != "schema"
	})
	out.set("schema", c.plainSchema(n))
	return out
}

// flows are the names that OpenAPI 3 has for those of Swagger 2.0.
var flows = map[string]string{"implicit": "implicit", "password": "password", "application": "clientCredentials", "accessCode": "authorizationCode"}

// scheme converts a way to identify.
func (c *swagger) scheme(n *node) *node {
	switch n.str("type") {
	case "basic":
		out := objectOf("type", textNode("http"), "scheme", textNode("basic"))
		return with(out, n, func(key string) bool { return key != "type" })
	case "oauth2":
		inFlow := func(key string) bool { return key == "authorizationUrl" || key == "tokenUrl" || key == "scopes" }
		flow := n.only(inFlow)
		if flow.get("scopes") == nil {
			flow.set("scopes", objectOf())
		}
		name, known := flows[n.str("flow")]
		if !known {
			return n // the check against the specification says so
		}
		out := objectOf("type", textNode("oauth2"), "flows", objectOf(name, flow))
		return with(out, n, func(key string) bool { return key != "type" && key != "flow" && !inFlow(key) })
	}
	return n
}

// with adds members of n to out, which takes n's place.
func with(out, n *node, keep func(string) bool) *node {
	placed(n, out)
	for i, key := range n.keys {
		if keep(key) {
			out.set(key, n.items[i])
		}
	}
	return out
}
