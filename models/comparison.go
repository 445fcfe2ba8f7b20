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

// RuleIncomplete is the rule of a change that is none: it says what was not compared.
const RuleIncomplete = "comparison-incomplete"

// Tally counts changes.
type Tally struct {
	Added, Changed, Deprecated, Removed int
	Breaking                            int // of all of these
}

// TallyOf counts changes.
func TallyOf(changes []DocumentChange) (t Tally) {
	for _, c := range changes {
		if c.Rule == RuleIncomplete {
			continue
		}
		switch c.Kind {
		case DiffAdded:
			t.Added++
		case DiffDeprecated:
			t.Deprecated++
		case DiffRemoved:
			t.Removed++
		default:
			t.Changed++
		}
		if c.Breaking {
			t.Breaking++
		}
	}
	return t
}

// All changes.
func (t Tally) All() int { return t.Added + t.Changed + t.Deprecated + t.Removed }

// Comparison is what changed from one document to another.
type Comparison struct {
	TenantID   string `gorm:"primaryKey"`
	BaseID     string `gorm:"primaryKey"` // the revision before
	RevisionID string `gorm:"primaryKey"`
	Tally      `gorm:"embedded"`
	Changes    []byte // []DocumentChange: JSON, gzip
	Failure    string // why it could not be made, in words; then there are no changes
	CreatedAt  time.Time
}
