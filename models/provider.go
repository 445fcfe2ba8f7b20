package models

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// Provider is an OpenID provider through which people sign in: of a tenant, or of the
// staff. Its client secret is sealed, and bound to the issuer that it was entered for.
type Provider struct {
	TenantID string `gorm:"primaryKey"` // or store.Installation
	ID       string // in its addresses; tells nothing about the tenant

	Name        string // as people know it
	Issuer      string
	ClientID    string
	Sealed      []byte
	Number      int         // counts the secrets, part of what is sealed
	Fingerprint string      // last 4 of the secret's SHA-256, in hex
	GroupsClaim string      // claim that holds a person's groups, "" for none
	Roles       []GroupRole `gorm:"serializer:json"`
	SignUp      bool        // people without an account may make one by it
	Enabled     bool
	SetBy       string
	Revision    int
	CreatedAt   time.Time
	UpdatedAt   time.Time

	FailingSince *time.Time // since when it answers no check, nil if it does
	Failure      string     // what it said last
}

// GroupRole gives a role to who is in a group.
type GroupRole struct {
	Group string
	Role  string // Role, RolePartner or StaffRole
}

// Limits on what is read from a provider and kept.
const (
	GroupRolesMost = 50
	GroupsMost     = 500
	ClaimTextMost  = 255
)

var (
	tenantGroupRoles = []string{string(RoleAuditor), string(RoleAPIManager), string(RoleAdmin), string(RolePartner)}
	staffGroupRoles  = []string{string(StaffSupport), string(StaffOperator)}

	claimShape = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,100}$`)
)

// ParseGroupRoles reads one "group = role" in a line. What cannot be read is left to
// Check, which says so.
func ParseGroupRoles(text string) (out []GroupRole) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		i := strings.LastIndexByte(line, '=')
		if i < 0 {
			out = append(out, GroupRole{Group: line})
			continue
		}
		role := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(line[i+1:])), " ", "_")
		out = append(out, GroupRole{strings.TrimSpace(line[:i]), role})
	}
	return out
}

// GroupRolesText is what ParseGroupRoles reads.
func GroupRolesText(roles []GroupRole) string {
	var lines []string
	for _, r := range roles {
		lines = append(lines, r.Group+" = "+r.Role)
	}
	return strings.Join(lines, "\n")
}

// Check returns a fault that names every field in error. Whether the issuer may be
// asked is seen elsewhere.
func (p Provider) Check(staff bool) error {
	var ps fault.Problems
	checkText(&ps, "name", p.Name, 1, 60, "Name it as your people know it, like “Acme account”.")
	ps.Add(len(p.ClientID) < 1 || len(p.ClientID) > ClaimTextMost || !printable(p.ClientID), "client_id", "Copy the client id from the provider.")
	ps.Add(p.GroupsClaim != "" && !claimShape.MatchString(p.GroupsClaim), "groups_claim", "Write the name of a claim, like groups.")
	ps.Add(len(p.Roles) > 0 && p.GroupsClaim == "", "groups_claim", "Name the claim that holds the groups, like groups.")
	ps.Add(staff && p.SignUp, "sign_up", "Nobody becomes staff by signing up; invite them.")
	p.checkRoles(&ps, staff)
	return ps.Err()
}

func (p Provider) checkRoles(ps *fault.Problems, staff bool) {
	roles := tenantGroupRoles
	if staff {
		roles = staffGroupRoles
	}
	ps.Add(len(p.Roles) > GroupRolesMost, "roles", "At most %d lines.", GroupRolesMost)
	for _, r := range p.Roles {
		switch {
		case r.Role == "":
			ps.Add(true, "roles", "Write “group = role” in the line %q.", r.Group)
		case !slices.Contains(roles, r.Role):
			ps.Add(true, "roles", "%q is no role: choose from %s.", r.Role, strings.Join(roles, ", "))
		case len(r.Group) < 1 || len(r.Group) > ClaimTextMost || !printable(r.Group):
			ps.Add(true, "roles", "Name a group before each =, in at most %d characters.", ClaimTextMost)
		default:
			continue
		}
		return
	}
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd })
}

// RoleFor is the role of the first line whose group is among these, or "".
func (p Provider) RoleFor(groups []string) string {
	for _, r := range p.Roles {
		if slices.Contains(groups, r.Group) {
			return r.Role
		}
	}
	return ""
}

// Identity is who a person is at a tenant's provider. It is linked to their account
// from within a session with a passkey, or has founded the account.
type Identity struct {
	TenantID string `gorm:"primaryKey"`
	UserID   string `gorm:"primaryKey"`
	Issuer   string
	Subject  string   // what the issuer calls them, for good (OpenID Connect Core §2)
	Email    string   // as the provider said last; decides nothing
	Sealed   []byte   // refresh token, nil where there is none
	Number   int      // counts the refresh tokens
	Groups   []string `gorm:"serializer:json"`
	Given    string   // the role that the person has by the provider's groups, or ""
	Founded  bool     // the account was made by it, and has had no passkey since

	CreatedAt time.Time
	SeenAt    time.Time  // last sign-in
	CheckedAt time.Time  // when the provider last said that they are there
	GoneAt    *time.Time // since when they are not; then they are nobody in the tenant
}

// How identities are checked.
const (
	IdentityCheckEvery = 45 * time.Minute // so that nobody who left goes on for an hour
	IdentitySilence    = 24 * time.Hour   // after which sessions through a provider end that does not answer
)
