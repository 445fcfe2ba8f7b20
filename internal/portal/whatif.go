package portal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/limit"
	"gatehouse/internal/planned"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// WhatIf is what a change of a plan would have refused, had it been made before.
type WhatIf struct {
	Changed      bool        // whether other calls would be refused at all
	Seen         string      // names the change: see Sight
	From, To     time.Time   // whole days in UTC, and today as far as it went
	MinutesSince time.Time   // calls are known by the minute from then on, by the hour before
	Passed       int64       // calls of all teams
	Refused      int64       // of which the change would have refused so many at least
	Rows         []WhatIfRow // of teams with refused calls, those with the most first
	Teams        int         // how many were looked at
	Left         int         // how many were not, as they are too many: those with the fewest calls
	Excepted     int         // how many have limits of their own now, which the change leaves alone
}

// WhatIfRow is one team with one version.
type WhatIfRow struct {
	Team            models.Team
	Version         models.Version
	Passed, Refused int64
	Days            []WhatIfDay // that have refused calls
	Worst           WhatIfDay
	Limit           string // that would have refused the most, in words
}

// WhatIfDay is one day in UTC.
type WhatIfDay struct {
	Day             time.Time
	Passed, Refused int64
}

const (
	whatIfDays = 7
	whatIfMost = 100 // teams are replayed
)

// WhatIf replays the calls that passed in the last seven days and today against a
// change of the plan, and changes nothing. It knows sums of minutes and hours, not
// calls, and so says the least that would have been refused.
func (p *Plans) WhatIf(ctx context.Context, actor models.Actor, api, id string, change models.Plan) (out WhatIf, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return out, err
	}
	if err := actor.May(models.UsageReadAll); err != nil {
		return out, err
	}
	now := p.store.Now()
	out.From, out.To, out.MinutesSince = clock.DayStart(now).AddDate(0, 0, -whatIfDays), now, p.calls.MinutesSince()
	var used []holder
	var next models.Plan
	err = p.store.As(ctx, actor, func(r store.Tenant) error {
		found, plan, err := planOf(r, api, id)
		if err != nil {
			return err
		}
		next = limited(plan, change)
		next.Name, next.Summary, next.Revision = strings.TrimSpace(change.Name), strings.TrimSpace(change.Summary), change.Revision
		if err := next.Check(); err != nil {
			return err
		}
		out.Changed, out.Seen = !next.SameLimits(plan), Sight(next)
		since := next.Refill().Start(out.From)
		used, out.Excepted, err = holders(r, found, plan, since)
		if err == nil && perToken(next) {
			err = withTokens(r, used, since)
		}
		return err
	})
	if err != nil || len(used) == 0 {
		return out, err
	}
	tenant := actor.Tenant().ID
	if len(used) > whatIfMost {
		if err := p.busiest(ctx, tenant, out.From, used); err != nil {
			return out, err
		}
		out.Left = len(used) - whatIfMost
		used = used[:whatIfMost]
	}
	out.Teams = len(used)
	for _, s := range used {
		row, err := p.replay(ctx, tenant, s, next, out.From, now)
		if err != nil {
			return out, err
		}
		out.Passed += row.Passed
		out.Refused += row.Refused
		if row.Refused > 0 {
			out.Rows = append(out.Rows, row)
		}
	}
	slices.SortStableFunc(out.Rows, func(a, b WhatIfRow) int {
		return cmp.Or(cmp.Compare(b.Refused, a.Refused), cmp.Compare(a.Team.Name, b.Team.Name))
	})
	return out, nil
}

// Sight names the limits of a plan as they would be saved. Who was shown what they
// would have refused sends it back, so that what is saved is what was seen.
func Sight(p models.Plan) string {
	p = p.Tidy()
	sum := sha256.Sum256(fmt.Append(nil, p.Rates, p.QuotaCalls, p.QuotaPeriod, p.QuotaDay, p.Operations, p.Revision))
	return hex.EncodeToString(sum[:8])
}

// holder is a team with a version, and what it called under.
type holder struct {
	team          models.Team
	version       models.Version
	subscriptions []string // the open one and those that ended not long ago
	tokens        []string
	calls         uint64
}

// holders are those whose open subscription is under the plan, those with an
// exception aside.
func holders(r store.Tenant, api models.API, plan models.Plan, since time.Time) (out []holder, excepted int, err error) {
	subs, err := r.CountedSubscriptions(api.ID, since)
	if err != nil {
		return nil, 0, err
	}
	rows, err := rowsOf(r, subs)
	if err != nil {
		return nil, 0, err
	}
	type place struct{ team, version string }
	at := map[place]int{}
	for _, row := range rows {
		switch {
		case row.PlanID != plan.ID || !row.Open():
		case row.Until != nil:
			excepted++
		default:
			at[place{row.TeamID, row.VersionID}] = len(out)
			out = append(out, holder{team: row.Team, version: row.Version})
		}
	}
	for _, row := range rows {
		if i, ok := at[place{row.TeamID, row.VersionID}]; ok {
			out[i].subscriptions = append(out[i].subscriptions, row.ID)
		}
	}
	return out, excepted, nil
}

// withTokens adds the tokens that calls may have been made with.
func withTokens(r store.Tenant, all []holder, since time.Time) (err error) {
	for i := range all {
		if all[i].tokens, err = r.TokensSince(all[i].team.ID, since); err != nil {
			return err
		}
	}
	return nil
}

func perToken(p models.Plan) bool {
	return slices.ContainsFunc(p.Rates, func(r models.Rate) bool { return r.PerToken })
}

// busiest sorts by calls, the most first.
func (p *Plans) busiest(ctx context.Context, tenant string, from time.Time, all []holder) error {
	for i := range all {
		for part := range slices.Chunk(all[i].subscriptions, store.PageMost) {
			used, err := p.calls.QuotasUsed(ctx, tenant, part, from, clock.DayStart(p.store.Now()).AddDate(0, 0, 1))
			if err != nil {
				return err
			}
			for _, n := range used {
				all[i].calls += n
			}
		}
	}
	slices.SortStableFunc(all, func(a, b holder) int { return cmp.Compare(b.calls, a.calls) })
	return nil
}

// replay is what the plan would have refused of one holder.
func (p *Plans) replay(ctx context.Context, tenant string, s holder, plan models.Plan, from, now time.Time) (WhatIfRow, error) {
	row := WhatIfRow{Team: s.team, Version: s.version}
	used, batches, err := p.batches(ctx, tenant, s, plan, from)
	if err != nil {
		return row, err
	}
	r, days, by := limit.NewReplay(planned.Rules(plan), used), map[time.Time]*[2]float64{}, limit.Lost{}
	for _, b := range batches {
		day := clock.DayStart(b.Start)
		if days[day] == nil {
			days[day] = &[2]float64{}
		}
		days[day][0] += float64(b.Calls)
		for which, n := range r.Next(b) {
			days[day][1] += n
			by[which] += n
		}
	}
	for day := from; !day.After(now); day = day.AddDate(0, 0, 1) {
		if days[day] == nil {
			continue
		}
		d := WhatIfDay{day, int64(days[day][0]), int64(math.Round(days[day][1]))}
		row.Passed += d.Passed
		row.Refused += d.Refused
		if d.Refused > 0 {
			row.Days = append(row.Days, d)
		}
		if d.Refused > row.Worst.Refused {
			row.Worst = d
		}
	}
	row.Limit = mostBy(plan, by)
	return row, nil
}

// mostBy says which limit refused the most.
func mostBy(plan models.Plan, by limit.Lost) string {
	worst, most := 0, 0.0
	for which, n := range by {
		if n > most || n == most && which < worst {
			worst, most = which, n
		}
	}
	switch {
	case most == 0:
		return ""
	case worst == limit.OfQuota:
		return "the quota of the " + string(plan.QuotaPeriod)
	case worst == limit.OfOperation:
		return "the limit of an operation"
	case plan.Rates[worst].PerToken:
		return "the " + span(plan.Rates[worst].Seconds) + " rate of a token"
	}
	return "the " + span(plan.Rates[worst].Seconds) + " rate"
}

func span(seconds int64) string {
	switch seconds {
	case 1:
		return "one-second"
	case 60:
		return "one-minute"
	case 3600:
		return "one-hour"
	case 86400:
		return "one-day"
	}
	return (time.Duration(seconds) * time.Second).String()
}
