package spec

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// DefaultToken is the environment variable that samples take the token from.
const DefaultToken = "GATEHOUSE_TOKEN"

// Sample is code that makes one call.
type Sample struct {
	Language string // for addresses: curl, go, python, javascript, java, csharp
	Title    string // for people: curl, Go, Python, JavaScript, Java, C#
	Code     string
}

var tokenName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// Samples are complete programs that call the operation at the gateway with
// example values, in the order in which they are offered. tokenVariable is the
// environment variable with the token, DefaultToken if it is empty or no name.
func Samples(o Operation, d Detail, baseURL, tokenVariable string) []Sample {
	if !tokenName.MatchString(tokenVariable) {
		tokenVariable = DefaultToken
	}
	c := newCall(o, d, baseURL, tokenVariable)
	return []Sample{
		{"curl", "curl", c.curl()},
		{"go", "Go", c.golang()},
		{"python", "Python", c.python()},
		{"javascript", "JavaScript", c.javascript()},
		{"java", "Java", c.java()},
		{"csharp", "C#", c.csharp()},
	}
}

// ExampleURL is where the samples call the operation.
func ExampleURL(o Operation, d Detail, baseURL string) string {
	return newCall(o, d, baseURL, DefaultToken).url
}

// literals are the words of a language for JSON's own.
type literals struct{ yes, no, null string }

var (
	jsonWords   = literals{"true", "false", "null"}
	pythonWords = literals{"True", "False", "None"}
)

// pretty writes a value over several lines. For other languages than JSON only
// the words differ.
func (n *node) pretty(w literals, indent string) string {
	inner := indent + "  "
	switch n.kind {
	case null:
		return w.null
	case boolean:
		if n.value == "true" {
			return w.yes
		}
		return w.no
	case number:
		return n.value
	case text:
		return quote(n.value)
	}
	if len(n.items) == 0 {
		return map[kind]string{list: "[]", object: "{}"}[n.kind]
	}
	parts := make([]string, len(n.items))
	for i, e := range n.items {
		parts[i] = inner + e.pretty(w, inner)
		if n.kind == object {
			parts[i] = inner + quote(n.keys[i]) + ": " + e.pretty(w, inner)
		}
	}
	open, shut := "[", "]"
	if n.kind == object {
		open, shut = "{", "}"
	}
	return open + "\n" + strings.Join(parts, ",\n") + "\n" + indent + shut
}

// Pretty writes JSON over several lines, for people; what is no JSON stays as it
// is.
func Pretty(raw json.RawMessage) string {
	n, _, err := parseJSON(raw)
	if err != nil {
		return string(raw)
	}
	return n.pretty(jsonWords, "")
}

// quote makes a string literal that JSON, JavaScript, Python, Java, C# and Go
// all read in the same way.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0x85:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// shell quotes for POSIX shells.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// payload is the body as text, "" if there is none or it is a file.
func (c call) payload() string {
	if c.body != nil {
		return c.body.pretty(jsonWords, "")
	}
	return c.form
}

// goText is a Go literal, raw where that is possible.
func goText(s string) string {
	if strings.ContainsRune(s, '\n') && strconv.CanBackquote(strings.ReplaceAll(s, "\n", "")) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// lines joins the non-empty parts.
func lines(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p != "" {
			b.WriteString(p)
			b.WriteByte('\n')
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
