package portal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// quotaThresholds are the per cent of a quota at which a team is told, the highest
// first: who used all of it at once is not told of the part.
var quotaThresholds = []int{100, 80}

// Quotas tells teams how much of their quotas they have used.
type Quotas struct {
	store *store.Store
	calls *usage.Reader
}

// Warn tells the owners of teams that have used most or all of a quota, once for
// each period and threshold. It is the program's own work, for nobody who asks: it
// looks at sums that are there anyway, so that no call waits for it. A tenant that
// cannot be read does not keep the others from being told.
func (q *Quotas) Warn(ctx context.Context) error {
	var tenants []models.Tenant
	err := q.store.Survey(ctx, func(p store.Platform) (err error) {
		tenants, err = p.MeteredTenants()
		return err
	})
	var errs []error
	for _, t := range tenants {
		if err := q.warn(ctx, t); err != nil {
			errs = append(errs, fmt.Errorf("quotas of %s: %w", t.Slug, err))
		}
	}
	return errors.Join(append(errs, err)...)
}

// warn tells the teams of one tenant.
func (q *Quotas) warn(ctx context.Context, tenant models.Tenant) error {
	var metered store.Metered
	err := q.store.Survey(ctx, func(p store.Platform) (err error) {
		metered, err = p.Metered(tenant.ID)
		return err
	})
	if err != nil {
		return err
	}
	now := q.store.Now()
	rows := meteredRows(metered)
	if err := countQuotas(ctx, q.calls, now, tenant.ID, rows); err != nil {
		return err
	}
	var errs []error
	for _, row := range rows {
		n, due := periodNotice(row, now)
		if !due || slices.ContainsFunc(metered.Told, func(told store.QuotaNotice) bool { return same(told, n) }) {
			continue
		}
		if err := q.tell(ctx, tenant, row, n); err != nil {
			errs = append(errs, err) // and the other teams are told
		}
	}
	return errors.Join(errs...)
}

// meteredRows are subscriptions with the plans that hold for them now.
func meteredRows(m store.Metered) []SubscriptionRow {
	plans := make(map[string]models.Plan, len(m.Plans))
	for _, p := range m.Plans {
		plans[p.ID] = p
	}
	rows := make([]SubscriptionRow, len(m.Subscriptions))
	for i, s := range m.Subscriptions {
		rows[i] = SubscriptionRow{Subscription: s, Plan: plans[s.PlanID]}
	}
	excepted(rows, m.Exceptions)
	return rows
}

// periodNotice is what a team is to be told of now, if anything.
func periodNotice(row SubscriptionRow, now time.Time) (n store.QuotaNotice, due bool) {
	if !row.Open() || row.Plan.QuotaPeriod == models.NoQuota {
		return n, false
	}
	for _, threshold := range quotaThresholds {
		if row.Share()*100 >= float64(threshold) {
			return store.QuotaNotice{TeamID: row.TeamID, VersionID: row.VersionID, StartsAt: row.Plan.Refill().Start(now),
				QuotaPeriod: row.Plan.QuotaPeriod, QuotaCalls: row.Plan.QuotaCalls, Threshold: threshold}, true
		}
	}
	return n, false
}

// same reports whether somebody was told of the quota at this threshold, or at a
// higher one, in this period. Another quota is another matter.
func same(told, n store.QuotaNotice) bool {
	return told.TeamID == n.TeamID && told.VersionID == n.VersionID && told.StartsAt.Equal(n.StartsAt) &&
		told.QuotaPeriod == n.QuotaPeriod && told.QuotaCalls == n.QuotaCalls && told.Threshold >= n.Threshold
}

var errTold = errors.New("somebody told them meanwhile")

func (q *Quotas) tell(ctx context.Context, tenant models.Tenant, row SubscriptionRow, n store.QuotaNotice) error {
	us := models.Stranger(tenant, models.Request{})
	err := q.store.Do(ctx, us, models.SubscriptionReadAll, func(tx *store.Tx) error {
		first, err := tx.TellQuota(n)
		if err != nil {
			return err
		}
		if !first {
			return errTold
		}
		rows, err := rowsOf(tx.Tenant, []models.Subscription{row.Subscription})
		if err != nil {
			return err
		}
		rows[0].Plan, rows[0].Used = row.Plan, row.Used
		if err := tellQuota(tx, us, rows[0], n.Threshold); err != nil {
			return err
		}
		return tx.RecordAs("quota.warn", "subscription", row.ID, map[string]any{"team": row.TeamID, "threshold": n.Threshold,
			"used": row.Used, "quota_calls": n.QuotaCalls, "quota_period": n.QuotaPeriod}, nil, nil)
	})
	if errors.Is(err, errTold) {
		return nil
	}
	return err
}

// tellQuota tells a team's owners.
func tellQuota(tx *store.Tx, us models.Actor, row SubscriptionRow, threshold int) error {
	members, err := tx.Memberships(row.TeamID)
	if err != nil {
		return err
	}
	var people []string
	for _, m := range members {
		if m.Role == models.TeamOwner {
			people = append(people, m.UserID)
		}
	}
	outcome, next := "used up", row.Plan.Refill().End(tx.Now()).Format("2 January 2006 15:04 MST")
	if threshold < 100 {
		outcome = fmt.Sprintf("used to %d %%", threshold)
	}
	numbers := fmt.Sprintf("%d of %d calls of this %s are used; it is whole again on %s.", row.Used, row.Plan.QuotaCalls, row.Plan.QuotaPeriod, next)
	if threshold >= 100 {
		numbers = fmt.Sprintf("All %d calls of this %s are used: more are refused with 429 until %s.", row.Plan.QuotaCalls, row.Plan.QuotaPeriod, next)
	}
	link := "/t/" + us.Tenant().Slug + "/subscriptions"
	err = tx.Notify(models.Notification{TeamID: row.TeamID, Kind: models.NotifyQuota, Title: row.API.Name + " " + row.Version.Name + ": quota " + outcome,
		Body: numbers, Link: link}, people...)
	if err != nil {
		return err
	}
	return mailTo(tx, us, people, Mail{Mail: MailQuota, Team: row.TeamID, Path: link, Facts: MailFacts{
		Object: row.API.Name + " " + row.Version.Name, Team: row.Team.Name, Outcome: outcome, Note: numbers,
	}})
}
