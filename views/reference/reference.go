// Package reference is the page on which an API is read: its operations at the
// left, one of them in the middle, code at the right.
package reference

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"gatehouse/internal/spec"
	"gatehouse/views/ui"

	"github.com/a-h/templ"
)

// Page is what the reference shows.
type Page struct {
	Ending     ui.EndingData // of the version
	Crumbs     []ui.Link     // the way here, the tag last
	Versions   []ui.SegLink  // of the API; none shown when there is one
	CompareURL string        // to compare versions, or ""
	Groups     []Group
	Total      int    // operations of the version, filtered or not
	Filter     string // what the list is filtered by
	FilterURL  string // where the filter's form leads, with q
	BaseURL    string // the version's address at the gateway
	Operation  spec.Operation
	Detail     spec.Detail
	Scopes     map[string]string // what scopes mean, in words
	Samples    []spec.Sample
	Languages  []ui.SegLink // beside Samples, in their order; one is current
	Choices    []CodeChoice // what else the samples can send
	Downloads  []ui.Link    // the document, or this part of it, in several formats
	TryURL     string       // "" holds the button, and TryHeld says why
	TryHeld    string       // "Subscribe to try it."
	MockURL    string       // the version's address at its mock, "" where it has none
	MockTry    string       // where the mock is tried
	Allowed    *bool        // whether the reader's plan allows the operation; nil if there is no reader
	Limits     string       // of the reader's plan, in words
	Prev, Next ui.Link      // the operations beside this one; zero at the ends
}

// CodeChoice is one thing that the reader chooses of the samples.
type CodeChoice struct {
	Title string // "Body", "Example", "Parameters"
	Links []ui.SegLink
}

// Group is the operations of one tag.
type Group struct {
	Title string
	Items []Item
}

// Item is one operation in the list.
type Item struct {
	Method, Title, URL  string
	Slug                string
	Deprecated, Current bool
}

// Groups sorts a document's operations by their first tag, in the document's
// order, leaving out what does not match the filter. url gives an operation's
// address from its slug; current is the slug of the one that is shown.
func Groups(d spec.Document, filter, current string, url func(slug string) string) []Group {
	at := map[string]int{}
	var out []Group
	for _, t := range d.Tags {
		at[t.Name] = len(out)
		out = append(out, Group{Title: orElse(t.Summary, t.Name)})
	}
	other := Group{Title: "Other operations"}
	for _, o := range d.Operations {
		if !matches(o, filter) {
			continue
		}
		item := Item{o.Method, spec.Line(o.Title()), url(o.Slug), o.Slug, o.Deprecated, o.Slug == current}
		if len(o.Tags) == 0 {
			other.Items = append(other.Items, item)
			continue
		}
		if i, ok := at[o.Tags[0]]; ok {
			out[i].Items = append(out[i].Items, item)
		}
	}
	out = append(out, other)
	filled := out[:0]
	for _, g := range out {
		if len(g.Items) > 0 {
			filled = append(filled, g)
		}
	}
	return filled
}

// matches asks for every word of the filter somewhere in the operation.
func matches(o spec.Operation, filter string) bool {
	all := strings.ToLower(strings.Join([]string{o.Key, o.Summary, o.OperationID, strings.Join(o.Tags, " ")}, " "))
	for _, word := range strings.Fields(strings.ToLower(filter)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// Sample is the code in the language that is current.
func (p Page) Sample() spec.Sample {
	for i, l := range p.Languages {
		if l.Current && i < len(p.Samples) {
			return p.Samples[i]
		}
	}
	if len(p.Samples) > 0 {
		return p.Samples[0]
	}
	return spec.Sample{}
}

// Answer is an example of the first good answer that has one, and its status.
func (p Page) Answer() (status, example string) {
	for _, r := range p.Detail.Responses {
		if !strings.HasPrefix(r.Status, "2") {
			continue
		}
		for _, m := range r.Media {
			if spec.IsJSON(m.Type) {
				return r.Status, spec.Pretty(m.Example(false))
			}
		}
	}
	return "", ""
}

// riskSign is the document's word for the risk of an operation.
func riskSign(risk string) ui.Sign {
	if risk == "high" {
		return ui.Sign{Icon: "warn", Word: "high risk", Tone: ui.Warn}
	}
	return ui.Sign{Icon: "shield", Word: risk + " risk", Tone: ui.Off}
}

// short is a method as the list has room for.
func short(method string) string {
	if method == http.MethodDelete {
		return "DEL"
	}
	if method == http.MethodOptions {
		return "OPT"
	}
	return method
}

// statusClass colours a status: "200", "4XX", "default".
func statusClass(status string) string {
	if n, err := strconv.Atoi(status[:min(1, len(status))]); err == nil && n >= 3 {
		return "code code-" + strconv.Itoa(n)
	}
	return "code"
}

// meaning is a response's description in one line, or the status's own words.
func meaning(r spec.Response) string {
	if r.Missing != "" {
		return "Described elsewhere: " + r.Missing
	}
	if line := spec.Line(r.Description); line != "" {
		return line
	}
	if n, err := strconv.Atoi(r.Status); err == nil && http.StatusText(n) != "" {
		return http.StatusText(n)
	}
	return "Any other answer"
}

// scopes is one set in words.
func scopes(set []string) string { return strings.Join(set, ", ") }

// inline shows a short JSON value as people write it: texts without quotes.
func inline(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil && s != "" {
		return s
	}
	return string(raw)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// swapping are the attributes by which links load another operation into the
// page at hand: its text, its code and the mark in the list.
func swapping() templ.Attributes {
	return templ.Attributes{
		"hx-boost": "true", "hx-target": "#operation", "hx-select": "#operation", "hx-select-oob": "#code,#ops",
		"hx-swap": "outerHTML show:#operation:top",
	}
}
