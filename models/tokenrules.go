package models

import (
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// TokenMakers says who of a team may make its access tokens.
type TokenMakers string

// The makers. The empty one is as MakersMembers.
const (
	MakersMembers TokenMakers = "members" // everybody in the team
	MakersOwners  TokenMakers = "owners"  // its owners alone
)

// TokenRule is one demand on access tokens.
type TokenRule string

// The rules, in the order in which they are said.
const (
	RuleMakers   TokenRule = "makers"   // an owner of the team answers for it: its person, or somebody of its service account
	RuleRanges   TokenRule = "ranges"   // it names the addresses that it may be used from
	RuleLifetime TokenRule = "lifetime" // it was made to live no longer than so many days
)

// Limits of the days until a rule holds for tokens that are there: their people
// know of it that long before.
const (
	GraceDaysMin     = int(NoticeLeast / Day)
	GraceDaysDefault = 30
)

// CheckGrace returns a fault unless rules may hold after so many days for tokens that
// are there.
func CheckGrace(days int) error {
	var p fault.Problems
	p.Add(days < GraceDaysMin || days > TokenDaysMax, "grace_days", "Choose %d to %d days: their people hear of it that long before.", GraceDaysMin, TokenDaysMax)
	return p.Err()
}

// TokenRules are what a tenant demands of access tokens. New ones follow at once.
// For those that are there each rule holds from a date on, and never before their
// people have known of it for NoticeLeast.
type TokenRules struct {
	Makers       TokenMakers
	Ranges       bool
	LifetimeDays int // 0 is no such rule

	MakersFrom, RangesFrom, LifetimeFrom time.Time
}

// Check returns a fault that names every field in error.
func (r TokenRules) Check() error {
	var p fault.Problems
	p.Add(r.Makers != MakersMembers && r.Makers != MakersOwners && r.Makers != "", "makers", "Choose members or owners.")
	p.Add(r.LifetimeDays < 0 || r.LifetimeDays > TokenDaysMax, "lifetime", "Choose 0 to %d days.", TokenDaysMax)
	return p.Err()
}

// Set takes what somebody chose over. What is demanded anew, or more strictly than
// before, holds for tokens that are there from the given time on; what was demanded
// before keeps its date.
func (r TokenRules) Set(next TokenRules, from time.Time) TokenRules {
	from = Time(from)
	next.MakersFrom, next.RangesFrom, next.LifetimeFrom = time.Time{}, time.Time{}, time.Time{}
	if next.Makers == MakersOwners {
		if next.MakersFrom = r.MakersFrom; r.Makers != MakersOwners {
			next.MakersFrom = from
		}
	}
	if next.Ranges {
		if next.RangesFrom = r.RangesFrom; !r.Ranges {
			next.RangesFrom = from
		}
	}
	if next.LifetimeDays > 0 {
		if next.LifetimeFrom = r.LifetimeFrom; r.LifetimeDays == 0 || next.LifetimeDays < r.LifetimeDays {
			next.LifetimeFrom = from
		}
	}
	return next
}

// From is when a rule holds for tokens that are there.
func (r TokenRules) From(rule TokenRule) time.Time {
	return map[TokenRule]time.Time{RuleMakers: r.MakersFrom, RuleRanges: r.RangesFrom, RuleLifetime: r.LifetimeFrom}[rule]
}

// Broken are the rules that an access token does not keep to. Owner says whether an
// owner of its team answers for it.
func (r TokenRules) Broken(t Token, owner bool) (out []TokenRule) {
	if t.Kind != TokenAccess {
		return nil
	}
	if r.Makers == MakersOwners && !owner {
		out = append(out, RuleMakers)
	}
	if r.Ranges && len(t.AllowedIPs) == 0 {
		out = append(out, RuleRanges)
	}
	if r.LifetimeDays > 0 && t.Span() > time.Duration(r.LifetimeDays)*Day {
		out = append(out, RuleLifetime)
	}
	return out
}

// BrokenNow are those of them that hold at a time whatever was told: a successor of
// the token has to keep to them.
func (r TokenRules) BrokenNow(t Token, owner bool, now time.Time) (out []TokenRule) {
	for _, rule := range r.Broken(t, owner) {
		if !now.Before(r.From(rule)) {
			out = append(out, rule)
		}
	}
	return out
}

// Demand says what a rule wants of a token, and Cure how it gets there.
func (r TokenRules) Demand(rule TokenRule) string {
	switch rule {
	case RuleMakers:
		return "an owner of the team has to answer for it"
	case RuleRanges:
		return "it has to name the addresses that it may be used from"
	case RuleLifetime:
		return fmt.Sprintf("it may live at most %d days", r.LifetimeDays)
	}
	return ""
}

// Cure says how a token comes to keep to a rule.
func (r TokenRules) Cure(rule TokenRule) string {
	switch rule {
	case RuleMakers:
		return "Let an owner of the team make one in its place, or become one. For a service account, name an owner among those who answer for it."
	case RuleRanges:
		return "Edit the token and write the addresses that use it."
	case RuleLifetime:
		return "Rotate it: its successor lives shorter."
	}
	return ""
}

// Kinds of duties about rules.
const (
	TellRules  DutyKind = "rules"       // a rule holds from a date on, and the token does not keep to it
	DateRules  DutyKind = "date_rules"  // gateways have to know that date, or that there is none any more
	PauseRules DutyKind = "pause_rules" // the date is there
)

// rulesAhead are how many days before its date a token's people are told again of a
// rule, after they were at once.
var rulesAhead = []int{14, 7, 1}

// ruling is one rule that a token does not keep to, and what its people were told.
type ruling struct {
	rule TokenRule
	key  string // of its notices
	told bool
	due  time.Time
}

func (p TokenPolicy) rulings(w Watched, now time.Time) (out []ruling) {
	if w.State != TokenActive {
		return nil
	}
	for _, rule := range p.Rules.Broken(w.Token, w.Owner) {
		g := ruling{rule: rule, key: fmt.Sprintf("rule.%s.%d.", rule, p.Rules.From(rule).Unix())}
		first := now
		for kind, at := range w.Told {
			if strings.HasPrefix(kind, g.key) && (!g.told || at.Before(first)) {
				first, g.told = at, true
			}
		}
		if g.due = later(p.Rules.From(rule), first.Add(NoticeLeast)); g.due.Before(w.ExpiresAt) {
			out = append(out, g)
		}
	}
	return out
}

// RulesFrom is when rules that its people know of stop a token, zero where none does.
func (p TokenPolicy) RulesFrom(w Watched, now time.Time) (from time.Time) {
	for _, g := range p.rulings(w, now) {
		if g.told && (from.IsZero() || g.due.Before(from)) {
			from = g.due
		}
	}
	return from
}

// ruled is what has to be done about a token because of the rules.
func (p TokenPolicy) ruled(w Watched, now time.Time) (out []Duty) {
	for _, g := range p.rulings(w, now) {
		if g.told && !now.Before(g.due) {
			return []Duty{{Kind: PauseRules, At: g.due, Rule: g.rule}}
		}
		d := Duty{Kind: TellRules, Notice: g.key + "first", Days: int((g.due.Sub(now) + Day - 1) / Day), At: g.due, Rule: g.rule}
		if g.told {
			days, ok := latest(rulesAhead, g.due.Sub(now), g.due.Sub(w.Told[g.key+"first"]))
			d.Notice, d.Days = fmt.Sprint(g.key, days), days
			if _, again := w.Told[d.Notice]; !ok || again {
				continue
			}
		}
		out = append(out, d)
	}
	from := p.RulesFrom(w, now)
	if known := w.PauseAt; from.IsZero() != (known == nil) || known != nil && !known.Equal(from) {
		out = append(out, Duty{Kind: DateRules, At: from})
	}
	return out
}
