package spec

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// literal makes a literal in double quotes as JSON, JavaScript, Python, Java, C#
// and Go have them. What is not printable is escaped, so that code reads as it
// runs; the languages differ only in what is beyond 16 bits, which wide writes,
// and Java takes ASCII alone, whatever encoding a file is read in.
func literal(s string, printable func(rune) bool, wide func(rune) string) string {
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
		case printable(r):
			b.WriteRune(r)
		case r > 0xffff:
			b.WriteString(wide(r))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String() + `"`
}

func isASCII(r rune) bool { return r >= ' ' && r < 0x7f }

// pairOf is how JSON, JavaScript and Java escape beyond 16 bits.
func pairOf(r rune) string {
	high, low := utf16.EncodeRune(r)
	return fmt.Sprintf(`\u%04x\u%04x`, high, low)
}

// longOf is how Python, C# and Go do.
func longOf(r rune) string { return fmt.Sprintf(`\U%08x`, r) }

func jsonQuote(s string) string { return literal(s, unicode.IsPrint, pairOf) }
func javaQuote(s string) string { return literal(s, isASCII, pairOf) }
func longQuote(s string) string { return literal(s, unicode.IsPrint, longOf) }

// goText is a Go literal, raw where that is possible and easier to read.
func goText(s string) string {
	if strings.ContainsAny(s, "\n\"") && strconv.CanBackquote(strings.ReplaceAll(s, "\n", "")) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// shell quotes for POSIX shells.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// words are how a language writes what JSON has.
type words struct {
	yes, no, null string
	text, key     func(string) string
}

var (
	jsonWords   = words{"true", "false", "null", jsonQuote, jsonQuote}
	pythonWords = words{"True", "False", "None", longQuote, longQuote}
	scriptWords = words{"true", "false", "null", jsonQuote, func(s string) string {
		if s == "__proto__" { // would set what the object inherits from
			return `["__proto__"]`
		}
		return jsonQuote(s)
	}}
)

// pretty writes a value over several lines.
func (n *node) pretty(w words, indent string) string {
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
		return w.text(n.value)
	}
	if len(n.items) == 0 {
		return map[kind]string{list: "[]", object: "{}"}[n.kind]
	}
	parts := make([]string, len(n.items))
	for i, e := range n.items {
		parts[i] = inner + e.pretty(w, inner)
		if n.kind == object {
			parts[i] = inner + w.key(n.keys[i]) + ": " + e.pretty(w, inner)
		}
	}
	open, shut := "[", "]"
	if n.kind == object {
		open, shut = "{", "}"
	}
	return open + "\n" + strings.Join(parts, ",\n") + "\n" + indent + shut
}

// exact reports whether languages whose numbers are doubles hold all of n's.
func (n *node) exact() bool {
	if n.kind == number {
		f, err := strconv.ParseFloat(n.value, 64)
		return err == nil && len(n.value) <= 15 && (f != 0 || strings.Trim(n.value, "-0.eE+") == "")
	}
	for _, e := range n.items {
		if !e.exact() {
			return false
		}
	}
	return true
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
