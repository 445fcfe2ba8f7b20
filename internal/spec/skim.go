package spec

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// reduced is a JSON document without what an operation under one of these
// templates cannot need, for who would parse all of it to keep a hundredth: the
// text is looked through for where things stand, and what is left out is never
// parsed. It keeps too much rather than too little. ok is false where the whole
// has to be taken: YAML, for one, and what is referred to by anchors.
func reduced(raw []byte, templates []string) (_ []byte, ok bool) {
	s := skimmer{raw: bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), chunks: map[string]*piece{}}
	if !s.index() || s.chunks["openapi"] == nil { // Swagger 2.0 is converted as a whole
		return nil, false
	}
	for _, t := range templates {
		s.take("paths\x00" + t)
	}
	for _, key := range []string{"openapi", "info", "servers", "security", "tags", "jsonSchemaDialect"} {
		s.take(key)
	}
	for name := range s.chunks {
		if strings.HasPrefix(name, "components\x00securitySchemes\x00") {
			s.take(name)
		}
	}
	for i := 0; i < len(s.queue); i++ {
		if !s.needs(s.queue[i]) {
			return nil, false
		}
	}
	return s.write(), true
}

// skimmer finds the pieces of a document and what they refer to.
type skimmer struct {
	raw    []byte
	pieces []*piece // in their order
	chunks map[string]*piece
	queue  []*piece
}

// piece is a member that is kept or left out whole: a path item, a component, or
// what else stands at the top.
type piece struct {
	steps    []string // keys that lead to it, each in quotes as written
	from, to int      // of its value
	kept     bool
}

// index finds the pieces. It is false for what is no JSON object or names something twice.
func (s *skimmer) index() bool {
	start := skipSpace(s.raw, 0)
	if start >= len(s.raw) || s.raw[start] != '{' {
		return false
	}
	return s.members(start, func(key string, quoted string, from, to int) bool {
		switch key {
		case "paths":
			return s.members(from, func(name, q string, from, to int) bool { return s.add(from, to, []string{key, name}, quoted, q) })
		case "components":
			return s.members(from, func(section, qs string, from, to int) bool {
				return s.members(from, func(name, q string, from, to int) bool {
					return s.add(from, to, []string{key, section, name}, quoted, qs, q)
				})
			})
		}
		return s.add(from, to, []string{key}, quoted)
	})
}

func (s *skimmer) add(from, to int, names []string, quoted ...string) bool {
	name := strings.Join(names, "\x00")
	if s.chunks[name] != nil {
		return false
	}
	p := &piece{steps: quoted, from: from, to: to}
	s.pieces, s.chunks[name] = append(s.pieces, p), p
	return true
}

// members calls fn for each member of the object at a place, until it says false.
func (s *skimmer) members(at int, fn func(key, quoted string, from, to int) bool) bool {
	raw := s.raw
	if at >= len(raw) || raw[at] != '{' {
		return false
	}
	for i := skipSpace(raw, at+1); i < len(raw); i = skipSpace(raw, i+1) {
		if raw[i] == '}' {
			return true
		}
		end := skipText(raw, i)
		if end < 0 {
			return false
		}
		quoted := string(raw[i:end])
		var key string
		if json.Unmarshal(raw[i:end], &key) != nil {
			return false
		}
		if i = skipSpace(raw, end); i >= len(raw) || raw[i] != ':' {
			return false
		}
		from := skipSpace(raw, i+1)
		to := skipValue(raw, from)
		if to < 0 || !fn(key, quoted, from, to) {
			return false
		}
		if i = skipSpace(raw, to); i < len(raw) && raw[i] == '}' {
			return true
		}
	}
	return false
}

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\r' || raw[i] == '\t') {
		i++
	}
	return i
}

// skipText is behind the text that begins at i, -1 where none does.
func skipText(raw []byte, i int) int {
	if i >= len(raw) || raw[i] != '"' {
		return -1
	}
	for i++; ; i++ {
		next := bytes.IndexAny(raw[min(i, len(raw)):], `"\`)
		if next < 0 {
			return -1
		}
		if i += next; raw[i] == '"' {
			return i + 1
		}
		i++ // what is escaped
	}
}

// skipValue is behind the value that begins at i, -1 where it does not end.
func skipValue(raw []byte, i int) int {
	if i >= len(raw) {
		return -1
	}
	for depth := 0; i < len(raw); {
		switch raw[i] {
		case '"':
			if i = skipText(raw, i); i < 0 {
				return -1
			}
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return -1
}

func (s *skimmer) take(name string) {
	if p := s.chunks[name]; p != nil && !p.kept {
		p.kept = true
		s.queue = append(s.queue, p)
	}
}

// needs takes what a piece refers to. It is false where a reference is one to an anchor.
func (s *skimmer) needs(p *piece) bool {
	raw := s.raw[p.from:p.to]
	mapped := bytes.Contains(raw, []byte(`"discriminator"`)) || bytes.Contains(raw, []byte(`\`)) // which may hide the word
	for i := 0; i < len(raw); i++ {
		next := bytes.IndexByte(raw[i:], '"')
		if next < 0 {
			return true
		}
		i += next
		end := skipText(raw, i)
		if end < 0 {
			return false
		}
		text := raw[i:end]
		i = end - 1
		if reference := len(text) > 2 && (text[1] == '#' || bytes.HasPrefix(text[1:], []byte(`\u0023`))); !reference && !mapped {
			continue
		}
		var value string
		if json.Unmarshal(text, &value) != nil {
			return false
		}
		rest, pointer := strings.CutPrefix(value, "#/")
		switch {
		case pointer:
			s.takeReference(rest)
		case mapped && !strings.HasPrefix(value, "#"):
			s.take("components\x00schemas\x00" + value)
		}
		if anchor := strings.HasPrefix(value, "#") && !pointer; anchor && isAnchor(value) {
			return false
		}
	}
	return true
}

// isAnchor reports whether a text could be a reference to an anchor, as a colour
// in an example could be too.
func isAnchor(value string) bool {
	return len(value) > 1 && !strings.ContainsAny(value, " \n")
}

// takeReference takes the piece that a JSON pointer leads to or into.
func (s *skimmer) takeReference(rest string) {
	steps := strings.Split(rest, "/")
	for i, step := range steps {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		steps[i] = pointerUnescape.Replace(step)
	}
	depth := map[string]int{"paths": 2, "components": 3}[steps[0]]
	if depth == 0 {
		depth = 1
	}
	if len(steps) >= depth {
		s.take(strings.Join(steps[:depth], "\x00"))
	}
}

// write is the document with the pieces that are kept, in their order.
func (s *skimmer) write() []byte {
	var out bytes.Buffer
	var open []string // keys of the objects that are open
	first := true
	out.WriteByte('{')
	for _, p := range s.pieces {
		if !p.kept {
			continue
		}
		shared := 0
		for shared < len(open) && shared < len(p.steps)-1 && open[shared] == p.steps[shared] {
			shared++
		}
		for range len(open) - shared {
			out.WriteByte('}')
		}
		if !first {
			out.WriteByte(',')
		}
		open = open[:shared]
		for _, step := range p.steps[shared : len(p.steps)-1] {
			out.WriteString(step + ":{")
			open = append(open, step)
		}
		out.WriteString(p.steps[len(p.steps)-1] + ":")
		out.Write(s.raw[p.from:p.to])
		first = false
	}
	for range open {
		out.WriteByte('}')
	}
	out.WriteByte('}')
	return out.Bytes()
}
