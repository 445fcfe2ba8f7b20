package models

import "gatehouse/internal/fault"

// LeakAction says what becomes of a token that was found in public.
type LeakAction string

// The answers to a leak. Whatever the choice, its people are told.
const (
	LeakRevoke LeakAction = "revoke"
	LeakPause  LeakAction = "pause"
	LeakNotify LeakAction = "notify"
)

// TokenPolicy is how a tenant treats its tokens; how long one may live is
// Tenant.TokenDays. Days count from a token's last use, or where it has none
// from its creation.
type TokenPolicy struct {
	UnusedDays   int        // unused for so long: its people are told
	PauseDays    int        // so many days after that notice: paused
	RevokeDays   int        // unused for so long: revoked (R19)
	RotateDays   int        // a secret older than that is paused, after notices; 0 is no such demand
	SelfRotation bool       // whether a token may rotate itself
	Approval     bool       // whether an admin approves each token before it works
	Leak         LeakAction // what becomes of a token found in public
}

// DefaultTokenPolicy is what a new tenant begins with.
func DefaultTokenPolicy() TokenPolicy {
	return TokenPolicy{UnusedDays: 90, PauseDays: 14, RevokeDays: 365, SelfRotation: true, Leak: LeakRevoke}
}

// Check returns a fault that names every field in error.
func (p TokenPolicy) Check() error {
	var e fault.Problems
	e.Add(p.UnusedDays < 7 || p.UnusedDays > TokenDaysMax, "unused_days", "Choose 7 to %d days.", TokenDaysMax)
	e.Add(p.PauseDays < 1 || p.PauseDays > 90, "pause_days", "Choose 1 to 90 days.")
	e.Add(p.RevokeDays > TokenDaysMax, "revoke_days", "Choose at most %d days.", TokenDaysMax)
	e.Add(p.RevokeDays <= p.UnusedDays+p.PauseDays, "revoke_days", "Choose more days than until the notice and the pause together.")
	e.Add(p.RotateDays < 0 || p.RotateDays > TokenDaysMax, "rotate_days", "Choose 1 to %d days, or 0 for no such demand.", TokenDaysMax)
	e.Add(p.Leak != LeakRevoke && p.Leak != LeakPause && p.Leak != LeakNotify, "leak", "Choose revoke, pause or notify.")
	return e.Err()
}
