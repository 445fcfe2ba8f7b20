package spec

import (
	"html"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Limits on what is rendered as markdown. Past maxNesting quotes or lists and
// maxLinks links goldmark's time grows with the square of the text: 256 KiB of ">"
// take a minute. Each row of a table gets as many cells as its head has: 12 KB could
// make 40 MB.
const (
	maxMarkdown = 128 << 10 // bytes
	maxNesting  = 32
	maxLinks    = 1000
	maxCells    = 20_000
	maxMarks    = 8_000 // of emphasis
)

// Markdown renders what a customer wrote as HTML that may stand in a page (R103):
// no HTML of theirs, no images, no classes, ids or styles, links to http, https
// and mailto only. Headings start at h3, below that of a section of the page.
func Markdown(src string) string { return rendered(markdown, allowed, src) }

// Lead is Markdown right below the title of a page: headings start at h2.
func Lead(src string) string { return rendered(lead, leadPolicy, src) }

// Article is Markdown for a page of its own: headings start at h2 and have ids
// that begin with "s-", and links may lead to them and to the tenants' pages.
func Article(src string) string { return rendered(article, articlePolicy, src) }

func rendered(by goldmark.Markdown, policy *bluemonday.Policy, src string) string {
	src = clipTo(src, maxMarkdown)
	var out strings.Builder
	if excessive(src) || by.Convert([]byte(src), &out) != nil {
		return "<p>" + html.EscapeString(straight(src)) + "</p>\n"
	}
	clean := straight(policy.Sanitize(out.String()))
	// Quotes in text and attributes are escaped by now, so this hits links only.
	return strings.ReplaceAll(clean, ` rel="nofollow"`, ` rel="nofollow noopener"`)
}

// straight takes out what turns the direction of the text behind it (UAX #9 §2.1-2.5),
// by which words can be made to read as others. The marks that texts from right to
// left need stay.
func straight(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
}

// excessive says whether src is made to keep us busy; it is shown as it is.
func excessive(src string) bool {
	if strings.Count(src, "](") > maxLinks || strings.Count(src, "]:") > maxLinks {
		return true
	}
	columns, cells := 0, 0 // of tables that may have begun, and of all
	marks := 0             // of emphasis, in a paragraph
	for line := range strings.Lines(src) {
		markers := line[:len(line)-len(strings.TrimLeft(line, " \t>-*+0123456789.)"))]
		if strings.Count(markers, ">") > maxNesting || len(strings.Fields(markers)) > maxNesting {
			return true
		}
		switch {
		case strings.Trim(line, " \t\r\n>") == "":
			columns, marks = 0, 0
		case strings.Contains(line, "|") && strings.Trim(line, "|:- \t\r\n>*+0123456789.)") == "":
			columns = max(columns, strings.Count(line, "|")+1)
		}
		cells += columns
		marks += strings.Count(line, "*") + strings.Count(line, "_") + strings.Count(line, "~")
		if cells > maxCells || marks > maxMarks {
			return true
		}
	}
	return false
}

// Line is Markdown for one line: its text, without any markup.
func Line(src string) string {
	src, _, _ = strings.Cut(strings.TrimSpace(src), "\n\n")
	if !strings.ContainsAny(src, "\n\\`*_~<>&[]#|:-+=.)@") {
		return straight(src) // no markup, as most titles
	}
	return strings.Join(strings.Fields(unescape(strict.Sanitize(Markdown(src)))), " ")
}

var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace

var markdown, lead, article = taming(3), taming(2), taming(2, parser.WithAutoHeadingID())

// taming makes a renderer whose headings start at a level.
func taming(top int, options ...parser.Option) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
		goldmark.WithParserOptions(append(options, parser.WithASTTransformers(util.Prioritized(tamer{top}, 100)))...),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(tagless{}, 100))),
	)
}

var strict = bluemonday.StrictPolicy()

// allowed is what stands in texts within a page, leadPolicy right below its title,
// articlePolicy in pages.
var allowed, leadPolicy, articlePolicy = outward(), outward().AllowElements("h2"), func() *bluemonday.Policy {
	p := inText()
	p.AllowElements("h2")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^s-[a-z0-9-]+$`)).OnElements("h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("href").Matching(regexp.MustCompile(`^(?:https?://|mailto:|/t/|#s-)`)).OnElements("a")
	p.AllowRelativeURLs(true)
	return p
}()

// outward is inText with links that lead out.
func outward() *bluemonday.Policy {
	p := inText()
	p.AllowAttrs("href").OnElements("a")
	p.AllowRelativeURLs(false)
	return p
}

func inText() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
		"em", "strong", "del", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	return p
}

// tamer puts headings below those of the page, gives ids that they have a prefix,
// and takes images out; what they say in their place stays.
type tamer struct{ top int }

// Transform implements parser.ASTTransformer.
func (t tamer) Transform(doc *ast.Document, _ gmtext.Reader, _ parser.Context) {
	var images []ast.Node
	var headings []*ast.Heading
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			headings = append(headings, n)
			if id, ok := n.AttributeString("id"); ok {
				n.SetAttributeString("id", append([]byte("s-"), id.([]byte)...))
			}
		case *ast.Image:
			images = append(images, n)
		}
		return ast.WalkContinue, nil
	})
	t.level(headings)
	for _, image := range images {
		parent := image.Parent()
		for child := image.FirstChild(); child != nil; child = image.FirstChild() {
			parent.InsertBefore(parent, image, child)
		}
		parent.RemoveChild(parent, image)
	}
}

// level gives the biggest headings of a text the level at which it starts, and
// leaves no step out on the way down: that is how people who hear a page know where
// they are.
func (t tamer) level(headings []*ast.Heading) {
	biggest := 6
	for _, h := range headings {
		biggest = min(biggest, h.Level)
	}
	before := t.top - 1
	for _, h := range headings {
		h.Level = min(t.top+h.Level-biggest, before+1, 6)
		before = h.Level
	}
}

// tagless writes the text of HTML without its tags. Whole documents have their
// descriptions in HTML; leaving them out would leave nothing.
type tagless struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (tagless) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkSkipChildren, nil
	})
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		block := n.(*ast.HTMLBlock)
		var raw strings.Builder
		for i := range block.Lines().Len() {
			line := block.Lines().At(i)
			raw.Write(line.Value(source))
		}
		if block.HasClosure() {
			raw.Write(block.ClosureLine.Value(source))
		}
		if words := strings.TrimSpace(strict.Sanitize(raw.String())); words != "" {
			_, _ = w.WriteString("<p>" + words + "</p>\n")
		}
		return ast.WalkContinue, nil
	})
}
