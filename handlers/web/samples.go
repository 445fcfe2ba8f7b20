package web

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/spec"
	"gatehouse/views/reference"
	"gatehouse/views/ui"
)

// keptChoices are what a reader chose of the code that goes along from page to
// page: the language, and whether the mock is called.
func keptChoices(c echo.Context) url.Values {
	q := url.Values{}
	for _, name := range []string{"lang", "to"} {
		if v := c.QueryParam(name); v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// keeping is an address with what keptChoices has.
func keeping(c echo.Context, address string) string {
	if q := keptChoices(c); len(q) > 0 {
		return address + "?" + q.Encode()
	}
	return address
}

// showCode puts the samples into a page, as the query chooses them, with the links
// that choose others. URL is the page's address; the page has its operation, and
// the address of its mock where it has one.
func showCode(c echo.Context, p *reference.Page, address, tokenVariable string) {
	choice := spec.Choice{Media: c.QueryParam("media"), Example: c.QueryParam("example"), All: c.QueryParam("all") == "1"}
	called, mock := p.BaseURL, p.MockURL != "" && c.QueryParam("to") == "mock"
	if mock {
		called = p.MockURL
	}
	p.Samples = choice.Samples(p.Operation, p.Detail, called, tokenVariable)
	lang := c.QueryParam("lang")
	with := func(name, value string) string {
		q := keptChoices(c)
		for key, kept := range map[string]string{"media": choice.Media, "example": choice.Example, "all": c.QueryParam("all"), name: value} {
			if q.Set(key, kept); kept == "" {
				q.Del(key)
			}
		}
		if len(q) == 0 {
			return address
		}
		return address + "?" + q.Encode()
	}
	for _, s := range p.Samples {
		p.Languages = append(p.Languages, ui.SegLink{Text: s.Title, Current: s.Language == lang, URL: with("lang", s.Language)})
	}
	if p.Sample().Language != lang {
		p.Languages[0].Current = true
	}
	add := func(title string, links ...ui.SegLink) {
		if len(links) > 1 {
			p.Choices = append(p.Choices, reference.CodeChoice{Title: title, Links: links})
		}
	}
	if p.MockURL != "" {
		add("Calls go to", ui.SegLink{Text: "The API", URL: with("to", ""), Current: !mock}, ui.SegLink{Text: "The mock", URL: with("to", "mock"), Current: mock})
	}
	add("Body", mediaLinks(p.Detail, choice, with)...)
	add("Example", exampleLinks(p.Detail, choice, with)...)
	if p.Detail.Spare() {
		add("Parameters", ui.SegLink{Text: "Required", URL: with("all", ""), Current: !choice.All}, ui.SegLink{Text: "All", URL: with("all", "1"), Current: choice.All})
	}
}

func mediaLinks(d spec.Detail, choice spec.Choice, with func(name, value string) string) (links []ui.SegLink) {
	if d.Body == nil {
		return nil
	}
	chosen := d.Body.Chosen(choice).Type
	for _, m := range d.Body.Media {
		links = append(links, ui.SegLink{Text: m.Type, URL: with("media", m.Type), Current: m.Type == chosen})
	}
	return links
}

func exampleLinks(d spec.Detail, choice spec.Choice, with func(name, value string) string) (links []ui.SegLink) {
	current := false
	for _, e := range d.NamedExamples(choice) {
		current = current || e.Name == choice.Example
		links = append(links, ui.SegLink{Text: e.Title(), URL: with("example", e.Name), Current: e.Name == choice.Example})
	}
	if !current && len(links) > 0 {
		links[0].Current = true
	}
	return links
}
