package portal

import (
	"context"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// What the pages show of use, under the names that handlers know.
type (
	Series         = usage.Series
	Caller         = usage.Caller
	OperationCount = usage.OperationCount
	Counts         = usage.Counts
	Latency        = usage.Latency
	Slot           = usage.Slot
	Request        = usage.Request
)

// Ranges are those that a graph can show, as they stand in addresses.
var Ranges = []struct{ Name, Words string }{
	{"1h", "last hour"}, {"24h", "last 24 hours"}, {"7d", "last 7 days"}, {"30d", "last 30 days"}, {"90d", "last 90 days"},
}

// Usage are the use cases around what was called, as numbers.
type Usage struct {
	store *store.Store
	calls *usage.Reader
}

// Report is what was called over a range.
type Report struct {
	Range string // as it was understood: one of Ranges
	Series
	Top []OperationCount // the most called operations, the first ones first
}

// topMost is how many operations a report names.
const topMost = 20

// Tenant reports on all calls to the tenant's APIs. Operations are counted by
// API and by token only, so that it names none.
func (u *Usage) Tenant(ctx context.Context, actor models.Actor, span string) (Report, error) {
	if err := actor.May(models.UsageReadAll); err != nil {
		return Report{}, err
	}
	return u.report(ctx, actor, usage.Filter{}, span)
}

// API reports on the calls to all versions of an API.
func (u *Usage) API(ctx context.Context, actor models.Actor, slug, span string) (Report, error) {
	if err := actor.May(models.UsageReadAll); err != nil {
		return Report{}, err
	}
	var api models.API
	err := u.store.As(ctx, actor, func(r store.Tenant) (err error) {
		api, _, err = r.API(slug)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	return u.report(ctx, actor, usage.Filter{API: api.ID, Since: api.CreatedAt}, span)
}

// Token reports on the calls with a token that the actor sees.
func (u *Usage) Token(ctx context.Context, actor models.Actor, id, span string) (Report, error) {
	if err := actor.May(models.UsageReadAll); err != nil {
		return Report{}, err
	}
	var token models.Token
	err := u.store.As(ctx, actor, func(r store.Tenant) (err error) {
		token, _, err = r.Token(id)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	return u.report(ctx, actor, usage.Filter{Token: token.ID, Since: token.CreatedAt}, span)
}

func (u *Usage) report(ctx context.Context, actor models.Actor, f usage.Filter, span string) (out Report, err error) {
	r, ok := usage.ParseRange(span)
	if !ok && span != "" {
		return out, invalid("range", "Choose 1h, 24h, 7d, 30d or 90d.")
	}
	out.Range = r.String()
	if out.Series, err = u.calls.Series(ctx, actor.Tenant().ID, f, r); err != nil || f.API == "" && f.Token == "" {
		return out, err
	}
	out.Top, err = u.calls.TopOperations(ctx, actor.Tenant().ID, f, r, topMost)
	return out, err
}
