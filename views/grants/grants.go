// Package grants shows who of the staff may enter a tenant, is inside, was, or asks
// to: to the tenant, and to the staff.
package grants

import (
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/audit"
	"gatehouse/views/ui"
)

// Place is a tenant, and where its pages about staff are for the reader.
type Place struct {
	Name, Slug, Colour string
	Base               string // "/t/x/admin/support", "/support/tenants/x"
	Field              string // slug for the hidden field of forms inside the tenant, or ""
}

// Request is what somebody asks for.
type Request struct {
	ID, Who, Email string
	Level          models.GrantLevel
	Reason, Ticket string
	Minutes        int
	At, Until      time.Time
	State          models.GrantRequestState
	Decider, Note  string
	Own            bool // the reader asks
	Place          Place
}

func (r Request) url() string { return r.Place.Base + "/requests/" + r.ID }

// wants is what it would open, in words: "manage for 2 hours".
func (r Request) wants() string { return string(r.Level) + " for " + r.span() }

func (r Request) span() string { return ui.Span(time.Duration(r.Minutes) * time.Minute) }

// Visit is a grant, live or over.
type Visit struct {
	ID, Who, Email string
	Level          models.GrantLevel
	Reason, Ticket string
	By             string // who gave it, "" for themselves
	Since, Until   time.Time
	Ended          *time.Time
	EndedBy        string
	Seen           *time.Time
	Live           bool
	Emergency      bool
	Standing       bool
	Own            bool
	Review         string
	ReviewedBy     string
	ReviewedAt     *time.Time
	Place          Place
}

func (v Visit) url() string { return v.Place.Base + "/grants/" + v.ID }

// over is when the grant ended or will.
func (v Visit) over() time.Time {
	if v.Ended != nil {
		return *v.Ended
	}
	return v.Until
}

// insideFor is how long somebody who was seen counts as being inside.
const insideFor = 5 * time.Minute

func (v Visit) inside(now time.Time) bool {
	return v.Live && v.Seen != nil && now.Sub(*v.Seen) < insideFor
}

// sources says under what the person is there: by whom, and in which way.
func (v Visit) source() string {
	switch {
	case v.Emergency:
		return "in an emergency, unapproved"
	case v.Standing:
		return "under a standing view"
	case v.By == "":
		return "taken by themselves"
	}
	return "given by " + v.By
}

// why is the reason and the ticket in one line.
func why(reason, ticket string) string {
	if ticket == "" || strings.Contains(reason, ticket) {
		return reason
	}
	return reason + " (" + ticket + ")"
}

// Standing is somebody who may look whenever they have to.
type Standing struct {
	ID, Who, Email string
	Reason, By     string
	Since          time.Time
	Reviewed       time.Time
	Due            bool // an operator has to look at it again
	Place          Place
}

// Data is everything about staff and one tenant, or all of them.
type Data struct {
	Waiting     []Request
	Live        []Visit
	Standing    []Standing
	Past        []Visit
	Settled     []Request
	Emergencies []Visit
	MayDecide   bool // end, answer
	MayReview   bool // keep standing views, review emergencies
	MayLook     bool // at what was done
	Everywhere  bool // of all tenants: each row names its own
	Now         time.Time
}

// Answer is the page on which a request is answered.
type Answer struct {
	Request  Request
	Note     string
	Problems []fault.Field
	Now      time.Time
}

// Seen is the page of one grant: what was done under it.
type Seen struct {
	Visit     Visit
	Log       audit.Data
	MayDecide bool
	MayReview bool
	Note      string
	Problems  []fault.Field
	Now       time.Time
}

// Field is something typed into a form that came too late.
type Field struct{ Name, Value string }

// Late is the page that says that a grant has ended.
type Late struct {
	Name, Slug string
	Ended      time.Time
	By         bool // somebody ended it; otherwise its time was over
	Self       bool // they left
	Wrote      bool // a form was sent
	Typed      []Field
	Level      models.GrantLevel
	Now        time.Time
}

func (l Late) words() string {
	switch {
	case l.Self:
		return "You left " + l.Name + "."
	case l.By:
		return "Your grant " + string(l.Level) + " in " + l.Name + " was ended."
	}
	return "The time of your grant " + string(l.Level) + " in " + l.Name + " is over."
}

func (l Late) rows(f Field) int { return min(12, 1+len(f.Value)/60+strings.Count(f.Value, "\n")) }

func events(n int) string {
	if n >= 100 {
		return "the last 100"
	}
	return strconv.Itoa(n)
}

// reach says how far a level reaches.
var reach = map[models.GrantLevel]string{
	models.GrantView:    "reads everything but secrets",
	models.GrantSupport: "decides requests, pauses and revokes tokens",
	models.GrantManage:  "publishes APIs, too",
}

func span(minutes int) time.Duration { return time.Duration(minutes) * time.Minute }

func crumb(p Place) string {
	if p.Field != "" {
		return "Support access"
	}
	return p.Name
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// outcome is how a request was settled.
func (a Answer) outcome() string {
	switch {
	case a.Request.State == models.GrantApproved:
		return a.Request.Decider + " approved it."
	case a.Request.State == models.GrantDeclined:
		return a.Request.Decider + " declined it: " + a.Request.Note
	case a.Request.State == models.GrantWithdrawn:
		return a.Request.Who + " took it back."
	}
	return "Nobody answered it in time."
}
