package models

import (
	"time"

	"gatehouse/internal/fault"
)

// EmergencyMax is the longest life of a grant that nobody approved.
const EmergencyMax = time.Hour

// GrantAnswer is how long a request for a grant waits for a second person.
const GrantAnswer = 8 * time.Hour

const ticketMaxLen = 60

// GrantRequestState of a request for a grant.
//
//	waiting -> approved
//	waiting -> declined
//	waiting -> withdrawn
//	waiting -> lapsed
type GrantRequestState string

// The states of a request.
const (
	GrantWaiting   GrantRequestState = "waiting"
	GrantApproved  GrantRequestState = "approved"
	GrantDeclined  GrantRequestState = "declined"
	GrantWithdrawn GrantRequestState = "withdrawn"
	GrantLapsed    GrantRequestState = "lapsed"
)

// GrantRequest is a staff person's wish to do more in a tenant than look. A
// second person answers it: an operator, or an admin of the tenant (R58).
type GrantRequest struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	UserID    string // who asks
	Level     GrantLevel
	Reason    string
	Ticket    string
	Minutes   int // from the approval on
	State     GrantRequestState
	CreatedAt time.Time
	AnswerBy  time.Time // it lapses then
	DecidedBy string
	DecidedAt *time.Time
	Note      string // of who decided
	GrantID   string // what came of it
}

// Check returns a fault that names every field in error.
func (r GrantRequest) Check() error {
	var p fault.Problems
	checkText(&p, "reason", r.Reason, 5, 200, "Say why you need to enter; the tenant reads it.")
	checkText(&p, "ticket", r.Ticket, 2, ticketMaxLen, "Name the ticket that this is for.")
	p.Add(r.Level != GrantSupport && r.Level != GrantManage, "level", "Choose view, support or manage.")
	p.Add(r.Minutes < 1 || r.Minutes > int(GrantMax/time.Minute), "minutes", "Choose 1 minute to 8 hours.")
	return p.Err()
}

// Waits reports whether somebody can still answer the request.
func (r GrantRequest) Waits(now time.Time) bool {
	return r.State == GrantWaiting && now.Before(r.AnswerBy)
}

// Decide settles the request, which only somebody else than who asked may do (R58, R65).
func (r *GrantRequest) Decide(state GrantRequestState, by, note string, now time.Time) error {
	switch {
	case r.State == GrantWaiting && !now.Before(r.AnswerBy):
		return fault.New(fault.Conflict, "grant_lapsed", "Nobody answered this request in time. Whoever still needs it asks anew.")
	case r.State != GrantWaiting:
		return fault.New(fault.Conflict, "grant_decided", "Somebody settled this request already: it is %s.", string(r.State))
	case by == r.UserID:
		return fault.New(fault.Forbidden, "own_grant", "Nobody approves what they asked for themselves. Somebody else has to.")
	}
	var p fault.Problems
	checkText(&p, "note", note, 0, 200, "")
	p.Add(state == GrantDeclined && len(note) < 5, "note", "Say why; the person who asked reads it.")
	if err := p.Err(); err != nil {
		return err
	}
	r.State, r.DecidedBy, r.DecidedAt, r.Note = state, by, &now, note
	return nil
}

// StandingView lets a support person look into one tenant whenever they have to,
// without a reason of their own each time. It opens nothing by itself: they take a
// grant under it, with a step-up, which ends as every grant does.
type StandingView struct {
	TenantID   string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	UserID     string
	Reason     string
	GivenBy    string
	CreatedAt  time.Time
	ReviewedAt time.Time // when an operator last said that it is still needed
	ReviewedBy string
	EndedAt    *time.Time
	EndedBy    string
}

// StandingReview is after how long an operator is asked whether a standing view is still needed.
const StandingReview = 90 * 24 * time.Hour

// ReviewDue reports whether somebody has to look at it again.
func (v StandingView) ReviewDue(now time.Time) bool {
	return v.EndedAt == nil && !now.Before(v.ReviewedAt.Add(StandingReview))
}

// Check returns a fault that names every field in error.
func (v StandingView) Check() error {
	var p fault.Problems
	checkText(&p, "reason", v.Reason, 5, 200, "Say why; the tenant reads it.")
	return p.Err()
}

// Favourite is a tenant that a staff person wants at hand.
type Favourite struct {
	TenantID  string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	CreatedAt time.Time
}

// TenantHealth is a tenant's line in the directory of the staff: what is searched
// and sorted there, kept together so that a page of 10,000 tenants is one look into
// one index. Every write in the tenant brings it up to date in its own transaction.
type TenantHealth struct {
	TenantID string `gorm:"primaryKey"`
	Name     string
	Slug     string
	Words    string // name, slug and code in lower case, for the search
	State    TenantState
	Waiting  int       // requests and tokens that somebody has to decide
	Alerts   int       // open ones
	ActiveAt time.Time // when a person or a token last changed something
}

// TableName is one row a tenant; GORM would write "tenant_healths".
func (TenantHealth) TableName() string { return "tenant_health" }
