package csvfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/csvfile"
)

func TestRead(t *testing.T) {
	for text, want := range map[string]string{
		"a,b\nc":                            "1:a|b 2:c",
		"\ufeffa;b\r\n\r\nc;d\r\n":          "1:a|b 3:c|d",
		"a\tb\n\tc":                         "1:a|b 2:|c",
		"\"a, inc\",b":                      "1:a, inc|b",
		"a;b,c\n":                           "1:a;b|c",
		" a , b \n , \n":                    "1:a|b",
		"":                                  "",
		"\"two\nlines\",x\ny":               "1:two\nlines|x 3:y",
		"a\"b,c\n\"unclosed,d\nand so on\n": "1:a\"b|c 2:unclosed,d\nand so on",
	} {
		lines, err := csvfile.Read(text, 10)
		var got []string
		for _, l := range lines {
			got = append(got, fmt.Sprint(l.Number, ":", strings.Join(l.Fields, "|")))
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%q is read %q, want %q (%v)", text, got, want, err)
		}
	}
	if _, err := csvfile.Read("a\nb\n\nc\n", 2); !errors.Is(err, csvfile.ErrTooLong) {
		t.Error("three lines are no more than two:", err)
	}
	if _, err := csvfile.Read("\xff", 2); !errors.Is(err, csvfile.ErrNotText) {
		t.Error("bytes are text:", err)
	}
}

// Nothing that is sent makes the reader fail in another way, or give more lines than asked for.
func FuzzRead(f *testing.F) {
	f.Add("a,b\n\"c")
	f.Add("a;\"b\r\r\n\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := csvfile.Read(text, 5)
		if err != nil && !errors.Is(err, csvfile.ErrTooLong) && !errors.Is(err, csvfile.ErrNotText) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, l := range lines {
			if len(l.Fields) == 0 || l.Number < 1 || len(lines) > 5 {
				t.Fatalf("%q: %+v", text, lines)
			}
		}
	})
}
