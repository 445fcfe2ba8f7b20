package models

import "time"

// AlertKind says what was seen.
type AlertKind string

// The kinds of alerts. Detectors of unusual use add theirs.
const (
	AlertRetired AlertKind = "retired_token" // a secret was used that a rotation had replaced
	AlertExposed AlertKind = "exposed_token" // a token came in an address, a form or without encryption
	AlertLeaked  AlertKind = "leaked_token"  // somebody found a token in public
)

// Alert is something that a person has to look at: seen once or again, from one
// address, until somebody closes it.
type Alert struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	Kind      AlertKind
	TokenID   *string
	ClientIP  string // of who caused it; "" where nobody called
	UserAgent string // as sent
	RequestID string // of the first sighting
	Detail    string // one sentence more, like where a token was found; no secret
	Sightings int64
	FirstAt   time.Time
	LastAt    time.Time
	ClosedAt  *time.Time
	ClosedBy  string // user
	Note      string // of who closed it
	Revision  int    // counts changes of its state
}

// Open reports whether somebody still has to look.
func (a Alert) Open() bool { return a.ClosedAt == nil }
