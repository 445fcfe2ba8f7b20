package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/docs"
	"gatehouse/internal/gateway"
)

var newFault = regexp.MustCompile(`fault\.New\([\w.]+,\s*"([^"]*)"`)

// Every code that a person or a program can meet has a page, and no page is
// about a code that nobody makes.
func TestEveryCodeHasItsPage(t *testing.T) {
	made := map[string]string{"invalid_input": "internal/fault"}
	for _, c := range gateway.Codes {
		made[c.Name] = "internal/gateway"
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "node_modules" || strings.HasPrefix(name, ".") && name != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range newFault.FindAllStringSubmatch(string(text), -1) {
			made[m[1]] = path
		}
		if strings.HasSuffix(path, "internal/fault/fault.go") {
			for _, m := range regexp.MustCompile(`New\(\w+, "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
				made[m[1]] = path
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(made) < 80 {
		t.Fatalf("only %d codes found; the search is broken", len(made))
	}
	for code, where := range made {
		e, ok := docs.ErrorOf(code)
		if !ok {
			t.Errorf("%s (%s) is not explained in docs/errors_*.go", code, where)
		}
		if ok && (e.Title == "" || !strings.HasSuffix(e.What, ".") || !strings.HasSuffix(e.Do, ".")) {
			t.Errorf("%s is not explained in sentences", code)
		}
	}
	seen := map[string]bool{}
	for _, g := range docs.Errors {
		for _, e := range g.Errors {
			if made[e.Code] == "" {
				t.Errorf("%s is explained, and nobody makes it", e.Code)
			}
			if seen[e.Code] {
				t.Errorf("%s is explained twice", e.Code)
			}
			seen[e.Code] = true
		}
	}
}

var link = regexp.MustCompile(`\]\((/docs[^)#]*)(#[^)]*)?\)`)

// Every file is a guide with title and lead, and their links lead somewhere.
func TestGuides(t *testing.T) {
	guides, err := docs.Guides()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{"/docs": true, "/docs/api": true, "/docs/errors": true, "/docs/api/openapi.json": true}
	for _, g := range guides {
		there["/docs/"+g.Slug] = true
		if g.Title == "" || g.Lead == "" || strings.HasPrefix(g.Lead, "#") || !strings.Contains(g.Text, "\n") {
			t.Errorf("%s.md lacks title, lead or text", g.Slug)
		}
	}
	for _, g := range docs.Errors {
		for _, e := range g.Errors {
			there["/docs/errors/"+e.Code] = true
		}
	}
	files, _ := filepath.Glob("*.md")
	if len(files) != len(guides) {
		t.Errorf("%d files, %d guides: name each file in the order of embed.go", len(files), len(guides))
	}
	for _, g := range guides {
		for _, m := range link.FindAllStringSubmatch(g.Lead+g.Text, -1) {
			if !there[m[1]] {
				t.Errorf("%s.md links to %s, which is not there", g.Slug, m[1])
			}
		}
	}
}
