package app

import (
	"context"

	"github.com/google/uuid"

	"gatehouse/internal/limit"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// quotas are what subscriptions used of theirs in the current period, from the
// rollups, so that a restart gives nobody a new allowance (R132).
func (a *App) quotas(ctx context.Context) (out []limit.Used, err error) {
	var all []store.Published
	err = a.Store.Survey(ctx, func(p store.Platform) error {
		tenants, err := p.Tenants()
		for _, t := range tenants {
			published, err := p.Published(t.ID)
			if err != nil {
				return err
			}
			all = append(all, published)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	for _, tenant := range all {
		plans := make(map[string]models.Plan, len(tenant.Plans))
		for _, p := range tenant.Plans {
			plans[p.ID] = p
		}
		for _, s := range tenant.Subscriptions {
			period := plans[s.PlanID].QuotaPeriod
			if period == models.NoQuota {
				continue
			}
			used, err := a.Usage.QuotaUsed(ctx, tenant.Tenant.ID, s.ID, period.Start(now), period.End(now))
			if err != nil {
				return nil, err
			}
			out = append(out, limit.Used{Subject: limit.Subject(uuid.MustParse(s.ID)), Period: limitPeriod(period), Start: period.Start(now), Calls: int64(used)})
		}
	}
	return out, nil
}

func limitPeriod(p models.QuotaPeriod) limit.Period {
	if p == models.QuotaMonth {
		return limit.Month
	}
	return limit.Day
}
