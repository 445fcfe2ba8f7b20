package models

// LeakState says what a token that somebody holds is worth.
type LeakState string

// The states of a token that was found somewhere.
const (
	LeakLive    LeakState = "live"    // it opens something, or may again
	LeakDead    LeakState = "dead"    // it opens nothing any more, for good
	LeakUnknown LeakState = "unknown" // it was never one of this portal
)

// ReporterGitHub and ReporterAnonymous are who reports leaks without having been
// named by the operator.
const (
	ReporterGitHub    = "github"
	ReporterAnonymous = "anonymous"
)
