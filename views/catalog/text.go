package catalog

import (
	"strings"

	"gatehouse/internal/spec"
	"gatehouse/views/ui"
)

// Index is what programs that read find first, in the form of llmstxt.org: a
// title, a summary, and sections of links.
type Index struct {
	Title    string
	Summary  string // one line
	Prose    string // Markdown
	Sections []IndexSection
}

// IndexSection is a heading with links.
type IndexSection struct {
	Title string
	Links []IndexLink
	Left  int // links that are left out
}

// IndexLink leads to a page as Markdown.
type IndexLink struct{ Title, URL, Words string }

// Markdown writes the index.
func (x Index) Markdown() string {
	var b strings.Builder
	b.WriteString("# " + spec.MarkdownText(x.Title) + "\n")
	if x.Summary != "" {
		b.WriteString("\n> " + spec.MarkdownText(x.Summary) + "\n")
	}
	if prose := strings.TrimSpace(x.Prose); prose != "" {
		b.WriteString("\n" + prose + "\n")
	}
	for _, s := range x.Sections {
		b.WriteString("\n## " + spec.MarkdownText(s.Title) + "\n\n")
		for _, l := range s.Links {
			b.WriteString("- [" + spec.MarkdownText(l.Title) + "](" + l.URL + ")")
			if l.Words != "" {
				b.WriteString(": " + l.Words)
			}
			b.WriteByte('\n')
		}
		if s.Left > 0 {
			b.WriteString("- " + ui.Plural(s.Left, "more entry") + "; the OpenAPI document has all\n")
		}
	}
	return b.String()
}
