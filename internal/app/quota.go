package app

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/limit"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// quotas are what teams used of theirs in the current periods, from the rollups,
// so that a restart gives nobody a new allowance (R132). What was used under a
// subscription that ended counts on for the next one of the same team and version.
func (a *App) quotas(ctx context.Context) (out []limit.Used, err error) {
	now := a.clock.Now()
	counted := map[string][]models.Subscription{}
	err = a.Store.Survey(ctx, func(p store.Platform) error {
		tenants, err := p.Tenants()
		for _, t := range tenants {
			if counted[t.ID], err = p.Counted(t.ID, limit.Month.Start(now)); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for tenant, subscriptions := range counted {
		for _, period := range []limit.Period{limit.Day, limit.Month} {
			used, err := a.used(ctx, tenant, subscriptions, period, now)
			if err != nil {
				return nil, err
			}
			for subject, calls := range used {
				out = append(out, limit.Used{Subject: subject, Period: period, Start: period.Start(now), Calls: calls})
			}
		}
	}
	return out, nil
}

// used sums up what each subject used in the period.
func (a *App) used(ctx context.Context, tenant string, subscriptions []models.Subscription, period limit.Period, now time.Time) (map[limit.Subject]int64, error) {
	const atOnce = 100 // as many as the reader answers for
	sums := map[limit.Subject]int64{}
	for part := range slices.Chunk(subscriptions, atOnce) {
		ids := make([]string, len(part))
		for i, s := range part {
			ids[i] = s.ID
		}
		calls, err := a.Usage.QuotasUsed(ctx, tenant, ids, period.Start(now), period.End(now))
		if err != nil {
			return nil, err
		}
		for _, s := range part {
			if n := calls[s.ID]; n > 0 {
				sums[limit.SubjectOf(binary(s.TenantID), binary(s.TeamID), binary(s.VersionID))] += int64(n)
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
