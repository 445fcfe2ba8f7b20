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

// Which jobs a list shows, as it stands in addresses.
const (
	JobsFailing  = "" // whose last attempt failed, and that are not done
	JobsWaiting  = "waiting"
	JobsRunning  = "running"
	JobsRetrying = "retrying"
	JobsGivenUp  = "given-up"
	JobsDone     = "done"
	JobsAll      = "all"
)

// JobFilter narrows the list of jobs, the newest first.
type JobFilter struct {
	Kind   string // "" is all
	Shows  string // one of the above
	Text   string // part of the kind or the reason, or a number
	Before int64  // id behind which the page begins; 0 is the first page
	Limit  int
}

// Job is something that is done later, without what it was told, which may be personal.
type Job struct {
	ID                   int64
	Kind                 string
	Attempt, MaxAttempts int
	State                string    // available, running, retryable, completed; discarded or cancelled once given up
	LastError            string    // at most 300 characters, "" where no attempt failed
	At                   time.Time // of its end; before, of the attempt that is next or runs
}

// Ended reports whether the job is done, or given up.
func (j Job) Ended() bool {
	return j.State == "completed" || j.State == "discarded" || j.State == "cancelled"
}

// JobDetail is a job with all that went wrong.
type JobDetail struct {
	Job
	CreatedAt time.Time
	TenantID  string // that it is about, or ""
	Errors    []JobError
}

// JobError is why one attempt failed.
type JobError struct {
	Attempt int
	At      time.Time
	Text    string
}
