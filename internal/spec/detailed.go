package spec

import (
	"encoding/json"
	"net/url"
	"strings"
)

// MaxDetail is the most that one operation's detail takes, in bytes.
const MaxDetail = 200 << 10

// fullDetails is what all details of a document take together before the rest
// are kept short.
const fullDetails = 96 << 20

// depths are the depths of schema trees to try until the detail fits.
var depths = []int{9, 6, 4, 3, 2, 1}

// webURL is an address if it is one that a page may link to, or "". One with a name
// before its host looks like another (RFC 3986 §7.6).
func webURL(address string) string {
	if u, err := url.Parse(address); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil {
		return u.String()
	}
	return ""
}

// room is what is left for the details of a document.
type room struct{ left int }

func newRoom(bytes int) *room { return &room{bytes} }

// detail builds and encodes what the operation's page shows, as deep as fits.
func (s *source) detail(p place, security []Alternative, room *room) json.RawMessage {
	most := MaxDetail
	if room.left < most {
		most = 8 << 10
	}
	var out []byte
	for _, depth := range depths {
		b := &builder{source: s, depth: depth, left: most}
		d := b.detail(p, security)
		if b.left <= 0 {
			continue
		}
		encoded, err := json.Marshal(d)
		if err == nil && len(encoded) <= most {
			out = encoded
			break
		}
	}
	if out == nil {
		out, _ = json.Marshal(Detail{Description: "This operation is too large to show. Download the document to read it."})
	}
	room.left -= len(out)
	return out
}

// detail describes one operation.
func (b *builder) detail(p place, security []Alternative) Detail {
	d := Detail{Description: b.prose(p.node.str("description")), Security: security}
	if d.Description == "" {
		d.Description = b.prose(p.item.str("description"))
	}
	d.DocsURL = webURL(p.node.get("externalDocs").str("url"))
	if d.Elsewhere = servers(p.node.get("servers")); d.Elsewhere == nil {
		d.Elsewhere = servers(p.item.get("servers"))
	}
	d.Parameters = b.parameters(p)
	if body := p.node.get("requestBody"); body != nil {
		d.Body = b.body(body)
	}
	if all := p.node.get("responses"); all.is(object) {
		for i, status := range all.keys {
			if !strings.HasPrefix(status, "x-") {
				d.Responses = append(d.Responses, b.response(status, all.items[i]))
			}
		}
	}
	d.Callbacks = b.callbacks(p.node.get("callbacks"))
	return d
}

// parameters are those of the path item, overridden by the operation's own.
func (b *builder) parameters(p place) (out []Parameter) {
	seen := map[[2]string]int{}
	for _, from := range []*node{p.item.get("parameters"), p.node.get("parameters")} {
		if !from.is(list) {
			continue
		}
		for _, e := range from.items {
			n, name, missing := b.follow(e)
			if missing != "" {
				out = append(out, Parameter{Name: name, Missing: clip(missing)})
				continue
			}
			key := [2]string{n.str("name"), n.str("in")}
			if key[0] == "" {
				continue
			}
			param := b.parameter(n, key[0], key[1])
			if i, twice := seen[key]; twice {
				out[i] = param
				continue
			}
			seen[key] = len(out)
			out = append(out, param)
		}
	}
	return out
}

// parameter reads one, with the defaults of the specification filled in.
func (b *builder) parameter(n *node, name, in string) Parameter {
	p := Parameter{
		Name: name, In: in, Required: n.flag("required") || in == "path", Deprecated: n.flag("deprecated"),
		Description: b.prose(n.str("description")), Style: n.str("style"), Reserved: n.flag("allowReserved"),
	}
	if p.Style == "" {
		p.Style = map[string]string{"query": "form", "cookie": "form"}[in]
		if p.Style == "" {
			p.Style = "simple"
		}
	}
	p.Explode = p.Style == "form"
	if e := n.get("explode"); e.is(boolean) {
		p.Explode = n.flag("explode")
	}
	b.spend(len(name) + 80)
	if content := n.get("content"); content.is(object) && len(content.keys) > 0 {
		media := b.media(content)[0]
		p.Media, p.Schema, p.Examples = media.Type, media.Schema, media.Examples
		return p
	}
	if schema := n.get("schema"); schema != nil {
		p.Schema = b.schema(schema, b.depth)
	}
	p.Examples = b.examples(n)
	return p
}

func (b *builder) body(n *node) *Body {
	n, _, missing := b.follow(n)
	if missing != "" {
		return &Body{Missing: clip(missing)}
	}
	return &Body{Description: b.prose(n.str("description")), Required: n.flag("required"), Media: b.media(n.get("content"))}
}

func (b *builder) response(status string, n *node) Response {
	n, _, missing := b.follow(n)
	if missing != "" {
		return Response{Status: status, Missing: clip(missing)}
	}
	r := Response{Status: status, Description: b.prose(n.str("description")), Media: b.media(n.get("content"))}
	if r.Description == "" {
		r.Description = n.str("summary")
	}
	r.Headers = b.headers(n.get("headers"))
	r.Links = b.links(n.get("links"))
	return r
}

// headers of an answer or of a part, by their names.
func (b *builder) headers(all *node) (out []Parameter) {
	if !all.is(object) {
		return nil
	}
	for i, name := range all.keys {
		h, _, missing := b.follow(all.items[i])
		if missing != "" {
			out = append(out, Parameter{Name: name, In: "header", Missing: clip(missing)})
			continue
		}
		out = append(out, b.parameter(h, name, "header"))
	}
	return out
}

func (b *builder) media(content *node) (out []Media) {
	if !content.is(object) {
		return nil
	}
	for i, name := range content.keys {
		m := Media{Type: name}
		if n, _, missing := b.follow(content.items[i]); missing == "" {
			if schema := n.get("schema"); schema != nil {
				m.Schema = b.schema(schema, b.depth)
			} else if items := n.get("itemSchema"); items != nil { // of a stream, OpenAPI 3.2
				m.Schema = &Schema{Types: []string{"array"}, Items: b.schema(items, b.depth)}
			}
			m.Examples = b.examples(n)
			m.Encoding = b.encoding(n.get("encoding"))
		}
		b.spend(len(name) + 40)
		out = append(out, m)
	}
	return out
}

// encoding of a form's fields, with the defaults of the specification filled in.
func (b *builder) encoding(n *node) (out []Encoding) {
	if !n.is(object) {
		return nil
	}
	for i, name := range n.keys {
		from := n.items[i]
		e := Encoding{Name: name, Media: from.str("contentType"), Style: from.str("style"), Reserved: from.flag("allowReserved")}
		if e.Style == "" && (from.get("explode") != nil || e.Reserved) {
			e.Style = "form"
		}
		e.Explode = e.Style == "form"
		if explode := from.get("explode"); explode.is(boolean) {
			e.Explode = from.flag("explode")
		}
		e.Headers = b.headers(from.get("headers"))
		b.spend(len(name) + len(e.Media) + 60)
		out = append(out, e)
	}
	return out
}
