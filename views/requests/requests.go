// Package requests shows those who run a tenant who asks for access, and what
// waits for them.
package requests

import (
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Row is one request.
type Row struct {
	models.Subscription
	Seen               string // what a decision carries
	API, Version, Team string
	Plan               models.Plan
	By, Email, Decider string
	URL                string
}

// Title says who asks for what.
func (r Row) Title() string { return r.Team + " asks for " + r.API + " " + r.Version }

// Sign is the request's state.
func (r Row) Sign() ui.Sign {
	if r.State == models.SubscriptionPending {
		return ui.State("waiting")
	}
	return ui.State(string(r.State))
}

// Pick names the request, as it was shown, in the form that decides several.
func (r Row) Pick() string { return r.ID + " " + r.Seen }

func (r Row) mail(now time.Time, current bool) ui.MailRow {
	return ui.MailRow{
		Who: r.Team, URL: r.URL, When: ui.Ago(r.RequestedAt, now), What: r.API + " " + r.Version + " · " + r.Plan.Name,
		Why: r.Purpose, Sign: r.Sign(), Current: current, Done: r.State != models.SubscriptionPending,
	}
}

// mail is a row of the list, with a box to tick where several can be decided.
func (i Inbox) mail(r Row) ui.MailRow {
	m := r.mail(i.Now, i.One != nil && i.One.ID == r.ID)
	if i.many() && r.State == models.SubscriptionPending {
		m.Field, m.Value, m.Ticked = "pick", r.Pick(), slices.Contains(i.Many.Picks, r.Pick())
	}
	return m
}

// Inbox is the list with one request opened.
type Inbox struct {
	Tenant, Base string
	Views        []ui.SegLink
	View         string
	Waiting      int
	Rows         []Row
	Next         string
	One          *Detail
	MayDecide    bool
	Problems     []fault.Field
	Many         Many
	Now          time.Time
}

// Many is the state of the form that decides the ticked requests.
type Many struct {
	Before   string   // the page of the list that it was sent from
	Picks    []string // what Row.Pick says of the ticked ones
	Reason   string
	Problems []fault.Field
}

// Detail is one request with what is known of who asks.
type Detail struct {
	Row
	Domain  string // of their e-mail address, which they proved
	Role    string // "Owner", "Member", or "" where they left the team
	Members int
	Since   time.Time // the team's first day here
	Others  []Row
	Self    bool // one's own: somebody else decides
	Used    int64
	Reason  string // typed, not stored yet
}

func (i Inbox) lead() string {
	switch i.Waiting {
	case 0:
		return "Nothing waits for you."
	case 1:
		return "1 waits for you."
	}
	return ui.Number(i.Waiting) + " wait for you."
}

// approvalIsSilent says what becomes of a message where nobody is denied.
const approvalIsSilent = "It is sent to those who are denied; an approval is told without it."

func (d Detail) help() string {
	const sent = "Goes to the partner in the portal and by e-mail within a minute"
	switch d.State {
	case models.SubscriptionPending:
		return sent + " if you deny; an approval is told without it."
	case models.SubscriptionPaused:
		return sent + " if you end it."
	}
	return sent + "."
}

func (d Detail) decided() string {
	who := d.Decider
	if d.DecidedBy == models.DecidedByPlan {
		who = "its plan"
	}
	if who == "" {
		who = "somebody"
	}
	word := map[models.SubscriptionState]string{models.SubscriptionDenied: "Denied", models.SubscriptionWithdrawn: "Withdrawn"}[d.State]
	if word == "" {
		word = "Approved"
	}
	return word + " by " + who
}

func (d Detail) team() string {
	out := "Team of " + ui.Number(d.Members)
	if !d.Since.IsZero() {
		out += ", here since " + ui.Date(d.Since)
	}
	return out
}

func (d Detail) person() string {
	if d.Role == "" {
		return d.By + ", who left the team since"
	}
	return d.By + ", " + strings.ToLower(d.Role) + " of the team"
}

// Overview is what those who run a tenant look at first.
type Overview struct {
	Tenant     string
	Waiting    int
	Newest     []Row
	Live, Soon int

	Dormant, Orphaned, Broad int // tokens that somebody should look at
	Expiring                 []Expiring
	Calls, Before            int64
	Errors                   float64
	APIs                     int
	Graph                    ui.GraphData
	Tokens, Usage            bool // what the viewer's role may see
	Now                      time.Time
}

// Expiring is a token about to end.
type Expiring struct {
	Name, Owner, URL string
	At               time.Time
}
