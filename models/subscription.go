package models

import (
	"time"

	"gatehouse/internal/fault"
)

// SubscriptionState of a subscription. The arrows are in the methods below and
// nowhere else:
//
//	pending -> approved <-> paused
//	pending -> denied, withdrawn
//	approved, paused -> ended
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
	Reason      string // of a denial, a pause or an end
	UpdatedAt   time.Time
	Revision    int // counts changes: what was shown is what is decided (R64)
}

// DecidedByPlan stands where no person decided.
const DecidedByPlan = "plan"

// Check returns a fault that names every field in error.
func (s Subscription) Check() error {
	var p fault.Problems
	checkText(&p, "purpose", s.Purpose, 10, 1000, "Write what you will use the API for; whoever decides reads it.")
	return p.Err()
}

// Open reports whether the subscription still stands or may come to stand.
func (s Subscription) Open() bool {
	return s.State == SubscriptionPending || s.State == SubscriptionApproved || s.State == SubscriptionPaused
}

// Approve lets the team in.
func (s *Subscription) Approve(by string, at time.Time) error {
	return s.decide(SubscriptionApproved, by, "", at)
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
	checkText(&p, "reason", reason, 5, 500, "Say why; the person concerned reads it.")
	return p.Err()
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
	s.State, s.DecidedBy, s.DecidedAt, s.Reason = to, by, &at, reason
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
			return nil
		}
	}
	return fault.New(fault.Conflict, "wrong_state", "This subscription is %s; that is not possible now.", s.State)
}
