// Package subscriptions shows partners what their teams have access to, and asks
// for more.
package subscriptions

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Form asks for access.
type Form struct {
	Tenant   string
	API      models.API
	Versions []ui.SegLink // to choose from; none where there is one
	Version  string
	Plans    []models.Plan
	Plan     string
	Teams    []models.Team
	Team     string
	TeamName string
	NewTeam  bool   // the person has none yet
	Barred   bool   // they are a member, and only owners may ask
	Standing string // state of what the team has of this version already, or ""
	Purpose  string
	Expected string // calls a month
	LastDay  string
	Problems []fault.Field

	Ending ui.EndingData // of the chosen version
}

func (f Form) url() string {
	return "/t/" + f.Tenant + "/apis/" + f.API.Slug + "/" + f.Version + "/subscribe"
}

func (f Form) plans() (out []ui.Option) {
	for _, p := range f.Plans {
		note := ui.Limits(p)
		if p.AutoApprove {
			note += ". At once, without waiting"
		}
		out = append(out, ui.Option{Value: p.Slug, Label: p.Name, Note: note})
	}
	return out
}

func (f Form) teams() (out []ui.Option) {
	for _, t := range f.Teams {
		out = append(out, ui.Option{Value: t.ID, Label: t.Name})
	}
	return out
}

// Row is one subscription.
type Row struct {
	models.Subscription
	API, APIURL, Version, Team string
	Plan                       models.Plan // as it is for the team now
	Agreed                     models.Plan // as it is without its exception
	Until                      *time.Time  // when that ends; nil where there is none
	Used                       int64
	Share                      float64 // of the quota that is used
	Owner                      bool    // the viewer speaks for its team
	By                         string
	Wanted                     string // plan that waits for a decision, or ""
}

func (r Row) url(tenant string) string { return "/t/" + tenant + "/subscriptions/" + r.ID }

// Stands reports whether the team may call, or could but for a pause.
func (r Row) stands() bool {
	return r.State == models.SubscriptionApproved || r.State == models.SubscriptionPaused
}

func (r Row) quota() string {
	return ui.Number(r.Used) + " of " + ui.Number(r.Plan.QuotaCalls)
}

// List are the subscriptions of one's teams.
type List struct {
	Tenant string
	Rows   []Row
	Now    time.Time
}

// One is a page of one subscription.
type One struct {
	Tenant string
	Row
	Said     []ui.Said
	Plans    []models.Plan // to change to
	Takers   []models.Team // to hand it to
	Message  string        // typed, not stored yet
	Plan     string
	Why      string
	Team     string
	Problems []fault.Field
	Ending   ui.EndingData // of the version
	Now      time.Time
}

func (o One) problem(name string) string { return ui.Problem(o.Problems, name) }

func (o One) plans() []ui.Option {
	var out []ui.Option
	for _, p := range o.Plans {
		if p.ID == o.Row.Plan.ID {
			continue
		}
		label := p.Name + ": " + ui.Limits(p)
		if !p.AutoApprove && !p.Within(o.Row.Agreed) {
			label += " (waits for a decision)"
		}
		out = append(out, ui.Option{Value: p.Slug, Label: label})
	}
	return out
}

func (o One) takers() (out []ui.Option) {
	for _, t := range o.Takers {
		out = append(out, ui.Option{Value: t.ID, Label: t.Name})
	}
	return out
}

// until is when access ends, in words.
func (o One) until() string {
	switch {
	case o.EndsAt != nil:
		return ui.LastDay(*o.EndsAt)
	case o.State == models.SubscriptionPending && o.WishedEnd != nil:
		return ui.LastDay(*o.WishedEnd) + ", as you asked"
	}
	return "ended by either side"
}

// End asks before a subscription ends.
type End struct {
	Tenant string
	Row
}
