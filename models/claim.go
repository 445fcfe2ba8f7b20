package models

import "time"

// ClaimLifetime is how long somebody can make a token that was prepared for them (R34).
const ClaimLifetime = 24 * time.Hour

// Claim is a token that somebody prepared for a person of a team. Only that person
// makes it, with their passkey, and only they see its secret (R59). Of the link to
// it the hash alone is kept.
type Claim struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Hash        []byte
	TeamID      string
	UserID      string  // for whom
	ServiceID   *string // whose token it becomes; nil for the person's own
	Name        string
	Settings    []byte // as the form was filled in, JSON
	PreparedBy  string
	CreatedAt   time.Time
	ExpiresAt   time.Time
	WithdrawnAt *time.Time
	ClaimedAt   *time.Time
	TokenID     *string // that was made of it
}

// Open reports whether the token can be made still.
func (c Claim) Open(now time.Time) bool {
	return c.ClaimedAt == nil && c.WithdrawnAt == nil && now.Before(c.ExpiresAt)
}

// Shown is the claim's state as people see it: open, claimed, withdrawn or expired.
func (c Claim) Shown(now time.Time) string {
	switch {
	case c.ClaimedAt != nil:
		return "claimed"
	case c.WithdrawnAt != nil:
		return "withdrawn"
	case !now.Before(c.ExpiresAt):
		return "expired"
	}
	return "open"
}
