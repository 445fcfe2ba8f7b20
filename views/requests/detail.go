package requests

import (
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Detail is one request with what is known of who asks.
type Detail struct {
	Row
	TokensURL string   // of the team, "" for who does not see them
	Domain    string   // of their e-mail address, which they proved
	Domains   []string // that are proven to be the team's
	Role      string   // "Owner", "Member", or "" where they left the team
	Members   int
	Since     time.Time // the team's first day here
	Others    []Row
	Self      bool // one's own: somebody else decides
	Used      int64

	Calls, Errors, Refused uint64 // of the team to all APIs in 90 days
	Alerts                 *int64 // about its tokens in that time, nil for who does not see them
	Reads, Writes          int    // operations of the version
	Personal               []models.Operation
	Advice                 string // a smaller scope to begin with, or ""

	Smaller []models.Plan // that can be given in place of the one asked for
	Takers  []models.Team // that it could be handed to
	Said    []ui.Said

	Typed
}

// Typed is what was typed and not stored yet.
type Typed struct {
	Reason, Plan, LastDay, Until, Message, Team, WishReason string
	Advised                                                 bool
	Problems                                                []fault.Field
}

// PlanPick names a plan, as it was shown, in the form.
func PlanPick(p models.Plan) string { return p.Slug + " " + strconv.Itoa(p.Revision) }

func (d Detail) plans() []ui.Option {
	out := []ui.Option{{Value: "", Label: d.Row.Plan.Name + ", as asked for"}}
	for _, p := range d.Smaller {
		out = append(out, ui.Option{Value: PlanPick(p), Label: p.Name + ": " + ui.Limits(p)})
	}
	return out
}

func (d Detail) takers() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Choose a team"}}
	for _, t := range d.Takers {
		out = append(out, ui.Option{Value: t.ID, Label: t.Name})
	}
	return out
}

func (d Detail) problem(name string) string { return ui.Problem(d.Problems, name) }

// until is when access ends, in words.
func (d Detail) until() string {
	switch {
	case d.EndsAt != nil:
		return ui.LastDay(*d.EndsAt)
	case d.State == models.SubscriptionPending && d.WishedEnd != nil:
		return ui.LastDay(*d.WishedEnd) + ", as they wish"
	}
	return "ended by either side"
}

// behaved is what the team did in the last 90 days, in a sentence.
func (d Detail) behaved() string {
	if d.Calls == 0 {
		return "No calls in the last 90 days"
	}
	return ui.Number(d.Calls) + " calls in the last 90 days: " + ui.Percent(float64(d.Errors)/float64(d.Calls)) + " errors, " +
		ui.Number(d.Refused) + " refused by the gateway"
}

// alertSign is the sign beside the alerts.
func (d Detail) alertSign() (icon string, tone ui.Tone) {
	if *d.Alerts == 0 {
		return "ok", ui.Plain
	}
	return "warn", ui.Warn
}

// alerts says how often its tokens were seen where they should not be.
func (d Detail) alerts() string {
	if *d.Alerts == 0 {
		return "No alerts about its tokens in that time"
	}
	return ui.Plural(int(*d.Alerts), "alert") + " about its tokens in that time"
}

func why(p models.Personal) string {
	if p.Says != "" {
		if p.Says == "yes" {
			return "the document says so"
		}
		return "the document says: " + p.Says
	}
	return "looks like: " + strings.Join(p.Like, ", ")
}

// personalMost is how many operations are named.
const personalMost = 8

func (d Detail) help() string {
	const sent = "Goes to the partner in the portal and by e-mail within a minute"
	switch d.State {
	case models.SubscriptionPaused:
		return sent + " if you end it."
	}
	return sent + "."
}

func (d Detail) decided() string {
	who := d.Decider
	if d.DecidedBy == models.DecidedByPlan {
		who = "its plan"
	}
	if who == "" {
		who = "somebody"
	}
	word := map[models.SubscriptionState]string{models.SubscriptionDenied: "Denied", models.SubscriptionWithdrawn: "Withdrawn"}[d.State]
	if word == "" {
		word = "Approved"
	}
	return word + " by " + who
}

func (d Detail) team() string {
	out := "Team of " + ui.Number(d.Members)
	if !d.Since.IsZero() {
		out += ", here since " + ui.Date(d.Since)
	}
	return out
}

func (d Detail) person() string {
	if d.Role == "" {
		return d.By + ", who left the team since"
	}
	return d.By + ", " + strings.ToLower(d.Role) + " of the team"
}
