package portal

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// How far back it is looked for those whom a change concerns: who is told that a
// version ends may have a job that runs once a quarter.
const (
	callerDays     = 30
	lastCallerDays = 90
	stillDays      = 7
)

// VersionCaller is a token with which a version was called.
type VersionCaller struct {
	Token      models.Token
	Last       time.Time // the start of the minute, hour or day of its last call
	Operations []string  // that it called of those that were asked for
}

// CallerSum is how many call.
type CallerSum struct {
	Teams, Tokens int
	Last          time.Time
}

// Callers sums them up.
func Callers(all []VersionCaller) (sum CallerSum) {
	teams := map[string]bool{}
	for _, c := range all {
		teams[tokenTeam(c.Token)] = true
		if c.Last.After(sum.Last) {
			sum.Last = c.Last
		}
	}
	sum.Teams, sum.Tokens = len(teams), len(all)
	return sum
}

// daysAgo is the start of the day so many days ago.
func (s *Versions) daysAgo(n int) time.Time { return clock.DayStart(s.store.Now()).AddDate(0, 0, -n) }

// callers are the access tokens with which a version was called since then, by team,
// the last caller first; with refused also those whose calls were.
func (s *Versions) callers(ctx context.Context, program models.Actor, version string, since time.Time, refused bool) (out []VersionCaller, err error) {
	last, err := s.calls.VersionCallers(ctx, program.Tenant().ID, version, since, refused)
	if err != nil || len(last) == 0 {
		return nil, err
	}
	err = s.store.As(ctx, program, func(r store.Tenant) error {
		for some := range slices.Chunk(slices.Collect(maps.Keys(last)), 500) { // a statement has room for so many
			tokens, err := r.TokensByID(some)
			if err != nil {
				return err
			}
			for id, token := range tokens {
				if token.Kind == models.TokenAccess && token.TeamID != nil {
					out = append(out, VersionCaller{Token: token, Last: last[id]})
				}
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b VersionCaller) int {
		return cmp.Or(cmp.Compare(*a.Token.TeamID, *b.Token.TeamID), b.Last.Compare(a.Last), cmp.Compare(a.Token.ID, b.Token.ID))
	})
	return out, err
}

// callersOf are those of the callers that called one of these operations. Usage knows
// operations by token and by the team's subscription: only what both say counts, as a
// token may open an operation of the same name in another version.
func (s *Versions) callersOf(ctx context.Context, program models.Actor, version string, callers []VersionCaller, touched map[string]bool, since time.Time) (out []VersionCaller, err error) {
	tenant := program.Tenant().ID
	var subs []models.Subscription
	err = s.store.As(ctx, program, func(r store.Tenant) error {
		subs, err = allSubscriptions(r, store.SubscriptionFilter{Version: version})
		return err
	})
	if err != nil {
		return nil, err
	}
	type use struct{ team, operation string }
	byTeam := map[use]bool{}
	for some := range slices.Chunk(subs, store.PageMost) {
		called, err := s.calls.SubscriptionsCalled(ctx, tenant, ids(some, func(s models.Subscription) string { return s.ID }), since)
		if err != nil {
			return nil, err
		}
		for _, sub := range some {
			for _, operation := range called[sub.ID] {
				byTeam[use{sub.TeamID, operation}] = true
			}
		}
	}
	for some := range slices.Chunk(callers, store.PageMost) {
		called, err := s.calls.TokensCalled(ctx, tenant, ids(some, func(c VersionCaller) string { return c.Token.ID }), since)
		if err != nil {
			return nil, err
		}
		for _, c := range some {
			for _, operation := range called[c.Token.ID] {
				if touched[operation] && byTeam[use{*c.Token.TeamID, operation}] {
					c.Operations = append(c.Operations, operation)
				}
			}
			if len(c.Operations) > 0 {
				slices.Sort(c.Operations)
				out = append(out, c)
			}
		}
	}
	return out, nil
}
