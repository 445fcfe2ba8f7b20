package spec

import (
	"fmt"
	"mime"
	"net/url"
	"strings"
)

// call is one HTTP request with example values, from which each language's
// sample is written.
type call struct {
	method, url string
	headers     [][2]string // without Authorization
	body        *node       // JSON, nil if there is none
	form        string      // of an encoded form
	file        bool        // the body is a file's content
	token       string      // name of the environment variable
}

// newCall fills in what the operation requires.
func newCall(o Operation, d Detail, baseURL, token string) call {
	c := call{method: o.Method, token: token}
	template, _, _ := strings.Cut(o.Path, "#")
	var query []string
	for _, p := range d.Parameters {
		value := p.example()
		switch {
		case p.In == "path":
			template = strings.ReplaceAll(template, "{"+p.Name+"}", p.inPath(value))
		case !p.Required || p.Missing != "":
		case p.In == "query":
			query = append(query, p.inQuery(value)...)
		case p.In == "header" && !reserved(p.Name):
			c.headers = append(c.headers, [2]string{oneLine(p.Name), oneLine(plainText(value, ","))})
		}
	}
	c.url = strings.TrimSuffix(baseURL, "/") + uriPath(templateParam.ReplaceAllString(template, "$1"))
	if len(query) > 0 {
		c.url += "?" + strings.Join(query, "&")
	}
	c.content(d.Body)
	return c
}

// uriPath escapes what may not stand in the path of a URI (RFC 3986 §3.3).
func uriPath(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if ch := s[i]; ch <= ' ' || ch >= 0x7f || strings.IndexByte("\"<>\\^`{|}#?", ch) >= 0 {
			fmt.Fprintf(&b, "%%%02X", ch)
		} else {
			b.WriteByte(ch)
		}
	}
	return b.String()
}

// reserved are headers that a parameter cannot set (OpenAPI, Parameter Object).
func reserved(name string) bool {
	name = strings.ToLower(name)
	return name == "accept" || name == "content-type" || name == "authorization"
}

// oneLine keeps a header a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// content chooses the body: JSON if it may be, an encoded form, else a file.
func (c *call) content(b *Body) {
	if b == nil || len(b.Media) == 0 {
		return
	}
	chosen := b.Media[0]
	for _, m := range b.Media {
		if IsJSON(m.Type) {
			chosen = m
			break
		}
	}
	n, _, err := parseJSON(chosen.Example(true))
	if err != nil {
		n = objectOf()
	}
	switch media := oneLine(chosen.Type); {
	case IsJSON(media):
		c.body = n
		if strings.Contains(media, "*") {
			media = "application/json"
		}
		c.headers = append(c.headers, [2]string{"Content-Type", media})
	case strings.HasPrefix(media, "application/x-www-form-urlencoded"):
		var pairs []string
		for i, key := range n.keys {
			pairs = append(pairs, url.QueryEscape(key)+"="+url.QueryEscape(plainText(n.items[i], ",")))
		}
		c.form = strings.Join(pairs, "&")
		c.headers = append(c.headers, [2]string{"Content-Type", "application/x-www-form-urlencoded"})
	default:
		c.file = true
		c.headers = append(c.headers, [2]string{"Content-Type", media})
	}
}

// IsJSON says whether a media type holds JSON (RFC 6838 §4.2.8, +json).
func IsJSON(media string) bool {
	t, _, err := mime.ParseMediaType(media)
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json") || t == "*/*" || t == "application/*")
}

// example is the value that the samples use for a parameter.
func (p Parameter) example() *node {
	for _, e := range p.Examples {
		if n, _, err := parseJSON(e.Value); err == nil {
			return n
		}
	}
	if p.Schema == nil || p.Schema.Missing != "" {
		return textNode(p.Name)
	}
	if n, _, err := parseJSON(p.Schema.Example(true)); err == nil && (n.kind != text || n.value != "string") {
		return n
	}
	return textNode(p.Name)
}

// inPath serialises a value in the parameter's style (RFC 6570).
func (p Parameter) inPath(v *node) string {
	switch p.Style {
	case "label":
		return "." + url.PathEscape(plainText(v, "."))
	case "matrix":
		return ";" + url.PathEscape(p.Name) + "=" + url.PathEscape(plainText(v, ","))
	}
	return url.PathEscape(plainText(v, ","))
}

// inQuery serialises a value as name=value pairs in the parameter's style.
func (p Parameter) inQuery(v *node) (pairs []string) {
	pair := func(name, value string) { pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value)) }
	switch {
	case p.Media != "":
		pair(p.Name, string(v.appendJSON(nil)))
	case v.kind == object && (p.Style == "deepObject" || p.Explode):
		for i, key := range v.keys {
			name := key
			if p.Style == "deepObject" {
				name = p.Name + "[" + key + "]"
			}
			pair(name, plainText(v.items[i], ","))
		}
	case v.kind == list && p.Explode:
		for _, e := range v.items {
			pair(p.Name, plainText(e, ","))
		}
	default:
		between := map[string]string{"spaceDelimited": " ", "pipeDelimited": "|"}[p.Style]
		if between == "" {
			between = ","
		}
		pair(p.Name, plainText(v, between))
	}
	return pairs
}

// plainText is a value as styles write it: parts joined.
func plainText(v *node, between string) string {
	switch v.kind {
	case list, object:
		var parts []string
		for i, e := range v.items {
			if v.kind == object {
				parts = append(parts, v.keys[i])
			}
			parts = append(parts, plainText(e, between))
		}
		return strings.Join(parts, between)
	}
	return v.value
}
