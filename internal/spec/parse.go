package spec

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Limits on what is read (R101 as settled).
const (
	MaxBytes      = 32 << 20
	MaxOperations = 20_000
	maxDepth      = 64        // of nesting
	maxValues     = 2_000_000 // in the whole document, counting each use of a YAML alias
)

// parsed is a document as a tree, and what was odd about how it was written.
type parsed struct {
	format  string
	root    *node
	notes   []Problem
	bundled []byte   // of an archive, what is stored of it
	files   []string // of an archive, whose main document is the first
}

// A flaw is the reason why a document cannot be read at all.
type flaw struct {
	line, col int
	msg       string
	file      string // of an archive
	repair    string
}

func (f *flaw) Error() string { return f.msg }

func flawAt(line, col int, format string, args ...any) *flaw {
	return &flaw{line: line, col: col, msg: fmt.Sprintf(format, args...)}
}

// by says how the flaw is mended.
func (f *flaw) by(repair string) *flaw {
	f.repair = repair
	return f
}

// parse turns JSON or YAML into a tree, of OpenAPI 3 also where Swagger 2.0 is
// written.
func parse(raw []byte) (parsed, error) {
	p, err := parseText(raw)
	if err != nil {
		return p, err
	}
	return p.converted()
}

// converted is a document in OpenAPI 3, with a note where it was in Swagger 2.0.
func (p parsed) converted() (parsed, error) {
	if !isSwagger2(p.root) {
		return p, nil
	}
	root, notes, err := fromSwagger(p.root)
	p.root, p.notes = root, append(p.notes, notes...)
	return p, err
}

// parseText turns JSON or YAML into the tree that is written.
func parseText(raw []byte) (parsed, error) {
	raw, err := utf8Only(raw)
	if err != nil {
		return parsed{}, err
	}
	p := parsed{format: "yaml"}
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	if len(trimmed) == 0 {
		return p, flawAt(0, 0, "The document is empty.").by("Upload an OpenAPI document in JSON or YAML.")
	}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		p.format = "json"
		p.root, p.notes, err = parseJSON(raw)
		if err == nil || !looksLikeFlowYAML(trimmed) {
			return p, err
		}
		p = parsed{format: "yaml"}
	}
	p.root, p.notes, err = parseYAML(raw)
	return p, err
}

// looksLikeFlowYAML tells `{openapi: 3.0.0}` from JSON with a fault in it, whose
// message should speak of JSON.
func looksLikeFlowYAML(trimmed []byte) bool {
	rest := bytes.TrimLeft(trimmed[1:], " \t\r\n")
	return trimmed[0] == '{' && len(rest) > 0 && rest[0] != '"' && rest[0] != '}'
}

func utf8Only(raw []byte) ([]byte, error) {
	const advice = "Save it as UTF-8 and upload it again."
	switch {
	case len(raw) > MaxBytes:
		return nil, flawAt(0, 0, "The document is larger than %d MiB.", MaxBytes>>20)
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return nil, flawAt(1, 1, "The document is encoded as UTF-16 or UTF-32.").by(advice)
	case bytes.HasPrefix(raw, []byte("\x1f\x8b")), isArchive(raw):
		return nil, flawAt(0, 0, "This is a compressed file, not a document.").by("Upload the JSON or YAML document that is in it, or several files as a zip.")
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		line, col := lineOf(raw, i)
		return nil, flawAt(line, col, "There is a NUL byte at line %d, as in UTF-16 or a binary file.", line).by(advice)
	}
	if !utf8.Valid(raw) {
		line, col := lineOf(raw, invalidAt(raw))
		return nil, flawAt(line, col, "Line %d has a byte that is not UTF-8; the document may be in Latin-1 or Windows-1252.", line).by(advice)
	}
	return raw, nil
}

func invalidAt(raw []byte) int {
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(raw)
}

// lineOf turns an offset into a line and a column, in characters.
func lineOf(raw []byte, offset int) (line, col int) {
	before := raw[:min(offset, len(raw))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}
