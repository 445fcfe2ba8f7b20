// Package tokens shows tokens: those of one's teams, those of a tenant, and those
// for Gatehouse's own API.
package tokens

import (
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Row is a token in a list.
type Row struct {
	models.Token
	Code        string // of the tenant, as it stands in tokens
	URL         string
	APIs        []string // "Berths v1"
	Owner, Team string   // of a service account's, its name
	Maker       string   // who made it
	LastAt      time.Time
	LastFrom    string // address
	Days        []ui.SparkPoint
	Pair        string   // of two that work while one takes the other's place: which it is
	Risks       []string // words
}

// Mask is what may be shown of a secret: how it begins and ends.
func (r Row) Mask() string {
	prefix := "gth_"
	if r.Kind == models.TokenManagement {
		prefix = "gthm_"
	}
	return prefix + r.Code + "_…" + r.Hint
}

// wakers are who can make the token work again that the program paused.
func (r Row) wakers() string {
	if r.ServiceID != nil {
		return "Whoever answers for " + r.Owner
	}
	return r.Owner
}

// Calls are all calls of the row's days.
func (r Row) Calls() (n int64) {
	for _, d := range r.Days {
		n += d.Calls
	}
	return n
}

// Sign is the token's state at a time.
func (r Row) Sign(now time.Time) ui.Sign { return ui.State(r.Shown(now)) }

// List is a list of tokens with its filters.
type List struct {
	Tenant, Base string // slug; address of the list
	Title, Lead  string
	Rows         []Row
	Views        []ui.SegLink
	View, Text   string
	Watch        string       // as in the address
	Watches      []ui.SegLink // what somebody should look at
	API          string
	APIs         []ui.Option
	Sort, Sorted string // as in the address; in words
	ByName       Sorting
	ByAge, ByEnd Sorting
	Next, First  string // addresses; "" where there is none
	ByUse        Sorting
	Admin        bool // shows owners and teams
	Inventory    Inventory
	Filters      bool // that only the inventory has narrow the list
	Now          time.Time
}

// Sorting is the head of a column by which a list can be sorted.
type Sorting struct {
	Name      string
	Direction string // "ascending", "descending", or "" where the list is sorted by another
	URL       string // of what a click asks for
}

// Filtered reports whether the list is narrowed.
func (l List) Filtered() bool {
	return l.View != "" || l.Watch != "" || l.Text != "" || l.API != "" || l.Filters
}

// ending are the first tokens to say something about above one's own list: those
// near their end.
func (l List) ending() (out []Row) {
	const most = 3
	for _, r := range l.Rows {
		if !l.Admin && len(out) < most && r.ExpiresSoon(l.Now) && r.Kind == models.TokenAccess {
			out = append(out, r)
		}
	}
	return out
}

// Created is the page that shows a secret, once.
type Created struct {
	Tenant string
	Row
	Secret   string
	Summary  []string // what it may do
	Curl     string   // "" where it may call no GET
	CallPath string
	Test     *Test
	Done     string // where "I have kept it" leads
	Old      string // what becomes of the secret that this one takes the place of; "" where it takes none
	Now      time.Time
}

// Test is what one call through the gateway gave.
type Test struct {
	Status    int
	Text      string // of the status
	Took      time.Duration
	Left      string // of the rate limit
	RequestID string
	Path      string
	Body      string
	Problem   string // no answer: why
}

// OK reports whether the call worked.
func (t Test) OK() bool { return t.Problem == "" && t.Status < 400 }

// Detail is one token.
type Detail struct {
	Tenant, Base string
	Row
	Revoker   string
	Gateways  []models.Gateway // of a token that has ended
	Graph     ui.GraphData
	PollURL   string
	Calls24   int64
	Before24  int64 // of the 24 hours before
	Errors24  float64
	Errors    []ui.Bar
	Top       []ui.Bar
	Requests  []ui.Request
	Pair      *Pair  // nil unless two secrets work
	Family    []Kin  // tokens that replaced each other, the newest first
	NextURL   string // of the token that took this one's place
	Alerts    []Alert
	Quota     *Quota // that is nearest its end, of those that its calls count against
	Rights    Rights
	Admin     bool
	MayChange bool
	Life      Life
	RulesFrom time.Time       // when a rule of the tenant stops it as it is; zero where none does
	RulesSay  []string        // what is demanded, and how to get there
	Endings   []ui.EndingData // of versions that it may call
	MayDecide bool            // whether it, or more for it, is approved
	Now       time.Time
}

// Quota of a plan, and what is used of it.
type Quota struct {
	API   string
	Plan  models.Plan
	Used  int64
	Share float64 // of it that is used, 1 for all
}

// title says whose time it is: "Quota, November" or "Quota, today".
func (q Quota) title(now time.Time) string {
	if q.Plan.QuotaPeriod == models.QuotaDay {
		return "Quota, today"
	}
	return "Quota, " + now.UTC().Month().String()
}

func (q Quota) used() string { return ui.Number(q.Used) + " of " + ui.Number(q.Plan.QuotaCalls) }

// change compares the calls of a day with those of the day before.
func (d Detail) change() string {
	switch {
	case d.Before24 == 0:
		return ""
	case d.Calls24 == d.Before24:
		return "as many as the day before"
	}
	share := float64(d.Calls24-d.Before24) / float64(d.Before24)
	if share > 0 {
		return ui.Percent(share) + " more than the day before"
	}
	return ui.Percent(-share) + " less than the day before"
}

// ended says by whom: "Revoked by Ada Li", "Revoked by Gatehouse itself".
func (d Detail) ended() string {
	switch {
	case d.Revoker != "":
		return "Revoked by " + d.Revoker
	case strings.HasPrefix(d.RevokedBy, "program:") || d.RevokedBy == "":
		return "Revoked by Gatehouse itself"
	}
	return "Revoked"
}

// Stop is the page before a token is paused or revoked.
type Stop struct {
	Tenant, URL, Back string
	Row
	Revoke     bool
	Callers    []Caller // the last one first
	Operations []string // that they called
	Cause      string
	Reason     string
	Needed     bool // a reason must be given: somebody else reads it

	Management bool // whose callers nobody counts
	Problems   []fault.Field
	Now        time.Time
}

// Caller is an address that used a token.
type Caller struct {
	IP, Agent string
	Last      time.Time
	Calls     int64
}

// Management are one's own tokens for Gatehouse's API.
type Management struct {
	Tenant, Base string
	Rows         []Row
	Now          time.Time
}

// ManagementForm makes one.
type ManagementForm struct {
	Tenant, TenantID, TenantName string
	Name, Description            string
	Expires, Date                string
	Choices                      []ui.Option
	MaxDate, MinDate             string
	Days                         int
	Scopes                       []Scope
	Key                          string
	Problems                     []fault.Field
}

// Scope is one that can be chosen.
type Scope struct {
	Name, Allows string
	Chosen       bool
}

func joined(words []string) string { return strings.Join(words, ", ") }

type problem = fault.Field
