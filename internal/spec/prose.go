package spec

import (
	"regexp"
	"strings"
)

// maxFound is how much text a search finds one page by, in bytes.
const maxFound = 12 << 10

// Prose is what an operation's page says in words, without markup: descriptions,
// and the names and descriptions of parameters and members. Component schemas
// have pages, and so words, of their own.
func (o Operation) Prose() (string, error) {
	d, err := o.Open()
	if err != nil {
		return "", err
	}
	var p prose
	p.detail(d)
	return p.String(), nil
}

// Prose is the same for the page of a schema.
func (s SchemaPage) Prose() (string, error) {
	tree, err := s.Open()
	if err != nil {
		return "", err
	}
	var p prose
	p.members(tree, 0)
	return p.String(), nil
}

// prose gathers text until there is enough.
type prose struct{ strings.Builder }

func (p *prose) say(name, text string) {
	text = Plain(text)
	if p.Len() > maxFound || name == "" && text == "" {
		return
	}
	if p.Len() > 0 {
		p.WriteString(" · ")
	}
	p.WriteString(name)
	if name != "" && text != "" {
		p.WriteString(": ")
	}
	p.WriteString(clipTo(text, maxFound))
}

func (p *prose) detail(d Detail) {
	p.say("", d.Description)
	for _, param := range d.Parameters {
		p.say(param.Name, param.Description)
		p.inline(param.Schema)
	}
	if d.Body != nil {
		p.say("", d.Body.Description)
		for _, m := range d.Body.Media {
			p.inline(m.Schema)
		}
	}
	for _, r := range d.Responses {
		p.say("", r.Description)
		for _, h := range r.Headers {
			p.say(h.Name, h.Description)
		}
		for _, m := range r.Media {
			p.inline(m.Schema)
		}
	}
	for _, c := range d.Callbacks {
		p.say(c.Name, c.Summary)
		p.detail(c.Call)
	}
}

// inline reads a schema that is written where it is used.
func (p *prose) inline(s *Schema) {
	if s != nil && s.Ref == "" {
		p.members(s, 0)
	}
}

// proseDepth is how deep members count among the words of a page.
const proseDepth = 4

func (p *prose) members(s *Schema, depth int) {
	if s == nil || depth > proseDepth || p.Len() > maxFound {
		return
	}
	p.say(s.Title, s.Description)
	for _, m := range s.Properties {
		if m.Schema.Ref != "" {
			p.say(m.Name, m.Schema.Description)
			continue
		}
		p.say(m.Name, "")
		p.members(m.Schema, depth+1)
	}
	for _, many := range [][]*Schema{{s.Items, s.Additional}, s.OneOf, s.AnyOf, s.AllOf} {
		for _, one := range many {
			if one != nil && one.Ref == "" {
				p.members(one, depth+1)
			}
		}
	}
}

var (
	anyTag     = regexp.MustCompile(`</?[A-Za-z][^<>]*>`)
	anyLink    = regexp.MustCompile(`!?\[([^\[\]]*)\]\([^()\s]*\)`)
	anyMarkers = regexp.MustCompile("(?m)^[ \t]*(#+|>|[-*+]|```[a-z]*)[ \t]+|[`*]+|\\|[-:| ]+\\||\x00")
)

// Plain is Markdown as one line of text, nearly: a cheap way for long texts, whose
// result is not fit to be put into a page unescaped.
func Plain(src string) string {
	if strings.ContainsAny(src, "<[`*#>|-+\x00") {
		src = anyMarkers.ReplaceAllString(anyLink.ReplaceAllString(anyTag.ReplaceAllString(src, " "), "$1"), " ")
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(src, "")), " ")
}
