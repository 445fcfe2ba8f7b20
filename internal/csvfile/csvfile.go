// Package csvfile writes tables as CSV that spreadsheets show and do not run.
package csvfile

import (
	"bufio"
	"io"
	"strings"
)

// Writer writes rows as RFC 4180 has it: CRLF behind each, quotes around what
// needs them. encoding/csv would drop a CR within a field.
type Writer struct{ w *bufio.Writer }

// NewWriter writes to w; Flush must follow the last row.
func NewWriter(w io.Writer) *Writer { return &Writer{bufio.NewWriter(w)} }

// Write writes one row.
func (w *Writer) Write(fields ...string) error {
	for i, f := range fields {
		if i > 0 {
			_ = w.w.WriteByte(',') // bufio keeps its first error for Flush
		}
		_, _ = w.w.WriteString(field(f))
	}
	_, err := w.w.WriteString("\r\n")
	return err
}

// Flush writes what is left.
func (w *Writer) Flush() error { return w.w.Flush() }

// field quotes a text, behind an apostrophe where a spreadsheet would take it for
// a formula (R119).
func field(text string) string {
	if text != "" && strings.IndexByte("=+-@\t\r\x00", text[0]) >= 0 {
		text = "'" + text
	}
	if strings.ContainsAny(text, ",\"\r\n") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}
