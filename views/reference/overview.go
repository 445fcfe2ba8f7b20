package reference

import (
	"strings"

	"gatehouse/internal/search"
	"gatehouse/internal/spec"
	"gatehouse/views/ui"
)

// Overview is what a version says of itself as a whole.
type Overview struct {
	Crumbs   []ui.Link
	Ending   ui.EndingData // of the version
	Title    string
	Signs    []ui.Sign
	Document spec.Document
	BaseURL  string // at the gateway
	First    ui.Link
	Download string
	Facts    []Fact
	Tags     []OverviewTag
}

// Fact is a line of what there is to know at a glance.
type Fact struct {
	Name string
	Text string
	URL  string
}

// OverviewTag is a group of operations with its description.
type OverviewTag struct {
	ID, Title, Text string
	Count           int
	First           string // the address of its first operation, or ""
}

// SchemaPage is what the page of a component schema shows.
type SchemaPage struct {
	Crumbs []ui.Link
	Ending ui.EndingData // of the version
	Page   spec.SchemaPage
	Tree   *spec.Schema
}

// HookPage is what the page of a webhook shows.
type HookPage struct {
	Crumbs []ui.Link
	Ending ui.EndingData // of the version
	Hook   spec.Operation
	Detail spec.Detail
}

// Gone is where an operation was, when it is not where its address says.
type Gone struct {
	Crumbs []ui.Link
	Key    string
	Where  string // the version that was asked
	Last   string // the version that had it last
	Others []GoneLink
	Start  string
}

// GoneLink leads to the same operation in another version.
type GoneLink struct {
	Text, URL, Version string
}

// schemeWords say in which way a caller identifies.
func schemeWords(s spec.SecurityScheme) string {
	switch s.Type {
	case "apiKey":
		return "a key in the " + s.In + " " + s.Parameter
	case "http":
		return "HTTP " + s.Scheme
	case "oauth2":
		return "OAuth 2"
	case "openIdConnect":
		return "OpenID Connect"
	case "mutualTLS":
		return "a client certificate"
	}
	return s.Type
}

// Purposes are what a document's servers are for; their addresses are the
// publisher's (R105).
func Purposes(all []spec.Server) string {
	var out []string
	for _, s := range all {
		if d := spec.Line(s.Description); d != "" {
			out = append(out, d)
		}
	}
	return strings.Join(out, ", ")
}

// Quote is a part of a text with what a search meant.
func Quote(text, query string) []search.Piece {
	if text == "" {
		return nil
	}
	return search.Mark(search.Snippet(text, query, 110), query)
}

func filterLabel(p Page) string {
	if p.Searches {
		return "Search " + ui.Plural(p.Total, "operation")
	}
	return "Filter " + ui.Plural(p.Total, "operation")
}

// TagID is where a group's description stands in the overview.
func TagID(name string) string { return "tag-" + anchor(name) }
