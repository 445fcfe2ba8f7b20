package spec

import (
	"regexp"
	"strings"
	"unicode"
)

// appendYAML writes an object or a list as YAML, for people to read: order is
// kept, text of several lines stands as it is, and what could be taken for
// something else is quoted as in JSON, of which YAML takes all. It writes as it
// goes: the nodes of a YAML library would hold a large document once more.
// started says that the line is begun, behind a dash.
func (n *node) appendYAML(b []byte, indent int, started bool) []byte {
	if n.kind != object && n.kind != list || len(n.items) == 0 {
		return append(n.appendYAMLScalar(b, indent), '\n')
	}
	for i, e := range n.items {
		if i > 0 || !started {
			b = pad(b, indent)
		}
		nested := (e.kind == object || e.kind == list) && len(e.items) > 0
		if n.kind == list {
			b = append(b, '-', ' ')
			b = e.appendYAML(b, indent+2, true)
			continue
		}
		b = appendYAMLKey(b, n.keys[i], indent)
		if nested {
			b = e.appendYAML(append(b, '\n'), indent+2, false)
		} else {
			b = e.appendYAML(append(b, ' '), indent+2, true)
		}
	}
	return b
}

func pad(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}

// longestKey is how long a key may be to stand before its colon (YAML 1.2 §7.4.2).
const longestKey = 200

func appendYAMLKey(b []byte, key string, indent int) []byte {
	if len(key) > longestKey {
		b = append(append(b, "? "...), longQuote(key)...)
		return append(pad(append(b, '\n'), indent), ':')
	}
	return append(appendYAMLText(b, key), ':')
}

func (n *node) appendYAMLScalar(b []byte, indent int) []byte {
	if n.kind != text {
		return n.appendJSON(b)
	}
	if block, ok := yamlBlock(n.value); ok {
		b = append(b, block...)
		for line := range strings.Lines(n.value) {
			b = append(b, '\n')
			if line = strings.TrimSuffix(line, "\n"); line != "" {
				b = append(pad(b, indent), line...)
			}
		}
		return b
	}
	return appendYAMLText(b, n.value)
}

// yamlBlock is the head of a literal block, where the text can stand in one.
func yamlBlock(s string) (head string, ok bool) {
	if !strings.Contains(s, "\n") || strings.HasPrefix(s, "\n") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, "\n\n") ||
		strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		return "", false
	}
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) == "" && line != "\n" {
			return "", false
		}
	}
	if strings.HasSuffix(s, "\n") {
		return "|", true
	}
	return "|-", true
}

var (
	yamlPlain = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_/{}()',.-]*( [A-Za-z0-9_/{}()',.-]+)*$`)
	yamlWord  = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|null|y|n)$`)
)

// appendYAMLText writes text on one line, in quotes unless it is certain to be
// read as text without.
func appendYAMLText(b []byte, s string) []byte {
	if yamlPlain.MatchString(s) && !yamlWord.MatchString(s) && len(s) < 400 {
		return append(b, s...)
	}
	return append(b, longQuote(s)...) // YAML has Python's escapes
}
