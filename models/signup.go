package models

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// SignUpPolicy says who of all people with an account may become a partner of a
// tenant by themselves: make a team there, and ask for access. Whoever has a role
// or a team there already, or was invited, is in whatever the policy.
type SignUpPolicy string

// The policies.
const (
	SignUpOpen     SignUpPolicy = "open"
	SignUpDomain   SignUpPolicy = "domain"   // whose address is in one of the tenant's domains
	SignUpInvite   SignUpPolicy = "invite"   // who was invited
	SignUpApproval SignUpPolicy = "approval" // who asked, and was let in by an admin
)

// SignUpDomainsMost bounds the list of domains.
const SignUpDomainsMost = 50

var domainShape = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Admits reports whether the policy lets somebody with this address in who has no
// standing in the tenant. A tenant without a policy admits nobody.
func (t Tenant) Admits(email string) bool {
	switch t.SignUp {
	case SignUpOpen:
		return true
	case SignUpDomain:
		return slices.Contains(t.SignUpDomains, User{Email: email}.EmailDomain())
	}
	return false
}

// MayApply reports whether somebody with this address may at least ask to be let in.
func (t Tenant) MayApply(email string) bool { return t.SignUp == SignUpApproval || t.Admits(email) }

func (t Tenant) checkSignUp(p *fault.Problems) {
	switch t.SignUp {
	case SignUpOpen, SignUpDomain, SignUpInvite, SignUpApproval:
	default:
		p.Add(true, "sign_up", "Choose open, domain, invite or approval.")
	}
	p.Add(t.SignUp == SignUpDomain && len(t.SignUpDomains) == 0, "sign_up_domains", "Name at least one domain, like company.example.")
	p.Add(len(t.SignUpDomains) > SignUpDomainsMost, "sign_up_domains", "At most %d domains.", SignUpDomainsMost)
	for _, d := range t.SignUpDomains {
		if len(d) > 253 || !domainShape.MatchString(d) {
			p.Add(true, "sign_up_domains", "%q is not a domain. It looks like company.example.", d)
			break
		}
	}
}

// ParseDomains reads domains as people write them: separated by spaces, commas or
// lines, with or without the @.
func ParseDomains(text string) []string {
	out := []string{}
	for _, d := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) }) {
		if d = strings.ToLower(strings.TrimPrefix(d, "@")); !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// AdmissionState is how far somebody is who wants to be a partner of a tenant.
type AdmissionState string

// The states of an admission.
const (
	AdmissionAsked  AdmissionState = "asked"
	AdmissionLetIn  AdmissionState = "let_in" // also by invitation
	AdmissionDenied AdmissionState = "denied"

	// Removed people are not let in by their address either, until an admin lets them in again.
	AdmissionRemoved AdmissionState = "removed"
)

// AdmissionAgain is how long after a denial one may ask again.
const AdmissionAgain = 7 * Day

// Admission is that a person asked to become a partner of a tenant, or was let in.
// It gives no right to anything but to make a team and ask for access.
type Admission struct {
	TenantID  string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	State     AdmissionState
	Note      string // why they want to, in their words
	Reason    string // of a denial, in the admin's words
	CreatedAt time.Time
	DecidedBy string // user, who decided or invited
	DecidedAt *time.Time
}

// Check returns a fault that names every field in error.
func (a Admission) Check() error {
	var p fault.Problems
	checkText(&p, "note", a.Note, 5, 500, "Say who you are and what you want to do; an admin reads it.")
	return p.Err()
}

// Decide lets the person in or denies it, with a reason that they read. Who was removed
// is let in again.
func (a *Admission) Decide(in bool, by, reason string, now time.Time) error {
	if a.State != AdmissionAsked && (a.State != AdmissionRemoved || !in) {
		return fault.New(fault.Conflict, "already_decided", "Somebody decided about this already, or it was taken back.")
	}
	if !in {
		if err := CheckReason(reason); err != nil {
			return err
		}
	}
	a.State, a.Reason = AdmissionLetIn, ""
	if !in {
		a.State, a.Reason = AdmissionDenied, reason
	}
	a.DecidedBy, a.DecidedAt = by, &now
	return nil
}
