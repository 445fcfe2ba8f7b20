package tokens

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Settings is what may be said of a token, in the form of a new one and of an
// old one.
type Settings struct {
	Name, Purpose, Description string
	Team                       string // whose APIs they are, where it is not the reader's
	NeedsPurpose               bool   // an admin approves it
	APIs                       []Reach
	Kept                       []Kept    // what a token has of APIs that its team cannot reach now
	Others                     []ui.Link // APIs without access, each leading to where it is asked for
	Mocks                      []string  // that any token of the team can call
	Ranges                     string
	Address                    string // of the reader
	People                     []Person
	Look                       string // where the form goes to be looked at, without being carried out
	LeftOut                    []string
	Problems                   []fault.Field
}

// mocks names the first few of those that a token calls in any case.
func (s Settings) mocks() string {
	const most = 5
	if len(s.Mocks) > most {
		return strings.Join(s.Mocks[:most], ", ") + " and " + strconv.Itoa(len(s.Mocks)-most) + " more"
	}
	return strings.Join(s.Mocks, ", ")
}

// Reach is an API in the form, with what each choice would allow in plain words.
type Reach struct {
	Name, Version, Plan string
	ID                  string // of the version; fields are named after it
	Value               string
	Reads, Writes       string // sentences
	Parts               string // the sentence of what is ticked
	Ticked              bool   // and it opens something
	Scopes              []ScopePart
	Groups              []PartGroup
	Operations          int    // all that there are
	Folded              bool   // so many that they are shown when they are asked for
	Find                string // what the operations are narrowed to
}

// ScopePart is a scope that can be ticked.
type ScopePart struct {
	Name   string
	Words  string // what it means
	Opens  int    // operations that ask for it
	Chosen bool
}

// PartGroup are the operations under one tag.
type PartGroup struct {
	Tag    string
	Parts  []Part
	Chosen int
	Open   bool
}

// Part is an operation that can be ticked.
type Part struct {
	Value, Method, Title, Path string
	Scopes                     string // that open it too: a set a line
	Risk                       string
	Writes, Chosen, Hidden     bool
}

// Says is the sentence of the current choice.
func (r Reach) Says() string {
	switch r.Value {
	case "read":
		return r.Reads
	case "write":
		return r.Writes
	case "custom":
		return r.Parts
	}
	return unreachable
}

// Allows reports whether the current choice opens something.
func (r Reach) Allows() bool {
	return r.Value == "read" || r.Value == "write" || r.Value == "custom" && r.Ticked
}

// searchable reports whether there are so many operations that one searches.
func (r Reach) searchable() bool { return r.Operations > 12 }

func (r Reach) row() ui.PermRow {
	return ui.PermRow{
		Name: r.Name, Version: r.Version, Plan: r.Plan, Field: "access-" + r.ID, Value: r.Value,
		Options: []ui.Option{{Value: "none", Label: "None"}, {Value: "read", Label: "Read"}, {Value: "write", Label: "Write"}, {Value: "custom", Label: "Custom"}},
		Says:    r.Says(), Allows: r.Allows(),
		Sentences: map[string]string{"none": unreachable, "read": r.Reads, "write": r.Writes, "custom": r.Parts},
	}
}

const unreachable = "Can’t reach this API."

// Kept is what a token has of an API that its team cannot reach now.
type Kept struct {
	Name, ID string // "Berths v1"; of the version
	Value    string // as the token has it
	Words    string
	None     bool // is to go
}

func (k Kept) row() ui.PermRow {
	value := k.Value
	if k.None {
		value = "none"
	}
	return ui.PermRow{
		Name: k.Name, Plan: "Your team has no access to it at present", Field: "access-" + k.ID, Value: value,
		Options: []ui.Option{{Value: "none", Label: "None"}, {Value: k.Value, Label: "As it is"}},
		Says:    "Keeps its permission (" + k.Words + ") for when your team has access again.", Allows: !k.None,
		Sentences: map[string]string{"none": unreachable, k.Value: "Keeps its permission (" + k.Words + ") for when your team has access again."},
	}
}

// Person is somebody of the team who can be made responsible.
type Person struct {
	ID, Name, Email string
	Chosen          bool
}

// Form makes a token.
type Form struct {
	Settings
	Tenant, TenantName string
	Team               models.Team
	Teams              []ui.SegLink // to choose from; none where there is one
	Services           []ui.SegLink // whose it becomes: one's own, or a service account's; none where there is no choice
	Service            string       // id of the service account whose token it becomes, or ""
	ServiceName        string
	Object             string // of the step-up
	Action             string // where it goes
	For                string // name of the person for whom somebody else prepares it, or ""
	Crumbs             []ui.Link
	Cancel             string
	Presets            []ui.Link
	Expires, Date      string
	Choices            []ui.Option
	MaxDate, MinDate   string
	Days               int    // the tenant's longest life
	Barred             bool   // owners alone make tokens, and the person is none
	Key                string // the same when the form is sent twice
	Copied             string // name of the token whose settings these are
	Link               string // to this form as it is filled in; "" until it is asked for
}

// belongs says whose the token becomes.
func (f Form) belongs() string {
	switch {
	case f.Service != "":
		return f.ServiceName + ", a service account of " + f.Team.Name
	case f.For != "":
		return f.For + ", in " + f.Team.Name
	}
	return f.Team.Name
}

// title and lead head the form.
func (f Form) title() string {
	if f.For != "" {
		return "Prepare a token for " + f.For
	}
	return "New token"
}

func (f Form) lead() string {
	if f.For != "" {
		return "Give it as little as its job needs. " + f.For + " gets a link, makes it with their own passkey, and alone sees the secret."
	}
	return "Give it as little as its job needs. All but its end can be changed later; letting it do more asks for your passkey again."
}

// stepUp are the attributes of the form: making a token wants a passkey, preparing
// one for somebody does not.
func (f Form) stepUp() templ.Attributes {
	if f.For != "" {
		return nil
	}
	return ui.StepUp("token.create", f.Object)
}

// Edit changes a token.
type Edit struct {
	Settings
	Tenant, ID, URL, Back string
	Title                 string // the name that it has
	Revision              int
	Expires               time.Time
	Diff                  []Diff
	Looked                bool // the difference was asked for
	Confirm               bool // what was typed widens it, and wants a passkey
	Waits                 bool // and an admin's approval
	Asked                 bool // the form begins with what waits for approval
}

// Diff is one thing that is another than before.
type Diff struct {
	What, Before, After string
	Added, Removed      []string
	Wider               bool
}

func (d Diff) verdict() string {
	if d.Wider {
		return "Does more"
	}
	return "Does less, or the same"
}

// firstOf are the first few of a list, and how many more there are.
func firstOf(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
}

// Opening is what a token may do with one API.
type Opening struct {
	API, Words string
	Parts      []Part
	More       int // parts that are not listed
}

// Rights are what the page of a token shows of its settings.
type Rights struct {
	Openings []Opening
	From     []string // ranges; none is any address
	Purpose  string
	Owner    string
	People   []string
	CopyURL  string // makes another one with the same settings; "" where the reader can't
	Link     string // the same for others, without the token
}

// Approval is the page on which an admin decides about a token.
type Approval struct {
	Tenant string
	Row
	Rights
	Asks, MayDecide, Self bool
	New                   bool // the token itself waits
	Asker, Email          string
	At                    time.Time
	Seen                  string
	Diff                  []Diff
	Against               string // what the difference is to
	AgainstURL            string
	Reason                string
	Problems              []fault.Field
	Now                   time.Time
}
