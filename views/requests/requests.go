// Package requests shows those who run a tenant who asks for access, and what
// waits for them.
package requests

import (
	"slices"
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
	Wanted             models.Plan // waits in place of the plan; zero where none does
	WantedOf           string      // who wants it
}

// Title says who asks for what.
func (r Row) Title() string {
	if r.wish() {
		return r.Team + " asks for another plan of " + r.API + " " + r.Version
	}
	return r.Team + " asks for " + r.API + " " + r.Version
}

// wish reports whether another plan waits for a decision.
func (r Row) wish() bool { return r.WantedPlanID != nil }

// waits reports whether something waits for a decision.
func (r Row) waits() bool { return !r.WaitsSince().IsZero() }

// Sign is the request's state.
func (r Row) Sign() ui.Sign {
	switch {
	case r.waits() && r.EscalatedAt != nil:
		return ui.Sign{Tone: ui.Warn, Icon: "hourglass", Word: "Waits too long"}
	case r.waits():
		return ui.State("waiting")
	}
	return ui.State(string(r.State))
}

// Pick names the request, as it was shown, in the form that decides several.
func (r Row) Pick() string { return r.ID + " " + r.Seen }

func (r Row) mail(now time.Time, current bool) ui.MailRow {
	m := ui.MailRow{
		Who: r.Team, URL: r.URL, When: ui.Ago(r.RequestedAt, now), What: r.API + " " + r.Version + " · " + r.Plan.Name,
		Why: r.Purpose, Sign: r.Sign(), Current: current, Done: !r.waits(),
	}
	if r.State == models.SubscriptionPending && r.WishedEnd != nil { // what several are approved with must be seen
		m.What += " · until " + ui.LastDay(*r.WishedEnd)
	}
	if r.wish() {
		m.When, m.What, m.Why = ui.Ago(*r.WantedAt, now), m.What+" → "+r.Wanted.Name, r.WantedWhy
	}
	return m
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
	Deciding     string // where one says how one hears of requests; "" where one does not
	Now          time.Time
	Asking       Asking
}

// Many is the state of the form that decides the ticked requests.
type Many struct {
	Before   string   // the page of the list that it was sent from
	Picks    []string // what Row.Pick says of the ticked ones
	Reason   string
	Problems []fault.Field
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

// Overview is what those who run a tenant look at first.
type Overview struct {
	Tenant     string
	Waiting    int
	Asking     Asking
	Newest     []Row
	Live, Soon int
	Alerts     int64 // open ones

	Dormant, Orphaned, Broad int // tokens that somebody should look at
	Expiring                 []Expiring
	Calls, Before            int64
	Errors                   float64
	APIs                     int
	Graph                    ui.GraphData
	Tokens, Usage            bool // what the viewer's role may see
	Now                      time.Time
}

// Asking are the tokens that wait for an admin's approval, and where they stand.
type Asking struct {
	Tokens int
	URL    string
}

// Expiring is a token about to end.
type Expiring struct {
	Name, Owner, URL string
	At               time.Time
}
