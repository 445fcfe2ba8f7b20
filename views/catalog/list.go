package catalog

import (
	"gatehouse/internal/fault"
	"gatehouse/views/reference"
	"gatehouse/views/ui"
)

// List is the list of APIs.
type List struct {
	URL        string
	Filter     Filter
	Cards      []Card
	All        int // that the filter lets through
	Found      []reference.FoundGroup
	Manage     string // where APIs are published, for those who may, or ""
	Prev, Next string
}

// Filter is what a list is narrowed by and sorted, as it stands in the address.
type Filter struct {
	Query, Category, Tag, State, Access, Visibility, Sort string

	Tags, States, Accesses, Visibilities []ui.Option // what can be chosen; none: no such filter
	Categories                           []ui.SegLink
	Widen                                []ui.Link // each leaves out one of what is chosen
	Problems                             []fault.Field
}

// Narrows reports whether something but the order is chosen.
func (f Filter) Narrows() bool { return len(f.Widen) > 0 }

// nothing says what nothing was found by.
func (f Filter) nothing() string {
	if f.Query == "" {
		return "Nothing matches"
	}
	return "Nothing matches “" + f.Query + "”"
}

var sorts = []ui.Option{{Label: "By name"}, {Value: "newest", Label: "Newest first"}, {Value: "updated", Label: "Recently updated"}}
