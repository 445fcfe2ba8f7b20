package models

import (
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// SubscriptionState of a subscription. The arrows are in the methods below and
// nowhere else:
//
//	pending -> approved <-> paused
//	pending -> denied, withdrawn
//	approved, paused -> ended
//
// Beside its state an approved or paused one may have a date on which it ends,
// and a wish for another plan that waits while the old plan goes on.
type SubscriptionState string

// The states of a subscription.
const (
	SubscriptionPending   SubscriptionState = "pending"
	SubscriptionApproved  SubscriptionState = "approved"
	SubscriptionPaused    SubscriptionState = "paused"
	SubscriptionDenied    SubscriptionState = "denied"
	SubscriptionWithdrawn SubscriptionState = "withdrawn"
	SubscriptionEnded     SubscriptionState = "ended"
)

// OpenSubscriptions are the states of one that stands or may come to stand.
var OpenSubscriptions = []SubscriptionState{SubscriptionPending, SubscriptionApproved, SubscriptionPaused}

// Subscription is a team's standing with one version of an API under one plan.
type Subscription struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	TeamID      string
	APIID       string `gorm:"column:api_id"`
	VersionID   string
	PlanID      string
	State       SubscriptionState
	Purpose     string
	RequestedBy string
	RequestedAt time.Time
	DecidedBy   string // user, or "plan" where the plan approves by itself
	DecidedAt   *time.Time
	Reason      string // of a denial, a pause or an end; advice, of an approval
	UpdatedAt   time.Time
	Revision    int // counts changes: what was shown is what is decided (R64)

	ExpectedCalls int64      // a month, as the team expects; 0 where it did not say
	WishedEnd     *time.Time // until when the team wants access
	EndsAt        *time.Time // when access ends by itself
	EndNotice     int        // days before the end of the last notice given; 0 is none
	EscalatedAt   *time.Time // when all who decide were told that it waits too long
	HandedAt      *time.Time // when the team got it from another one; what was said before is not its own

	WantedPlanID *string // of a wish that waits
	WantedWhy    string
	WantedBy     string
	WantedAt     *time.Time
}

// CallsExpectedMax is the most calls a month that a team can expect.
const CallsExpectedMax = 1_000_000_000_000

// EndLatest is how far away the end of access may lie.
const EndLatest = 10 * 366 * 24 * time.Hour

// EndNotices are how many days before the end of access its team is told.
var EndNotices = []int{30, 7, 1}

// DecidedByPlan stands where no person decided.
const DecidedByPlan = "plan"

// Check returns a fault that names every field in error.
func (s Subscription) Check(now time.Time) error {
	var p fault.Problems
	checkText(&p, "purpose", s.Purpose, 10, 1000, "Write what you will use the API for; whoever decides reads it.")
	p.Add(s.ExpectedCalls < 0 || s.ExpectedCalls > CallsExpectedMax, "expected_calls", "Write a number of calls a month, or leave it empty.")
	checkEnd(&p, "wished_end", s.WishedEnd, now)
	return p.Err()
}

// checkEnd is for a moment at which access ends; nil is none.
func checkEnd(p *fault.Problems, field string, at *time.Time, now time.Time) {
	p.Add(at != nil && !at.After(now), field, "This is over already. Choose a day to come.")
	p.Add(at != nil && at.After(now.Add(EndLatest)), field, "Choose a day within ten years.")
}

// Open reports whether the subscription still stands or may come to stand.
func (s Subscription) Open() bool {
	return slices.Contains(OpenSubscriptions, s.State)
}

// Over reports whether access has ended by its date, though the state may not
// say so yet: gateways refuse by their own clock.
func (s Subscription) Over(now time.Time) bool {
	return s.Stands() && s.EndsAt != nil && !now.Before(*s.EndsAt)
}

// Stands reports whether the team was let in and access has not ended.
func (s Subscription) Stands() bool {
	return s.State == SubscriptionApproved || s.State == SubscriptionPaused
}

// WaitsSince is when somebody asked for a decision that is still to come, or zero.
func (s Subscription) WaitsSince() time.Time {
	switch {
	case s.State == SubscriptionPending:
		return s.RequestedAt
	case s.WantedAt != nil:
		return *s.WantedAt
	}
	return time.Time{}
}

// Terms are how a request is approved.
type Terms struct {
	PlanID string     // as asked for, or a smaller one
	EndsAt *time.Time // nil: until either side ends it
	Advice string     // to the partner; may be empty
}

// Approve lets the team in on these terms.
func (s *Subscription) Approve(by string, t Terms, at time.Time) error {
	var p fault.Problems
	checkText(&p, "reason", t.Advice, 0, 500, "")
	checkEnd(&p, "ends_at", t.EndsAt, at)
	if err := p.Err(); err != nil {
		return err
	}
	if err := s.decide(SubscriptionApproved, by, t.Advice, at); err != nil {
		return err
	}
	s.PlanID = t.PlanID
	s.setEnd(t.EndsAt, at)
	return nil
}

// Deny refuses the request, with a reason that goes to the partner.
func (s *Subscription) Deny(by, reason string, at time.Time) error {
	if err := CheckReason(reason); err != nil {
		return err
	}
	return s.decide(SubscriptionDenied, by, reason, at)
}

// CheckReason returns a fault where a reason is missing that somebody else will read.
func CheckReason(reason string) error {
	var p fault.Problems
	checkReason(&p, reason)
	return p.Err()
}

func checkReason(p *fault.Problems, reason string) {
	checkText(p, "reason", reason, 5, 500, "Say why; the person concerned reads it.")
}

// CheckNote is CheckReason where saying why is left to the person.
func CheckNote(reason string) error {
	var p fault.Problems
	checkText(&p, "reason", reason, 0, 500, "")
	return p.Err()
}

// Withdraw takes the request back.
func (s *Subscription) Withdraw(by string, at time.Time) error {
	return s.decide(SubscriptionWithdrawn, by, "", at)
}

func (s *Subscription) decide(to SubscriptionState, by, reason string, at time.Time) error {
	if s.State != SubscriptionPending {
		return fault.New(fault.Conflict, "already_decided", "This request is already %s.", s.State)
	}
	s.State, s.DecidedBy, s.DecidedAt, s.Reason, s.EscalatedAt = to, by, &at, reason, nil
	return nil
}

// Pause stops all calls until Resume.
func (s *Subscription) Pause(reason string) error {
	return s.move(SubscriptionPaused, reason, SubscriptionApproved)
}

// Resume lets calls through again.
func (s *Subscription) Resume() error { return s.move(SubscriptionApproved, "", SubscriptionPaused) }

// End stops all calls for good; the team may ask anew.
func (s *Subscription) End(reason string) error {
	return s.move(SubscriptionEnded, reason, SubscriptionApproved, SubscriptionPaused)
}

func (s *Subscription) move(to SubscriptionState, reason string, from ...SubscriptionState) error {
	for _, f := range from {
		if s.State == f {
			s.State, s.Reason = to, reason
			if to == SubscriptionEnded {
				s.forget()
			}
			return nil
		}
	}
	return wrongState(s.State)
}

func wrongState(state SubscriptionState) error {
	return fault.New(fault.Conflict, "wrong_state", "This subscription is %s; that is not possible now.", state)
}
