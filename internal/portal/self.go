package portal

import (
	"context"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Self are the use cases of a token about itself: what it is, and its end. It can
// do nothing else without a person (R6).
type Self struct {
	store *store.Store
	calls *usage.Reader
}

// SelfView is a token as it sees itself.
type SelfView struct {
	TokenRow
	Subscriptions []SubscriptionRow // open ones of its team to what it may call, with what is used of their quotas
}

// Show is the token that the request came with.
func (s *Self) Show(ctx context.Context, actor models.Actor) (v SelfView, err error) {
	if err := actor.May(models.TokenSelf); err != nil {
		return v, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		token, _, err := r.Token(actor.Bearer())
		if err != nil {
			return err
		}
		rows, err := tokenRows(r, []models.Token{token})
		if err != nil {
			return err
		}
		if err := addPairs(r, rows, s.store.Now()); err != nil {
			return err
		}
		v.TokenRow = rows[0]
		v.Subscriptions, err = quotasOf(r, v.TokenRow)
		return err
	})
	if err != nil {
		return v, err
	}
	if err := countQuotas(ctx, s.calls, s.store.Now(), actor.Tenant().ID, v.Subscriptions); err != nil {
		return v, err
	}
	v.Subscriptions = onlyOpen(v.Subscriptions)
	return v, nil
}

// Revoke ends the token that the request came with, for good.
func (s *Self) Revoke(ctx context.Context, actor models.Actor) error {
	if err := actor.May(models.TokenSelf); err != nil {
		return err
	}
	return changeToken(ctx, s.store, actor, tokenChange{right: models.TokenSelf, verb: "revoke", mine: anyToken}, actor.Bearer(),
		revokeToken(actor, models.CauseUnneeded, "A program that holds its secret revoked it."))
}
