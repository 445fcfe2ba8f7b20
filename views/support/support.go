// Package support is the console of the operating company: finding tenants,
// entering them with a grant, making them; jobs and staff.
package support

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/grants"
	"gatehouse/views/ui"
)

// Tenant is a row of the directory.
type Tenant struct {
	Name, Slug, Colour string
	State              models.TenantState
	Public             bool
	Grant              *models.Grant // live
	Asked              bool          // the reader asked for more, and nobody answered yet
	Standing           bool          // the reader may look whenever they have to
	Favourite          bool
	LogoURL            string // where the reader may see it
	Waiting, Alerts    int
	Active             time.Time
}

func (t Tenant) brand() ui.Brand { return ui.Brand{Name: t.Name, LogoURL: t.LogoURL} }

// star is the label of the button that keeps the tenant at hand, or no longer.
func (t Tenant) star() string {
	if t.Favourite {
		return "Remove " + t.Name + " from favourites"
	}
	return "Add " + t.Name + " to favourites"
}

// url is where the row leads: inside for whoever has a grant, else to the door.
func (t Tenant) url() string {
	if t.Grant != nil {
		return "/t/" + t.Slug
	}
	return "/support/tenants/" + t.Slug
}

// Column is a column that sorts.
type Column struct{ Name, Direction, URL string }

// Totals are what waits in all tenants together.
type Totals struct {
	Tenants                 int
	Waiting, TenantsWaiting int
	Alerts, TenantsAlerting int
	WaitingURL, AlertingURL string
}

// Wish is what the reader asks for and nobody answered yet.
type Wish struct {
	Name, Slug, Colour string
	Level              models.GrantLevel
	Until              time.Time
}

// Console is the page of all tenants.
type Console struct {
	Text       string
	Show, Sort string // as in the address
	Shows      []ui.SegLink
	Columns    []Column
	Tenants    []Tenant
	All        string // the address without filters
	First      string // the first page, or ""
	Next       string // the following one, or ""
	Back       string // this page
	Totals     Totals
	Live       []Tenant
	Asked      []Wish
	Recent     []Tenant
	Favourites []Tenant
	Standing   []Tenant
	MayCreate  bool
	Now        time.Time
}

// Group are tenants of one kind in the switcher.
type Group struct {
	Name    string
	Tenants []Tenant
}

// Found is what the switcher found.
type Found struct {
	Text   string
	Groups []Group
}

func (f Found) empty() bool { return len(f.Groups) == 0 }

// kind says beside a tenant what the reader has to do with it.
func (t Tenant) kind() string {
	switch {
	case t.Grant != nil:
		return string(t.Grant.Level)
	case t.State == models.TenantSuspended:
		return "suspended"
	case t.Asked:
		return "asked"
	case t.Standing:
		return "standing view"
	}
	return ""
}

// left is how much of a grant's time is left.
func left(g models.Grant, now time.Time) string { return ui.Span(g.ExpiresAt.Sub(now)) }

// gone is the share of a grant's time that is over.
func gone(g models.Grant, now time.Time) float64 {
	return float64(now.Sub(g.CreatedAt)) / float64(g.ExpiresAt.Sub(g.CreatedAt))
}

// GrantForm is the state of the forms at a tenant's door.
type GrantForm struct {
	Email, Level, Reason, Ticket, Minutes, Name string
	Problems                                    []fault.Field
}

// Door is the page of one tenant seen from outside.
type Door struct {
	Tenant     Tenant
	HasAdmin   bool
	MayGive    bool
	MayInvite  bool
	MaySuspend bool
	Enter      GrantForm
	Give       GrantForm
	Stand      GrantForm
	Access     grants.Data
	Asked      *grants.Request // by the reader
	Standing   *grants.Standing
	MayBreak   bool // enter in an emergency
	Invite     GrantForm
	Now        time.Time
}

// minutes are the choices of how long a grant lasts.
var minutes = []ui.Option{
	{Value: "15", Label: "15 minutes"}, {Value: "60", Label: "1 hour"}, {Value: "240", Label: "4 hours"}, {Value: "480", Label: "8 hours"},
}

// levels are the choices of how far a grant reaches.
var levels = []ui.Option{
	{Value: string(models.GrantView), Label: "View", Note: "Reads everything but secrets"},
	{Value: string(models.GrantSupport), Label: "Support", Note: "Decides requests, pauses and revokes tokens"},
	{Value: string(models.GrantManage), Label: "Manage", Note: "Publishes APIs, too"},
}

// TenantForm is the state of the form of a new tenant.
type TenantForm struct {
	Name, Slug, Code, Colour, Tagline, Admin string
	Public                                   bool
	Problems                                 []fault.Field
}

func (f TenantForm) problem(name string) string { return ui.Problem(f.Problems, name) }

// Person is somebody of the staff.
type Person struct {
	ID, Name, Email string
	Role            models.StaffRole
	State           models.UserState
	Since           time.Time
	Self            bool
}

// Staff is the page of the operating company's people.
type Staff struct {
	People      []Person
	Invitations []models.Link
	Email       string // as typed
	Problems    []fault.Field
	Now         time.Time
}

// RoleForm is the page on which a staff person's role is changed.
type RoleForm struct {
	Person   Person
	Role     string
	Problems []fault.Field
}

var staffRoles = []ui.Option{
	{Value: "support", Label: "Support", Note: "Enters tenants to look"},
	{Value: "operator", Label: "Operator", Note: "Creates tenants, gives grants, manages staff and jobs"},
	{Value: "none", Label: "Not staff", Note: "Loses the console; the account stays"},
}

// Emergency is the page on which somebody enters with nobody there to approve.
type Emergency struct {
	Tenant Tenant
	Form   GrantForm
}

// hour are the choices of how long an emergency lasts.
var hour = []ui.Option{{Value: "15", Label: "15 minutes"}, {Value: "30", Label: "30 minutes"}, {Value: "60", Label: "1 hour"}}

// wishes are the choices of what to do in a tenant.
var wishes = []ui.Option{
	{Value: string(models.GrantView), Label: "View", Note: "Reads everything but secrets. You enter at once"},
	{Value: string(models.GrantSupport), Label: "Support", Note: "Decides requests, pauses and revokes tokens. Somebody else approves"},
	{Value: string(models.GrantManage), Label: "Manage", Note: "Publishes APIs, too. Somebody else approves"},
}
