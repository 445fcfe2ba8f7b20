package reference

import (
	"strings"

	"gatehouse/internal/spec"
	"gatehouse/views/ui"
)

// Text is an operation's page as Markdown, for programs that read.
type Text struct {
	API         string // name and version
	BaseURL     string // at the gateway
	PageURL     string // for people
	DocumentURL string // the OpenAPI document of this operation
	IndexURL    string // what else there is: llms.txt
	Operation   spec.Operation
	Detail      spec.Detail
	Sample      spec.Sample
}

// What a page has at most; the OpenAPI document has all of it.
const (
	textMost   = 64 << 10 // bytes
	textRows   = 300      // of all schemas together
	textLevels = 5
	textProse  = 8 << 10 // bytes of a description
)

// text is written line by line, as long as there is room.
type text struct {
	strings.Builder
	rows int
	cut  bool
}

func (b *text) line(parts ...string) {
	for _, p := range parts {
		b.WriteString(p)
	}
	b.WriteByte('\n')
}

// Markdown writes the page.
func (t Text) Markdown() string {
	b := &text{}
	o, d := t.Operation, t.Detail
	b.line("# ", spec.MarkdownText(spec.Line(o.Title())), "\n")
	b.line("> ", spec.MarkdownText(t.API), ": ", spec.MarkdownCode(o.Method+" "+t.BaseURL+o.Path), "\n")
	if o.Deprecated {
		b.line("**Deprecated.** It still answers; new work should not build on it.\n")
	}
	if d.Description != "" {
		b.line(Clipped(d.Description), "\n")
	}
	b.line("Send a token of the developer portal as ", spec.MarkdownCode("Authorization: Bearer TOKEN"), ". ", needs(o), "\n")
	b.detail(d)
	if t.Sample.Code != "" {
		b.line("## Example\n\n", spec.MarkdownBlock("sh", t.Sample.Code))
	}
	if b.cut || b.Len() > textMost {
		b.line("This page is shortened; the OpenAPI document of the operation has everything.\n")
	}
	b.line("## More\n\n- [The page for people](", t.PageURL, ")\n- [OpenAPI document of this operation](", t.DocumentURL, ")\n- [All operations](", t.IndexURL, ")")
	return b.String()
}

// detail is what goes to an operation, and what comes back.
func (b *text) detail(d spec.Detail) {
	b.parameters("## Parameters", d.Parameters)
	if d.Body != nil {
		b.line("## Body\n")
		if d.Body.Required {
			b.line("Required.\n")
		}
		if d.Body.Description != "" {
			b.line(Clipped(d.Body.Description), "\n")
		}
		b.media(d.Body.Media)
	}
	if len(d.Responses) > 0 {
		b.line("## Responses\n")
	}
	for _, r := range d.Responses {
		b.line("### ", spec.MarkdownText(r.Status), "\n\n", spec.MarkdownText(meaning(r)), "\n")
		b.parameters("Headers:", r.Headers)
		b.media(r.Media)
	}
}

// Clipped is a description as pages for programs show it.
func Clipped(s string) string {
	if len(s) > textProse {
		s = strings.ToValidUTF8(s[:textProse], "") + "…"
	}
	return strings.TrimSpace(s)
}

// needs says what a token must be allowed.
func needs(o spec.Operation) string {
	var sets []string
	for _, set := range o.Scopes {
		sets = append(sets, spec.MarkdownCode(scopes(set)))
	}
	if len(sets) == 0 {
		return "It needs the permission to " + string(o.Access) + "."
	}
	return "It needs the scope " + strings.Join(sets, " or ") + "."
}

// parameters are a table; a hundred of them are enough.
func (b *text) parameters(title string, all []spec.Parameter) {
	if len(all) == 0 {
		return
	}
	b.line(title, "\n\n| Name | In | Type | Required | Description |\n|---|---|---|---|---|")
	for i, p := range all {
		if i == 100 || b.Len() > textMost {
			b.cut = true
			break
		}
		required := "no"
		if p.Required {
			required = "yes"
		}
		words := spec.Line(p.Description)
		if p.Schema != nil {
			words = strings.TrimSpace(words + " " + schemaWords(p.Schema))
		}
		if p.Missing != "" {
			words = "Not in the document: " + p.Missing
		}
		b.line("| ", cell(spec.MarkdownCode(p.Name)), " | ", cell(p.In), " | ", spec.MarkdownText(typeWords(p.Schema)), " | ", required, " | ", spec.MarkdownText(words), " |")
	}
	b.line()
}

// cell keeps code inside its cell: there, too, a bar would end it (GFM tables).
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func (b *text) media(all []spec.Media) {
	for _, m := range all {
		if b.Len() > textMost {
			b.cut = true
			return
		}
		b.line(spec.MarkdownCode(m.Type), ": ", spec.MarkdownText(typeWords(m.Schema)), "\n")
		if m.Schema != nil && len(rows(m.Schema)) > 0 {
			b.outline(m.Schema, 0)
			b.line()
		}
	}
}

// outline is a schema as a list of lists.
func (b *text) outline(s *spec.Schema, level int) {
	for _, r := range rows(s) {
		if b.rows++; b.rows > textRows || b.Len() > textMost {
			b.cut = true
			return
		}
		name := spec.MarkdownText(r.name)
		if !r.spoken {
			name = spec.MarkdownCode(r.name)
		}
		words := typeWords(r.schema)
		if r.required {
			words += ", required"
		}
		b.line(strings.Repeat("  ", level), "- ", name, " (", spec.MarkdownText(words), ")", described(r.schema))
		if r.schema == nil {
			continue
		}
		if level+1 < textLevels {
			b.outline(r.schema, level+1)
		} else if len(rows(r.schema)) > 0 {
			b.cut = true
		}
	}
}

func described(s *spec.Schema) string {
	if s == nil {
		return ""
	}
	words := strings.TrimSpace(spec.Line(s.Description) + " " + schemaWords(s))
	if words == "" {
		return ""
	}
	return ": " + spec.MarkdownText(words)
}

// schemaWords are a schema's constraints, values and notes.
func schemaWords(s *spec.Schema) string {
	var out []string
	if words := limitWords(s); words != "" {
		out = append(out, words)
	}
	if n := len(s.Enum); n > 0 {
		var values []string
		for _, v := range s.Enum[:min(n, 20)] {
			values = append(values, inline(v))
		}
		more := ""
		if n > 20 || s.MoreEnum > 0 {
			more = " and " + ui.Plural(n-len(values)+s.MoreEnum, "other")
		}
		out = append(out, "One of: "+strings.Join(values, ", ")+more+".")
	}
	for _, n := range notes(s) {
		out = append(out, strings.ToUpper(n[:1])+n[1:]+".")
	}
	return strings.Join(out, " ")
}
