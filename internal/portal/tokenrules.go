package portal

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// ownersMake is nil where the tenant's rules let somebody with such a place in a team make its tokens.
func ownersMake(tenant models.Tenant, place models.TeamRole) error {
	if tenant.TokenPolicy.Rules.Makers == models.MakersOwners && place != models.TeamOwner {
		return fault.New(fault.Forbidden, "owners_only", "%s lets only owners of a team make its tokens. Ask one of yours.", tenant.Name)
	}
	return nil
}

// checkRanges demands addresses where the tenant's rules do. A token that never had
// any may be edited without, until the rule stops it.
func checkRanges(p *fault.Problems, actor models.Actor, ranges string, never bool) {
	p.Add(actor.Tenant().TokenPolicy.Rules.Ranges && strings.TrimSpace(ranges) == "" && !never, "ips", "%s demands that each token names the addresses that it may be used from.", actor.Tenant().Name)
}

// owned says by id for which tokens an owner of their team answers: their person, or
// for those of a service account one of its people. Who made those counts for
// nothing, since they outlive that person's place in the team.
func owned(r store.Tenant, tokens []models.Token) (map[string]bool, error) {
	owners, err := r.TeamOwners(ids(tokens, tokenTeam))
	if err != nil {
		return nil, err
	}
	var services []string
	for _, t := range tokens {
		if t.ServiceID != nil {
			services = append(services, *t.ServiceID)
		}
	}
	people, err := r.ServicePeople(services...)
	out := make(map[string]bool, len(tokens))
	for _, t := range tokens {
		answer := []string{t.UserID}
		if t.ServiceID != nil {
			answer = people[*t.ServiceID]
		}
		out[t.ID] = slices.ContainsFunc(answer, func(u string) bool { return owners[tokenTeam(t)][u] })
	}
	return out, err
}

// ownsTeam is owned of one token.
func ownsTeam(r store.Tenant, token models.Token) (bool, error) {
	all, err := owned(r, []models.Token{token})
	return all[token.ID], err
}

// keepsRules is nil where a token keeps to all rules, whatever their dates.
func keepsRules(r store.Tenant, actor models.Actor, token models.Token) error {
	owner, err := ownsTeam(r, token)
	if err != nil {
		return err
	}
	rules := actor.Tenant().TokenPolicy.Rules
	return against(rules, rules.Broken(token, owner))
}

// successorKeepsRules is nil where a successor keeps to the rules that hold by now:
// until their dates what is there goes on, also under another secret.
func successorKeepsRules(tx *store.Tx, actor models.Actor, next models.Token) error {
	owner, err := ownsTeam(tx.Tenant, next)
	if err != nil {
		return err
	}
	next.CreatedAt = tx.Now()
	rules := actor.Tenant().TokenPolicy.Rules
	return against(rules, rules.BrokenNow(next, owner, tx.Now()))
}

func against(rules models.TokenRules, broken []models.TokenRule) error {
	if len(broken) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "against_rules", "This token is against the rules here: %s. %s", rules.Demand(broken[0]), rules.Cure(broken[0]))
}

// dateRules lets gateways know from when a rule stops a token, or that none does.
func dateRules(tx *store.Tx, token models.Token, at time.Time) error {
	details := map[string]any{"name": token.Name}
	var from *time.Time
	if !at.IsZero() {
		from, details["from"] = &at, at
	} else if err := tx.ForgetTold(token.ID, "rule."); err != nil {
		return err
	}
	if err := tx.SetPauseAt(token.ID, from); err != nil {
		return err
	}
	if err := tx.Changed(models.ChangeToken, token.ID); err != nil {
		return err
	}
	return tx.RecordAs("token.rule_date", "token", token.ID, details, nil, nil)
}

// RulesWhatIf is what rules would do to the tokens that are there: those that do not
// keep to them, with what they called in the last seven days. All of it would have
// been refused.
type RulesWhatIf struct {
	Rules    models.TokenRules
	From, To time.Time // whole days in UTC, and today as far as it went
	Looked   int
	More     bool // there are more tokens than were looked at
	Teams    int
	Calls    int64
	Rows     []RulesRow // those with the most calls first
	NewOnes  int        // of them, those that the rules of now do not stop
}

// RulesRow is one token that does not keep to the rules.
type RulesRow struct {
	models.Token
	Team   models.Team
	Owner  models.User
	Broken []models.TokenRule
	Calls  int64
	owns   bool // an owner of the team answers for it
}

// PerDay is how many of its calls a day would have failed, rounded up.
func (r RulesRow) PerDay() int64 { return (r.Calls + whatIfDays - 1) / whatIfDays }

// PerDay is how many calls of a day would have failed, rounded up.
func (w RulesWhatIf) PerDay() int64 {
	return (w.Calls + whatIfDays - 1) / whatIfDays
}

// rulesMost is how many tokens a what-if looks at, since somebody waits for it.
const rulesMost = 20000

// RulesWhatIf replays rules against the tokens that are there and what they called,
// and changes nothing.
func (t *TokenPolicies) RulesWhatIf(ctx context.Context, actor models.Actor, rules models.TokenRules) (out RulesWhatIf, err error) {
	if err := actor.May(models.TenantConfigure); err != nil {
		return out, err
	}
	if err := rules.Check(); err != nil {
		return out, err
	}
	now, before := t.store.Now(), actor.Tenant().TokenPolicy.Rules
	out.Rules, out.From, out.To = rules, clock.DayStart(now).AddDate(0, 0, -whatIfDays), now
	teams := map[string]bool{}
	for after := ""; ; {
		var page []models.Token
		var rows []RulesRow
		err := t.store.As(ctx, actor, func(r store.Tenant) error {
			if page, err = r.TokensToWatch(after, store.PageMost); err != nil {
				return err
			}
			rows, err = brokenRows(r, rules, page, now)
			return err
		})
		if err != nil {
			return out, err
		}
		calls, err := t.calls.CallsOf(ctx, actor.Tenant().ID, ids(rows, func(r RulesRow) string { return r.ID }), out.From)
		if err != nil {
			return out, err
		}
		for _, row := range rows {
			row.Calls = calls[row.ID]
			out.Calls += row.Calls
			teams[row.Team.ID] = true
			if len(before.Broken(row.Token, row.owns)) == 0 {
				out.NewOnes++
			}
			out.Rows = append(out.Rows, row)
		}
		if out.Looked += len(page); len(page) < store.PageMost {
			break
		}
		if out.More = out.Looked >= rulesMost; out.More {
			break
		}
		after = page[len(page)-1].ID
	}
	out.Teams = len(teams)
	slices.SortStableFunc(out.Rows, func(a, b RulesRow) int { return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// brokenRows are those of some tokens that work and do not keep to rules.
func brokenRows(r store.Tenant, rules models.TokenRules, tokens []models.Token, now time.Time) (rows []RulesRow, err error) {
	owns, err := owned(r, tokens)
	if err != nil {
		return nil, err
	}
	for _, token := range tokens {
		if token.State != models.TokenActive || token.Expired(now) {
			continue
		}
		if broken := rules.Broken(token, owns[token.ID]); len(broken) > 0 {
			rows = append(rows, RulesRow{Token: token, Broken: broken, owns: owns[token.ID]})
		}
	}
	people, err := r.Users(ids(rows, func(w RulesRow) string { return w.UserID }))
	if err != nil {
		return nil, err
	}
	teams, err := r.Teams(ids(rows, func(w RulesRow) string { return tokenTeam(w.Token) }))
	for i, row := range rows {
		rows[i].Owner, rows[i].Team = people[row.UserID], teams[tokenTeam(row.Token)]
	}
	return rows, err
}

// SetRules makes rules the tenant's, as it was at the given revision. New tokens
// follow at once, those that are there so many days from now: their people are told.
func (t *TokenPolicies) SetRules(ctx context.Context, actor models.Actor, rules models.TokenRules, graceDays, revision int) (models.TokenRules, error) {
	if err := actor.May(models.TenantConfigure); err != nil {
		return rules, err
	}
	if err := models.CheckGrace(graceDays); err != nil {
		return rules, err
	}
	if err := rules.Check(); err != nil {
		return rules, err
	}
	after := actor.Tenant()
	before := after.TokenPolicy.Rules
	rules = before.Set(rules, t.store.Now().AddDate(0, 0, graceDays))
	after.TokenPolicy.Rules, after.Revision = rules, revision
	return rules, t.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		if err := tx.UpdateTenant(after); err != nil {
			return err
		}
		if err := forgetDates(tx); err != nil {
			return err
		}
		details := map[string]any{"makers": rules.Makers, "ranges": rules.Ranges, "lifetime_days": rules.LifetimeDays}
		for rule, from := range map[string]time.Time{"makers_from": rules.MakersFrom, "ranges_from": rules.RangesFrom, "lifetime_from": rules.LifetimeFrom} {
			if !from.IsZero() {
				details[rule] = from
			}
		}
		return tx.RecordAs("tenant.token_rules", "tenant", after.ID, details, nil, nil)
	})
}

// forgetDates lets all tokens go on that rules of before would stop: which of them
// the rules of now stop, and when, is found out by the next look at them.
func forgetDates(tx *store.Tx) error {
	for {
		tokens, err := tx.Stopping("", store.PageMost)
		if err != nil || len(tokens) == 0 {
			return err
		}
		for _, token := range tokens {
			if err := tx.SetPauseAt(token.ID, nil); err != nil {
				return err
			}
			if err := tx.Changed(models.ChangeToken, token.ID); err != nil {
				return err
			}
		}
	}
}

// StoppedBy is which rules stop a token from when on.
type StoppedBy struct {
	From  time.Time
	Rules []string // what is demanded, and how to get there
}

// StoppedBy says what a token's page says of the tenant's rules, zero From where it
// keeps to them.
func (t *Tokens) StoppedBy(ctx context.Context, actor models.Actor, token models.Token) (out StoppedBy, err error) {
	if err := actor.May(models.TokenReadOwn); err != nil && !actor.Can(models.TokenReadAll) {
		return out, err
	}
	rules := actor.Tenant().TokenPolicy.Rules
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		now := t.store.Now()
		page, _, err := watched(r, []models.Token{token})
		if err != nil || token.State != models.TokenActive || token.Expired(now) {
			return err
		}
		broken := rules.Broken(token, page[0].Owner)
		for _, rule := range broken {
			from := rules.From(rule)
			if out.From.IsZero() || from.Before(out.From) {
				out.From = from
			}
			out.Rules = append(out.Rules, rules.Demand(rule)+". "+rules.Cure(rule))
		}
		if len(broken) > 0 {
			if told := actor.Tenant().TokenPolicy.RulesFrom(page[0].Watched, now); !told.IsZero() {
				out.From = told
			} else if soonest := now.Add(models.NoticeLeast); out.From.Before(soonest) {
				out.From = soonest
			}
		}
		return nil
	})
	return out, err
}
