// Package catalog is where partners find APIs: a tenant's home, the list, and
// one API with its plans.
package catalog

import (
	"strings"
	"time"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Card is one API in a grid.
type Card struct {
	ui.APICardData
	Meta   []string // the last line: operations, standing
	Uptime string   // "99.98 %", or ""
	Hidden string   // who sees it, where not everybody does: for those who publish
}

// Home is what a tenant's home shows.
type Home struct {
	Title, Lead string
	ListURL     string // where the search and "all APIs" lead
	Operations  int64
	Categories  []ui.Link
	Cards       []Card
	All         string // leads to the other APIs, or ""
	Steps       []Step
	News        []News
	Manage      string // where APIs are published, for those who may, or ""
	Now         time.Time
	Guides      string // where guides are
	Welcome     string // Markdown, of the tenant
	Help        string // Markdown: whom to ask
}

// Step of the four to a first call.
type Step struct {
	Number, Title, Text string
	Tone                ui.Tone
	Word                string
	Link                ui.Link
	Primary             bool
}

// News is a document that was published.
type News struct {
	Name, URL  string // of the API and version
	Operations int
	First      bool // it was the version's first
	At         time.Time
}

// Headline splits a tenant's tagline into title and lead: "Build on the port:
// berths and cranes" has both, without a colon the name is the title.
func Headline(t models.Tenant) (title, lead string) {
	title, lead, ok := strings.Cut(t.Tagline, ": ")
	if !ok {
		return t.Name, t.Tagline
	}
	first := []rune(lead)
	return title, strings.ToUpper(string(first[:1])) + string(first[1:])
}

// API is one API with its versions and plans.
type API struct {
	Incidents   []Incident // that last
	Base        string     // address of the API's page
	ListURL     string
	Reference   string // of the version that stands first, or ""
	Name        string
	Summary     string
	Description string // Markdown
	Signs       []ui.Sign
	Category    ui.Link
	Tags        []ui.Link
	StatusURL   string
	Uptime      string // of the last days, in words: "99.98 % over 45 days"; "" where nothing is known
	Versions    []Version
	Plans       []Plan
	Changelog   []Release // the newest first
	CompareURL  string    // where there are two documents to compare, or ""
	Manage      string
	Endings     []ui.EndingData // of versions whose end is announced
	Now         time.Time
	Guides      []ui.Link // beside the reference, getting started first
}

// Release is a document that was published.
type Release struct {
	Version, Number string // v1, 1.4.0
	Operations      int
	Changed         string // what, in counts; "" where it was not compared yet
	Breaking        bool
	CompareURL      string // "" for the first of its version
	At              time.Time
}

// Version of an API.
type Version struct {
	Name, URL   string
	Sign        ui.Sign
	PublishedAt time.Time
	Standing    *ui.Sign // of the reader's team
	StandingURL string
}

// Plan that can be chosen.
type Plan struct {
	Name, Summary, Limits string
	Auto                  bool
	SubscribeURL          string // "" where nothing can be asked for; Held says why
	Held                  string
}

func approval(auto bool) string {
	if auto {
		return "At once"
	}
	return "By the publisher"
}

func searchLabel(operations int64) string {
	if operations == 0 {
		return "Search APIs and operations"
	}
	return "Search " + ui.Plural(int(operations), "operation")
}

// Empty is a version that has no document yet.
type Empty struct {
	Crumbs []ui.Link
	Title  string
	Manage string // where one is uploaded, for those who may, or ""
}
