package models

import (
	"regexp"
	"time"

	"gatehouse/internal/fault"
)

// TenantState of a customer.
type TenantState string

// The states of a tenant. Calls to a suspended one are refused at once, and go through
// again when it is resumed. Of an archived one no token lives again; it is there for
// operators alone, to read, and can be restored as a suspended one for RestoreFor.
const (
	TenantActive    TenantState = "active"
	TenantSuspended TenantState = "suspended"
	TenantArchived  TenantState = "archived"
)

// RestoreFor is how long after it was archived a tenant can be restored.
const RestoreFor = 30 * 24 * time.Hour

// RestorableUntil is until when an archived tenant can be restored, nil for every other.
func (t Tenant) RestorableUntil() *time.Time {
	if t.State != TenantArchived || t.ArchivedAt == nil {
		return nil
	}
	until := t.ArchivedAt.Add(RestoreFor)
	return &until
}

// TokenDaysMax is the longest life of a token that any tenant may allow (R15).
const TokenDaysMax = 366

// Tenant is a customer of the installation. It owns itself: its rows carry its ID.
type Tenant struct {
	ID           string `gorm:"primaryKey"`
	Slug         string // stands in addresses
	Code         string // stands in tokens; given once, never changed or reused
	Name         string
	Tagline      string
	Colour       string       // #rrggbb
	Logo         []byte       // PNG, or the demo's own SVG
	LogoType     string       // media type
	LogoDark     []byte       // PNG for the dark theme; empty: Logo serves both
	Welcome      string       // Markdown, on the home page
	Help         string       // Markdown, on the home page: whom to ask
	Links        []FooterLink `gorm:"serializer:json"`
	Sender       string       // name that mails come from; empty: the installation's
	Public       bool         // whether strangers see its portal
	State        TenantState
	TokenDays    int         // longest life of a token, at most TokenDaysMax
	TokenPolicy  TokenPolicy `gorm:"serializer:json"`
	SelfApproval bool        // whether an admin may decide their own request (R65)
	ArchivedAt   *time.Time
	EscalateDays int // after how many days a request waits too long; 0 is never

	SignUp        SignUpPolicy // who becomes a partner by themselves
	SignUpDomains []string     `gorm:"serializer:json"` // with SignUpDomain

	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  int // counts changes, for If-Match
}

var codeShape = regexp.MustCompile(`^[0-9a-z]{2,12}$`)

// Check returns a fault that names every field in error.
func (t Tenant) Check() error {
	var p fault.Problems
	t.Look().check(&p)
	checkSlug(&p, "slug", t.Slug)
	p.Add(t.Slug == "new", "slug", "Choose another slug; this one is an address of ours.")
	p.Add(!codeShape.MatchString(t.Code), "code", "Use 2 to 12 lower-case letters and digits.")
	p.Add(t.Code == "gatehouse", "code", "Choose another code; this one stands in tokens of operators.")
	p.Add(t.TokenDays < 1 || t.TokenDays > TokenDaysMax, "token_days", "Choose 1 to %d days.", TokenDaysMax)
	if err := t.TokenPolicy.Check(); err != nil {
		p = append(p, fault.From(err).Fields...)
	}
	t.checkSignUp(&p)
	p.Add(t.EscalateDays < 0 || t.EscalateDays > EscalateDaysMax, "escalate_days", "Choose 0 to %d days.", EscalateDaysMax)
	return p.Err()
}

// EscalateDaysMax is the longest that a tenant may let requests wait.
const EscalateDaysMax = 60

// Role of a user in a tenant. What a role may do stands in the table of action.go.
type Role string

// The tenant roles. Partners have none: they are members of teams.
const (
	NoRole         Role = ""
	RoleAuditor    Role = "auditor"
	RoleAPIManager Role = "api_manager"
	RoleAdmin      Role = "admin"

	// RolePartner stands in invitations only: who accepts one is let in, whatever
	// the tenant's sign-up policy, and has no role.
	RolePartner Role = "partner"
)

// Valid reports whether r is a role that can be given.
func (r Role) Valid() bool { return r == RoleAuditor || r == RoleAPIManager || r == RoleAdmin }

// Invitable reports whether one can be invited as r.
func (r Role) Invitable() bool { return r.Valid() || r == RolePartner }

// Member is a user's role in a tenant.
type Member struct {
	TenantID  string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	Role      Role
	CreatedAt time.Time

	Daily   bool       // hears of requests by one mail a day, not by one each
	DailyAt *time.Time // when that was last
}

// GrantLevel is how far a support person's grant reaches.
type GrantLevel string

// The levels of a grant: view reads, support decides requests and revokes
// tokens, manage publishes.
const (
	NoGrant      GrantLevel = ""
	GrantView    GrantLevel = "view"
	GrantSupport GrantLevel = "support"
	GrantManage  GrantLevel = "manage"
)

// GrantMax is the longest life of a grant (R58).
const GrantMax = 8 * time.Hour

// Grant is a support person's time-boxed right in one tenant.
type Grant struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	UserID    string
	Level     GrantLevel
	Reason    string
	Ticket    string // where the reason is written down; "" where there is none
	GivenBy   string // user; for more than view somebody else
	CreatedAt time.Time
	ExpiresAt time.Time
	EndedAt   *time.Time
	EndedBy   string     // user, "" where nobody ended it early
	SeenAt    *time.Time // when its holder was last inside, to the minute

	Emergency  bool   // taken with nobody there to approve
	StandingID string // of the standing view under which it was taken, or ""
	Review     string // what the operator who reviewed an emergency wrote
	ReviewedBy string
	ReviewedAt *time.Time
}

// Live reports whether the grant reaches anything at the given time.
func (g Grant) Live(now time.Time) bool { return g.EndedAt == nil && now.Before(g.ExpiresAt) }

// Check returns a fault that names every field in error.
func (g Grant) Check(now time.Time) error {
	var p fault.Problems
	checkText(&p, "reason", g.Reason, 5, 200, "Say why you need to enter; the tenant reads it.")
	checkText(&p, "ticket", g.Ticket, 0, ticketMaxLen, "")
	p.Add(g.Level != GrantView && g.Level != GrantSupport && g.Level != GrantManage, "level", "Choose view, support or manage.")
	p.Add(!g.ExpiresAt.After(now) || g.ExpiresAt.After(now.Add(GrantMax)), "minutes", "Choose 1 minute to 8 hours.")
	if g.Emergency {
		checkText(&p, "ticket", g.Ticket, 2, ticketMaxLen, "Name the ticket; an emergency has one.")
		p.Add(g.ExpiresAt.After(now.Add(EmergencyMax)), "minutes", "An emergency lasts an hour at most.")
	}
	return p.Err()
}

// TeamRole of a user in a team.
type TeamRole string

// The team roles: an owner also asks for access and manages the team.
const (
	TeamOwner  TeamRole = "owner"
	TeamMember TeamRole = "member"
)

// Team is a partner company inside a tenant. Subscriptions belong to it, so
// that access outlives a person.
type Team struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	Name      string
	CreatedAt time.Time
}

// Check returns a fault that names every field in error.
func (t Team) Check() error {
	var p fault.Problems
	checkText(&p, "team_name", t.Name, 1, 60, "Name your team; your company's name is usual.")
	return p.Err()
}

// Membership is a user's place in a team.
type Membership struct {
	TenantID  string `gorm:"primaryKey"`
	TeamID    string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	Role      TeamRole
	CreatedAt time.Time
}
