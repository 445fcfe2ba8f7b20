// Package reference is the page on which an API is read: its operations at the
// left, one of them in the middle, code at the right.
package reference

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gatehouse/internal/search"
	"gatehouse/internal/spec"
	"gatehouse/views/ui"

	"github.com/a-h/templ"
)

// Page is what the reference shows.
type Page struct {
	Ending     ui.EndingData   // of the version
	Crumbs     []ui.Link       // the way here, the tag last
	Content    templ.Component // in place of an operation, or nil
	Side       templ.Component // beside Content, or nil
	BaseAt     string          // the version's address in the portal, below which its pages are; "" if there are no others
	Versions   []ui.SegLink    // of the API; none shown when there is one
	CompareURL string          // to compare versions, or ""
	Groups     []Group
	Markdown   string       // where the page is for programs, below the version's
	Found      []FoundGroup // what the filter found, in place of Groups, where all of a version is searched
	Total      int          // operations of the version, filtered or not
	Filter     string       // what the list is filtered by
	Searches   bool         // the filter searches all that can be read
	FilterURL  string       // where the filter's form leads, with q
	Kept       url.Values   // what goes along where the filter's form leads
	BaseURL    string       // the version's address at the gateway
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

// Group is the operations of one tag, or other pages of a kind.
type Group struct {
	Title string
	ID    string // for addresses, where the group can be folded
	Count int
	Fold  string // the address with the group open, where it is folded
	Items []Item // none where it is folded
}

// FoundGroup is what a search found of one kind.
type FoundGroup struct {
	Title string
	More  bool // there may be more than is shown
	Hits  []Hit
}

// Hit is one thing that a search found.
type Hit struct {
	Method, URL, ID    string
	Title, Path, Quote []search.Piece
	Where              string // the API and version, where several were searched
	Current            bool
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
	return List{Document: d, Filter: filter, Current: current, URL: url}.Groups()
}

// List is what groups are made of.
type List struct {
	Document spec.Document
	Filter   string
	Current  string // the slug of what is shown
	Open     string // the id of the group that is open beside the current one
	Most     int    // so many operations are listed whole; of more, groups are folded; 0 folds none
	URL      func(slug string) string
	OpenURL  func(group string) string
}

// Groups are the operations by their first tag, in the document's order.
func (l List) Groups() []Group {
	at := map[string]int{}
	var out []Group
	var members [][]int
	for _, t := range l.Document.Tags {
		at[t.Name] = len(out)
		out, members = append(out, Group{Title: orElse(t.Summary, t.Name), ID: TagID(t.Name)}), append(members, nil)
	}
	out, members = append(out, Group{Title: "Other operations", ID: "other"}), append(members, nil)
	current := -1
	for n, o := range l.Document.Operations {
		if !matches(o, l.Filter) {
			continue
		}
		i := len(out) - 1
		if len(o.Tags) > 0 {
			if known, ok := at[o.Tags[0]]; ok {
				i = known
			}
		}
		members[i] = append(members[i], n)
		if o.Slug == l.Current {
			current = i
		}
	}
	filled := out[:0]
	for i, g := range out {
		if g.Count = len(members[i]); !l.folds() && g.ID != l.Open {
			g.ID = ""
		}
		if g.Count == 0 {
			continue
		}
		if l.folds() && i != current && g.ID != l.Open {
			g.Fold = l.OpenURL(g.ID)
		} else {
			for _, n := range members[i] {
				o := l.Document.Operations[n]
				g.Items = append(g.Items, Item{o.Method, spec.Line(o.Title()), l.URL(o.Slug), o.Slug, o.Deprecated, o.Slug == l.Current})
			}
		}
		filled = append(filled, g)
	}
	return filled
}

func (l List) folds() bool { return l.Most > 0 && len(l.Document.Operations) > l.Most }

// matches asks for every word of the filter somewhere in the operation.
func matches(o spec.Operation, filter string) bool {
	if filter == "" {
		return true
	}
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

type baseKey struct{}

// below puts the address of a version's pages into the context, so that trees can
// link to them.
func below(base string, inner templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return inner.Render(context.WithValue(ctx, baseKey{}, base), w)
	})
}

// schemaURL is the address of a component's page, or "".
func schemaURL(ctx context.Context, slug string) string { return pageURL(ctx, "/schemas/", slug) }

// operationURL is the address of an operation's page, or "".
func operationURL(ctx context.Context, slug string) string { return pageURL(ctx, "/operations/", slug) }

func pageURL(ctx context.Context, kind, slug string) string {
	base, _ := ctx.Value(baseKey{}).(string)
	if base == "" || slug == "" {
		return ""
	}
	return base + kind + slug
}

// anchor is a name as part of an element's id: no spaces, and dots only between
// names.
func anchor(name string) string {
	return strings.NewReplacer(" ", "%20", "\t", "%09", "\n", "%0A", "\r", "%0D", "\f", "%0C", ".", "%2E").Replace(name)
}

// nth tells the bodies of several media types apart in ids.
func nth(i int) string {
	if i == 0 {
		return ""
	}
	return "-" + strconv.Itoa(i+1)
}

// brief is an example on one line, cut.
func brief(raw json.RawMessage) string {
	s := []rune(inline(raw))
	if len(s) > 120 {
		return string(s[:119]) + "…"
	}
	return string(s)
}
