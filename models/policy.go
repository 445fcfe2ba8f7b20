package models

import (
	"time"

	"gatehouse/internal/fault"
)

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
	Rules        TokenRules // who may make access tokens, and what these must be

	// UnusedFrom and RotateFrom are when these days were set last: a notice from
	// before promised something else, so it counts for nothing.
	UnusedFrom time.Time
	RotateFrom time.Time
}

// RotateDaysMin is the shortest time after which a rotation may be demanded: its
// people hear of it 14 days before, and need time in which they hear nothing.
const RotateDaysMin = 30

// Set takes what somebody chose over, and notes from when it holds. The rules stay:
// they are set by themselves.
func (p TokenPolicy) Set(next TokenPolicy, now time.Time) TokenPolicy {
	next.UnusedFrom, next.RotateFrom, next.Rules = p.UnusedFrom, p.RotateFrom, p.Rules
	if next.UnusedDays != p.UnusedDays || next.PauseDays != p.PauseDays || next.RevokeDays != p.RevokeDays {
		next.UnusedFrom = now
	}
	if next.RotateDays != p.RotateDays {
		next.RotateFrom = now
	}
	return next
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
	e.Add(p.RotateDays != 0 && (p.RotateDays < RotateDaysMin || p.RotateDays > TokenDaysMax), "rotate_days",
		"Choose %d to %d days, or 0 for no such demand.", RotateDaysMin, TokenDaysMax)
	e.Add(p.Leak != LeakRevoke && p.Leak != LeakPause && p.Leak != LeakNotify, "leak", "Choose revoke, pause or notify.")
	if err := p.Rules.Check(); err != nil {
		e = append(e, fault.From(err).Fields...)
	}
	return e.Err()
}
