// Package docs holds the guides, as Markdown, and the explanation of every
// error code. The portal serves them at /docs.
package docs

import (
	"embed"
	"strings"
)

//go:embed *.md
var files embed.FS

// Guide is one guide. Its page is /docs/{Slug}.
type Guide struct {
	Slug  string
	Title string
	Lead  string // what it is about, one line
	Text  string // Markdown behind title and lead
}

// Summary is the first sentence of the lead.
func (g Guide) Summary() string {
	first, _, _ := strings.Cut(g.Lead, ". ")
	return strings.TrimSuffix(first, ".") + "."
}

// order is who reads them, in the order in which one meets Gatehouse.
var order = []string{"partner", "admin", "api-manager", "gateway", "leaks", "automation", "operator", "archive", "performance"}

// Guides are all guides, in their order.
func Guides() ([]Guide, error) {
	var out []Guide
	for _, slug := range order {
		raw, err := files.ReadFile(slug + ".md")
		if err != nil {
			return nil, err
		}
		out = append(out, guideOf(slug, string(raw)))
	}
	return out, nil
}

// guideOf cuts a file into "# Title", its first paragraph and the rest.
func guideOf(slug, text string) Guide {
	title, rest, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
	lead, rest, _ := strings.Cut(strings.TrimSpace(rest), "\n\n")
	return Guide{Slug: slug, Title: strings.TrimSpace(title), Lead: strings.TrimSpace(lead), Text: rest}
}
