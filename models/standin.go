package models

import (
	"time"

	"gatehouse/internal/fault"
)

// StandInMax is the longest time that somebody can stand in for another.
const StandInMax = 90 * 24 * time.Hour

// StandIn decides about requests in place of a member who is away, while they are.
type StandIn struct {
	TenantID  string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"` // who is away
	DeputyID  string
	FromAt    time.Time
	UntilAt   time.Time
	CreatedAt time.Time
}

// Now reports whether the deputy stands in at the given time.
func (s StandIn) Now(now time.Time) bool { return !now.Before(s.FromAt) && now.Before(s.UntilAt) }

// Check returns a fault that names every field in error.
func (s StandIn) Check(now time.Time) error {
	var p fault.Problems
	p.Add(s.DeputyID == "", "deputy", "Choose who stands in for you.")
	p.Add(s.DeputyID != "" && s.DeputyID == s.UserID, "deputy", "Choose somebody else: this is you.")
	p.Add(!s.UntilAt.After(now), "until", "This is over already. Choose a day to come.")
	p.Add(s.UntilAt.After(now) && !s.UntilAt.After(s.FromAt), "until", "Choose a day that is not before the first one.")
	p.Add(s.UntilAt.Sub(s.FromAt) > StandInMax, "until", "At most 90 days; name them again then.")
	return p.Err()
}
