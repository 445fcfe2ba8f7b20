package portal

import (
	"context"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Overview is what those who run a tenant look at first.
type Overview struct {
	store *store.Store
	calls *usage.Reader
}

// OverviewData is an overview. What the actor's role may not see is left out.
type OverviewData struct {
	Waiting  int64
	Newest   []SubscriptionRow // requests, waiting ones
	Live     int64             // tokens that work
	Soon     []TokenRow        // tokens about to expire, the next first
	SoonAll  int64
	Dormant  int64        // tokens that nothing used for long
	Orphaned int64        // whose owner left
	Broad    int64        // that may call much more than they do
	Series   usage.Series // calls of the last 24 hours
	APIs     int
	TokensOK bool  // whether the actor may see tokens
	Alerts   int64 // open ones
}

// overviewRows is how many rows each of its lists has.
const overviewRows = 5

// Show is the tenant at a glance.
func (o *Overview) Show(ctx context.Context, actor models.Actor) (d OverviewData, err error) {
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return d, err
	}
	err = o.store.As(ctx, actor, func(r store.Tenant) error {
		if d.Waiting, err = r.PendingSubscriptions(); err != nil {
			return err
		}
		waiting, err := r.Subscriptions(store.SubscriptionFilter{Waiting: true, Limit: overviewRows})
		if err != nil {
			return err
		}
		if d.Newest, err = rowsOf(r, waiting); err != nil {
			return err
		}
		apis, err := r.APIs("")
		d.APIs = len(apis)
		if err != nil || !actor.Can(models.TokenReadAll) {
			return err
		}
		if err := d.tokens(r); err != nil {
			return err
		}
		return d.watch(r)
	})
	if err != nil || !actor.Can(models.UsageReadAll) {
		return d, err
	}
	d.Series, err = o.calls.Series(ctx, actor.Tenant().ID, usage.Filter{}, usage.LastDay)
	return d, err
}

func (d *OverviewData) tokens(r store.Tenant) (err error) {
	d.TokensOK = true
	if d.Alerts, err = r.CountAlerts(store.AlertFilter{Open: true}); err != nil {
		return err
	}
	kinds := []models.TokenKind{models.TokenAccess, models.TokenManagement}
	if d.Live, err = r.CountTokens(store.TokenFilter{Kinds: kinds, View: store.TokensActive}); err != nil {
		return err
	}
	soon := store.TokenFilter{Kinds: kinds, View: store.TokensExpiring, Order: store.TokensByEnd, Limit: overviewRows}
	if d.SoonAll, err = r.CountTokens(soon); err != nil {
		return err
	}
	tokens, err := r.Tokens(soon)
	if err != nil {
		return err
	}
	d.Soon, err = tokenRows(r, tokens)
	return err
}

// watch counts the tokens that somebody should look at.
func (d *OverviewData) watch(r store.Tenant) error {
	for into, what := range map[*int64]store.TokenWatch{&d.Dormant: store.TokensDormant, &d.Orphaned: store.TokensOrphaned, &d.Broad: store.TokensBroad} {
		n, err := r.CountTokens(store.TokenFilter{Kinds: []models.TokenKind{models.TokenAccess, models.TokenManagement}, Watch: what})
		if err != nil {
			return err
		}
		*into = n
	}
	return nil
}
