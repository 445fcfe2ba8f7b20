package models

import (
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// Overlap is how long a secret goes on after another took its place.
type Overlap string

// The overlaps. Silent ends on evidence: a day after the old secret's last use,
// once the new one was seen. None goes past the old one's own expiry.
const (
	OverlapNone  Overlap = "0"
	OverlapHour  Overlap = "1h"
	OverlapDay   Overlap = "24h"
	OverlapDays  Overlap = "72h"
	OverlapQuiet Overlap = "silent"
)

// Overlaps are all of them, the shortest first.
var Overlaps = []Overlap{OverlapNone, OverlapHour, OverlapDay, OverlapDays, OverlapQuiet}

var overlapSpans = map[Overlap]time.Duration{OverlapNone: 0, OverlapHour: time.Hour, OverlapDay: 24 * time.Hour, OverlapDays: 72 * time.Hour}

// Silence is how long an old secret must not have been used: a day, of which
// somebody counted all but an hour, and that hour for a daily job that comes late.
const (
	Silence        = 25 * time.Hour
	SilenceWatched = 24 * time.Hour
)

// RenewWithin is how long after its expiry a token can have a successor still.
const RenewWithin = 30 * 24 * time.Hour

// SelfRotationsMost is how often tokens of one family may rotate themselves in SelfRotationsIn.
const (
	SelfRotationsMost = 10
	SelfRotationsIn   = time.Hour
)

// Rotation is what somebody chooses who has a token replaced.
type Rotation struct {
	Overlap Overlap
	Expires time.Time // of the successor
	By      string    // user, "" for the token itself
}

// Rotatable is nil where another token may take this one's place now. A paused one
// is taken where only its age paused it; what is not live goes without overlap.
func (t Token) Rotatable(now time.Time) error {
	refuse := func(format string, args ...any) error {
		return fault.New(fault.Conflict, "not_rotatable", format, args...)
	}
	switch {
	case t.Kind == TokenTry:
		return refuse("A try token ends by itself; the page makes a new one.")
	case t.RetireAt != nil:
		return refuse("Another token has taken the place of this one already. Rotate that one.")
	case t.State == TokenRevoked:
		return refuse("This token was revoked, which is for good. Make a new one.")
	case t.State == TokenPending:
		return refuse("This token waits for an admin’s approval. Rotate it when it works.")
	case t.State == TokenPaused && (t.HeldBy != "" || t.Cause != CauseAged && t.Cause != CauseRules):
		return refuse("This token is paused. Rotate it when it works again.")
	case !now.Before(t.ExpiresAt.Add(RenewWithin)):
		return refuse("This token expired more than %d days ago. Make a new one.", int(RenewWithin.Hours()/24))
	}
	return nil
}

// Overlapping reports whether the token can go on beside a successor: it works now.
func (t Token) Overlapping(now time.Time) bool { return t.Live(now) }

// Span is how long the token was made to live.
func (t Token) Span() time.Duration { return t.ExpiresAt.Sub(t.CreatedAt) }

// Rotate makes the token's successor, whose secret its maker adds, and says when the
// token itself ends. Days is the tenant's longest life of a token.
func (t *Token) Rotate(r Rotation, now time.Time, days int) (Token, error) {
	if err := t.Rotatable(now); err != nil {
		return Token{}, err
	}
	var p fault.Problems
	p.Add(!slices.Contains(Overlaps, r.Overlap), "overlap", "Choose 0, 1h, 24h, 72h or silent.")
	p.Add(r.Overlap != OverlapNone && slices.Contains(Overlaps, r.Overlap) && !t.Overlapping(now), "overlap", "This token does not work any more, so there is nothing to overlap. Choose 0.")
	checkExpiry(&p, r.Expires, now, days)
	if err := p.Err(); err != nil {
		return Token{}, err
	}
	next := Token{
		ID: NewID(), Kind: t.Kind, UserID: t.UserID, TeamID: t.TeamID, ServiceID: t.ServiceID, Name: t.Name, Description: t.Description, Purpose: t.Purpose, State: TokenActive,
		Scopes: slices.Clone(t.Scopes), AllowedIPs: slices.Clone(t.AllowedIPs), ExpiresAt: r.Expires, Family: t.Family, Replaces: &t.ID,
	}
	t.leave(r, now)
	return next, nil
}

// leave says when a token that has a successor ends. Whole seconds, as the gateway counts them.
func (t *Token) leave(r Rotation, now time.Time) {
	end := t.ExpiresAt
	if span, ok := overlapSpans[r.Overlap]; ok {
		end = now.Add(span).Truncate(time.Second)
	}
	if r.Overlap == OverlapNone {
		t.Retire(r.By, now)
		return
	}
	if t.ExpiresAt.Before(end) {
		end = t.ExpiresAt
	}
	t.RetireAt, t.RetireIdle = &end, r.Overlap == OverlapQuiet
}

// Retire ends a token whose place another took. It reports false where it had ended already.
func (t *Token) Retire(by string, now time.Time) bool {
	if !t.Revoke(by, "A newer token took its place.", now) {
		return false
	}
	t.Cause, t.RetireIdle = CauseRotated, false
	if t.RetireAt == nil || now.Before(*t.RetireAt) {
		t.RetireAt = &now
	}
	return true
}

// Retiring reports whether the token still works beside the one that took its place.
func (t Token) Retiring(now time.Time) bool { return t.RetireAt != nil && t.Live(now) }

// Forsaken reports whether the token still works, and whatever took its place was revoked.
func (t Token) Forsaken(family []Token, now time.Time) bool {
	return t.Retiring(now) && !slices.ContainsFunc(family, func(n Token) bool {
		return n.Replaces != nil && *n.Replaces == t.ID && (n.State != TokenRevoked || n.Cause == CauseRotated)
	})
}

// Evidence is what was seen of a token that is leaving and of its successor.
type Evidence struct {
	Used    time.Time     // last use of the old one, zero if there was none
	Seen    time.Time     // first use of the new one, zero while there was none
	Watched time.Duration // since the later of the two, in which somebody counted calls
}

// Due is since when a token has to be silent, or zero while its successor was not seen.
func (e Evidence) Due() time.Time {
	if e.Seen.IsZero() || e.Used.Before(e.Seen) {
		return e.Seen
	}
	return e.Used
}

// Finished reports whether a token that is leaving has to go now: its time is over,
// or the evidence says that nothing uses it any more.
func (t Token) Finished(e Evidence, now time.Time) bool {
	if t.RetireAt == nil || t.State == TokenRevoked {
		return false
	}
	if !now.Before(*t.RetireAt) {
		return true
	}
	due := e.Due()
	return t.RetireIdle && !due.IsZero() && now.Sub(due) >= Silence && e.Watched >= SilenceWatched
}

// Inherited is what a successor may do: the same, or where it was narrowed for it,
// that, as far as the token may do it still. Operations are those in force, by version.
func (t Token) Inherited(have []Permission, operations map[string][]Operation) (out []Permission) {
	for _, p := range have {
		if len(t.Narrowing) > 0 {
			at := slices.IndexFunc(t.Narrowing, func(n Permission) bool { return n.VersionID == p.VersionID })
			if at < 0 {
				continue
			}
			p = p.leftOf(t.Narrowing[at], operations[p.VersionID])
			if !p.OpensAnything() {
				continue
			}
		}
		out = append(out, Permission{VersionID: p.VersionID, Access: p.Access, Scopes: slices.Clone(p.Scopes), Operations: slices.Clone(p.Operations)})
	}
	return out
}

// leftOf is what is left of a plan for the permission, which may be less than it was
// when the plan was made.
func (p Permission) leftOf(plan Permission, operations []Operation) Permission {
	switch {
	case !WidensAt(p, plan, operations):
		return plan
	case plan.Access != AccessCustom:
		return p
	}
	lost := func(one Permission) bool { one.Access = AccessCustom; return WidensAt(p, one, operations) }
	plan.Scopes = slices.DeleteFunc(slices.Clone(plan.Scopes), func(s string) bool { return lost(Permission{Scopes: []string{s}}) })
	plan.Operations = slices.DeleteFunc(slices.Clone(plan.Operations), func(key string) bool { return lost(Permission{Operations: []string{key}}) })
	return plan
}
