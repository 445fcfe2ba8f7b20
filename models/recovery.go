package models

import (
	"time"

	"gatehouse/internal/fault"
)

const (
	// RecoveryCodesMade is how many recovery codes a person gets at once.
	RecoveryCodesMade = 10

	// RecoveryDelay is how long a recovery that an admin began waits, so that both
	// sides can stop it (R33).
	RecoveryDelay = 24 * time.Hour

	// AfterRecovery is how long nobody makes tokens with an account that was recovered (R33).
	AfterRecovery = 24 * time.Hour
)

// RecoveryCode is what is kept of one of a person's codes.
type RecoveryCode struct {
	Hash      []byte `gorm:"primaryKey"`
	UserID    string
	CreatedAt time.Time
	UsedAt    *time.Time
}

// RecoveryState of a recovery that an admin began:
//
//	waiting → sent → used
//	waiting, sent → stopped
//
// A sent one whose link is too old is over as well; see Recovery.Open.
type RecoveryState string

// The states of a recovery.
const (
	RecoveryWaiting RecoveryState = "waiting" // anybody concerned may stop it
	RecoverySent    RecoveryState = "sent"    // the person has the link
	RecoveryUsed    RecoveryState = "used"    // they made a passkey by it
	RecoveryStopped RecoveryState = "stopped"
)

// Recovery is begun by an admin for a person who lost their passkeys and codes.
type Recovery struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	UserID    string
	Reason    string
	State     RecoveryState
	StartedBy string
	StoppedBy string // user id, "" where it was not stopped, or by its link
	CreatedAt time.Time
	DueAt     time.Time // when the person gets the link
	EndedAt   *time.Time
}

// Check returns a fault that names every field in error.
func (r Recovery) Check() error {
	var p fault.Problems
	checkText(&p, "reason", r.Reason, 3, 300, "Say why, in 3 to 300 characters; the person reads it.")
	return p.Err()
}

// Open reports whether the recovery can still lead to a passkey, given how long its
// link works.
func (r Recovery) Open(now time.Time, link time.Duration) bool {
	return r.State == RecoveryWaiting || r.State == RecoverySent && now.Before(r.DueAt.Add(link))
}

// Recovering reports whether the account was recovered so lately that nobody makes
// tokens with it, and until when (R33).
func (u User) Recovering(now time.Time) (until time.Time, yes bool) {
	if u.RecoveredAt == nil {
		return time.Time{}, false
	}
	until = u.RecoveredAt.Add(AfterRecovery)
	return until, now.Before(until)
}
