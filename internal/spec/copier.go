package spec

import (
	"slices"
	"strconv"
	"strings"
)

// copier copies parts of a document and keeps a list of the components that the
// parts refer to.
type copier struct {
	*source
	gateway bool            // servers and security are the gateway's
	bare    bool            // no extensions, links, callbacks or external documents
	all     bool            // every component, needed or not
	ids     map[string]bool // operationIds of a slice: links lead to no others
	need    [][2]string
	have    map[[2]string]bool
	shared  *node             // targets of references that are no components
	names   map[string]string // reference -> its name in shared
}

// sharedKey holds at the top what was referred to in other places than
// components, e.g. "#/paths/~1pets/get/responses/200".
const sharedKey = "x-gatehouse-shared"

func newCopier(s *source) *copier {
	return &copier{source: s, have: map[[2]string]bool{}, shared: objectOf(), names: map[string]string{}}
}

// copy is n with its references made good; names says that its keys are the
// author's.
func (c *copier) copy(n *node, names bool) *node {
	switch n.kind {
	case list:
		out := &node{kind: list}
		for _, e := range n.items {
			if !c.dangling(e) {
				out.items = append(out.items, c.copy(e, false))
			}
		}
		return out
	case object:
		if ref := n.get("$ref"); ref.is(text) && !names {
			return c.copyRef(n, ref.value)
		}
		return c.copyMembers(n, names)
	}
	return n
}

// dangling says whether n is a reference that leads nowhere.
func (c *copier) dangling(n *node) bool {
	ref := n.get("$ref")
	if !ref.is(text) {
		return false
	}
	_, reason := c.resolve(ref.value)
	return reason != ""
}

func (c *copier) copyRef(n *node, ref string) *node {
	if c.dangling(n) {
		return objectOf("description", textNode("Not in the document: "+clip(ref)))
	}
	out := c.copyMembers(n.only(func(key string) bool { return key != "$ref" }), false)
	out.set("$ref", textNode(c.localRef(ref)))
	return out
}

// localRef notes what ref needs and says where that will stand.
func (c *copier) localRef(ref string) string {
	if section, name, ok := component(ref); ok {
		c.want(section, name)
		return ref
	}
	if c.names[ref] == "" {
		target, _ := c.resolve(ref)
		name := strconv.Itoa(len(c.names) + 1)
		c.names[ref] = name
		c.shared.set(name, objectOf()) // so that a circle ends
		c.shared.set(name, c.copy(target, false))
	}
	return "#/" + sharedKey + "/" + c.names[ref]
}

// component splits a reference to a component or into one.
func component(ref string) (section, name string, ok bool) {
	rest, ok := strings.CutPrefix(ref, "#/components/")
	if !ok {
		return "", "", false
	}
	parts := strings.SplitN(rest, "/", 3)
	if len(parts) < 2 {
		return "", "", false
	}
	return parts[0], refName("/" + parts[1]), true
}

func (c *copier) want(section, name string) {
	key := [2]string{section, name}
	if !c.have[key] {
		c.have[key] = true
		c.need = append(c.need, key)
	}
}

func (c *copier) copyMembers(n *node, names bool) *node {
	out := &node{kind: object}
	for i, key := range n.keys {
		v := n.items[i]
		switch {
		case names:
			v = c.copy(v, false)
		case slices.Contains(holdValues, key):
		case strings.HasPrefix(key, "x-"):
			if c.bare && key != sharedKey {
				continue
			}
		case c.bare && slices.Contains([]string{"links", "externalDocs", "externalValue"}, key):
			continue
		case key == "examples" && v.kind == list:
		case key == "discriminator":
			c.wantMapping(v)
		default:
			if key == "links" && v.is(object) && c.ids != nil {
				v = c.linksWithin(v)
			}
			v = c.copy(v, v.kind == object && slices.Contains(holdNames, key))
		}
		out.keys, out.items = append(out.keys, key), append(out.items, v)
	}
	return out
}

// linksWithin are the links that do not name an operation that is not in the slice:
// it may be internal, which cannot be told from a document that was cut before.
func (c *copier) linksWithin(links *node) *node {
	return links.only(func(name string) bool {
		to, _, missing := c.follow(links.get(name))
		id := to.str("operationId")
		return missing != "" || id == "" || c.ids[id]
	})
}

// wantMapping notes the schemas that a discriminator names.
func (c *copier) wantMapping(n *node) {
	m := n.get("mapping")
	if !m.is(object) {
		return
	}
	for _, v := range m.items {
		if section, name, ok := component(v.value); ok {
			c.want(section, name)
		} else if c.root.get("components").get("schemas").get(v.value) != nil {
			c.want("schemas", v.value)
		}
	}
}

// needSchemes asks for the security schemes that may stay.
func (c *copier) needSchemes() {
	if schemes := c.root.get("components").get("securitySchemes"); schemes.is(object) && !c.gateway {
		for _, name := range schemes.keys {
			c.want("securitySchemes", name)
		}
	}
}

func (c *copier) needAll() {
	all := c.root.get("components")
	if !all.is(object) {
		return
	}
	for i, section := range all.keys {
		for _, name := range all.items[i].keys {
			if section != "securitySchemes" || !c.gateway {
				c.want(section, name)
			}
		}
	}
}

// components copies what is needed, and what that needs, until nothing is new.
// The order is the document's.
func (c *copier) components() *node {
	done := map[[2]string]*node{}
	for i := 0; i < len(c.need); i++ {
		key := c.need[i]
		if n := c.root.get("components").get(key[0]).get(key[1]); n != nil {
			done[key] = c.copy(n, false)
		}
	}
	out := objectOf()
	all := c.root.get("components")
	if all == nil {
		return out
	}
	for i, section := range all.keys {
		group := objectOf()
		for _, name := range all.items[i].keys {
			if n := done[[2]string{section, name}]; n != nil {
				group.keys, group.items = append(group.keys, name), append(group.items, n)
			}
		}
		if len(group.keys) > 0 {
			out.set(section, group)
		}
	}
	return out
}
