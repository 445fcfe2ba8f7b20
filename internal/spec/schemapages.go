package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
)

// Limits on the pages beside those of operations.
const (
	maxPages    = 5000
	maxUses     = 50       // operations and schemas that one page names
	partDetails = 32 << 20 // bytes that all schemas, or all webhooks, take before the rest are kept short
)

// SchemaPage is what the page of one component schema shows, self-contained.
type SchemaPage struct {
	Name    string          `json:"name"`
	Slug    string          `json:"slug"`              // for addresses
	Summary string          `json:"summary,omitempty"` // its title or description, markdown source
	Old     bool            `json:"old,omitempty"`     // deprecated
	Tree    json.RawMessage `json:"tree"`              // a Schema, at most MaxDetail bytes
	UsedBy  []Use           `json:"used_by,omitempty"` // operations that need it, at most 50
	Uses    int             `json:"uses,omitempty"`    // how many there are
	Within  []Named         `json:"within,omitempty"`  // schemas that name it, at most 50
}

// Use is an operation that needs a schema.
type Use struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Slug   string `json:"slug"`
	Title  string `json:"title"`
}

// Open decodes the page's tree.
func (p SchemaPage) Open() (*Schema, error) {
	s := &Schema{}
	if len(p.Tree) == 0 {
		return s, nil
	}
	return s, json.Unmarshal(p.Tree, s)
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}$`)

// schemaSlug is a component's name in addresses: the name, or where it has other
// characters than addresses like, something close to it.
func schemaSlug(name string) string {
	if plainName.MatchString(name) && !strings.HasSuffix(name, ".md") { // which asks for Markdown
		return name
	}
	sum := sha256.Sum256([]byte(name))
	plain := strings.Trim(regexp.MustCompile(`[^A-Za-z0-9_]+`).ReplaceAllString(name, "-"), "-")
	return strings.Trim(plain[:min(len(plain), 60)]+"-"+hex.EncodeToString(sum[:4]), "-")
}

// pageNames are the component schemas that have pages, with their slugs.
func (s *source) pageNames() map[string]string {
	if s.pages == nil {
		s.pages = map[string]string{}
		if all := s.root.get("components").get("schemas"); all.is(object) {
			for _, name := range all.keys[:min(len(all.keys), maxPages)] {
				s.pages[name] = schemaSlug(name)
			}
		}
	}
	return s.pages
}

// componentOf is the component schema that a $ref names, or "".
func componentOf(n *node) string {
	ref := n.get("$ref")
	if !ref.is(text) {
		return ""
	}
	rest, ok := strings.CutPrefix(ref.value, "#/components/schemas/")
	if !ok || strings.Contains(rest, "/") {
		return ""
	}
	return refName(ref.value)
}

// pageOf is the slug of the page of the component that n refers to, or "".
func (s *source) pageOf(n *node) string { return s.pageNames()[componentOf(n)] }

// schemaPages describes the component schemas and where each is needed.
func (s *source) schemaPages(d *Document, places []place) {
	all := s.root.get("components").get("schemas")
	if !all.is(object) {
		return
	}
	names := all.keys[:min(len(all.keys), maxPages)]
	at := make(map[string]int, len(names))
	for i, name := range names {
		at[name] = i
		d.Schemas = append(d.Schemas, SchemaPage{Name: name, Slug: schemaSlug(name)})
	}
	d.SchemaPages = len(d.Schemas)
	direct := make([][]int, len(names)) // the schemas that each names itself
	for i := range names {
		direct[i] = s.named(all.items[i], at)
		for _, j := range direct[i] {
			if page := &d.Schemas[j]; i != j && len(page.Within) < maxUses {
				page.Within = append(page.Within, Named{names[i], d.Schemas[i].Slug})
			}
		}
	}
	for i, p := range places {
		o := d.Operations[i]
		for j := range closure(append(s.named(p.node, at), s.named(p.item.get("parameters"), at)...), direct) {
			page := &d.Schemas[j]
			if page.Uses++; len(page.UsedBy) < maxUses {
				page.UsedBy = append(page.UsedBy, Use{o.Method, o.Path, o.Slug, o.Title()})
			}
		}
	}
	room := newRoom(partDetails)
	for i := range names {
		s.describeSchema(&d.Schemas[i], all.items[i], room)
	}
}

// closure are the given schemas and all that those need.
func closure(start []int, direct [][]int) map[int]bool {
	seen, todo := map[int]bool{}, start
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[i] {
			seen[i] = true
			todo = append(todo, direct[i]...)
		}
	}
	return seen
}

// named are the component schemas that n refers to, itself or through parameters,
// bodies and answers, but not through schemas.
func (s *source) named(n *node, at map[string]int) (out []int) {
	seen := map[*node]bool{}
	var walk func(*node)
	walk = func(n *node) {
		if n == nil || seen[n] || n.kind != list && n.kind != object {
			return
		}
		seen[n] = true
		if ref := n.get("$ref"); ref.is(text) {
			if i, ok := at[componentOf(n)]; ok {
				out = append(out, i)
			} else if target, reason := s.resolve(ref.value); reason == "" && target != s.root {
				walk(target)
			}
		}
		for _, e := range n.items {
			walk(e)
		}
	}
	walk(n)
	return out
}

// describeSchema fills in a page, as deep as fits.
func (s *source) describeSchema(page *SchemaPage, n *node, room *room) {
	target, _, missing := s.follow(n)
	if missing == "" {
		page.Summary, page.Old = clipTo(unlessEmpty(target.str("title"), target.str("description")), 2000), target.flag("deprecated")
	}
	most := MaxDetail
	if room.left < most {
		most = 8 << 10
	}
	for _, depth := range depths {
		b := &builder{source: s, depth: depth, left: most}
		tree := b.schema(n, depth)
		if b.left <= 0 {
			continue
		}
		if encoded, err := json.Marshal(tree); err == nil && len(encoded) <= most {
			page.Tree = encoded
			break
		}
	}
	if page.Tree == nil {
		page.Tree = json.RawMessage(`{"cut":true}`)
	}
	room.left -= len(page.Tree)
}
