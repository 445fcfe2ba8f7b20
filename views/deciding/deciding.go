// Package deciding shows those who decide about requests how they hear of them,
// and who decides while they are away.
package deciding

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Data is the page.
type Data struct {
	Tenant   string // slug
	User     string // id of the reader, which the step-up is bound to
	Daily    bool
	Hour     int // of the daily mail, UTC
	MayName  bool
	StandIn  models.StandIn
	Named    bool
	Deputy   models.User
	Choices  []models.User
	StandsIn []models.User

	Chosen, First, Last string // typed, not stored yet
	Problems            []fault.Field
	Now                 time.Time
}

func (d Data) base() string { return "/t/" + d.Tenant + "/admin/requests/deciding" }

func (d Data) problem(name string) string { return ui.Problem(d.Problems, name) }

func (d Data) choices() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Choose a member"}}
	for _, u := range d.Choices {
		out = append(out, ui.Option{Value: u.ID, Label: u.Name + ", " + u.Email})
	}
	return out
}

func (d Data) naming() string {
	if d.Named {
		return "Name somebody else"
	}
	return "While you are away"
}
