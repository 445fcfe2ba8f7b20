package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// methods of a path item, by the field's name. QUERY came with 3.2.
var methods = map[string]dialect{
	"get": v30, "put": v30, "post": v30, "delete": v30, "options": v30, "head": v30, "patch": v30, "trace": v30,
	"query": v32,
}

// method is one operation as it stands in a path item.
type method struct {
	name string // upper case
	at   *path  // below the path item
	node *node
}

// methodsOf lists a path item's operations in the document's order.
func (s *source) methodsOf(item *node) (out []method) {
	if !item.is(object) {
		return nil
	}
	for i, key := range item.keys {
		if since, ok := methods[key]; ok && since <= s.dialect {
			out = append(out, method{strings.ToUpper(key), (*path)(nil).to(key), item.items[i]})
		}
		if more := item.items[i]; key == "additionalOperations" && s.dialect >= v32 && more.is(object) {
			for j, name := range more.keys {
				out = append(out, method{name, (*path)(nil).to(key).to(name), more.items[j]})
			}
		}
	}
	return out
}

// place is an operation found in the document.
type place struct {
	method
	template string
	path     *path
	item     *node
}

// places finds every operation under paths and says what is wrong on the way.
func (s *source) places() (out []place) {
	all := s.root.get("paths")
	if !all.is(object) {
		return nil
	}
	for i, template := range all.keys {
		at := (*path)(nil).to("paths").to(template)
		if strings.HasPrefix(template, "x-") {
			continue
		}
		if !strings.HasPrefix(template, "/") {
			s.fault(all.items[i], at, "The path %q does not start with a slash.", clip(template)).by("Write %q.", clip("/"+template))
			continue
		}
		item, _, missing := s.follow(all.items[i])
		if missing != "" {
			continue // references says so
		}
		if !item.is(object) {
			s.fault(all.items[i], at, "The path %q holds %s where its operations should be.", clip(template), item.kind).
				by("Write an object with the methods there, like {\"get\": {…}}.")
			continue
		}
		if len(template) > maxTemplate {
			s.fault(all.items[i], at, "The path %q is longer than %d bytes, more than servers take in an address.", clip(template), maxTemplate).by("Shorten it.")
			continue
		}
		if wrong, advice := unmatchable(template); wrong != "" {
			s.fault(all.items[i], at, "No call could reach the path %q: %s", clip(template), wrong).by("%s", advice)
			continue
		}
		for _, m := range s.methodsOf(item) {
			if !m.node.is(object) {
				s.fault(m.node, at, "%s %s holds %s where an operation should be.", m.name, clip(template), m.node.kind).by("Write an object there, if only an empty one: {}.")
				continue
			}
			if wrong, advice := unsendable(m); wrong != "" {
				s.fault(m.node, under(at, m.at), "%s %s: %s", strconv.Quote(clip(m.name)), clip(template), wrong).by("%s", advice)
				continue
			}
			out = append(out, place{m, template, under(at, m.at), item})
		}
		if len(out) > MaxOperations {
			s.fault(all.items[i], at, "The document has more than %d operations.", MaxOperations).by("Split it into several APIs.")
			return nil
		}
	}
	return out
}

// maxTemplate is how long a path may be, in bytes: RFC 9110 §4.1 asks servers for 8,000
// of a whole address.
const maxTemplate = 4000

// titled is a title or a summary, which lists show beside many others.
func titled(s string) string { return clipTo(strings.TrimSpace(s), 1000) }

// tokenShape is what a method may be written with (RFC 9110 §5.6.2).
var tokenShape = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// unsendable says why an operation's method is none, and what would help, or is "".
func unsendable(m method) (why, advice string) {
	if !tokenShape.MatchString(m.name) {
		return "this is no HTTP method; one has no spaces and no signs such as slashes in it.", "Write the method as it is sent, like \"COPY\"."
	}
	field := strings.ToLower(m.name)
	if _, fixed := methods[field]; fixed && m.at.up != nil {
		return "this method has a field of its own.", "Move the operation to the field " + strconv.Quote(field) + " of the path."
	}
	return "", ""
}

// unmatchable says why no address can be told to match a path, and what would
// help, or is "". It is the grammar of the gateway's matcher; a test holds the two
// together.
func unmatchable(template string) (why, advice string) {
	for segment := range strings.SplitSeq(template, "/") {
		after := false // the segment goes on behind a parameter
		for {
			open := strings.IndexByte(segment, '{')
			if open < 0 {
				break
			}
			end := strings.IndexByte(segment[open:], '}')
			switch {
			case end < 0:
				return "the segment " + strconv.Quote(clip(segment)) + " opens a brace and does not close it.", "Write " + strconv.Quote(clip(segment+"}")) + "."
			case after && open == 0:
				return "a parameter follows another with nothing between them.", "Put a character such as \"-\" between the two, or a slash."
			}
			segment, after = segment[open+end+1:], true
		}
	}
	return "", ""
}

func under(base, rest *path) *path {
	if rest == nil {
		return base
	}
	return under(base, rest.up).to(rest.step)
}

// operations describes each place, and the scopes and tags they bring along.
func (s *source) operations(d *Document, places []place) {
	s.address(places)
	room := newRoom(fullDetails)
	for i, p := range places {
		op := Operation{
			Key: p.name + " " + p.template, Method: p.name, Path: p.template, OperationID: p.node.str("operationId"),
			Summary: titled(p.node.str("summary")), Tags: p.node.strs("tags"),
			Deprecated: p.node.flag("deprecated"), Access: accessOf(p.name),
		}
		if op.Summary == "" {
			op.Summary = titled(p.item.str("summary"))
		}
		op.Slug = s.slugs[i]
		security := alternatives(p.node, s.root)
		op.Scopes = scopeSets(security)
		for _, set := range op.Scopes {
			for _, name := range set {
				d.addScope(Scope{Name: name})
			}
		}
		for _, t := range op.Tags {
			if !d.hasTag(t) {
				d.Tags = append(d.Tags, Tag{Name: t})
			}
		}
		op.Detail = s.detail(p, security, room)
		op.Risk = s.risk(p)
		op.Personal = Personal{saysPersonal(p.node, p.item), looksPersonal(op)}
		d.Operations = append(d.Operations, op)
	}
}

// accessOf is the class of a method: what promises to change nothing is a read.
func accessOf(method string) Access {
	if slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, method) {
		return Read
	}
	return Write
}

const maxSlug = 80

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// uniqueSlug makes an operation's name for addresses. It depends on the key
// alone, unless another operation has taken it; then a digest tells them apart.
func uniqueSlug(method, path string, taken map[string]bool) string {
	slug := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(method+" "+path), "-"), "-")
	if len(slug) > maxSlug || taken[slug] || slug == "" {
		sum := sha256.Sum256([]byte(method + " " + path))
		slug = strings.Trim(slug[:min(len(slug), maxSlug)]+"-"+hex.EncodeToString(sum[:4]), "-")
	}
	taken[slug] = true
	return slug
}
