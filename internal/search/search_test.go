package search

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWordsAndQueries(t *testing.T) {
	for name, tt := range map[string]struct{ text, words string }{
		"words of a sentence":       {"List the pets, please.", "list the pets please"},
		"each once":                 {"pet Pet PET", "pet"},
		"a path":                    {"/repos/{owner}/issues", "repos owner issues"},
		"a name in camel case":      {"listPetsByID", "listpetsbyid list pets by id"},
		"a name with underscores":   {"created_at", "created at"},
		"accents and width":         {"Größe Ｆｕｌｌ", "große full"},
		"Japanese in pairs":         {"商品の一覧", "商品 品の の一 一覧 覧"},
		"Japanese beside Latin":     {"API商品", "api 商品 品"},
		"katakana keeps its marks":  {"ガイド", "ガイ イド ド"},
		"a long sound is a letter":  {"データ", "デー ータ タ"},
		"Korean":                    {"주문", "주문 문"},
		"data is no word":           {strings.Repeat("x", 65), ""},
		"nothing but what is marks": {"-- ; * \" '", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Words(tt.text); got != tt.words {
				t.Errorf("%q, want %q", got, tt.words)
			}
		})
	}
	for query, want := range map[string]string{
		"List pet": "list|pet", "商品一": "商品|品一", "商": "商", "a\" OR b*": "a|or|b", "pets:* & !x": "pets|x", " ": "", "GET /pets/{id}": "get|pets|id",
	} {
		if got := strings.Join(Query(query), "|"); got != want {
			t.Errorf("%q asks for %q, want %q", query, got, want)
		}
	}
}

func TestWhatIsMarked(t *testing.T) {
	for _, tt := range []struct{ text, query, want string }{
		{"List the pets", "pet li", "[Li]st the [pet]s"},
		{"listPets", "pets", "list[Pets]"},
		{"Straße", "STRASS", "Straße"}, // ß is a letter of its own
		{"Größe", "gross", "Größe"},
		{"Crème", "creme", "[Crème]"},
		{"商品の一覧", "商品の", "[商品の]一覧"},
		{"carpet", "pet", "carpet"},
		{"x", "", "x"},
	} {
		var b strings.Builder
		for _, p := range Mark(tt.text, tt.query) {
			if p.Hit {
				b.WriteString("[" + p.Text + "]")
			} else {
				b.WriteString(p.Text)
			}
		}
		if b.String() != tt.want {
			t.Errorf("%q in %q: %s, want %s", tt.query, tt.text, b.String(), tt.want)
		}
	}
	long := strings.Repeat("word ", 100) + "needle " + strings.Repeat("more ", 100)
	if s := Snippet(long, "needle", 120); !strings.Contains(s, "needle") || len(s) > 140 || !strings.HasPrefix(s, "…") || !strings.HasSuffix(s, "…") {
		t.Errorf("%q", s)
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("List the pets", "pet")
	f.Add("商品の一覧 Ａ\xff", "商\" OR *")
	f.Fuzz(func(t *testing.T, text, query string) {
		var b strings.Builder
		for _, p := range Mark(text, query) {
			b.WriteString(p.Text)
		}
		if b.String() != text {
			t.Errorf("marking changed %q to %q", text, b.String())
		}
		for _, w := range append(Query(query), strings.Fields(Words(text))...) {
			if strings.ContainsAny(w, "\"'*:&|!()<>-\\\x00 ") {
				t.Errorf("the word %q could mean something to a database", w)
			}
		}
		if utf8.ValidString(text) && !utf8.ValidString(Snippet(text, query, 50)) {
			t.Error("a snippet cuts a letter")
		}
	})
}
