package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// supported looks at the version and the outline. What it refuses cannot be read
// as OpenAPI 3 at all.
func (s *source) supported() bool {
	if !s.root.is(object) {
		s.fault(s.root, nil, "This is not an OpenAPI document: it holds %s, and an object with the field \"openapi\" is needed.", s.root.kind).
			by("Upload the OpenAPI document itself.")
		return false
	}
	if old := s.root.get("swagger"); old != nil {
		s.fault(old, (*path)(nil).to("swagger"), "Swagger %s is not supported. Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 are; convert the document to one of them.", clip(old.value))
		return false
	}
	v := s.root.get("openapi")
	if v == nil {
		s.fault(s.root, nil, "This is not an OpenAPI document: the field \"openapi\" with the version is missing at the top.").
			by("Write \"openapi\": \"3.1.0\" at the top, with the version that it is written in.")
		return false
	}
	at := (*path)(nil).to("openapi")
	minor, ok := map[string]dialect{"3.0": v30, "3.1": v31, "3.2": v32}[firstTwo(v.value)]
	if !ok || v.kind != text && v.kind != number {
		s.fault(v, at, "The OpenAPI version %q is not supported. Versions 3.0, 3.1 and 3.2 are.", clip(v.value)).
			by("Convert the document to OpenAPI 3.1, or correct the version if it is one of these.")
		return false
	}
	if v.kind == number {
		s.warn(v, at, "The version stands there as a number, and must be text with three parts.").by("Write \"%s.0\", in quotes.", firstTwo(v.value))
	}
	s.dialect = minor
	return s.containers()
}

// firstTwo are the major and minor parts of a version.
func firstTwo(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// containers checks that there is something to read, of the right shape.
func (s *source) containers() bool {
	found := false
	for _, key := range []string{"paths", "components", "webhooks"} {
		n := s.root.get(key)
		if n == nil {
			continue
		}
		found = true
		if !n.is(object) {
			s.fault(n, (*path)(nil).to(key), "The field %q must be an object; here it is %s.", key, n.kind).by("Write an object there, if only an empty one: {}.")
			return false
		}
	}
	if !found {
		s.fault(s.root, nil, "The document has none of \"paths\", \"components\" and \"webhooks\"; at least one is needed.").
			by("Add \"paths\" with the operations of the API.")
	}
	return found
}

// checks reports what the schema of OpenAPI cannot: how parts fit together.
func (s *source) checks(places []place) {
	s.twice()
	s.about = "References"
	s.reportBroken(places)
	s.about = "Operation ids"
	s.operationIDs(places)
	s.about = "Paths"
	s.ambiguous()
	s.unreachable(places)
	s.about = "Security"
	s.security(s.root.get("security"), (*path)(nil).to("security"))
	for _, p := range places {
		s.security(p.node.get("security"), p.path.to("security"))
	}
	s.about = "Path parameters"
	for _, p := range places {
		s.pathParameters(p)
	}
	s.about = "Hints"
	for _, p := range places {
		s.riskWord(p)
	}
}

func (s *source) operationIDs(places []place) {
	first := map[string]place{}
	for _, p := range places {
		id := p.node.str("operationId")
		if id == "" {
			continue
		}
		if other, twice := first[id]; twice {
			s.warn(p.node.get("operationId"), p.path.to("operationId"), "The operationId %q is that of %s %s too. Generated code calls one of them and loses the other.",
				clip(id), other.name, clip(other.template)).by("Write %q here, or another name of its own.", clip(uniqueID(id, first)))
			continue
		}
		first[id] = p
	}
}

var templateParam = regexp.MustCompile(`\{([^{}]*)\}`)

// twice gives names that stand twice in an object their place in the document. It
// is grave where an operation is lost by it.
func (s *source) twice() {
	at := map[[2]int]int{}
	for i, p := range s.problems[:len(s.notes)] {
		at[[2]int{p.Line, p.Column}] = i
	}
	seen := map[*node]bool{}
	var walk func(n *node, here *path, depth int)
	walk = func(n *node, here *path, depth int) {
		if seen[n] {
			return
		}
		seen[n] = true
		for j, e := range n.items {
			below := here.toIndex(j)
			if n.kind == object {
				below = here.to(n.keys[j])
				if i, ok := at[[2]int{e.line, e.col}]; ok && s.problems[i].Pointer == "" {
					s.problems[i].Pointer = below.String()
					if _, method := methods[n.keys[j]]; here.under("paths") && (depth == 1 || depth == 2 && method) {
						s.problems[i].Severity = Grave
					}
				}
			}
			walk(e, below, depth+1)
		}
	}
	if len(at) > 0 {
		walk(s.root, nil, 0)
	}
}

// under reports whether a place is a field of the document, or inside it.
func (p *path) under(field string) bool {
	for p != nil && p.up != nil {
		p = p.up
	}
	return p != nil && p.step == field
}

// uniqueID is an operationId that no operation has yet.
func uniqueID(id string, taken map[string]place) string {
	for n := 2; ; n++ {
		if next := id + strconv.Itoa(n); taken[next].node == nil {
			return next
		}
	}
}

// unreachable reports operations that no call gets to, as another one comes
// before it at the same addresses. A token for it would be of no use.
func (s *source) unreachable(places []place) {
	first := map[string]place{}
	for _, p := range places {
		address := p.name + " " + templateParam.ReplaceAllString(p.template, "{}")
		if other, twice := first[address]; twice {
			s.grave(p.node, p.path, "%s %s can never be called: %s %s comes first and matches the same addresses.",
				p.name, clip(p.template), other.name, clip(other.template)).by("Give it a path of its own, remove one of the two, or mark it with \"x-internal\": true.")
			continue
		}
		first[address] = p
	}
}

// ambiguous reports path templates that differ in nothing but names.
func (s *source) ambiguous() {
	all := s.root.get("paths")
	if !all.is(object) {
		return
	}
	first := map[string]string{}
	for i, template := range all.keys {
		shape := templateParam.ReplaceAllString(template, "{}")
		if other, twice := first[shape]; twice {
			s.warn(all.items[i], (*path)(nil).to("paths").to(template),
				"The paths %q and %q match the same addresses. Calls go to the first that has the method.", clip(other), clip(template)).
				by("Move these operations to %q, and remove this path.", clip(other))
			continue
		}
		first[shape] = template
	}
}

// pathParameters compares the template with the parameters declared for it.
func (s *source) pathParameters(p place) {
	declared, wanted, reported := s.declared(p)
	if reported {
		return // the template may be right; the reference is reported
	}
	for _, name := range sorted(wanted) {
		if !declared[name] {
			s.warn(p.node, p.path, "%s %s: the path parameter {%s} is not declared. Until it is, it is shown as a text.", p.name, clip(p.template), clip(name)).
				by(`Write {"name": %q, "in": "path", "required": true, "schema": {"type": "string"}} into its "parameters".`, clip(name))
		}
	}
	for _, name := range sorted(declared) {
		if !wanted[name] && !strings.Contains(p.template, "{"+name+"}") {
			s.warn(p.node, p.path, "%s %s: the path parameter %q is declared but is not in the path.", p.name, clip(p.template), clip(name)).
				by("Write {%s} into the path, or remove the parameter.", clip(name))
		}
	}
}

// declared are the names of the path parameters that an operation declares, and
// those that its path wants. missing says that a reference leads nowhere.
func (s *source) declared(p place) (declared, wanted map[string]bool, missing bool) {
	declared, wanted = map[string]bool{}, map[string]bool{}
	for _, from := range []*node{p.item.get("parameters"), p.node.get("parameters")} {
		if !from.is(list) {
			continue
		}
		for _, e := range from.items {
			n, _, gone := s.follow(e)
			if gone != "" {
				return nil, nil, true
			}
			if n.str("in") == "path" {
				declared[n.str("name")] = true
			}
		}
	}
	address, _, _ := strings.Cut(p.template, "#")
	for _, m := range templateParam.FindAllStringSubmatch(address, -1) {
		wanted[m[1]] = true
	}
	return declared, wanted, false
}

// security reports requirements that cannot be read, or name no scheme. What
// cannot be read is no leave to call without one.
func (s *source) security(n *node, at *path) {
	if n == nil {
		return
	}
	const advice = `Write a list of objects, like [{"name of the scheme": ["name of a scope"]}]; [] says that none is needed.`
	if !n.is(list) {
		s.grave(n, at, "\"security\" must be a list, and is %s: nobody can tell who may call.", n.kind).by(advice)
		return
	}
	schemes := s.root.get("components").get("securitySchemes")
	for i, e := range n.items {
		if !e.is(object) {
			s.grave(e, at.toIndex(i), "A security requirement must be an object, and this is %s: nobody can tell who may call.", e.kind).by(advice)
			continue
		}
		for j, name := range e.keys {
			here := at.toIndex(i).to(name)
			if schemes.get(name) == nil {
				s.warn(e.items[j], here, "The security scheme %q is not defined in components.securitySchemes.", clip(name)).by("%s", defineOr(name, schemes))
			}
			if !e.items[j].is(list) {
				s.grave(e.items[j], here, "The scopes of %q must be a list, and are %s: nobody can tell who may call.", clip(name), e.items[j].kind).
					by(`Write ["name of a scope"], or [] where it needs none.`)
			}
		}
	}
}

// declare adds the path parameters that are not declared, as texts, so that pages,
// samples and tries can fill them in.
func (s *source) declare(places []place) {
	for _, p := range places {
		declared, wanted, missing := s.declared(p)
		if missing {
			continue
		}
		for _, name := range sorted(wanted) {
			if declared[name] || name == "" {
				continue
			}
			all := p.node.get("parameters")
			if !all.is(list) {
				all = &node{kind: list}
			}
			all = &node{kind: list, line: all.line, col: all.col, items: append(slices.Clone(all.items), objectOf(
				"name", textNode(name), "in", textNode("path"), "required", &node{kind: boolean, value: "true"},
				"schema", objectOf("type", textNode("string"))))}
			p.node.set("parameters", all)
		}
	}
}

// defineOr tells how to name a scheme that exists.
func defineOr(name string, schemes *node) string {
	if schemes.is(object) {
		if near := nearest(name, schemes.keys); near != "" {
			return fmt.Sprintf("Write %q, or define %q there.", clip(near), clip(name))
		}
	}
	return fmt.Sprintf("Define %q there.", clip(name))
}

func sorted(set map[string]bool) (out []string) {
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
