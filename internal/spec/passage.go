package spec

import (
	"bytes"
	"unicode/utf8"
)

// Passage is a few lines of a document, one of which is at fault.
type Passage struct {
	First int      // number of the first line
	Lines []string // cut to passageWidth characters
	At    int      // which of Lines it is about
}

const (
	passageAround = 2   // lines before and behind
	passageWidth  = 160 // characters; documents may be one line of megabytes
)

// Passages are the places of problems as they stand in the document, in the order
// of the problems; those without a line have none. It goes through the document
// once.
func Passages(raw []byte, problems []Problem) []Passage {
	starts := lineStarts(raw, problems)
	out := make([]Passage, len(problems))
	for i, p := range problems {
		if p.File != "" || p.Line < 1 || starts[p.Line] < 0 { // files of an archive are not kept
			continue
		}
		from := max(1, p.Line-passageAround)
		passage := Passage{First: from, At: p.Line - from}
		for line := from; line <= p.Line+passageAround; line++ {
			start, ok := starts[line]
			if !ok || start < 0 {
				break
			}
			text, _, _ := bytes.Cut(raw[start:], []byte("\n"))
			column := 1
			if line == p.Line {
				column = p.Column
			}
			passage.Lines = append(passage.Lines, window(bytes.TrimSuffix(text, []byte("\r")), column))
		}
		out[i] = passage
	}
	return out
}

// lineStarts are the offsets of the lines around problems, by number; -1 where the
// document ends before.
func lineStarts(raw []byte, problems []Problem) map[int]int {
	starts := map[int]int{}
	for _, p := range problems {
		for line := p.Line - passageAround; p.Line > 0 && line <= p.Line+passageAround; line++ {
			starts[line] = -1
		}
	}
	for line, offset := 1, 0; offset < len(raw); line++ {
		if _, wanted := starts[line]; wanted {
			starts[line] = offset
		}
		i := bytes.IndexByte(raw[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	return starts
}

// window is the part of a line around a column, with dots where it goes on.
func window(line []byte, column int) string {
	before, at := 0, 0 // characters are counted from the column's place, bytes are kept
	for n := 1; n < column-passageWidth/4 && at < len(line); n++ {
		_, size := utf8.DecodeRune(line[at:])
		at += size
		before = at
	}
	end := before
	for range passageWidth {
		if end >= len(line) {
			break
		}
		_, size := utf8.DecodeRune(line[end:])
		end += size
	}
	text := string(bytes.ToValidUTF8(line[before:end], []byte("\uFFFD")))
	if before > 0 {
		text = "…" + text
	}
	if end < len(line) {
		text += "…"
	}
	return text
}
