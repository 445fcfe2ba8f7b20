package models

import "time"

// Difference says what happened to a part of a document.
type Difference string

// The kinds.
const (
	DiffAdded      Difference = "added"
	DiffChanged    Difference = "changed"
	DiffDeprecated Difference = "deprecated"
	DiffRemoved    Difference = "removed"
)

// DocumentChange is one difference between two documents.
type DocumentChange struct {
	Operation string // its key; "" where it is of no single one
	Kind      Difference
	Breaking  bool   // callers that worked may stop to
	Text      string // in words, one line
	Rule      string // the id of the rule that found it
}

// Comparison is what changed from one document to another.
type Comparison struct {
	TenantID   string `gorm:"primaryKey"`
	BaseID     string `gorm:"primaryKey"` // the revision before
	RevisionID string `gorm:"primaryKey"`
	Breaking   int    // how many of the changes are
	Changes    []byte // []DocumentChange: JSON, gzip
	Failure    string // why it could not be made, in words; then there are no changes
	CreatedAt  time.Time
}
