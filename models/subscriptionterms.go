package models

import (
	"time"

	"gatehouse/internal/fault"
)

// EndOn sets the moment at which access ends by itself, or takes it away with nil.
func (s *Subscription) EndOn(at *time.Time, now time.Time) error {
	var p fault.Problems
	checkEnd(&p, "ends_at", at, now)
	if err := p.Err(); err != nil {
		return err
	}
	if !s.Stands() {
		return wrongState(s.State)
	}
	s.setEnd(at, now)
	return nil
}

// setEnd keeps a date. Notices whose day has come are left out: the news of the
// date is one.
func (s *Subscription) setEnd(at *time.Time, now time.Time) {
	s.EndsAt, s.EndNotice = at, 0
	if at != nil {
		s.EndNotice = noticeAt(*at, now)
	}
}

// NoticeDue is the notice of the end that is to be given now, in days before it,
// or 0 for none.
func (s Subscription) NoticeDue(now time.Time) int {
	if !s.Stands() || s.EndsAt == nil || s.Over(now) {
		return 0
	}
	if due := noticeAt(*s.EndsAt, now); due != 0 && (s.EndNotice == 0 || due < s.EndNotice) {
		return due
	}
	return 0
}

// noticeAt is the last of the notices whose day has come, 0 for none.
func noticeAt(end, now time.Time) (due int) {
	for _, days := range EndNotices {
		if !now.Before(end.AddDate(0, 0, -days)) {
			due = days
		}
	}
	return due
}

// WantPlan keeps a wish for another plan, which somebody decides about while the
// old plan goes on. A later wish takes the place of an earlier one.
func (s *Subscription) WantPlan(plan, why, by string, at time.Time) error {
	var p fault.Problems
	checkText(&p, "why", why, 10, 500, "Say why you need it; whoever decides reads it.")
	if err := p.Err(); err != nil {
		return err
	}
	if !s.Stands() {
		return wrongState(s.State)
	}
	s.WantedPlanID, s.WantedWhy, s.WantedBy, s.WantedAt, s.EscalatedAt = &plan, why, by, &at, nil
	return nil
}

// ChangePlan puts the subscription under another plan at once.
func (s *Subscription) ChangePlan(plan string) error {
	if !s.Stands() {
		return wrongState(s.State)
	}
	if plan == s.PlanID {
		return fault.New(fault.Conflict, "same_plan", "The subscription is under this plan already.")
	}
	s.PlanID = plan
	s.forget()
	return nil
}

// GrantWish lets the wish for another plan come true.
func (s *Subscription) GrantWish() error {
	if err := s.wished(); err != nil {
		return err
	}
	return s.ChangePlan(*s.WantedPlanID)
}

// DropWish ends the wish for another plan; the old plan goes on.
func (s *Subscription) DropWish() error {
	if err := s.wished(); err != nil {
		return err
	}
	s.forget()
	return nil
}

func (s *Subscription) wished() error {
	if s.WantedPlanID == nil {
		return fault.New(fault.Conflict, "no_change_waits", "No change of the plan waits for a decision any more.")
	}
	return nil
}

func (s *Subscription) forget() {
	s.WantedPlanID, s.WantedWhy, s.WantedBy, s.WantedAt, s.EscalatedAt = nil, "", "", nil, nil
}

// HandTo gives the subscription to another team. A wish of the old one goes with it.
func (s *Subscription) HandTo(team string, now time.Time) error {
	switch {
	case !s.Stands():
		return wrongState(s.State)
	case team == s.TeamID:
		return fault.New(fault.Conflict, "same_team", "The subscription is this team's already.")
	}
	s.TeamID, s.HandedAt = team, &now
	s.forget()
	return nil
}

// SubscriptionMessage is a question about a subscription, or the answer. It moves
// nothing.
type SubscriptionMessage struct {
	TenantID       string `gorm:"primaryKey"`
	ID             string `gorm:"primaryKey"`
	SubscriptionID string
	UserID         string
	FromTeam       bool // or from those who run the tenant
	Body           string
	CreatedAt      time.Time
}

// Check returns a fault that names every field in error.
func (m SubscriptionMessage) Check() error {
	var p fault.Problems
	checkText(&p, "message", m.Body, 2, 1000, "Write what you want to ask or say.")
	return p.Err()
}
