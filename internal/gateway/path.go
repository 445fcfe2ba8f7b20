package gateway

import (
	"strings"
	"unicode/utf8"
)

// Bounds of the request line (R90).
const (
	maxRequestLine = 8 << 10
	maxParameters  = 1000
)

// What may stand in a path as it is: RFC 3986 pchar without ';', which some
// servers cut paths at, and '/'.
var pathByte = allow("-._~!$&'()*+,=:@/")

// What may stand in a query as it is: any printable ASCII but '#', and ';',
// which Go's and other parsers disagree about (R80). Clients commonly leave
// brackets and the like unescaped.
var queryByte = allow("-._~!$&'()*+,=:@/?[]{}|\\^`\"<>")

func allow(also string) (set [256]bool) {
	for c := '0'; c <= 'z'; c++ {
		set[c] = c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a'
	}
	for _, c := range also {
		set[c] = true
	}
	return set
}

// canonical reports whether a raw path is the only way to say what it says
// (R70). It is never repaired: what does not pass is refused, so that the string
// that is authorised is byte for byte the one that the upstream gets (R71).
func canonical(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	escaped := false
	segment := 1 // where the current one starts
	for i := 1; i <= len(path); i++ {
		if i == len(path) || path[i] == '/' {
			s := path[segment:i]
			if s == "." || s == ".." || s == "" && i < len(path) {
				return false
			}
			segment = i + 1
			continue
		}
		if path[i] == '%' {
			if !plainEscape(path[i:]) {
				return false
			}
			escaped = true
			i += 2
			continue
		}
		if !pathByte[path[i]] {
			return false
		}
	}
	return !escaped || utf8.ValidString(unescape(path))
}

// plainEscape reports whether s begins with an escape that hides nothing: no
// separator, dot, backslash or control, neither directly nor escaped twice.
func plainEscape(s string) bool {
	b, ok := unhex(s)
	if !ok || hides(b) {
		return false
	}
	if b != '%' || len(s) < 5 {
		return true
	}
	inner, ok := unhex(s[2:])
	return !ok || !hides(inner) && inner != '%'
}

func hides(b byte) bool {
	return b == '/' || b == '.' || b == '\\' || b == ';' || b < 0x20 || b == 0x7f
}

// unhex reads the two hexadecimal digits behind the first byte of s.
func unhex(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	hi, ok1 := digit(s[1])
	lo, ok2 := digit(s[2])
	return hi<<4 | lo, ok1 && ok2
}

func digit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// unescape decodes the escapes of a path or query that is known to be well formed.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if b, ok := unhex(s[i:]); ok && s[i] == '%' {
			out = append(out, b)
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

// passable reports whether a query can be forwarded as it is and will be read by
// everybody in the same way (R80).
func passable(query string) bool {
	parameters := 1
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case c == '&':
			parameters++
		case c == '%':
			if _, ok := unhex(query[i:]); !ok {
				return false
			}
			i += 2
		case !queryByte[c]:
			return false
		}
	}
	return parameters <= maxParameters
}
