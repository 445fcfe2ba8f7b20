package support

import (
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Installation is the page of what holds for all tenants.
type Installation struct {
	Said             models.Installation
	Problems         []fault.Field
	Sessions         SessionsForm
	SessionsProblems []fault.Field
	Defaults         DefaultsForm
	DefaultsProblems []fault.Field
	Changed          map[string]models.SettingChange
	Configured       []models.Configured
	Now              time.Time
}

// SessionsForm is the form of how long sessions last, in minutes.
type SessionsForm struct{ MemberIdle, MemberAbsolute, StaffIdle, StaffAbsolute string }

// SessionsFormOf is the form as the limits are.
func SessionsFormOf(l models.SessionLimits) SessionsForm {
	return SessionsForm{strconv.Itoa(l.Member.Idle), strconv.Itoa(l.Member.Absolute), strconv.Itoa(l.Staff.Idle), strconv.Itoa(l.Staff.Absolute)}
}

// DefaultsForm is the form of what new tenants begin with.
type DefaultsForm struct {
	Colour                                                 string
	Public                                                 bool
	SignUp                                                 string
	EscalateDays, TokenDays, Unused, Pause, Revoke, Rotate string
	SelfRotation, Approval                                 bool
	Leak                                                   string
}

// DefaultsFormOf is the form as the defaults are.
func DefaultsFormOf(d models.TenantDefaults) DefaultsForm {
	return DefaultsForm{d.Colour, d.Public, string(d.SignUp), strconv.Itoa(d.EscalateDays), strconv.Itoa(d.TokenDays), strconv.Itoa(d.UnusedDays), strconv.Itoa(d.PauseDays),
		strconv.Itoa(d.RevokeDays), strconv.Itoa(d.RotateDays), d.SelfRotation, d.Approval, string(d.Leak)}
}

// change is who set one of some settings last; zero where nobody did.
func (d Installation) change(names ...string) (last models.SettingChange) {
	for _, name := range names {
		if c := d.Changed[name]; c.At.After(last.At) {
			last = c
		}
	}
	return last
}

// limit says in words what the longest sessions are.
func limit(most models.SessionLimit) string {
	return "At most " + ui.Minutes(most.Idle) + " without a request, and " + ui.Minutes(most.Absolute) + " in all."
}
