package models

import "time"

// JobQueue counts the jobs of one kind by what has become of them.
type JobQueue struct {
	Kind      string
	Available int // waiting, also for their time
	Running   int
	Retryable int // failed, and to be tried again
	Discarded int // given up, in the last 7 days
	// Completed24h were done in the last 24 hours.
	Completed24h int
}

// JobFailure is a job whose last attempt failed.
type JobFailure struct {
	ID                   int64
	Kind                 string
	Attempt, MaxAttempts int
	State                string // available, running, retryable; discarded or cancelled once given up
	LastError            string // at most 300 characters
	At                   time.Time
}
