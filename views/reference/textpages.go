package reference

import (
	"gatehouse/internal/spec"
	"gatehouse/views/ui"
)

// SchemaText is a schema's page as Markdown, for programs that read.
type SchemaText struct {
	API      string // name and version
	BaseURL  string // of the version's pages
	Page     spec.SchemaPage
	Tree     *spec.Schema
	Document string // address of the whole document
}

// Markdown writes the page.
func (t SchemaText) Markdown() string {
	b := &text{}
	b.line("# ", spec.MarkdownText(t.Page.Name), "\n")
	b.line("> ", spec.MarkdownText(t.API), ": schema (", spec.MarkdownText(typeWords(t.Tree)), ")\n")
	if t.Page.Old {
		b.line("**Deprecated.** New work should not build on it.\n")
	}
	if t.Tree != nil && t.Tree.Description != "" {
		b.line(Clipped(t.Tree.Description), "\n")
	}
	if t.Tree != nil {
		if words := schemaWords(t.Tree); words != "" {
			b.line(spec.MarkdownText(words), "\n")
		}
		b.outline(t.Tree, 0)
		b.line()
		b.line("## Example\n\n", spec.MarkdownBlock("json", spec.Pretty(t.Tree.Example(false))))
	}
	if len(t.Page.UsedBy) > 0 {
		b.line("## Used by\n")
		for _, u := range t.Page.UsedBy {
			b.line("- [", spec.MarkdownText(u.Method+" "+u.Path), "](", t.BaseURL, "/operations/", u.Slug, ".md)")
		}
		if more := t.Page.Uses - len(t.Page.UsedBy); more > 0 {
			b.line("- and ", ui.Plural(more, "other operation"))
		}
		b.line()
	}
	b.end(t.BaseURL+"/schemas/"+t.Page.Slug, t.Document, t.BaseURL)
	return b.String()
}

// HookText is a webhook's page as Markdown.
type HookText struct {
	API      string
	BaseURL  string
	Hook     spec.Operation
	Detail   spec.Detail
	Document string
}

// Markdown writes the page.
func (t HookText) Markdown() string {
	b := &text{}
	b.line("# ", spec.MarkdownText(spec.Line(t.Hook.Title())), "\n")
	b.line("> ", spec.MarkdownText(t.API), ": webhook, a ", spec.MarkdownCode(t.Hook.Method), " to an address of yours\n")
	if t.Hook.Deprecated {
		b.line("**Deprecated.** It is still sent; new work should not build on it.\n")
	}
	if t.Detail.Description != "" {
		b.line(Clipped(t.Detail.Description), "\n")
	}
	b.detail(t.Detail)
	b.end(t.BaseURL+"/webhooks/"+t.Hook.Slug, t.Document, t.BaseURL)
	return b.String()
}

// end leads to the same elsewhere.
func (b *text) end(page, document, base string) {
	if b.cut || b.Len() > textMost {
		b.line("This page is shortened; the OpenAPI document has everything.\n")
	}
	b.line("## More\n\n- [The page for people](", page, ")\n- [OpenAPI document](", document, ")\n- [All operations](", base, "/llms.txt)")
}
