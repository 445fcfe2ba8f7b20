package upstream

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// document is an OpenAPI document as the engine needs it: references are
// followed on the way, and schemas are read once each, so that they may recur.
type document struct {
	root    *yaml.Node
	schemas map[*yaml.Node]*schema
}

type operation struct {
	method, path string
	segments     []string
	verb         string // the last literal segment: confirm, hold, load
	query        []parameter
	header       []parameter
	body         *schema
	bodyNeeded   bool
	success      int
	media        string // of the success answer; empty when it has no body
	answer       *schema
	example      any // of the success answer, for bodies that are no JSON
	errors       []int
	problem      map[int]string // media type of each documented error
}

type parameter struct {
	name     string
	required bool
	split    bool // one value holds several, separated by commas
	schema   *schema
}

// Key names the operation: the method, a space and the path as documented.
func (o *operation) Key() string { return o.method + " " + o.path }

func readDocument(text []byte) (*document, []*operation, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	if len(file.Content) != 1 || child(file.Content[0], "openapi") == nil {
		return nil, nil, errors.New("read OpenAPI document: it has no field openapi")
	}
	d := &document{root: file.Content[0], schemas: map[*yaml.Node]*schema{}}
	var operations []*operation
	for path, item := range pairs(child(d.root, "paths")) {
		for method, node := range pairs(item) {
			if !slices.Contains([]string{"get", "put", "post", "delete", "patch"}, method) {
				continue
			}
			operations = append(operations, d.operation(strings.ToUpper(method), path, item, node))
		}
	}
	if len(operations) == 0 {
		return nil, nil, errors.New("read OpenAPI document: it has no operations")
	}
	return d, operations, nil
}

func (d *document) operation(method, path string, item, node *yaml.Node) *operation {
	op := &operation{method: method, path: path, segments: strings.Split(strings.Trim(path, "/"), "/"), problem: map[int]string{}}
	if last := op.segments[len(op.segments)-1]; !isParam(last) {
		op.verb = last
	}
	for _, list := range []*yaml.Node{child(item, "parameters"), child(node, "parameters")} {
		for _, n := range elements(list) {
			d.parameter(op, d.deref(n))
		}
	}
	if body := d.deref(child(node, "requestBody")); body != nil {
		op.bodyNeeded = text(child(body, "required")) == "true"
		op.body = d.schema(child(child(child(body, "content"), "application/json"), "schema"))
	}
	for code, n := range pairs(child(node, "responses")) {
		d.response(op, code, d.deref(n))
	}
	return op
}

func (d *document) parameter(op *operation, n *yaml.Node) {
	p := parameter{
		name:     text(child(n, "name")),
		required: text(child(n, "required")) == "true",
		split:    text(child(n, "explode")) == "false",
		schema:   d.schema(child(n, "schema")),
	}
	switch text(child(n, "in")) {
	case "query":
		op.query = append(op.query, p)
	case "header":
		op.header = append(op.header, p)
	}
}

func (d *document) response(op *operation, code string, n *yaml.Node) {
	var status int
	if _, err := fmt.Sscanf(code, "%d", &status); err != nil {
		return // "default" and ranges: our documents name each status
	}
	for media, content := range pairs(child(n, "content")) {
		if status >= 400 {
			op.problem[status] = media
			break
		}
		op.media, op.answer = media, d.schema(child(content, "schema"))
		if e := child(content, "example"); e != nil {
			op.example = value(e)
		}
		break
	}
	if status >= 400 {
		op.errors = append(op.errors, status)
		return
	}
	op.success = status
}

// deref follows $ref, which in our documents stays inside the document.
func (d *document) deref(n *yaml.Node) *yaml.Node {
	for range 16 {
		ref := child(n, "$ref")
		if ref == nil {
			return n
		}
		n = d.root
		for _, name := range strings.Split(strings.TrimPrefix(ref.Value, "#/"), "/") {
			n = child(n, name)
		}
	}
	return n
}

func isParam(segment string) bool { return strings.HasPrefix(segment, "{") }

func paramName(segment string) string { return strings.Trim(segment, "{}") }
