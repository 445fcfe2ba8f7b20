package csvfile

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Line is one line of a table, with the number that an editor shows for it.
type Line struct {
	Number int
	Fields []string // without spaces around them
}

// Errors of Read.
var (
	ErrTooLong = errors.New("csvfile: too many lines")
	ErrNotText = errors.New("csvfile: not UTF-8")
)

// Read reads up to so many lines as people send them: RFC 4180, with a comma, a
// semicolon or a tab between the fields, whichever the first line has, with or
// without a byte order mark. Empty lines are left out. What is quoted wrongly is
// read as it stands, and left to whoever looks at the fields.
func Read(text string, most int) ([]Line, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) {
		return nil, ErrNotText
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = separator(text), -1, true, true
	if r.Comma == '\t' {
		r.TrimLeadingSpace = false // it would take an empty field for a space
	}
	var out []Line
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		empty := true
		for i, f := range fields {
			fields[i] = strings.TrimSpace(f)
			empty = empty && fields[i] == ""
		}
		if empty {
			continue
		}
		if len(out) == most {
			return nil, ErrTooLong
		}
		number, _ := r.FieldPos(0)
		out = append(out, Line{number, fields})
	}
}

// separator is the one of the first line that has any.
func separator(text string) rune {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	for _, s := range []rune{';', '\t'} {
		if strings.ContainsRune(first, s) && !strings.ContainsRune(first, ',') {
			return s
		}
	}
	return ','
}
