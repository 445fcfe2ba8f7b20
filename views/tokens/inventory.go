package tokens

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Inventory is what a list of all tokens has beside its rows.
type Inventory struct {
	Tenant, Base string
	Total        int64
	Filter       string // as it stands in an address
	Fields       []ui.Control
	Kinds        []ui.Option
	Kind         string
	Access       string
	Cause        string
	Risks        []Risk
	Hidden       []ui.Control // ids that are chosen by links, with their names as labels
	Open         bool         // the further filters
	ExportURL    string
	MayExport    bool
	MayKeep      bool // views
	MayStop      bool
	Stops        []ui.Link // what can be done with all of them
	Views        []View
	Receipts     []ui.Link // of the last changes of many tokens
	Name         string    // of a view, as typed
	Problems     []fault.Field
	ClearURL     string
	Filtered     bool
}

// Risk is one of the reasons to look at a token, as a filter.
type Risk struct {
	models.RiskWords
	Chosen bool
}

// View is a saved filter.
type View struct {
	ID, Name, URL string
	Current       bool
}

// Count is how many tokens somebody has.
type Count struct {
	Name string
	N    int64
}

// Busy is a token that was used of late.
type Busy struct {
	Name, URL string
	Last      time.Time
	From      string
	Agent     string
	Calls     int64
}

// Bulk is the page before many tokens are changed.
type Bulk struct {
	Tenant, URL, Back string
	Verb              models.BulkVerb
	Filter, Words     string // as it stands in an address; for people
	Count, Fits       int64
	Owners, Teams     []Count
	Busy              []Busy
	BusyTokens        int
	Callers           int
	Looked            int64
	Word, Typed       string // that has to be typed, and what was
	Object            string // of the step-up
	Shown             time.Time
	Cause, Reason     string
	Problems          []fault.Field
	Now               time.Time
}

func (b Bulk) verb() string {
	return map[models.BulkVerb]string{models.BulkPause: "Pause", models.BulkResume: "Resume"}[b.Verb] + map[bool]string{true: "Revoke"}[b.Verb == models.BulkRevoke]
}

func (b Bulk) title() string { return b.verb() + " " + ui.Plural(int(b.Count), "token") + "?" }

// unchanged says why fewer are changed than the filter finds.
func (b Bulk) unchanged() string {
	n := ui.Plural(int(b.Fits-b.Count), "more token")
	switch b.Verb {
	case models.BulkPause:
		return n + " of this filter can’t be paused: paused already, revoked or expired."
	case models.BulkResume:
		return n + " of this filter can’t be resumed: not paused, or expired."
	}
	return n + " of this filter ended before."
}

// BulkReceipt is what became of it.
type BulkReceipt struct {
	Tenant, URL, Base, FilterURL string
	models.TokenBulk
	By          string
	Words       string
	Done        int64
	Later       int64
	Refused     int64
	Left        int64
	LastSeq     int64
	Rows        []BulkRow
	Next, First string
	Gateways    []models.Gateway
	MayGoOn     bool
	Now         time.Time
}

// BulkRow is one token of the receipt.
type BulkRow struct {
	Row
	Seq int64
	Did time.Time
}

func (b BulkReceipt) title() string {
	did := map[models.BulkVerb]string{models.BulkPause: "paused", models.BulkResume: "resumed", models.BulkRevoke: "revoked"}[b.Verb]
	return ui.Plural(int(b.Done), "token") + " " + did
}

// Export is the page before a file is made.
type Export struct {
	Tenant, TenantName, URL, Back string
	Filter, Words                 string
	Total                         int64
	Format                        string
	Object                        string
	Problems                      []fault.Field
}
