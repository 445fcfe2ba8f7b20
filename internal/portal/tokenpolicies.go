package portal

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// TokenPolicies are the use cases around how a tenant treats its tokens.
type TokenPolicies struct {
	store *store.Store
	calls *usage.Reader
}

// Read shows the tenant with its policy. Whoever sees all its tokens may know what
// becomes of them.
func (t *TokenPolicies) Read(actor models.Actor) (models.Tenant, error) {
	return actor.Tenant(), actor.May(models.TokenReadAll)
}

// Forecast is what a policy would do to the tokens that are there, if from now on
// nobody used the unused ones and nobody rotated the old ones.
type Forecast struct {
	Until  time.Time
	Paused int // tokens that would be paused until then
	Ended  int // that are paused, and would be revoked until then
	Fates  []ForecastRow
	Looked int  // how many tokens were looked at
	More   bool // there are more than that
}

// ForecastRow is one of its tokens: those that it happens to first.
type ForecastRow struct {
	models.Fate
	Owner models.User
}

// When it happens.
func (r ForecastRow) When() time.Time {
	if r.Pause.IsZero() {
		return r.Revoke
	}
	return r.Pause
}

// Bounds of a forecast: how far it looks, how many tokens it names, and how many it
// looks at, since somebody waits for it.
const (
	forecastDays = 30
	forecastRows = 20
	forecastMost = 5000
)

// Forecast says what a policy would do in the next 30 days, if it were saved now.
func (t *TokenPolicies) Forecast(ctx context.Context, actor models.Actor, policy models.TokenPolicy) (f Forecast, err error) {
	if err := actor.May(models.TenantConfigure); err != nil {
		return f, err
	}
	if err := policy.Check(); err != nil {
		return f, err
	}
	now := t.store.Now()
	policy = actor.Tenant().TokenPolicy.Set(policy, now)
	f.Until = now.AddDate(0, 0, forecastDays)
	for after := ""; ; {
		var page []seenToken
		err := t.store.As(ctx, actor, func(r store.Tenant) error {
			tokens, err := r.TokensToWatch(after, store.PageMost)
			if err == nil {
				page, _, err = watched(r, tokens)
			}
			return err
		})
		if err != nil || len(page) == 0 {
			return f, err
		}
		if err := t.add(ctx, actor, &f, policy, page); err != nil {
			return f, err
		}
		after = page[len(page)-1].ID
		if f.Looked += len(page); len(page) < store.PageMost {
			break
		}
		if f.More = f.Looked >= forecastMost; f.More {
			break
		}
	}
	return f, t.name(ctx, actor, &f)
}

func (t *TokenPolicies) add(ctx context.Context, actor models.Actor, f *Forecast, policy models.TokenPolicy, page []seenToken) error {
	last, err := t.calls.LastUsed(ctx, actor.Tenant().ID, ids(page, func(s seenToken) string { return s.ID }))
	if err != nil {
		return err
	}
	for _, s := range page {
		if at := last[s.ID].At; at.After(s.UsedAt) {
			s.UsedAt = at
		}
		fate, ok := policy.Fate(s.Watched, t.store.Now(), f.Until)
		if !ok {
			continue
		}
		if fate.Pause.IsZero() {
			f.Ended++
		} else {
			f.Paused++
		}
		f.Fates = append(f.Fates, ForecastRow{Fate: fate})
	}
	slices.SortStableFunc(f.Fates, func(a, b ForecastRow) int { return a.When().Compare(b.When()) })
	f.Fates = f.Fates[:min(len(f.Fates), forecastRows)]
	return nil
}

// name adds whose tokens these are.
func (t *TokenPolicies) name(ctx context.Context, actor models.Actor, f *Forecast) error {
	return t.store.As(ctx, actor, func(r store.Tenant) error {
		owners, err := tokenOwners(r, ids(f.Fates, func(r ForecastRow) string { return r.OwnerID() }))
		for i := range f.Fates {
			f.Fates[i].Owner = owners[f.Fates[i].OwnerID()]
		}
		return err
	})
}

// Set makes a policy the tenant's, as it was at the given revision of the tenant.
// What it will do to tokens that are there is told their people before.
func (t *TokenPolicies) Set(ctx context.Context, actor models.Actor, policy models.TokenPolicy, revision int) (models.TokenPolicy, error) {
	if err := actor.May(models.TenantConfigure); err != nil {
		return policy, err
	}
	if err := policy.Check(); err != nil {
		return policy, err
	}
	after := actor.Tenant()
	before := after.TokenPolicy
	policy = before.Set(policy, t.store.Now())
	after.TokenPolicy, after.Revision = policy, revision
	return policy, t.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		if err := tx.UpdateTenant(after); err != nil {
			return err
		}
		return tx.RecordAs("tenant.token_policy", "tenant", after.ID, map[string]any{
			"unused_days": policy.UnusedDays, "pause_days": policy.PauseDays, "revoke_days": policy.RevokeDays, "rotate_days": policy.RotateDays,
			"self_rotation": policy.SelfRotation, "approval": policy.Approval, "leak": policy.Leak,
		}, nil, nil)
	})
}
