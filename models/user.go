package models

import (
	"net/mail"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// StaffRole is what a person of the operating company is: RoleOperator may do
// everything and creates tenants, RoleSupport works in tenants by grant.
type StaffRole string

// The staff roles; the empty one is everybody else.
const (
	NotStaff      StaffRole = ""
	StaffOperator StaffRole = "operator"
	StaffSupport  StaffRole = "support"
)

// UserState of an account.
type UserState string

// The states of an account. Nothing but an operator leads back from disabled, and
// nothing from deleted (R28).
const (
	UserActive   UserState = "active"
	UserDisabled UserState = "disabled"
	UserDeleted  UserState = "deleted" // for good; the row is a stand-in for what refers to it
)

// DeletedName stands where the name of somebody stood who deleted their account.
const DeletedName = "Deleted person"

// Erase takes everything out of a deleted account that says whose it was. The
// address that is left is nobody's (RFC 2606).
func (u *User) Erase(handle []byte) {
	u.Name, u.Email, u.Handle = DeletedName, u.ID+"@deleted.invalid", handle
	u.Staff, u.State = NotStaff, UserDeleted
}

// User is a person with passkeys: one account for all tenants.
type User struct {
	ID        string `gorm:"primaryKey"`
	Email     string // canonical, see CanonicalEmail; its owner proved it
	Name      string
	Handle    []byte // 64 random bytes, the WebAuthn user handle (R25)
	Staff     StaffRole
	State     UserState
	CreatedAt time.Time
	UpdatedAt time.Time

	RecoveredAt *time.Time // when a new passkey was made by a code or by an admin's recovery
}

// Check returns a fault that names every field in error.
func (u User) Check() error {
	var p fault.Problems
	checkText(&p, "name", u.Name, 1, 80, "Tell us your name, as others should see it.")
	_, err := CanonicalEmail(u.Email)
	p.Add(err != nil, "email", "This is not an e-mail address.")
	return p.Err()
}

// CanonicalEmail returns the form in which an address is kept and compared:
// no display name, lower case. It refuses what cannot stand in one header (R118).
func CanonicalEmail(s string) (string, error) {
	bad := fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
		WithFields(fault.Field{Name: "email", Message: "This is not an e-mail address. It looks like name@company.example."})
	s = strings.TrimSpace(s)
	if len(s) > 254 || strings.ContainsAny(s, "\r\n,;<>\"()\\ \t") {
		return "", bad
	}
	addr, err := mail.ParseAddress(s)
	if err != nil || addr.Address != s || !strings.Contains(s[strings.LastIndexByte(s, '@'):], ".") {
		return "", bad
	}
	return strings.ToLower(addr.Address), nil
}

// EmailDomain is what stands behind the @.
func (u User) EmailDomain() string {
	return u.Email[strings.LastIndexByte(u.Email, '@')+1:]
}

// Passkey is one WebAuthn credential of a user.
type Passkey struct {
	ID             string `gorm:"primaryKey"`
	UserID         string
	CredentialID   []byte // unique in the installation (R30)
	PublicKey      []byte // COSE
	SignCount      uint32
	BackupEligible bool // stored and never to change (R26)
	BackupState    bool
	Transports     []string `gorm:"serializer:json"`
	AAGUID         []byte   `gorm:"column:aaguid"`
	Name           string
	CreatedAt      time.Time
	LastUsedAt     *time.Time
}

// LinkKind says what a one-time link is for.
type LinkKind string

// The kinds of links.
const (
	LinkVerify   LinkKind = "verify"   // proves an address at sign-up
	LinkInvite   LinkKind = "invite"   // makes a member of a tenant
	LinkTeam     LinkKind = "team"     // makes a member of a team
	LinkOperator LinkKind = "operator" // makes the first operator
	LinkStaff    LinkKind = "staff"    // makes somebody support staff
	LinkEnrol    LinkKind = "enrol"    // adds a passkey to an account of the demo

	LinkDevice      LinkKind = "device"       // adds a passkey to one's own account from another device
	LinkRecover     LinkKind = "recover"      // begins a recovery session after an admin's recovery has waited
	LinkRecoverStop LinkKind = "recover_stop" // stops an admin's recovery
	LinkEmail       LinkKind = "email"        // proves the new address of an account
	LinkProvider    LinkKind = "provider"     // makes an account for who came through a provider
	LinkUndo        LinkKind = "undo"         // gives an account the address back that it had
)

// Link is a one-time address sent to a person: shown by GET, used up by POST (R34).
// Only its hash is kept.
type Link struct {
	Hash      []byte `gorm:"primaryKey"`
	Kind      LinkKind
	Email     string
	Name      string
	UserID    *string
	ForTenant *string // the tenant that an invitation is to
	ForTeam   *string // the team in it, of an invitation to one
	Role      Role
	Next      string // page of the portal that a sign-up started from
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time // or withdrawn
}
