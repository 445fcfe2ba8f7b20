package spec

import (
	"regexp"
	"slices"
	"strings"
)

// supported looks at the version and the outline. What it refuses cannot be read
// as OpenAPI 3 at all.
func (s *source) supported() bool {
	if !s.root.is(object) {
		s.fault(s.root, nil, "This is not an OpenAPI document: it holds %s, and an object with the field \"openapi\" is needed.", s.root.kind)
		return false
	}
	if old := s.root.get("swagger"); old != nil {
		s.fault(old, (*path)(nil).to("swagger"), "Swagger %s is not supported. Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 are; convert the document to one of them.", clip(old.value))
		return false
	}
	v := s.root.get("openapi")
	if v == nil {
		s.fault(s.root, nil, "This is not an OpenAPI document: the field \"openapi\" with the version, such as \"3.1.0\", is missing at the top.")
		return false
	}
	at := (*path)(nil).to("openapi")
	minor, ok := map[string]dialect{"3.0": v30, "3.1": v31, "3.2": v32}[firstTwo(v.value)]
	if !ok || v.kind != text && v.kind != number {
		s.fault(v, at, "The OpenAPI version %q is not supported. Versions 3.0, 3.1 and 3.2 are.", clip(v.value))
		return false
	}
	if v.kind == number {
		s.warn(v, at, "The version stands there as a number; put it in quotes and name all three parts, as in \"3.0.3\".")
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
			s.fault(n, (*path)(nil).to(key), "The field %q must be an object; here it is %s.", key, n.kind)
			return false
		}
	}
	if !found {
		s.fault(s.root, nil, "The document has none of \"paths\", \"components\" and \"webhooks\"; at least one is needed, and an API needs \"paths\".")
	}
	return found
}

// checks reports what the schema of OpenAPI cannot: how parts fit together.
func (s *source) checks(places []place) {
	s.operationIDs(places)
	s.ambiguous()
	for _, p := range places {
		s.pathParameters(p)
		s.security(p)
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
			s.warn(p.node.get("operationId"), p.path.to("operationId"), "The operationId %q is that of %s %s too. Give each operation its own.",
				clip(id), other.name, clip(other.template))
			continue
		}
		first[id] = p
	}
}

var templateParam = regexp.MustCompile(`\{([^{}]*)\}`)

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
				"The paths %q and %q match the same addresses. Calls go to the first that has the method; merge the two.", clip(other), clip(template))
			continue
		}
		first[shape] = template
	}
}

// pathParameters compares the template with the parameters declared for it.
func (s *source) pathParameters(p place) {
	declared := map[string]bool{}
	for _, from := range []*node{p.item.get("parameters"), p.node.get("parameters")} {
		if !from.is(list) {
			continue
		}
		for _, e := range from.items {
			n, _, missing := s.follow(e)
			if missing != "" {
				return // the template may be right; the reference is reported
			}
			if n.str("in") == "path" {
				declared[n.str("name")] = true
			}
		}
	}
	address, _, _ := strings.Cut(p.template, "#")
	wanted := map[string]bool{}
	for _, m := range templateParam.FindAllStringSubmatch(address, -1) {
		wanted[m[1]] = true
		if !declared[m[1]] {
			s.warn(p.node, p.path, "%s %s: the path parameter {%s} is not declared. Add it to parameters, with \"in: path\".", p.name, clip(p.template), clip(m[1]))
		}
	}
	for _, name := range sorted(declared) {
		if !wanted[name] && !strings.Contains(p.template, "{"+name+"}") {
			s.warn(p.node, p.path, "%s %s: the path parameter %q is declared but is not in the path.", p.name, clip(p.template), clip(name))
		}
	}
}

// security reports requirements that name no scheme.
func (s *source) security(p place) {
	schemes := s.root.get("components").get("securitySchemes")
	for _, a := range alternatives(p.node, objectOf()) {
		for _, r := range a {
			if schemes.get(r.Scheme) == nil {
				s.warn(p.node.get("security"), p.path.to("security"), "%s %s needs the security scheme %q, which components.securitySchemes does not define.",
					p.name, clip(p.template), clip(r.Scheme))
			}
		}
	}
}

func sorted(set map[string]bool) (out []string) {
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
