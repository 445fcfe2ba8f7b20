package spec

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
)

// Slice is the smallest OpenAPI document, as JSON, that describes one operation:
// the operation and the components that it needs, directly or through others.
// raw must be a document that Reader has accepted. References that cannot be
// followed within the document are left out. The fault is NotFound when there is
// no such operation.
func Slice(raw []byte, operationKey string) ([]byte, error) {
	return SliceOf(raw, []string{operationKey})
}

// SliceOf is the same for several operations, by their keys.
func SliceOf(raw []byte, operationKeys []string) ([]byte, error) {
	wanted := make(map[string]bool, len(operationKeys))
	var templates []string
	for _, key := range operationKeys {
		wanted[key] = true
		_, template, _ := strings.Cut(key, " ")
		templates = append(templates, template)
	}
	if less, ok := reduced(raw, templates); ok {
		raw = less
	}
	return slice(raw, func(p place) bool { return wanted[p.name+" "+p.template] })
}

// SliceTag is the same for all operations with a tag.
func SliceTag(raw []byte, tag string) ([]byte, error) {
	return slice(raw, func(p place) bool { return slices.Contains(p.node.strs("tags"), tag) })
}

// ForTry prepares a slice for Swagger UI (R103, R105): the only server is the
// gateway, the only security scheme its bearer token, and nothing in it points
// anywhere else.
func ForTry(slice []byte, gatewayBaseURL string) ([]byte, error) {
	s, err := accepted(slice)
	if err != nil {
		return nil, err
	}
	c := newCopier(s)
	c.bare = true
	out := c.through(gatewayBaseURL, func(place) bool { return true })
	nameOperations(out)
	return out.appendJSON(nil), nil
}

// nameOperations gives an operationId to operations without one: Swagger UI
// makes one up in one place and does not find it in another.
func nameOperations(root *node) {
	s := &source{parsed: parsed{root: root}, dialect: v32}
	for i, p := range s.places() {
		if p.node.str("operationId") == "" {
			p.node.set("operationId", textNode("operation"+strconv.Itoa(i+1)))
		}
	}
}

// Whole is the document as JSON for download, with the gateway as its server and
// its way to identify.
func Whole(raw []byte, gatewayBaseURL string) ([]byte, error) {
	n, err := whole(raw, gatewayBaseURL)
	if err != nil {
		return nil, err
	}
	return n.appendJSON(nil), nil
}

// WholeYAML is Whole as YAML.
func WholeYAML(raw []byte, gatewayBaseURL string) ([]byte, error) {
	n, err := whole(raw, gatewayBaseURL)
	if err != nil {
		return nil, err
	}
	return n.appendYAML(nil, 0, false), nil
}

func whole(raw []byte, gatewayBaseURL string) (*node, error) {
	s, err := accepted(raw)
	if err != nil {
		return nil, err
	}
	c := newCopier(s)
	c.all = true
	return c.through(gatewayBaseURL, func(place) bool { return true }), nil
}

func slice(raw []byte, pick func(place) bool) ([]byte, error) {
	s, err := accepted(raw)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(s.places(), pick) {
		return nil, fault.Missing("operation")
	}
	c := newCopier(s)
	c.ids = map[string]bool{}
	for _, p := range s.places() {
		if pick(p) {
			c.ids[p.node.str("operationId")] = true
		}
	}
	return c.document(pick).appendJSON(nil), nil
}

// accepted parses a document again that was read before.
func accepted(raw []byte) (*source, error) {
	p, err := parse(raw)
	if err != nil {
		return nil, fault.New(fault.Invalid, "document_refused", "The document cannot be read.").Because(err)
	}
	s := &source{parsed: p}
	if !s.supported() {
		return nil, fault.New(fault.Invalid, "document_refused", "%s", s.problems[0].Message)
	}
	s.internals().hide()
	s.declare(s.places())
	return s, nil
}

// through is document with everything about where to call and how to identify
// replaced by the gateway.
func (c *copier) through(gateway string, pick func(place) bool) *node {
	c.gateway = true
	out := c.document(pick)
	out.set("servers", &node{kind: list, items: []*node{objectOf("url", textNode(strings.TrimSuffix(gateway, "/")))}})
	out.set("security", &node{kind: list, items: []*node{objectOf("gatehouse", &node{kind: list})}})
	components := objectOf()
	if old := out.get("components"); old != nil {
		components = old.only(func(key string) bool { return key != "securitySchemes" })
	}
	components.set("securitySchemes", objectOf("gatehouse", objectOf(
		"type", textNode("http"), "scheme", textNode("bearer"),
		"description", textNode("A token made in the developer portal."))))
	out.set("components", components)
	return out
}

// document copies the outline and the picked operations, then what they need.
func (c *copier) document(pick func(place) bool) *node {
	info := c.root.get("info")
	if !info.is(object) {
		info = objectOf("title", textNode("Untitled API"), "version", textNode(""))
	}
	out := objectOf("openapi", textNode(c.root.str("openapi")), "info", c.copy(info, false), "paths", c.paths(pick))
	for i, key := range c.root.keys {
		keep := key == "servers" || key == "security" || key == "tags"
		if c.all {
			keep = !slices.Contains([]string{"openapi", "info", "paths", "components"}, key)
		}
		if !keep {
			continue
		}
		part := c.copy(c.root.items[i], slices.Contains(holdNames, key))
		if key == "tags" && !c.all && part.is(list) {
			used := c.usedTags(pick)
			part.items = slices.DeleteFunc(part.items, func(t *node) bool { return !used[t.str("name")] })
		}
		out.set(key, part)
	}
	if c.all {
		c.needAll()
	} else {
		c.needSchemes()
	}
	if components := c.components(); len(components.keys) > 0 {
		out.set("components", components)
	}
	if len(c.shared.keys) > 0 {
		out.set(sharedKey, c.shared)
	}
	return out
}

// usedTags are the tags of the picked operations.
func (c *copier) usedTags(pick func(place) bool) map[string]bool {
	used := map[string]bool{}
	for _, p := range c.places() {
		if pick(p) {
			for _, tag := range p.node.strs("tags") {
				used[tag] = true
			}
		}
	}
	return used
}

// paths copies the picked operations, each under its own template.
func (c *copier) paths(pick func(place) bool) *node {
	out := objectOf()
	for _, p := range c.places() {
		if !pick(p) {
			continue
		}
		item := out.get(p.template)
		if item == nil {
			item = c.copy(p.item.only(func(key string) bool {
				return key == "parameters" || key == "summary" || key == "description" || key == "servers" && !c.gateway
			}), false)
			out.set(p.template, item)
		}
		operation := c.copy(p.node.only(c.ofOperation), false)
		if p.at.up == nil {
			item.set(p.at.step, operation)
			continue
		}
		more := item.get(p.at.up.step)
		if more == nil {
			more = objectOf()
			item.set(p.at.up.step, more)
		}
		more.set(p.at.step, operation)
	}
	return out
}

// ofOperation says which fields of an operation are copied.
func (c *copier) ofOperation(key string) bool {
	switch key {
	case "servers", "security":
		return !c.gateway
	case "callbacks":
		return !c.bare
	}
	return true
}
