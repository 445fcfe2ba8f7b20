package portal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// SubscriptionRow is a subscription with what it is about.
type SubscriptionRow struct {
	models.Subscription
	Team    models.Team
	API     models.API
	Version models.Version
	Plan    models.Plan // as it is for the team now: with its exception, where one runs
	Agreed  models.Plan // as it is without one
	Until   *time.Time  // when that exception ends; nil where there is none
	By      models.User // who asked
	Decider models.User // zero where nobody or the plan decided
	Used    uint64      // calls in the quota's period that is running

	Wanted   models.Plan // that waits for a decision; zero where none does
	WantedOf models.User // who wants it
}

// Share of the quota that is used, 1 for all of it; 0 where there is none.
func (r SubscriptionRow) Share() float64 {
	if r.Plan.QuotaCalls == 0 {
		return 0
	}
	return float64(r.Used) / float64(r.Plan.QuotaCalls)
}

// Seen names the state in which the request was shown. A decision carries it, so
// that what is decided is what was seen: the request with all that was said about
// it, its plan, and the plan that is wanted in its place (R64).
func (r SubscriptionRow) Seen() string {
	seen := fmt.Sprintf("%d.%d", r.Revision, r.Plan.Revision)
	if r.Wanted.ID != "" {
		seen += fmt.Sprintf(".%d", r.Wanted.Revision)
	}
	return seen
}

// RequestView is a part of the inbox.
type RequestView string

// The views of the inbox.
const (
	RequestsWaiting RequestView = "waiting"
	RequestsDecided RequestView = "decided"
	RequestsAll     RequestView = "all"
)

func (v RequestView) states() []models.SubscriptionState {
	if v == RequestsDecided {
		return []models.SubscriptionState{models.SubscriptionApproved, models.SubscriptionPaused, models.SubscriptionDenied, models.SubscriptionEnded}
	}
	return nil
}

// Own lists the subscriptions of the actor's teams, the newest first, with what
// is used of their quotas.
func (s *Subscriptions) Own(ctx context.Context, actor models.Actor) (rows []SubscriptionRow, err error) {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return nil, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		subs, err := allSubscriptions(r, store.SubscriptionFilter{Teams: actor.Teams()})
		if err != nil {
			return err
		}
		rows, err = rowsOf(r, subs)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rows, countQuotas(ctx, s.calls, s.store.Now(), actor.Tenant().ID, rows)
}

// allSubscriptions are those that the filter lets through, on all its pages, the
// newest first. It is for what a team has, not for what a tenant has.
func allSubscriptions(r store.Tenant, f store.SubscriptionFilter) (all []models.Subscription, err error) {
	f.Limit = store.PageMost
	for {
		page, err := r.Subscriptions(f)
		all = append(all, page...)
		if err != nil || len(page) < f.Limit {
			return all, err
		}
		f.Before = page[len(page)-1].ID
	}
}

// countQuotas asks how much of the quotas is used. What was used under a subscription
// that ended counts for the open one of the same team and version (R132).
func countQuotas(ctx context.Context, calls *usage.Reader, now time.Time, tenant string, rows []SubscriptionRow) error {
	type standing struct{ team, version string }
	rules := map[models.Refill]map[standing]int{}
	for i, row := range rows {
		if rule := row.Plan.Refill(); rule.Period != models.NoQuota && row.Open() {
			if rules[rule] == nil {
				rules[rule] = map[standing]int{}
			}
			rules[rule][standing{row.TeamID, row.VersionID}] = i
		}
	}
	for rule, open := range rules {
		var subs []string
		for _, row := range rows {
			if _, counts := open[standing{row.TeamID, row.VersionID}]; counts {
				subs = append(subs, row.ID)
			}
		}
		used := map[string]uint64{}
		for part := range slices.Chunk(subs, store.PageMost) {
			some, err := calls.QuotasUsed(ctx, tenant, part, rule.Start(now), rule.End(now))
			if err != nil {
				return err
			}
			maps.Copy(used, some)
		}
		for _, row := range rows {
			if i, counts := open[standing{row.TeamID, row.VersionID}]; counts {
				rows[i].Used += used[row.ID]
			}
		}
	}
	return nil
}

// Inbox lists requests of all teams, the newest first, but what waits the oldest
// first: at most limit of those behind the one called before, and whether more follow.
func (s *Subscriptions) Inbox(ctx context.Context, actor models.Actor, view RequestView, before string, limit int) (rows []SubscriptionRow, waiting int64, more bool, err error) {
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return nil, 0, false, err
	}
	limit = min(max(limit, 1), store.PageMost)
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		if waiting, err = r.PendingSubscriptions(); err != nil {
			return err
		}
		subs, err := r.Subscriptions(store.SubscriptionFilter{Waiting: view == RequestsWaiting, States: view.states(), Before: before, Limit: limit + 1})
		if err != nil {
			return err
		}
		more = len(subs) > limit
		rows, err = rowsOf(r, subs[:min(len(subs), limit)])
		return err
	})
	return rows, waiting, more, err
}

// List shows the subscriptions of all teams, the newest first: those in one
// state, or all for "", at most limit of those older than the one called before,
// and whether more follow.
func (s *Subscriptions) List(ctx context.Context, actor models.Actor, state models.SubscriptionState, before string, limit int) (rows []SubscriptionRow, more bool, err error) {
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return nil, false, err
	}
	limit = min(max(limit, 1), store.PageMost)
	f := store.SubscriptionFilter{Before: before, Limit: limit + 1}
	if state != "" {
		f.States = []models.SubscriptionState{state}
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		subs, err := r.Subscriptions(f)
		if err != nil {
			return err
		}
		more = len(subs) > limit
		rows, err = rowsOf(r, subs[:min(len(subs), limit)])
		return err
	})
	return rows, more, err
}

// RequestDetail is what an admin looks at before deciding.
type RequestDetail struct {
	SubscriptionRow
	Members []models.Membership // of the team
	Role    models.TeamRole     // of who asked, now; empty where they left
	Others  []SubscriptionRow   // what else the team has asked for
	Self    bool                // the actor may not decide: it is their own (R65)
	Domains []string            // of e-mail addresses, that are proven to be the team's

	Messages []MessageRow  // questions and answers, the oldest first
	Smaller  []models.Plan // that can be given in place of the one asked for
	Takers   []models.Team // that it could be handed to
}

// Inspect shows one request with what is known of who asks.
func (s *Subscriptions) Inspect(ctx context.Context, actor models.Actor, id string) (d RequestDetail, err error) {
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return d, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		sub, err := r.Subscription(id)
		if err != nil {
			return err
		}
		if d.SubscriptionRow, err = rowOf(r, sub); err != nil {
			return err
		}
		if d.Members, err = r.Memberships(sub.TeamID); err != nil {
			return err
		}
		for _, m := range d.Members {
			if m.UserID == sub.RequestedBy {
				d.Role = m.Role
			}
		}
		if d.Self, err = ownRequest(r, actor, sub); err != nil {
			return err
		}
		domains, err := r.TeamDomains([]string{sub.TeamID})
		if err != nil {
			return err
		}
		for _, m := range domains[sub.TeamID] {
			if m.Verified() {
				d.Domains = append(d.Domains, m.Domain)
			}
		}
		if d.Messages, err = messagesOf(r, sub.ID); err != nil {
			return err
		}
		plans, err := offered(r, sub.APIID)
		if err != nil {
			return err
		}
		for _, p := range plans {
			if p.ID != d.Plan.ID && p.Within(d.Agreed) {
				d.Smaller = append(d.Smaller, p)
			}
		}
		if d.Takers, err = takers(r, actor, sub); err != nil {
			return err
		}
		others, err := r.Subscriptions(store.SubscriptionFilter{Teams: []string{sub.TeamID}, Limit: store.PageMost})
		if err != nil {
			return err
		}
		others = slices.DeleteFunc(others, func(o models.Subscription) bool { return o.ID == id })
		d.Others, err = rowsOf(r, others)
		return err
	})
	if err != nil {
		return d, err
	}
	one := []SubscriptionRow{d.SubscriptionRow}
	err = countQuotas(ctx, s.calls, s.store.Now(), actor.Tenant().ID, one)
	d.SubscriptionRow = one[0]
	return d, err
}

// takers are the teams that who runs the tenant could hand a subscription to.
func takers(r store.Tenant, actor models.Actor, sub models.Subscription) ([]models.Team, error) {
	if !sub.Stands() || !actor.Can(models.SubscriptionTransfer) {
		return nil, nil
	}
	all, err := r.AllTeams()
	return slices.DeleteFunc(all, func(t models.Team) bool { return t.ID == sub.TeamID }), err
}

func rowOf(r store.Tenant, sub models.Subscription) (SubscriptionRow, error) {
	rows, err := rowsOf(r, []models.Subscription{sub})
	if err != nil {
		return SubscriptionRow{}, err
	}
	return rows[0], nil
}

// rowsOf fetches what subscriptions are about.
func rowsOf(r store.Tenant, subs []models.Subscription) ([]SubscriptionRow, error) {
	teams, err := r.Teams(ids(subs, func(s models.Subscription) string { return s.TeamID }))
	if err != nil {
		return nil, err
	}
	apis, err := r.APIsByID(ids(subs, func(s models.Subscription) string { return s.APIID }))
	if err != nil {
		return nil, err
	}
	versions, err := r.VersionsByID(ids(subs, func(s models.Subscription) string { return s.VersionID }))
	if err != nil {
		return nil, err
	}
	plans, err := r.PlansByID(append(ids(subs, func(s models.Subscription) string { return s.PlanID }), ids(subs, wantedPlan)...))
	if err != nil {
		return nil, err
	}
	var people []string
	for _, s := range subs {
		people = append(people, s.RequestedBy, s.DecidedBy, s.WantedBy)
	}
	users, err := r.Users(people)
	rows := make([]SubscriptionRow, len(subs))
	for i, s := range subs {
		rows[i] = SubscriptionRow{Subscription: s, Team: teams[s.TeamID], API: apis[s.APIID], Version: versions[s.VersionID],
			Plan: plans[s.PlanID], Agreed: plans[s.PlanID], By: users[s.RequestedBy], Decider: users[s.DecidedBy],
			Wanted: plans[wantedPlan(s)], WantedOf: users[s.WantedBy]}
	}
	if err != nil {
		return nil, err
	}
	return rows, except(r, rows)
}

func wantedPlan(s models.Subscription) string {
	if s.WantedPlanID == nil {
		return ""
	}
	return *s.WantedPlanID
}
