package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// word is a few characters of code that stay where they belong.
type word struct {
	word, in string
	except   []string // files, or folders with a slash at the end, relative to the project
	because  string
}

var words = []word{
	{".Save(", "internal/store", []string{}, "Save falls back to an upsert, which overwrites rows of other tenants (R48)"},
	{".Raw(", "internal/store", []string{"internal/store/storetest/"}, "the tenant guard cannot see raw SQL"},
	{".Exec(", "internal/store", []string{"internal/store/postgres.go", "internal/store/handles.go", "internal/store/storetest/"}, "the tenant guard cannot see raw SQL"},
	{".Unscoped(", "internal/store", nil, "there are no soft deletes"},
	{".Or(", "internal/store", nil, "an OR is written in parentheses in one string, where its reach can be seen"},
	{"Where(&", "internal/store", nil, "GORM drops zero fields of a struct condition, the tenant among them (R48)"},
	{"AutoMigrate", "internal", nil, "the schema is in migrations (R144)"},
	{"json:\"", "models", nil, "what the API shows is decided in handlers/api, field by field"},
	{"os.Getenv", ".", []string{"cmd/gatehouse/token.go", "cmd/gatehouse/push.go" /* a flag could stand in the list of processes */, "internal/spec/golang.go" /* in a sample */, "internal/config/", "internal/leaveout/", "internal/store/storetest/", "internal/testkit/", "e2e/", "tools/"}, "configuration is read once, by kong (internal/config)"},
	{"time.Now(", ".", []string{"internal/clock/", "tools/", "e2e/", "internal/testkit/"}, "time comes from a clock.Clock, so that tests can step it"},
	{"templ.Raw(", ".", []string{"views/ui/markdown.templ", "views/ui/markup.go"}, "only text that spec.Markdown made safe is shown as HTML (R46)"},
	{"templ.SafeURL(", ".", nil, "URLs are checked by templ.URL (R46)"},
	{"Director:", ".", nil, "a Director runs before hop-by-hop headers are removed (R76)"},
	{"NewSingleHostReverseProxy", ".", nil, "it uses a Director (R76)"},
	{"InsecureSkipVerify", ".", nil, "certificates are checked (R97)"},
	{"c.Bind(", ".", nil, "Bind merges path, query and body (R56)"},
}

func TestWords(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, "../.."), "/"))
		if d.IsDir() {
			if slices.Contains([]string{".git", "static/node_modules", "static/dist", "internal/arch"}, rel) {
				return filepath.SkipDir
			}
			return nil
		}
		ext := filepath.Ext(rel)
		if ext != ".go" && ext != ".templ" || strings.HasSuffix(rel, "_test.go") || strings.HasSuffix(rel, "_templ.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		for _, w := range words {
			if err == nil && w.applies(rel) && says(string(src), w.word) {
				t.Errorf("%s says %s\n\tnot allowed: %s", rel, w.word, w.because)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w word) applies(file string) bool {
	if w.in != "." && !strings.HasPrefix(file, w.in+"/") {
		return false
	}
	for _, e := range w.except {
		if file == e || strings.HasSuffix(e, "/") && strings.HasPrefix(file, e) {
			return false
		}
	}
	return true
}

// says reports whether code, comments aside, contains a word.
func says(src, word string) bool {
	for line := range strings.Lines(src) {
		code, _, _ := strings.Cut(line, "//")
		if strings.Contains(code, word) {
			return true
		}
	}
	return false
}
