// Package publish is where API managers publish: the list of APIs, one API with
// its versions and plans, a version with its document, upstream and credential.
package publish

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/compare"
	"gatehouse/views/ui"
)

// List is the APIs of the tenant.
type List struct {
	Tenant, Base string // slug; address of this page
	Guides       string // where they are written
	Rows         []Row
	Filter       catalog.Filter
	All          int // that the filter lets through
	Prev, Next   string
	May          bool // publish, not only look
	Form         APIForm
	Now          time.Time
}

// Row is one API.
type Row struct {
	Name, Slug, URL, Summary string
	Category                 string
	Tags                     []string
	Hidden                   string // who sees it, where not everybody does
	Versions                 []Tag
	Plans                    int
	Changed                  time.Time
}

// Tag is a version and its state.
type Tag struct {
	Text string
	Sign ui.Sign
}

// APIForm is an API's text as it is typed.
type APIForm struct {
	Name, Slug, Summary, Description string
	Category, Tags                   string // tags with commas between
	Revision                         int
	Problems                         []fault.Field
}

// API is one API with all that belongs to it.
type API struct {
	Tenant, List, Base, Public string // slug; addresses
	Name                       string
	May                        bool
	Versions                   []Version
	Plans                      []models.Plan
	Visibility                 models.Visibility
	Teams                      int // that it is shown to by name
	Form                       APIForm
	NewVersion                 string
	VersionProblems            []fault.Field
	Now                        time.Time
}

// Version of the API in its list.
type Version struct {
	models.Version
	URL   string
	Draft bool // a newer document waits to be published
}

// Workbench is one version.
type Workbench struct {
	Tenant, List, APIURL, Base, Public string // slug; addresses
	API                                models.API
	Version                            models.Version
	Revisions                          []Revision
	Draft                              *Revision // to be published
	Outlook                            *Outlook  // of publishing the draft, nil where nobody could call the version
	Missing                            []string  // before it can be
	Credential                         *models.Credential
	SetBy                              string
	Detached                           bool
	May, MayCredential                 bool
	CallURL, MockURL                   string // at the gateway
	Document                           DocumentForm
	Source                             SourceForm
	UnderWay                           []models.Import
	Missed                             *models.Import // the last import, where it was not stored
	Upstream                           UpstreamForm
	Header                             string // of the credential, as typed
	CredentialProblems                 []fault.Field
	Problem                            string // of publishing
	Life                               Life
	Now                                time.Time
}

// Outlook is what publishing a draft would change.
type Outlook struct {
	Base       int    // number of the document in force
	Over       string // its id: what is confirmed is confirmed against it
	Tally      models.Tally
	Version    models.VersionAdvice
	Late       bool   // still being compared
	Failure    string // why it can't be compared
	Asks       bool   // for a second word before it is published
	Groups     []compare.Group
	More       int // operations that changed and are not listed
	Notes      []string
	CompareURL string
}

// Revision of a version's document.
type Revision struct {
	models.Revision
	URL, By string
	InForce bool
}

// DocumentForm is the upload of a document.
type DocumentForm struct {
	Text     string // as it was pasted
	Refused  Report
	Problems []fault.Field
}

// UpstreamForm says where calls go, as it is typed.
type UpstreamForm struct {
	URL, BodyLimit string   // MiB
	Suggestions    []string // servers that the document names
	Revision       int
	Problems       []fault.Field
}

// Understood is what was understood of one revision.
type Understood struct {
	Tenant, List, APIURL, Base string
	API                        models.API
	Version                    models.Version
	Revision                   Revision
	Outline                    spec.Document
	Report                     Report
	Groups                     []Group
	Ready                      bool // nothing is missing before it can be published
	Draft                      bool // it is the newest and not in force
	Outlook                    *Outlook
	May                        bool
	Now                        time.Time
}

// Group is the operations of one tag.
type Group struct {
	Title string
	Items []models.Operation
}

// GroupsOf sorts operations by their tag, in the order of the document.
func GroupsOf(d spec.Document, operations []models.Operation) (groups []Group) {
	at := map[string]int{}
	for _, t := range d.Tags {
		at[t.Name] = len(groups)
		groups = append(groups, Group{Title: t.Name})
	}
	at[""] = len(groups)
	groups = append(groups, Group{Title: "Without tag"})
	for _, o := range operations {
		i, ok := at[o.Tag]
		if !ok {
			i = at[""]
		}
		groups[i].Items = append(groups[i].Items, o)
	}
	filled := groups[:0]
	for _, g := range groups {
		if len(g.Items) > 0 {
			filled = append(filled, g)
		}
	}
	return filled
}

// scheme says how a document's security scheme works.
func scheme(s spec.SecurityScheme) string {
	switch {
	case s.Type == "http":
		return s.Name + ": HTTP " + s.Scheme
	case s.Type == "apiKey":
		return s.Name + ": key in " + s.In + " " + s.Parameter
	}
	return s.Name + ": " + s.Type
}

func planSigns(p models.Plan) ui.Sign {
	if p.ArchivedAt != nil {
		return ui.Sign{Tone: ui.Off, Icon: "hourglass", Word: "Archived"}
	}
	return ui.Sign{Tone: ui.OK, Icon: "ok", Word: "Offered"}
}

func revisionSign(r Revision) ui.Sign {
	switch {
	case r.InForce:
		return ui.State("published")
	case r.PublishedAt != nil:
		return ui.State("superseded")
	}
	return ui.State("draft")
}
