package portal

import (
	"context"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Tries are the use cases around the tokens of documentation pages: made by a
// script, held in its memory, never shown.
type Tries struct {
	store *store.Store
	keys  *keyring.Keyring
}

// Token makes a try token for one version, with the rights that the person's team
// has there, for models.TryLifetime. Of more than models.TryMost the oldest is
// revoked. It asks for no step-up: nobody ever sees it (R24 as settled).
func (t *Tries) Token(ctx context.Context, actor models.Actor, api, version string) (models.Token, keys.Secret, error) {
	if err := actor.May(models.TryCall); err != nil {
		return models.Token{}, keys.Secret{}, err
	}
	token := models.Token{ID: models.NewID(), Kind: models.TokenTry, UserID: actor.User(), Name: "Try " + api + " " + version,
		State: models.TokenActive, ExpiresAt: t.store.Now().Add(models.TryLifetime)}
	secret, err := mint(ctx, t.keys, actor, &token, keys.Access)
	if err != nil {
		return token, keys.Secret{}, err
	}
	err = t.store.Do(ctx, actor, models.TryCall, func(tx *store.Tx) error {
		sub, err := subscribed(tx.Tenant, actor, api, version)
		if err != nil {
			return err
		}
		token.TeamID = &sub.TeamID
		if err := endOldest(tx, actor, sub.TeamID); err != nil {
			return err
		}
		err = tx.InsertToken(&token, []models.Permission{{VersionID: sub.VersionID, Access: models.AccessWrite, Scopes: []string{}, Operations: []string{}}})
		if err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeToken, token.ID); err != nil {
			return err
		}
		return tx.Record("token", token.ID, map[string]any{"api": api, "version": version, "expires": token.ExpiresAt}, nil, nil)
	})
	if err != nil {
		return token, keys.Secret{}, err
	}
	return token, secret, nil
}

// subscribed is the approved subscription of one of the actor's teams to a version.
func subscribed(r store.Tenant, actor models.Actor, api, version string) (models.Subscription, error) {
	_, v, err := r.Version(api, version)
	if err != nil {
		return models.Subscription{}, err
	}
	subs, err := r.Subscriptions(store.SubscriptionFilter{Teams: actor.Teams(), Version: v.ID, States: []models.SubscriptionState{models.SubscriptionApproved}, Limit: 1})
	if err != nil {
		return models.Subscription{}, err
	}
	if len(subs) == 0 || !v.Live() {
		return models.Subscription{}, fault.New(fault.Forbidden, "not_subscribed",
			"Your team has no access to this version yet. Subscribe to it first; then you can call it from here.")
	}
	return subs[0], nil
}

// endOldest makes room for one more try token of the actor.
func endOldest(tx *store.Tx, actor models.Actor, team string) error {
	tries, err := tx.LiveTries(team, actor.User())
	if err != nil {
		return err
	}
	tries = slices.Clone(tries[:max(0, len(tries)-models.TryMost+1)])
	for _, old := range tries {
		old.Revoke(actor.User(), "A newer one took its place.", tx.Now())
		if err := tx.UpdateToken(old); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeToken, old.ID); err != nil {
			return err
		}
		if err := tx.RecordAs("token.revoke", "token", old.ID, map[string]any{"reason": old.Reason}, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
