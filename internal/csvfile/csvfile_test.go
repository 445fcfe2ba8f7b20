package csvfile_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/csvfile"
)

// R119: the exact bytes of what a spreadsheet could take for a formula, and of
// what RFC 4180 quotes.
func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                   `plain`,
		"":                        ``,
		`=HYPERLINK("http://e")`:  `"'=HYPERLINK(""http://e"")"`,
		"+1":                      `'+1`,
		"-1":                      `'-1`,
		"@x":                      `'@x`,
		"\t=1":                    "'\t=1",
		"\r=1":                    "\"'\r=1\"",
		"\x00=1":                  "'\x00=1",
		`"a,b"`:                   `"""a,b"""`,
		"a,b":                     `"a,b"`,
		"two\nlines":              "\"two\nlines\"",
		"two\r\nlines":            "\"two\r\nlines\"",
		"1-1":                     `1-1`,
		"'=1":                     `'=1`,
		"naïve ☂":                 "naïve ☂",
		" =1 does nothing in one": " =1 does nothing in one",
	} {
		var out bytes.Buffer
		w := csvfile.NewWriter(&out)
		if err := errors.Join(w.Write(text, "x"), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != want+",x\r\n" {
			t.Errorf("%q is written %q, want %q", text, got, want+",x\r\n")
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestAWriterThatFails(t *testing.T) {
	w := csvfile.NewWriter(full{})
	_ = w.Write(strings.Repeat("x", 10000))
	if w.Flush() == nil {
		t.Error("what was not written is not told")
	}
}

// Whatever is written is read again as it was by a reader of RFC 4180, but for the
// apostrophe; and no field begins as a formula does.
func FuzzFields(f *testing.F) {
	f.Add("=1", "a\"b\n,")
	f.Add("\r", "\x00")
	f.Fuzz(func(t *testing.T, a, b string) {
		var out bytes.Buffer
		w := csvfile.NewWriter(&out)
		if err := errors.Join(w.Write(a, b, "end"), w.Flush()); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != 3 {
			t.Fatalf("%q, %q: %q %v", a, b, rows, err)
		}
		for i, want := range []string{a, b} {
			got := rows[0][i]
			if got != "" && strings.IndexByte("=+-@\t\r\x00", got[0]) >= 0 {
				t.Errorf("%q begins as a formula does", got)
			}
			// The reader makes \n of \r\n.
			if want = strings.ReplaceAll(want, "\r\n", "\n"); got != want && got != "'"+want && got != "'"+strings.TrimPrefix(want, "\n") {
				t.Errorf("%q was read as %q", want, got)
			}
		}
	})
}
