package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// jsonReader builds nodes from encoding/json's tokens and keeps count of lines.
type jsonReader struct {
	raw       []byte
	dec       *json.Decoder
	at        int // offset that line and col belong to
	line, col int
	values    int
	notes     []Problem
}

func parseJSON(raw []byte) (*node, []Problem, error) {
	r := &jsonReader{raw: raw, dec: json.NewDecoder(bytes.NewReader(raw)), line: 1, col: 1}
	r.dec.UseNumber()
	root, err := r.value(nil, 1)
	if err == nil {
		if _, more := r.dec.Token(); !errors.Is(more, io.EOF) {
			r.skipTo(int(r.dec.InputOffset()))
			err = flawAt(r.line, r.col, "There is more text after the end of the JSON document, at line %d.", r.line).by("Remove what stands behind the last bracket.")
		}
	}
	if err != nil {
		return nil, nil, r.explain(err)
	}
	return root, r.notes, nil
}

func (r *jsonReader) explain(err error) error {
	var f *flaw
	if errors.As(err, &f) {
		return f
	}
	offset := int(r.dec.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = int(syntax.Offset) - 1
	}
	line, col := lineOf(r.raw, max(offset, 0))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return flawAt(line, col, "The JSON ends in the middle, at line %d: a closing bracket or quote is missing.", line).by("Upload the whole file, or close what is open.")
	}
	return flawAt(line, col, "The JSON cannot be read at line %d: %s.", line, err.Error())
}

// skipTo moves line and col forward to an offset.
func (r *jsonReader) skipTo(offset int) {
	for part := r.raw[r.at:offset]; len(part) > 0; {
		i := bytes.IndexByte(part, '\n')
		if i < 0 {
			r.col += utf8.RuneCount(part)
			break
		}
		r.line, r.col, part = r.line+1, 1, part[i+1:]
	}
	r.at = offset
}

// token reads the next token and sets line and col to its start.
func (r *jsonReader) token() (json.Token, error) {
	start := int(r.dec.InputOffset())
	for start < len(r.raw) && bytes.IndexByte([]byte(" \t\r\n,:"), r.raw[start]) >= 0 {
		start++
	}
	r.skipTo(start)
	return r.dec.Token()
}

// value reads one value; key gives the place for members of objects.
func (r *jsonReader) value(key *node, depth int) (*node, error) {
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	if r.values++; r.values > maxValues {
		return nil, flawAt(r.line, r.col, "The document holds more than %d values.", maxValues)
	}
	n := &node{line: r.line, col: r.col}
	if key != nil {
		n.line, n.col = key.line, key.col
	}
	switch t := t.(type) {
	case json.Delim:
		if depth > maxDepth {
			return nil, flawAt(r.line, r.col, "The document is nested more than %d levels deep at line %d.", maxDepth, r.line)
		}
		if t == '[' {
			return n, r.elements(n, depth)
		}
		return n, r.members(n, depth)
	case string:
		n.kind, n.value = text, t
	case json.Number:
		n.kind, n.value = number, t.String()
	case bool:
		n.kind, n.value = boolean, fmt.Sprint(t)
	}
	return n, nil
}

func (r *jsonReader) elements(n *node, depth int) error {
	n.kind = list
	for r.dec.More() {
		e, err := r.value(nil, depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, e)
	}
	_, err := r.token()
	return err
}

func (r *jsonReader) members(n *node, depth int) error {
	n.kind = object
	seen := map[string]int{}
	for r.dec.More() {
		t, err := r.token()
		if err != nil {
			return err
		}
		key, _ := t.(string) // the decoder lets nothing else be a key
		place := &node{line: r.line, col: r.col}
		v, err := r.value(place, depth+1)
		if err != nil {
			return err
		}
		if i, twice := seen[key]; twice {
			r.notes = append(r.notes, twiceNote(key, n.items[i].line, place.line, place.col))
			n.items[i] = v
			continue
		}
		seen[key] = len(n.keys)
		n.keys, n.items = append(n.keys, key), append(n.items, v)
	}
	_, err := r.token()
	return err
}

func twiceNote(key string, first, line, col int) Problem {
	return Problem{Severity: Warning, Kind: "Names given twice", Line: line, Column: col,
		Message: fmt.Sprintf("The name %q is given twice in one object, at lines %d and %d. The last one counts.", clip(key), first, line),
		Repair:  fmt.Sprintf("Remove one of the two, or give it another name than %q.", clip(key))}
}

// clip keeps what is quoted in messages short.
func clip(s string) string { return clipTo(s, 120) }
