package models

import (
	"time"

	"gatehouse/internal/fault"
)

// AlertKind says what was seen.
type AlertKind string

// The kinds of alerts. Detectors of unusual use add theirs.
const (
	AlertRetired AlertKind = "retired_token" // a secret was used that a rotation had replaced
	AlertExposed AlertKind = "exposed_token" // a token came in an address, a form or without encryption
	AlertLeaked  AlertKind = "leaked_token"  // somebody found a token in public
)

// AlertKinds are all of them.
var AlertKinds = []AlertKind{AlertRetired, AlertExposed, AlertLeaked}

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

// Close says that somebody has looked, with what they found. Until it is seen again
// there is nothing to do: then there is a new alert.
func (a *Alert) Close(by, note string, at time.Time) error {
	var p fault.Problems
	checkText(&p, "note", note, 0, 500, "")
	if err := p.Err(); err != nil {
		return err
	}
	if !a.Open() {
		return fault.New(fault.Conflict, "alert_closed", "Somebody closed this alert already.")
	}
	a.ClosedAt, a.ClosedBy, a.Note = &at, by, note
	return nil
}
