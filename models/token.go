package models

import (
	"net/netip"
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// TokenKind says what a token is for.
type TokenKind string

// The kinds of tokens.
const (
	TokenAccess     TokenKind = "access"     // calls APIs through the gateway
	TokenManagement TokenKind = "management" // calls Gatehouse's own API
	TokenTry        TokenKind = "try"        // an access token of a documentation page
)

// TokenState of a token. Expired is computed from the clock and never stored.
// A revoked token never lives again (R14); what may come back is paused.
//
//	pending -> active (approved)
//	active <-> paused
//	pending, active, paused -> revoked
type TokenState string

// The states of a token.
const (
	TokenPending TokenState = "pending" // made, and an admin has to approve it first
	TokenActive  TokenState = "active"
	TokenPaused  TokenState = "paused"
	TokenRevoked TokenState = "revoked"
)

// TokenCause says why a token ended, or is paused.
type TokenCause string

// The causes. A person chooses one of the first four, the others are the program's.
const (
	CauseLost     TokenCause = "lost"     // nobody knows where it is
	CauseLeaked   TokenCause = "leaked"   // somebody else has it, or could have
	CauseLeft     TokenCause = "left"     // its person or its job is gone
	CauseUnneeded TokenCause = "unneeded" // nothing uses it any more
	CauseRotated  TokenCause = "rotated"  // a newer secret took its place
	CauseUnused   TokenCause = "unused"   // for longer than the tenant allows
	CauseAged     TokenCause = "aged"     // older than the tenant allows without a rotation
	CauseRules    TokenCause = "rules"    // it does not keep to the tenant's rules
	CauseDenied   TokenCause = "denied"   // an admin did not approve it
)

// RevokeCauses are those that a person gives who revokes a token.
var RevokeCauses = []TokenCause{CauseUnneeded, CauseLost, CauseLeaked, CauseLeft}

// CheckCause returns a fault unless a person may give the cause for a revocation,
// with a note that is needed where somebody else reads it.
func CheckCause(c TokenCause, reason string, needed bool) error {
	var p fault.Problems
	p.Add(!slices.Contains(RevokeCauses, c), "cause", "Choose why: unneeded, lost, leaked or left.")
	if needed {
		checkReason(&p, reason)
	} else {
		checkText(&p, "reason", reason, 0, 500, "")
	}
	return p.Err()
}

// CauseNames are all causes, those of people first.
func CauseNames() (names []string) {
	for _, c := range append(slices.Clone(RevokeCauses), CauseRotated, CauseUnused, CauseAged, CauseRules, CauseDenied) {
		names = append(names, string(c))
	}
	return names
}

// Words say what a cause means, as part of a sentence, or are "".
func (c TokenCause) Words() string { return causes[c] }

var causes = map[TokenCause]string{
	CauseLost: "lost: nobody knows where it is", CauseLeaked: "leaked: somebody else has it, or could have", CauseLeft: "left: its person or its job is gone",
	CauseUnneeded: "no longer needed", CauseRotated: "replaced by a newer one", CauseUnused: "not used for longer than is allowed here",
	CauseAged: "older than is allowed here", CauseRules: "against the rules for tokens here", CauseDenied: "not approved",
}

// TokenSoon is how long before its end a token is said to expire soon.
const TokenSoon = 14 * 24 * time.Hour

// Limits of try tokens: how long one lives, how many a person may have at once.
const (
	TryLifetime = 15 * time.Minute
	TryMost     = 3
)

// Token of a user in a team. Only its digest is kept: the secret is shown once,
// when it is created.
type Token struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Kind        TokenKind
	UserID      string
	TeamID      *string // nil for management tokens
	ServiceID   *string // the service account whose it is; UserID made it then
	Name        string
	Description string
	Purpose     string // what it is for, where the tenant's admins look
	Digest      []byte // see keys.Digest
	KeyID       string // of the pepper it was made with
	Hint        string // last four characters
	State       TokenState
	Scopes      []string       `gorm:"serializer:json"` // of a management token
	AllowedIPs  []netip.Prefix `gorm:"column:allowed_ips;serializer:json"`
	CreatedAt   time.Time
	ExpiresAt   time.Time
	UpdatedAt   time.Time
	RevokedAt   *time.Time
	RevokedBy   string
	HeldBy      string // admin who paused it; its owner can't resume it then
	Reason      string // of the pause or the revocation
	Cause       TokenCause
	ChangeSeq   int64        // number in the change feed of its last change of state
	RefusedAt   *time.Time   // first use that was refused after it ended
	RefusedID   string       // request id of that
	UsedAt      time.Time    // last use, as lists know it: up to a quarter of an hour late; zero if never
	Family      string       // id of the first of the tokens that replaced each other
	Replaces    *string      // id of the one whose place it took
	RetireAt    *time.Time   // when it ends because another took its place; nil while none did
	RetireIdle  bool         // or earlier: a day after its last use, once the other one was seen
	Narrowing   []Permission `gorm:"serializer:json"` // what its successor may do, where that is less
	Wish        *TokenWish   `gorm:"serializer:json"` // what it may do once an admin approves that
	PauseAt     *time.Time   // from when a rule stops it, as its people were told; nil while none does
	Revision    int          // counts changes, for If-Match
}

// Access is how much of a version a permission opens.
type Access string

// The accesses: custom names single scopes or operations.
const (
	AccessNone   Access = "none"
	AccessRead   Access = "read"
	AccessWrite  Access = "write" // and read
	AccessCustom Access = "custom"
)

// Permission of a token for one version of an API.
type Permission struct {
	TenantID   string `gorm:"primaryKey"`
	TokenID    string `gorm:"primaryKey"`
	VersionID  string `gorm:"primaryKey"`
	Access     Access
	Scopes     []string `gorm:"serializer:json"` // with custom
	Operations []string `gorm:"serializer:json"` // keys, with custom
}

// OpensAnything reports whether the permission opens anything at all.
func (p Permission) OpensAnything() bool {
	return p.Access == AccessRead || p.Access == AccessWrite || p.Access == AccessCustom && len(p.Scopes)+len(p.Operations) > 0
}

// TableName says whose permissions these are.
func (Permission) TableName() string { return "token_permissions" }

// Check returns a fault that names every field in error. Days is the tenant's
// longest life of a token.
func (t Token) Check(now time.Time, days int) error {
	p := t.words()
	checkExpiry(&p, t.ExpiresAt, now, days)
	if t.Kind == TokenManagement {
		p.Add(len(t.Scopes) == 0, "scopes", "Choose at least one scope.")
		for _, s := range t.Scopes {
			p.Add(!slices.ContainsFunc(ManagementScopes, func(m struct{ Name, Allows string }) bool { return m.Name == s }),
				"scopes", "There is no scope %q.", s)
		}
	}
	return p.Err()
}

func checkExpiry(p *fault.Problems, end, now time.Time, days int) {
	p.Add(!end.After(now), "expires", "Choose a date in the future.")
	p.Add(end.After(now.AddDate(0, 0, days)), "expires", "At most %d days from now are allowed here.", days)
}

// CheckWords is Check for what may be edited later: name, purpose and description.
func (t Token) CheckWords() error { return t.words().Err() }

func (t Token) words() fault.Problems {
	var p fault.Problems
	checkText(&p, "name", t.Name, 1, 60, "Give the token a name that says what uses it.")
	checkText(&p, "purpose", t.Purpose, 0, 200, "")
	checkText(&p, "description", t.Description, 0, 300, "")
	return p
}

// OwnerID is whose the token is: the service account's, or else the person's.
func (t Token) OwnerID() string {
	if t.ServiceID != nil {
		return *t.ServiceID
	}
	return t.UserID
}

// Expired reports whether the token's time is over. The moment of expiry
// belongs to the time after.
func (t Token) Expired(now time.Time) bool { return !now.Before(t.ExpiresAt) }

// Until is when the token stops by itself: at its expiry, or where another took
// its place, when that says so.
func (t Token) Until() time.Time {
	if t.RetireAt != nil && t.RetireAt.Before(t.ExpiresAt) {
		return *t.RetireAt
	}
	return t.ExpiresAt
}

// Retired reports whether another token took its place for good.
func (t Token) Retired(now time.Time) bool {
	return t.RetireAt != nil && (t.State == TokenRevoked && t.Cause == CauseRotated || !now.Before(*t.RetireAt))
}

// Live reports whether the token opens anything at the given time.
func (t Token) Live(now time.Time) bool {
	return t.State == TokenActive && now.Before(t.Until()) && !t.Stopped(now)
}

// Stopped reports whether a rule stops the token, also where it is not paused yet.
func (t Token) Stopped(now time.Time) bool { return t.PauseAt != nil && !now.Before(*t.PauseAt) }

// ExpiresSoon reports whether a live token is near its end.
func (t Token) ExpiresSoon(now time.Time) bool {
	return t.Live(now) && !t.ExpiresAt.After(now.Add(TokenSoon))
}

// Shown is the token's state as people see it at the given time: the stored one,
// or expired or expires_soon, rotating while another takes its place and retired after that.
func (t Token) Shown(now time.Time) string {
	switch {
	case t.State == TokenRevoked && t.Cause != CauseRotated:
		return string(t.State)
	case t.Retired(now):
		return "retired"
	case t.Retiring(now):
		return "rotating"
	case t.Expired(now):
		return "expired"
	case t.ExpiresSoon(now):
		return "expires_soon"
	}
	return string(t.State)
}

// Pause makes the token refused until Resume.
func (t *Token) Pause(reason string) error {
	if t.State != TokenActive {
		return t.wrong()
	}
	t.State, t.Reason, t.Cause, t.PauseAt = TokenPaused, reason, "", nil
	return nil
}

// Hold is Pause by an admin: only an admin resumes the token then.
func (t *Token) Hold(by, reason string) error {
	if err := t.Pause(reason); err != nil {
		return err
	}
	t.HeldBy = by
	return nil
}

// Resume makes a paused token work again.
func (t *Token) Resume() error {
	if t.State != TokenPaused {
		return t.wrong()
	}
	t.State, t.Reason, t.HeldBy, t.Cause = TokenActive, "", "", ""
	return nil
}

// Revoke ends the token for good. It reports false where it had ended already:
// revoking is idempotent (R14).
func (t *Token) Revoke(by, reason string, at time.Time) bool {
	if t.State == TokenRevoked {
		return false
	}
	t.State, t.RevokedBy, t.RevokedAt, t.Reason = TokenRevoked, by, &at, reason
	return true
}

// Asleep reports whether the program paused the token for what its people left
// undone: waking it is theirs, with a passkey.
func (t Token) Asleep() bool {
	return t.State == TokenPaused && (t.Cause == CauseUnused || t.Cause == CauseAged || t.Cause == CauseRules)
}

// Asks reports whether an admin has to decide something about the token: itself,
// or that it may do more.
func (t Token) Asks(now time.Time) bool {
	return (t.State == TokenPending || t.Wish != nil && t.State != TokenRevoked) && !t.Expired(now)
}

// Admit makes a token work that waited for approval.
func (t *Token) Admit() error {
	if t.State != TokenPending {
		return t.wrong()
	}
	t.State = TokenActive
	return nil
}

func (t *Token) wrong() error {
	return fault.New(fault.Conflict, "wrong_state", "This token is %s; that is not possible now.", t.State)
}
