package spec

import (
	"html"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

// Own reads a document that is part of this program, in this process. Documents
// of anybody else go through Reader.
func Own(raw []byte) (Document, error) {
	d, err := examine(raw)
	if err != nil {
		return d, err
	}
	return d, refusal(d)
}

// Guide renders a guide that is part of this program: headings keep their
// level and get ids, and links may lead to other pages of the portal.
func Guide(src string) string {
	var out strings.Builder
	if err := guides.Convert([]byte(src), &out); err != nil {
		return "<p>" + html.EscapeString(src) + "</p>\n"
	}
	return guidePolicy.Sanitize(out.String())
}

var guides = goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

var guidePolicy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("id").OnElements("h2", "h3", "h4")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https")
	p.AllowRelativeURLs(true)
	return p
}()
