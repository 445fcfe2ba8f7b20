package spec

import (
	"mime"
	"net/url"
	"slices"
	"strings"
)

// The media types of forms.
const (
	formMedia      = "application/x-www-form-urlencoded"
	multipartMedia = "multipart/form-data"
)

// content is the body of a call. At most one of its kinds is set.
type content struct {
	media string      // for Content-Type, which a form in parts adds its boundary to
	json  *node       // written as a literal where a language has one for every value of it
	text  string      // JSON too
	pairs [][2]string // of an encoded form, not encoded
	parts []part      // of a form in parts
	file  string      // name of the file that is sent
}

// part is one field of a form in parts.
type part struct {
	name, media string // media is "" for plain text
	text        string
	file        string // name of the file that is sent in place of text
	headers     [][2]string
}

func (c content) none() bool {
	return c.text == "" && len(c.pairs) == 0 && len(c.parts) == 0 && c.file == ""
}

// longestText is how long a body may be to stand in a sample; Java holds 64 KiB
// in a constant, and readers less.
const longestText = 8 << 10

// IsJSON says whether a media type holds JSON (RFC 6838 §4.2.8, +json).
func IsJSON(media string) bool {
	t, _, err := mime.ParseMediaType(media)
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json") || t == "*/*" || t == "application/*")
}

// bodyKinds are the kinds of media types that samples write out, the one that is
// chosen first at the front.
var bodyKinds = []func(media string) bool{
	IsJSON,
	func(m string) bool { return strings.HasPrefix(m, formMedia) },
	func(m string) bool { return strings.HasPrefix(m, multipartMedia) },
	func(m string) bool { return isXML(m) || strings.HasPrefix(m, "text/") },
}

// Chosen is the media type of the body that samples send.
func (b Body) Chosen(choice Choice) Media {
	if i := slices.IndexFunc(b.Media, func(m Media) bool { return m.Type == choice.Media }); i >= 0 {
		return b.Media[i]
	}
	for _, kind := range bodyKinds {
		if i := slices.IndexFunc(b.Media, func(m Media) bool { return kind(m.Type) }); i >= 0 {
			return b.Media[i]
		}
	}
	if len(b.Media) == 0 {
		return Media{}
	}
	return b.Media[0]
}

// NamedExamples are those of the body that samples send, or where it has none,
// of the first parameter with some.
func (d Detail) NamedExamples(choice Choice) []Example {
	var from [][]Example
	if d.Body != nil {
		from = append(from, d.Body.Chosen(choice).Examples)
	}
	for _, p := range d.Parameters {
		if p.Required || choice.All {
			from = append(from, p.Examples)
		}
	}
	for _, all := range from {
		if named := slices.DeleteFunc(slices.Clone(all), func(e Example) bool { return e.Name == "" }); len(named) > 1 {
			return named
		}
	}
	return nil
}

// Title of an example for people.
func (e Example) Title() string { return unlessEmpty(clip(Line(e.Summary)), e.Name) }

// Spare reports whether there are parameters, or headers of a body's parts, that a
// call can do without.
func (d Detail) Spare() bool {
	spare := func(p Parameter) bool { return !p.Required && p.Missing == "" }
	return slices.ContainsFunc(d.Parameters, spare) || d.Body != nil && slices.ContainsFunc(d.Body.Media, func(m Media) bool {
		return strings.HasPrefix(m.Type, multipartMedia) && slices.ContainsFunc(m.Encoding, func(e Encoding) bool { return slices.ContainsFunc(e.Headers, spare) })
	})
}

// contentOf makes the body in the chosen media type.
func contentOf(b Body, choice Choice) content {
	m := b.Chosen(choice)
	if m.Type == "" {
		return content{}
	}
	v, written := m.sample(choice.Example)
	media := headerValue(m.Type)
	c := content{media: media}
	switch {
	case IsJSON(media):
		if strings.Contains(media, "*") {
			c.media = "application/json"
		}
		c.json, c.text = v, v.pretty(jsonWords, "")
		if !v.exact() {
			c.json = nil
		}
	case strings.HasPrefix(media, formMedia):
		c.pairs, c.media = m.formPairs(v), formMedia
	case strings.HasPrefix(media, multipartMedia):
		c.parts, c.media = m.formParts(v, choice), multipartMedia
	case written != "":
		c.text = tame(written)
	case isXML(media):
		c.text = xmlText(m.Schema, v)
	case strings.HasPrefix(media, "text/"):
		c.text = tame(plainText(v))
	case strings.Contains(media, "jsonl") || strings.Contains(media, "ndjson") || strings.Contains(media, "json-seq"):
		c.text = jsonLines(v)
	}
	c.media = concrete(c.media)
	if len(c.text) > longestText || c.none() && c.pairs == nil && c.parts == nil {
		c = content{media: c.media, file: "body" + suffix(c.media)}
	}
	return c
}

// sample is the value of the body, and where the document has it written out as
// it is sent, that. Without a named example it is the first, or made from the
// schema.
func (m Media) sample(name string) (v *node, written string) {
	var chosen *Example
	for i, e := range m.Examples {
		if chosen == nil || e.Name == name && name != "" {
			chosen = &m.Examples[i]
		}
	}
	raw := m.Schema.Example(true)
	if chosen != nil && chosen.Value != nil {
		raw = chosen.Value
	}
	v, _, err := parseJSON(raw)
	if err != nil {
		v = objectOf()
	}
	switch {
	case chosen == nil:
	case chosen.Value == nil:
		written = chosen.Text
		if n, _, err := parseJSON([]byte(written)); err == nil {
			v = n
		}
	case v.kind == text:
		written = v.value
	}
	return v, written
}

// encodingOf is how the document wants a field written.
func (m Media) encodingOf(field string) (e Encoding) {
	if i := slices.IndexFunc(m.Encoding, func(e Encoding) bool { return e.Name == field }); i >= 0 {
		e = m.Encoding[i]
	}
	return e
}

// formPairs are the fields of an encoded form (OpenAPI, Encoding Object).
func (m Media) formPairs(v *node) [][2]string {
	out := [][2]string{} // not nil: no field makes no file of a form
	for i, key := range v.keys {
		e, field := m.encodingOf(key), v.items[i]
		p := Parameter{Name: key, Style: e.Style, Explode: e.Explode}
		if e.Style == "" { // then lists repeat their name, and objects are JSON
			p.Style, p.Explode = "form", field.kind == list
			if field.kind == object || e.Media != "" && IsJSON(e.Media) {
				p.Media = "application/json"
			}
		}
		for _, one := range p.pairs(field) {
			if one.raw {
				one.value, _ = url.PathUnescape(one.value)
			}
			out = append(out, [2]string{tame(one.name), tame(one.value)})
		}
	}
	return out
}

// formParts are the fields of a form in parts (RFC 7578).
func (m Media) formParts(v *node, choice Choice) []part {
	out := []part{} // not nil, as above
	for i, key := range v.keys {
		values, schema := []*node{v.items[i]}, m.Schema.property(key)
		if values[0].kind == list {
			values = values[0].items
			if schema != nil {
				schema = schema.Items
			}
		}
		for n, value := range values {
			e := m.encodingOf(key)
			p := partOf(key, n, e, schema, value)
			p.headers = e.headers(choice)
			out = append(out, p)
		}
	}
	return out
}

// headers are those of a field's part, as a sample with the choice sends them. What
// says its type and its name is written from these.
func (e Encoding) headers(choice Choice) (out [][2]string) {
	for _, h := range e.Headers {
		own := slices.Contains([]string{"content-type", "content-disposition", "content-length"}, strings.ToLower(h.Name))
		if h.Missing == "" && (h.Required || choice.All) && isToken(h.Name) && !own {
			out = append(out, [2]string{h.Name, headerValue(h.simple(h.example(""), func(s string) string { return s }))})
		}
	}
	return out
}

// partOf is one field; n counts those of the same name, so that files differ.
func partOf(key string, n int, e Encoding, schema *Schema, v *node) part {
	media, _, _ := strings.Cut(e.Media, ",")
	media = strings.TrimSpace(media)
	binary := schema != nil && v.kind == text && (schema.Format == "binary" ||
		schema.limit("contentMediaType") != "" && schema.limit("contentEncoding") == "")
	if media == "" && binary {
		media = headerValue(schema.limit("contentMediaType"))
	}
	if media == "" && (v.kind == object || v.kind == list) {
		media = "application/json"
	}
	p := part{name: partName.Replace(tame(key)), media: concrete(headerValue(media))}
	if binary || media != "" && !isText(media) {
		p.media = unlessEmpty(p.media, "application/octet-stream")
		p.file = fileName(p.name, n) + suffix(p.media)
		return p
	}
	if p.media == "text/plain" {
		p.media = ""
	}
	p.text = tame(plainText(v))
	return p
}

// partName keeps what stands in quotes in a part's head, and before the = of a
// command line. Servers do not agree on how these are escaped.
var partName = strings.NewReplacer(`"`, "_", `\`, "_", "=", "_", "\n", "_", "\t", "_", ";", "_")

// property finds a member's schema, nil if there is none.
func (s *Schema) property(name string) *Schema {
	if s == nil {
		return nil
	}
	for _, p := range s.Properties {
		if p.Name == name {
			return p.Schema
		}
	}
	return nil
}
