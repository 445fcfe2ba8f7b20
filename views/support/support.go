// Package support is the console of the operating company: finding tenants,
// entering them with a grant, making them; jobs and staff.
package support

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Tenant is a row of the directory.
type Tenant struct {
	Name, Slug, Colour string
	State              models.TenantState
	Public             bool
	Grant              *models.Grant // live
}

// url is where the row leads: inside for whoever has a grant, else to the door.
func (t Tenant) url() string {
	if t.Grant != nil {
		return "/t/" + t.Slug
	}
	return "/support/tenants/" + t.Slug
}

// Visit is a tenant that the staff person was in.
type Visit struct {
	Name, Slug, Colour string
	Grant              models.Grant
}

// Console is the page of all tenants.
type Console struct {
	Text      string
	Tenants   []Tenant
	First     string // the first page, or ""
	Next      string // the following one, or ""
	Grants    []Visit
	Recent    []Visit
	MayCreate bool
	Now       time.Time
}

// left is how much of a grant's time is left.
func left(g models.Grant, now time.Time) string { return ui.Span(g.ExpiresAt.Sub(now)) }

// gone is the share of a grant's time that is over.
func gone(g models.Grant, now time.Time) float64 {
	return float64(now.Sub(g.CreatedAt)) / float64(g.ExpiresAt.Sub(g.CreatedAt))
}

// GrantForm is the state of the forms at a tenant's door.
type GrantForm struct {
	Email, Level, Reason, Minutes string
	Problems                      []fault.Field
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

// Jobs is the page of later work.
type Jobs struct {
	Queues   []models.JobQueue
	Failures []models.JobFailure
	Now      time.Time
}

func (j Jobs) sum(count func(models.JobQueue) int) string {
	n := 0
	for _, q := range j.Queues {
		n += count(q)
	}
	return ui.Number(n)
}

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
