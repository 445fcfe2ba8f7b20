package models

import (
	"time"

	"gatehouse/internal/fault"
)

// BulkVerb is what is done to many tokens at once.
type BulkVerb string

// The verbs.
const (
	BulkPause  BulkVerb = "pause"
	BulkResume BulkVerb = "resume"
	BulkRevoke BulkVerb = "revoke"
)

// Known reports whether there is such a verb.
func (v BulkVerb) Known() bool { return v == BulkPause || v == BulkResume || v == BulkRevoke }

// Changes reports whether the verb changes a token as it is now.
func (v BulkVerb) Changes(t Token, now time.Time) bool {
	switch {
	case t.Expired(now):
		return false
	case v == BulkPause:
		return t.State == TokenActive
	case v == BulkResume:
		return t.State == TokenPaused
	}
	return t.State != TokenRevoked
}

// TokenBulk is one change of many tokens: of all that a filter finds. It is done
// in parts, each for good; where it broke off, it is taken up again.
type TokenBulk struct {
	TenantID   string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Verb       BulkVerb
	Query      string // the filter, as it stands in an address
	Cause      TokenCause
	Reason     string
	UserID     string // who asked for it
	Expected   int64  // how many the filter found when it was shown
	ShownAt    time.Time
	CreatedAt  time.Time
	FinishedAt *time.Time // nil while some may be left
}

// TokenBulkItem is a token that a TokenBulk has changed.
type TokenBulkItem struct {
	TenantID  string `gorm:"primaryKey"`
	BulkID    string `gorm:"primaryKey"`
	TokenID   string `gorm:"primaryKey"`
	ChangeSeq int64  // number in the change feed
	At        time.Time
}

// SavedView is a filter of the inventory that a person has given a name.
type SavedView struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	UserID    string
	Name      string
	Query     string // as it stands in an address
	CreatedAt time.Time
}

// Problems are what is wrong with the view's name.
func (v SavedView) Problems() (p fault.Problems) {
	checkText(&p, "name", v.Name, 1, 40, "Give the view a name.")
	return p
}

// SavedViewsMost is how many views a person keeps in a tenant.
const SavedViewsMost = 20
