package models

import (
	"fmt"
	"strings"
	"time"
)

// Day is 24 hours: days of tokens are counted from a moment, not by the calendar.
const Day = 24 * time.Hour

// NoticeLeast is how long a token's people have known at least when it is paused
// for its age, or revoked.
const NoticeLeast = 14 * Day

// expiredLook is how long after its end a token's people may still be told of it,
// where nobody could tell them earlier.
const expiredLook = 7 * Day

// ExpiryNotices are how many days before its end a token's people are told, the
// last at the end itself. Of its rotation's date they hear at all but that.
var ExpiryNotices = []int{30, 14, 7, 1, 0}

// TokenUse is what was seen of a token's use when somebody last looked. It is an
// observation, like usage, in the records because lists go by it.
type TokenUse struct {
	TenantID string     `gorm:"primaryKey"`
	TokenID  string     `gorm:"primaryKey"`
	UsedAt   *time.Time // its last use
	UsedFrom string     // address
	KeptAt   *time.Time // when a person woke it after the program had paused it
	May      int        // how many operations it may call
	Used     int        // how many of these it called in the last 90 days
	LookedAt *time.Time // when May and Used were counted
}

// Watched is a token with what its tenant's policy goes by.
type Watched struct {
	Token
	UsedAt time.Time            // zero where it was never used
	KeptAt time.Time            // zero where nobody woke it
	Owner  bool                 // an owner of its team answers for it
	Told   map[string]time.Time // notices, by kind
}

// DutyKind is what the program does about a token.
type DutyKind string

// The kinds of duties: notices first, then what they announced.
const (
	TellExpiry   DutyKind = "expiry" // it ends, or has ended
	TellUnused   DutyKind = "unused" // it will be paused for being unused
	TellEnding   DutyKind = "ending" // it will be revoked for being unused
	TellAge      DutyKind = "age"    // it has to be rotated, or it is paused
	PauseUnused  DutyKind = "pause_unused"
	PauseAged    DutyKind = "pause_aged"
	RevokeUnused DutyKind = "revoke_unused"
)

// Duty is one thing that the program has to do about a token now.
type Duty struct {
	Kind   DutyKind
	Notice string    // under which it is noted that people were told, for those that tell
	Days   int       // how many before At
	At     time.Time // what it is about: the end, the pause, the revocation
	Idle   time.Time // since when nothing used it, where it is about that
	Revoke time.Time // when it is revoked, where it is about disuse
	Rule   TokenRule // where it is about one
}

// Fate is what becomes of a token that from now on nobody uses and nobody rotates.
type Fate struct {
	Token
	Cause  TokenCause
	Pause  time.Time // zero where it is paused already
	Revoke time.Time // zero where the cause is its age
}

// Idle is since when nothing used the token: its last use, its creation where it
// has none, or when a person said that it is still needed.
func (w Watched) Idle() time.Time { return later(later(w.CreatedAt, w.UsedAt), w.KeptAt) }

// Duties are what has to be done about a token at a time, in this order.
func (p TokenPolicy) Duties(w Watched, now time.Time) []Duty {
	if w.State != TokenActive && w.State != TokenPaused || w.RetireAt != nil || w.Kind == TokenTry {
		return nil // what is being replaced ends with its rotation
	}
	var out []Duty
	if d, due := w.expiry(now); due {
		out = append(out, d)
	}
	if w.Expired(now) {
		return out
	}
	if d, due := p.aging(w, now); due {
		out = append(out, d)
		if d.Kind == PauseAged {
			return out
		}
	}
	rules := p.ruled(w, now)
	out = append(out, rules...)
	if len(rules) == 1 && rules[0].Kind == PauseRules {
		return out
	}
	if d, due := p.disused(w, now); due {
		out = append(out, d)
	}
	return out
}

// expiry is the notice of a token's end that is due: of those that nobody could
// give, the latest only. A token that was made to live shorter than a notice's
// days gets those after it.
func (w Watched) expiry(now time.Time) (Duty, bool) {
	days, ok := latest(ExpiryNotices, w.ExpiresAt.Sub(now), w.ExpiresAt.Sub(w.CreatedAt))
	key := fmt.Sprintf("expiry.%d", days)
	if _, told := w.Told[key]; !ok || told || now.Sub(w.ExpiresAt) > expiredLook {
		return Duty{}, false
	}
	return Duty{Kind: TellExpiry, Notice: key, Days: days, At: w.ExpiresAt}, true
}

// latest is the smallest of the days within which what is left lies, and whether
// the whole span is a day longer than it.
func latest(days []int, left, span time.Duration) (int, bool) {
	for i := len(days) - 1; i >= 0; i-- {
		if left <= time.Duration(days[i])*Day {
			return days[i], span >= time.Duration(days[i]+1)*Day
		}
	}
	return 0, false
}

// rotation is when the token is paused for its age, and since when notices about
// that count; ok is false where that never comes. People had a first notice
// NoticeLeast before, whatever the policy was changed to.
func (p TokenPolicy) rotation(w Watched, now time.Time) (due time.Time, notices string, told, ok bool) {
	if p.RotateDays == 0 || w.State != TokenActive {
		return due, "", false, false
	}
	due = w.CreatedAt.AddDate(0, 0, p.RotateDays)
	from := p.RotateFrom
	if !w.KeptAt.IsZero() {
		due, from = later(due, w.KeptAt.Add(NoticeLeast)), later(from, w.KeptAt)
	}
	notices = fmt.Sprintf("age.%d.", from.Unix())
	var first time.Time
	for kind, at := range w.Told {
		if strings.HasPrefix(kind, notices) && (!told || at.Before(first)) {
			first, told = at, true
		}
	}
	if !told {
		first = now
	}
	due = later(due, first.Add(NoticeLeast))
	return due, notices, told, due.Before(w.ExpiresAt)
}

func (p TokenPolicy) aging(w Watched, now time.Time) (Duty, bool) {
	due, notices, told, ok := p.rotation(w, now)
	if !ok {
		return Duty{}, false
	}
	if told && !now.Before(due) {
		return Duty{Kind: PauseAged, At: due}, true
	}
	days, ok := latest(ExpiryNotices[:len(ExpiryNotices)-1], due.Sub(now), due.Sub(w.CreatedAt))
	key := fmt.Sprint(notices, days)
	if _, again := w.Told[key]; !ok || again {
		return Duty{}, false
	}
	return Duty{Kind: TellAge, Notice: key, Days: days, At: due}, true
}

// disuse is what becomes of an unused token, and when. A time that depends on a
// notice that was not given yet is as if it were given as soon as it can be.
type disuse struct {
	idle, tell, pause, warn, revoke time.Time
	unused, ending                  string // notices
	told, warned                    bool
}

func (p TokenPolicy) disuse(w Watched, now time.Time) disuse {
	d := disuse{idle: w.Idle()}
	spell := fmt.Sprintf("%d.%d", p.UnusedFrom.Unix(), d.idle.Unix())
	d.unused, d.ending = "unused."+spell, "ending."+spell
	d.tell = d.idle.AddDate(0, 0, p.UnusedDays)
	at, told := w.Told[d.unused]
	if d.told = told; !told {
		at = later(now, d.tell)
	}
	d.pause = at.AddDate(0, 0, p.PauseDays)
	end := d.idle.AddDate(0, 0, p.RevokeDays)
	d.warn = end.Add(-NoticeLeast)
	if w.State == TokenActive {
		d.warn = later(d.warn, d.pause)
	}
	at, d.warned = w.Told[d.ending]
	if !d.warned {
		at = later(now, d.warn)
	}
	d.revoke = later(end, at.Add(NoticeLeast))
	return d
}

func (p TokenPolicy) disused(w Watched, now time.Time) (Duty, bool) {
	d := p.disuse(w, now)
	duty := Duty{Idle: d.idle, Revoke: d.revoke}
	switch {
	case w.State == TokenActive && !w.ExpiresAt.After(d.pause):
		return duty, false // it ends by itself
	case w.State == TokenActive && !d.told && !now.Before(d.tell):
		duty.Kind, duty.Notice, duty.Days, duty.At = TellUnused, d.unused, p.PauseDays, d.pause
	case w.State == TokenActive && d.told && !now.Before(d.pause):
		duty.Kind, duty.At = PauseUnused, d.pause
	case w.State == TokenPaused && !w.ExpiresAt.After(d.revoke):
		return duty, false
	case w.State == TokenPaused && !d.warned && !now.Before(d.warn):
		duty.Kind, duty.Notice, duty.Days, duty.At = TellEnding, d.ending, int(NoticeLeast/Day), d.revoke
	case w.State == TokenPaused && d.warned && !now.Before(d.revoke):
		duty.Kind, duty.At = RevokeUnused, d.revoke
	default:
		return duty, false
	}
	return duty, true
}

// Fate says what becomes of a token until a time, and false where it goes on till
// then or ends by itself.
func (p TokenPolicy) Fate(w Watched, now, until time.Time) (Fate, bool) {
	if w.State != TokenActive && w.State != TokenPaused || w.RetireAt != nil || w.Kind == TokenTry {
		return Fate{}, false
	}
	f, d := Fate{Token: w.Token, Cause: CauseUnused}, p.disuse(w, now)
	f.Revoke = d.revoke
	if w.State == TokenActive {
		f.Pause = d.pause
		if due, _, _, ok := p.rotation(w, now); ok && due.Before(f.Pause) {
			f.Cause, f.Pause, f.Revoke = CauseAged, due, time.Time{}
		}
	}
	first := f.Pause
	if first.IsZero() {
		first = f.Revoke
	}
	return f, !first.After(until) && first.Before(w.ExpiresAt)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// ExpiryAhead are the days before its end at which a token's people hear of it.
func (t Token) ExpiryAhead() (days []int) {
	for _, d := range ExpiryNotices {
		if d > 0 && t.ExpiresAt.Sub(t.CreatedAt) >= time.Duration(d+1)*Day {
			days = append(days, d)
		}
	}
	return days
}
