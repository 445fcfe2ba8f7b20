package publish

import (
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Groups is the page on which the operations of a version are regrouped.
type Groups struct {
	Tenant, List, APIURL, Base, Action string // slug; addresses: the version's page, and this one
	API                                models.API
	Version                            models.Version
	May                                bool
	Total, Own                         int // operations; those with a rule
	Tags                               []GroupTag
	Scopes                             []GroupScope
	Lost                               []models.OperationRule // of operations that no document has any more
	Find                               string
	Form                               GroupForm
	Effect                             *GroupEffect // of what was asked for, to be confirmed
}

// GroupTag are the operations of a tag.
type GroupTag struct {
	Name  string
	Count int
	Items []GroupRow // none where there are too many for one page
	URL   string     // shows them then
	Open  bool
}

// GroupRow is one operation.
type GroupRow struct {
	Slug, Method, Path, Title string
	Says, Now                 string // by the document, and in force; the same where nothing is said
	Risk                      string
	Chosen                    bool
}

// GroupScope is a permission that operations ask for.
type GroupScope struct {
	Name, Words string
	Opens       int
	Own         bool // made by the manager
}

// GroupForm is what was typed.
type GroupForm struct {
	Operations, Tags                 []string // slugs; names
	Access, Mode, Scope, Description string
	Revision                         int
	Problems                         []fault.Field
}

// GroupEffect is what it would change.
type GroupEffect struct {
	Seen          string
	Tokens, Wider int
	Calls         int64
	Least         bool
	Teams         []GroupTeam
}

// GroupTeam is a team whose tokens could call less.
type GroupTeam struct {
	Name   string
	Tokens int
	Calls  int64
}

var accessOptions = []ui.Option{{Value: "", Label: "Leave it as it is"}, {Value: "document", Label: "By its method, as the document has it"},
	{Value: "read", Label: "Read: it changes nothing"}, {Value: "write", Label: "Write: it may change something"}}

var scopeOptions = []ui.Option{{Value: "", Label: "Leave it as it is"}, {Value: "document", Label: "What the document asks for"},
	{Value: "named", Label: "The permission named below"}}

// callsWords are the calls that would be refused from now on.
func (e GroupEffect) callsWords() string {
	words := ui.Plural(int(e.Calls), "call")
	if e.Least {
		words = "at least " + words
	}
	return words
}

func chosen(names []string, name string) bool { return slices.Contains(names, name) }
