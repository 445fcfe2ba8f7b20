package app

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/clock"
	"gatehouse/internal/limit"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// quotas are what teams used on the days that a period of a quota may hold, from
// the rollups, so that a restart gives nobody a new allowance (R132). What was
// used under a subscription that ended counts on for the next one of the same
// team and version.
func (a *App) quotas(ctx context.Context) (out []limit.Used, err error) {
	now := a.clock.Now()
	from := clock.DayStart(now).AddDate(0, 0, -limit.Days)
	counted := map[string][]models.Subscription{}
	err = a.Store.Survey(ctx, func(p store.Platform) error {
		tenants, err := p.Tenants()
		for _, t := range tenants {
			if counted[t.ID], err = p.Counted(t.ID, from); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for tenant, subscriptions := range counted {
		used, err := a.used(ctx, tenant, subscriptions, from, now)
		if err != nil {
			return nil, err
		}
		for on, calls := range used {
			out = append(out, limit.Used{Subject: on.subject, Day: on.day, Calls: calls})
		}
	}
	return out, nil
}

type onDay struct {
	subject limit.Subject
	day     time.Time
}

// used sums up what each subject used on each day.
func (a *App) used(ctx context.Context, tenant string, subscriptions []models.Subscription, from, now time.Time) (map[onDay]int64, error) {
	const atOnce = 100 // as many as the reader answers for
	sums := map[onDay]int64{}
	for part := range slices.Chunk(subscriptions, atOnce) {
		ids := make([]string, len(part))
		for i, s := range part {
			ids[i] = s.ID
		}
		calls, err := a.Usage.DaysUsed(ctx, tenant, ids, from, now.Add(24*time.Hour))
		if err != nil {
			return nil, err
		}
		for _, s := range part {
			subject := limit.SubjectOf(binary(s.TenantID), binary(s.TeamID), binary(s.VersionID))
			for day, n := range calls[s.ID] {
				sums[onDay{subject, day}] += int64(n)
			}
		}
	}
	return sums, nil
}

// binary is the binary form of an identifier of ours; what is none is zero.
func binary(id string) [16]byte {
	u, err := uuid.Parse(id)
	if err != nil {
		return [16]byte{}
	}
	return u
}
