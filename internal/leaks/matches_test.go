package leaks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/leaks"
)

func TestParse(t *testing.T) {
	item := `{"token":"t","type":"x","url":"","source":"Pull_request_title"}`
	many := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]" }
	for name, tt := range map[string]struct {
		body string
		kind fault.Kind // 0 where it is read
		n    int
	}{
		"one":                  {"[" + item + "]", 0, 1},
		"as many as there may": {many(leaks.MatchesMost), 0, leaks.MatchesMost},
		"one more":             {many(leaks.MatchesMost + 1), fault.TooLarge, 0},
		"what may come later":  {`[{"token":"t","new":{"a":[1]}}]`, 0, 1},
		"no source":            {`[{"token":"t","type":"x","url":"u"}]`, 0, 1},
		"none":                 {"[]", fault.BadRequest, 0},
		"null":                 {"null", fault.BadRequest, 0},
		"a null among them":    {"[" + item + ",null]", fault.BadRequest, 0},
		"an object":            {item, fault.BadRequest, 0},
		"no token":             {`[{"type":"x"}]`, fault.BadRequest, 0},
		"a token that is a 1":  {`[{"token":1}]`, fault.BadRequest, 0},
		"something behind it":  {"[" + item + "] []", fault.BadRequest, 0},
		"half of it":           {"[" + item, fault.BadRequest, 0},
		"nothing":              {"", fault.BadRequest, 0},
	} {
		got, err := leaks.Parse([]byte(tt.body))
		if len(got) != tt.n || (tt.kind == 0) != (err == nil) || tt.kind != 0 && !fault.Is(err, tt.kind) {
			t.Errorf("%s: %d matches, %v", name, len(got), err)
		}
	}
	for m, want := range map[leaks.Match]string{
		{Source: "Commit", URL: "https://a.example/"}: "commit https://a.example/",
		{Source: "Pull_request_title"}:                "pull request title",
		{URL: "https://a.example/"}:                   "https://a.example/", {}: "",
	} {
		if got := m.Where(); got != want {
			t.Errorf("%+v: %q", m, got)
		}
	}
}

// Whatever is sent, it is refused or read, and what was read has tokens.
func FuzzParse(f *testing.F) {
	for _, s := range []string{vectorBody, "[]", "[null]", `[{"token":"a"}]x`, `[{"TOKEN":"a","token":"b"}]`, "[[[[", "{", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		matches, err := leaks.Parse([]byte(body))
		if err != nil {
			if kind := fault.From(err).Kind; kind != fault.BadRequest && kind != fault.TooLarge {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if !json.Valid([]byte(body)) || len(matches) == 0 {
			t.Fatalf("%q was read", body)
		}
		for _, m := range matches {
			if m.Token == "" {
				t.Fatalf("%q has a match without a token", body)
			}
		}
	})
}
