package models

import (
	"encoding/json"
	"time"

	"gatehouse/internal/fault"
)

// Setting is a value of the installation that was set while the program ran.
type Setting struct {
	Name      string `gorm:"primaryKey"`
	Value     string
	ChangedAt *time.Time
	ChangedBy *string // user; nil where the program itself set it
}

// Names of the settings that operators change. The first two are plain text, the others
// JSON of the types below.
const (
	SettingBanner         = "banner"
	SettingContact        = "contact"
	SettingSessions       = "sessions"
	SettingTenantDefaults = "tenant_defaults"
)

// SessionLimit is when a session ends, in minutes.
type SessionLimit struct {
	Idle     int // after the last request of a person
	Absolute int // after sign-in
}

// SessionLimits are the limits of the two classes of sessions that operators choose.
type SessionLimits struct {
	Member SessionLimit // partners, and everybody who works for a tenant
	Staff  SessionLimit // operators and support
}

// SessionLimitsMost are the longest sessions there are, and those of an installation
// that chose none: NIST SP 800-63B-4 AAL2 for members, AAL3 for staff (R37).
func SessionLimitsMost() SessionLimits {
	return SessionLimits{Member: SessionLimit{Idle: 60, Absolute: 24 * 60}, Staff: SessionLimit{Idle: 15, Absolute: 12 * 60}}
}

// SessionIdleLeast is the shortest time without a request: people have to read pages.
const SessionIdleLeast = 5

// Check returns a fault that names every field in error.
func (l SessionLimits) Check() error {
	var p fault.Problems
	most := SessionLimitsMost()
	for _, of := range []struct {
		name        string
		limit, most SessionLimit
	}{{"member", l.Member, most.Member}, {"staff", l.Staff, most.Staff}} {
		p.Add(of.limit.Idle < SessionIdleLeast || of.limit.Idle > of.most.Idle, of.name+"_idle", "Choose %d to %d minutes.", SessionIdleLeast, of.most.Idle)
		p.Add(of.limit.Absolute < of.limit.Idle || of.limit.Absolute > of.most.Absolute, of.name+"_absolute", "Choose %d minutes at most, and no fewer than without a request.", of.most.Absolute)
	}
	return p.Err()
}

// TenantDefaults are what a new tenant begins with; its admins change it afterwards.
type TenantDefaults struct {
	Colour       string
	Public       bool
	SignUp       SignUpPolicy // not by domain: each tenant has its own
	EscalateDays int
	TokenDays    int
	UnusedDays   int
	PauseDays    int
	RevokeDays   int
	RotateDays   int
	SelfRotation bool
	Approval     bool
	Leak         LeakAction
}

// BuiltInDefaults are those of an installation whose operators chose none.
func BuiltInDefaults() TenantDefaults {
	p := DefaultTokenPolicy()
	return TenantDefaults{Colour: "#0f766e", Public: true, SignUp: SignUpOpen, EscalateDays: 3, TokenDays: 90,
		UnusedDays: p.UnusedDays, PauseDays: p.PauseDays, RevokeDays: p.RevokeDays, RotateDays: p.RotateDays,
		SelfRotation: p.SelfRotation, Approval: p.Approval, Leak: p.Leak}
}

// Begin is a tenant that has the defaults, and nothing else yet.
func (d TenantDefaults) Begin() Tenant {
	return Tenant{Colour: d.Colour, Public: d.Public, State: TenantActive, SignUp: d.SignUp, SignUpDomains: []string{}, EscalateDays: d.EscalateDays, TokenDays: d.TokenDays,
		TokenPolicy: TokenPolicy{UnusedDays: d.UnusedDays, PauseDays: d.PauseDays, RevokeDays: d.RevokeDays, RotateDays: d.RotateDays,
			SelfRotation: d.SelfRotation, Approval: d.Approval, Leak: d.Leak}}
}

// Check returns a fault that names every field in error: a new tenant has to be able to
// begin with them.
func (d TenantDefaults) Check() error {
	t := d.Begin()
	t.Slug, t.Code, t.Name = "example", "example", "Example"
	var p fault.Problems
	p.Add(d.SignUp == SignUpDomain, "sign_up", "Choose open, invite or approval: domains are named by each tenant.")
	if err := t.Check(); err != nil && d.SignUp != SignUpDomain {
		p = append(p, fault.From(err).Fields...)
	}
	return p.Err()
}

// Settings are all that operators set while the program runs, with who set it last.
type Settings struct {
	Said     Installation
	Sessions SessionLimits
	Defaults TenantDefaults

	Changed map[string]SettingChange // by the name of the setting, where it was ever set
}

// SettingChange is who set something last, and when.
type SettingChange struct {
	At time.Time
	By string // name of the person
	ID string // of their account
}

// ReadSettings makes sense of stored settings. What is not there, or was written by a
// program that knew more, has its built-in value.
func ReadSettings(stored map[string]Setting) Settings {
	s := Settings{Said: Installation{Banner: stored[SettingBanner].Value, Contact: stored[SettingContact].Value},
		Sessions: ParseSessionLimits(stored[SettingSessions].Value), Defaults: BuiltInDefaults(), Changed: map[string]SettingChange{}}
	d := s.Defaults
	if json.Unmarshal([]byte(stored[SettingTenantDefaults].Value), &d) == nil && d.Check() == nil {
		s.Defaults = d
	}
	for name, one := range stored {
		if one.ChangedAt != nil && one.ChangedBy != nil {
			s.Changed[name] = SettingChange{At: *one.ChangedAt, ID: *one.ChangedBy}
		}
	}
	return s
}

// ParseSessionLimits reads stored limits; what is none are the longest.
func ParseSessionLimits(stored string) SessionLimits {
	l := SessionLimitsMost()
	if json.Unmarshal([]byte(stored), &l) != nil || l.Check() != nil {
		return SessionLimitsMost()
	}
	return l
}
