package spec

import (
	"strings"
)

// rare reads the keywords that few schemas have; nil where there is none.
func (b *builder) rare(n *node, depth int) *Rare {
	r := &Rare{
		If: b.part(n, "if", depth), Then: b.part(n, "then", depth), Else: b.part(n, "else", depth),
		Names: b.part(n, "propertyNames", depth), Contains: b.part(n, "contains", depth),
		UnevaluatedItems: b.part(n, "unevaluatedItems", depth), Content: b.part(n, "contentSchema", depth),
		EnumWords: b.enumWords(n), XML: xmlHints(n.get("xml")), DocsURL: webURL(n.get("externalDocs").str("url")),
		Comment: b.prose(n.str("$comment")),
	}
	if u := n.get("unevaluatedProperties"); u.is(object) {
		r.Unevaluated = b.schema(u, depth)
	}
	if needs := n.get("dependentRequired"); needs.is(object) {
		for _, name := range needs.keys {
			r.Needs = append(r.Needs, Needs{name, needs.strs(name)})
			b.spend(len(name) + 40)
		}
	}
	if depends := n.get("dependentSchemas"); depends.is(object) {
		r.Depends = b.properties(depends, nil, depth)
	}
	if r.empty() {
		return nil
	}
	return r
}

func (r *Rare) empty() bool {
	return r.If == nil && r.Then == nil && r.Else == nil && r.Names == nil && r.Contains == nil && r.Unevaluated == nil &&
		r.UnevaluatedItems == nil && r.Content == nil && len(r.Needs)+len(r.Depends)+len(r.EnumWords)+len(r.XML) == 0 && r.DocsURL+r.Comment == ""
}

// part is the schema under a keyword, or nil.
func (b *builder) part(n *node, key string, depth int) *Schema {
	if m := n.get(key); m.is(object) || m.is(boolean) {
		return b.schema(m, depth)
	}
	return nil
}

// enumWords are what is said of the values of an enum, under the names that
// generators have made customary: a list beside enum, or an object by value.
func (b *builder) enumWords(n *node) (out []string) {
	enum := n.get("enum")
	if !enum.is(list) {
		return nil
	}
	for _, key := range []string{"x-enum-descriptions", "x-enumDescriptions", "x-enum-varnames", "x-enumNames"} {
		words := n.get(key)
		for i, v := range enum.items[:min(len(enum.items), maxEnum)] {
			var word string
			switch {
			case words.is(object):
				word = words.str(v.value)
			case words.is(list) && i < len(words.items) && words.items[i].is(text):
				word = words.items[i].value
			}
			out = append(out, clipTo(word, 1000))
			b.spend(len(word) + 4)
		}
		if strings.Join(out, "") != "" {
			return out
		}
		out = nil
	}
	return nil
}

// xmlHints are how a value is written in XML.
func xmlHints(n *node) (out []Pair) {
	if !n.is(object) {
		return nil
	}
	for _, key := range []string{"name", "namespace", "prefix", "attribute", "wrapped", "nodeType"} {
		if v := n.str(key); v != "" && v != "false" {
			out = append(out, Pair{key, clipTo(v, 200)})
		}
	}
	return out
}

func (b *builder) discriminator(n *node) *Discriminator {
	name := n.str("propertyName")
	if name == "" {
		return nil
	}
	d := &Discriminator{Property: name}
	if v := n.str("defaultMapping"); v != "" {
		d.Default = refName(v)
	}
	if m := n.get("mapping"); m.is(object) {
		for i, value := range m.keys {
			target := refName(m.items[i].value)
			d.Mapping = append(d.Mapping, Mapped{value, Named{target, b.pageNames()[target]}})
			b.spend(len(value) + 2*len(target) + 40)
		}
	}
	return d
}

// callbacks of an operation: each expression and method is a call of its own.
func (b *builder) callbacks(all *node) (out []Callback) {
	if !all.is(object) || b.inside {
		return nil
	}
	b.inside = true // callbacks may have callbacks; those are not shown
	defer func() { b.inside = false }()
	for i, name := range all.keys {
		n, _, missing := b.follow(all.items[i])
		if missing != "" || !n.is(object) {
			out = append(out, Callback{Name: name, Missing: clip(unlessEmpty(missing, "nothing readable"))})
			continue
		}
		for j, expression := range n.keys {
			item, _, missing := b.follow(n.items[j])
			if strings.HasPrefix(expression, "x-") || missing != "" {
				continue
			}
			for _, m := range b.methodsOf(item) {
				if !m.node.is(object) || b.left <= 0 {
					continue
				}
				b.spend(len(name) + len(expression) + 80)
				out = append(out, Callback{Name: name, Expression: expression, Method: m.name,
					Summary: titled(m.node.str("summary")), Call: b.detail(place{method: m, item: item}, nil)})
			}
		}
	}
	return out
}

// links of an answer, with the operation that each leads to.
func (b *builder) links(all *node) (out []Link) {
	if !all.is(object) {
		return nil
	}
	for i, name := range all.keys {
		n, _, missing := b.follow(all.items[i])
		if missing != "" {
			out = append(out, Link{Name: name, Missing: clip(missing)})
			continue
		}
		l := Link{Name: name, Description: b.prose(n.str("description")), Target: n.str("operationId")}
		l.Slug = b.byID[l.Target]
		if ref := n.str("operationRef"); l.Target == "" && ref != "" {
			l.Target = clip(ref)
			l.Slug, l.Target = b.referred(ref, l.Target)
		}
		if params := n.get("parameters"); params.is(object) {
			for j, p := range params.keys {
				l.Parameters = append(l.Parameters, Pair{p, shortValue(params.items[j])})
			}
		}
		if body := n.get("requestBody"); body != nil {
			l.Body = b.raw(body)
		}
		b.spend(len(name) + len(l.Target) + 60*len(l.Parameters) + 80)
		out = append(out, l)
	}
	return out
}

// referred is the operation that an operationRef within the document names.
func (b *builder) referred(ref, asWritten string) (slug, words string) {
	rest, ok := strings.CutPrefix(ref, "#/paths/")
	if !ok {
		return "", asWritten
	}
	template, method, ok := strings.Cut(rest, "/")
	if !ok {
		return "", asWritten
	}
	key := strings.ToUpper(method) + " " + refName("/"+template)
	if slug = b.byKey[key]; slug == "" {
		return "", asWritten
	}
	return slug, key
}

// shortValue is a scalar as it stands, anything else as JSON.
func shortValue(n *node) string {
	if n.kind == list || n.kind == object {
		if heavy(n, 1000) {
			return "…"
		}
		return string(n.appendJSON(nil))
	}
	return clipTo(n.value, 1000)
}

// hooks are the webhooks: calls that the API makes. Documents before 3.1 name
// them in an extension.
func (s *source) hooks() (out []place) {
	for _, key := range []string{"webhooks", "x-webhooks"} {
		all := s.root.get(key)
		if !all.is(object) {
			continue
		}
		for i, name := range all.keys {
			item, _, missing := s.follow(all.items[i])
			if missing != "" {
				continue
			}
			for _, m := range s.methodsOf(item) {
				if m.node.is(object) {
					out = append(out, place{m, name, nil, item})
				}
			}
		}
		break
	}
	return out[:min(len(out), maxPages)]
}

// describeHooks makes a page for each webhook.
func (s *source) describeHooks(d *Document) {
	room, taken := newRoom(partDetails), map[string]bool{}
	for _, p := range s.hooks() {
		op := Operation{Key: p.name + " " + p.template, Method: p.name, Path: p.template, OperationID: p.node.str("operationId"),
			Summary: titled(p.node.str("summary")), Tags: p.node.strs("tags"), Deprecated: p.node.flag("deprecated"), Access: accessOf(p.name)}
		if op.Summary == "" {
			op.Summary = p.template
		}
		op.Slug = uniqueSlug("", p.template, taken)
		op.Detail = s.detail(p, nil, room)
		d.Hooks = append(d.Hooks, op)
	}
	d.Webhooks = len(d.Hooks)
}

// address gives each operation its slug, so that links can name them.
func (s *source) address(places []place) {
	taken := map[string]bool{}
	s.slugs, s.byID, s.byKey = nil, map[string]string{}, map[string]string{}
	for _, p := range places {
		slug := uniqueSlug(p.name, p.template, taken)
		s.slugs = append(s.slugs, slug)
		s.byKey[p.name+" "+p.template] = slug
		if id := p.node.str("operationId"); id != "" && s.byID[id] == "" {
			s.byID[id] = slug
		}
	}
}
