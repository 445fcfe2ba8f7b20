package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Choice is which of the calls that an operation allows the samples make. Its
// zero value is the one with what is required, in JSON where that may be.
type Choice struct {
	Media   string // type of the body
	Example string // name of an example of the body or a parameter
	All     bool   // parameters that may be left out, too
}

// call is one HTTP request with example values, from which each language's
// sample is written. Everything in its address and headers is encoded already
// and is ASCII; the languages quote and add nothing.
type call struct {
	method, url string
	headers     [][2]string // without Authorization and Content-Type
	body        content
	token       string // name of the environment variable
}

// newCall fills in what the operation requires.
func newCall(o Operation, d Detail, choice Choice, baseURL, token string) call {
	c := call{method: o.Method, token: token}
	template, _, _ := strings.Cut(o.Path, "#")
	var query, cookies []string
	for _, p := range d.Parameters {
		v := p.example(choice.Example)
		switch {
		case p.In == "path":
			template = strings.ReplaceAll(template, "{"+p.Name+"}", p.inPath(v))
		case p.Missing != "" || !p.Required && !choice.All:
		case p.In == "query":
			query = append(query, p.inQuery(v)...)
		case p.In == "querystring":
			query = append(query, p.asQuery(v)...)
		case p.In == "cookie":
			cookies = append(cookies, p.inCookie(v)...)
		case p.In == "header" && isToken(p.Name) && !reserved(p.Name):
			c.headers = append(c.headers, [2]string{p.Name, headerValue(p.simple(v, func(s string) string { return s }))})
		}
	}
	if len(cookies) > 0 {
		c.headers = append(c.headers, [2]string{"Cookie", strings.Join(cookies, "; ")})
	}
	c.url = strings.TrimSuffix(baseURL, "/") + uriPath(templateParam.ReplaceAllString(template, "$1"))
	if len(query) > 0 {
		c.url += "?" + strings.Join(query, "&")
	}
	if d.Body != nil && o.Method != "HEAD" && (o.Method != "GET" || d.Body.Required) { // RFC 9110 §9.3.1
		c.body = contentOf(*d.Body, choice)
	}
	return c
}

// uriPath escapes what may not stand in the path of a URI (RFC 3986 §3.3).
func uriPath(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if ch := s[i]; ch <= ' ' || ch >= 0x7f || strings.IndexByte("\"<>\\^`{|}#?[]", ch) >= 0 || ch == '%' && !isTriple(s[i:]) {
			fmt.Fprintf(&b, "%%%02X", ch)
		} else {
			b.WriteByte(ch)
		}
	}
	return b.String()
}

// isTriple reports whether s begins with a percent-encoded byte.
func isTriple(s string) bool {
	hex := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f' }
	return len(s) > 2 && s[0] == '%' && hex(s[1]) && hex(s[2])
}

// reserved are headers that a parameter cannot set (OpenAPI, Parameter Object),
// and those that the languages' HTTP clients set and refuse to be given.
func reserved(name string) bool {
	return slices.Contains([]string{"accept", "content-type", "authorization", "connection", "content-length", "cookie2", "date", "expect",
		"host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "via"}, strings.ToLower(name))
}

// isToken is the grammar of a header's name (RFC 9110 §5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// headerValue is s as every client sends it: one line of ASCII.
func headerValue(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r > 0x7f:
			b.WriteString(percent(string(r), ""))
		case r >= ' ' && r != 0x7f || r == '\n' || r == '\t':
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// tame is text for places that have no escapes: without control characters, and
// without those that turn the direction of what a reader sees.
func tame(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// longestValue is the most that a parameter's example may have.
const longestValue = 2 << 10

// example is the value that the samples use for a parameter: the named example,
// else the first, else one that its schema makes.
func (p Parameter) example(name string) *node {
	var found *node
	for _, e := range p.Examples {
		n, _, err := parseJSON(e.Value)
		if err != nil && e.Text != "" {
			n, err = textNode(e.Text), nil
		}
		if err == nil && (found == nil || e.Name == name && name != "") {
			found = n
		}
	}
	if found == nil && p.Schema != nil && p.Schema.Missing == "" {
		if n, _, err := parseJSON(p.Schema.Example(true)); err == nil && (n.kind != text || n.value != "string") {
			found = n
		}
	}
	if found == nil || len(found.appendJSON(nil)) > longestValue {
		return textNode(p.Name)
	}
	return found
}
