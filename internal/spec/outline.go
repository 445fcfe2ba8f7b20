package spec

import (
	"cmp"
	"slices"
	"strings"
)

// outlineProse is what the descriptions of tags and ways to identify take together, in
// bytes, longestProse what one takes: a version's page shows them all.
const (
	outlineProse = 512 << 10
	longestProse = 32 << 10
)

// text is as much of a text as there is room for.
func (r *room) text(s string) string {
	if r.left <= 0 {
		return ""
	}
	s = clipTo(s, min(r.left, longestProse))
	r.left -= len(s)
	return s
}

// outline fills in what the document says about itself.
func (s *source) outline(d *Document) {
	info := s.root.get("info")
	d.Format, d.OpenAPIVersion = s.format, s.root.str("openapi")
	d.Title, d.Version = titled(info.str("title")), titled(info.str("version"))
	d.Summary, d.Description = titled(info.str("summary")), info.str("description")
	// That a field is missing says the check against the specification.
	if d.Title == "" {
		d.Title = "Untitled API"
		if info.find("title") >= 0 {
			s.warn(info, (*path)(nil).to("info"), "The document has no title; give it one in info.title.")
		}
	}
	if d.Version == "" && info.find("version") >= 0 {
		s.warn(info, (*path)(nil).to("info"), "The document has no version; give it one in info.version.")
	}
	contact, licence := info.get("contact"), info.get("license")
	d.Contact = Contact{contact.str("name"), contact.str("email"), webURL(contact.str("url"))}
	d.Licence = Licence{unlessEmpty(licence.str("name"), licence.str("identifier")), webURL(licence.str("url"))}
	d.TermsURL, d.DocsURL = webURL(info.str("termsOfService")), webURL(s.root.get("externalDocs").str("url"))
	d.Servers = servers(s.root.get("servers"))
	room := newRoom(outlineProse)
	d.Schemes = s.schemes(room)
	for _, scheme := range d.Schemes {
		for _, scope := range scheme.Scopes {
			d.addScope(scope)
		}
	}
	if tags := s.root.get("tags"); tags.is(list) {
		for _, t := range tags.items {
			if name := t.str("name"); name != "" && !d.hasTag(name) {
				d.Tags = append(d.Tags, Tag{Name: name, Summary: titled(cmp.Or(t.str("summary"), t.str("x-displayName"))),
					Description: room.text(t.str("description")), Parent: t.str("parent")})
			}
		}
	}
	s.tagGroups(d)
	d.Webhooks = len(s.hooks())
}

func (d *Document) hasTag(name string) bool {
	return slices.ContainsFunc(d.Tags, func(t Tag) bool { return t.Name == name })
}

func (d *Document) addScope(scope Scope) {
	i := slices.IndexFunc(d.Scopes, func(s Scope) bool { return s.Name == scope.Name })
	if i < 0 {
		d.Scopes = append(d.Scopes, scope)
	} else if d.Scopes[i].Description == "" {
		d.Scopes[i].Description = scope.Description
	}
}

func servers(n *node) (out []Server) {
	if !n.is(list) {
		return nil
	}
	for _, e := range n.items {
		server := Server{URL: e.str("url"), Description: titled(e.str("description"))}
		if vars := e.get("variables"); vars.is(object) {
			for i, name := range vars.keys {
				v := vars.items[i]
				server.Variables = append(server.Variables, ServerVariable{name, v.str("default"), v.strs("enum")})
			}
		}
		if server.URL != "" {
			out = append(out, server)
		}
	}
	return out
}

func (s *source) schemes(room *room) (out []SecurityScheme) {
	all := s.root.get("components").get("securitySchemes")
	if !all.is(object) {
		return nil
	}
	for i, name := range all.keys {
		scheme := SecurityScheme{Name: name}
		if n, _, missing := s.follow(all.items[i]); missing == "" {
			scheme.Type, scheme.Scheme = n.str("type"), strings.ToLower(n.str("scheme"))
			scheme.In, scheme.Parameter, scheme.Description = n.str("in"), n.str("name"), room.text(n.str("description"))
			scheme.Scopes = flowScopes(n.get("flows"))
		}
		out = append(out, scheme)
	}
	return out
}

func flowScopes(flows *node) (out []Scope) {
	if !flows.is(object) {
		return nil
	}
	for _, flow := range flows.items {
		scopes := flow.get("scopes")
		if !scopes.is(object) {
			continue
		}
		for i, name := range scopes.keys {
			if !slices.ContainsFunc(out, func(s Scope) bool { return s.Name == name }) {
				out = append(out, Scope{name, titled(scopes.items[i].value)})
			}
		}
	}
	return out
}

// alternatives reads a list of security requirements; an operation without one
// has the document's.
func alternatives(op, root *node) (out []Alternative) {
	n := op.get("security")
	if n == nil {
		n = root.get("security")
	}
	if !n.is(list) {
		return nil
	}
	for _, e := range n.items {
		if !e.is(object) {
			continue // reported; it is no leave to call without scopes
		}
		a := Alternative{}
		for _, name := range e.keys {
			a = append(a, Requirement{name, e.strs(name)})
		}
		out = append(out, a)
	}
	return out
}

// scopeSets are the distinct sets of scopes of which one is enough. Ways in that
// know no scopes, such as an API key of the upstream's, count only where there
// is no other; if callers may be anonymous, no scope is needed.
func scopeSets(all []Alternative) (sets [][]string) {
	for _, a := range all {
		if len(a) == 0 {
			return nil
		}
		var set []string
		for _, r := range a {
			set = append(set, r.Scopes...)
		}
		if len(set) > 0 && !slices.ContainsFunc(sets, func(s []string) bool { return slices.Equal(s, set) }) {
			sets = append(sets, set)
		}
	}
	return sets
}
