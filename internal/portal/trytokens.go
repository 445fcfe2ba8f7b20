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
	return t.make(ctx, actor, api, version, func(r store.Tenant) (team string, rights []models.Permission, err error) {
		sub, err := subscribed(r, actor, api, version)
		return sub.TeamID, []models.Permission{{VersionID: sub.VersionID, Access: models.AccessWrite, Scopes: []string{}, Operations: []string{}}}, err
	})
}

// MockToken makes a try token that opens nothing but mocks: it needs no
// subscription, and has no right to any version.
func (t *Tries) MockToken(ctx context.Context, actor models.Actor, api, version string) (models.Token, keys.Secret, error) {
	return t.make(ctx, actor, api, version, func(r store.Tenant) (team string, _ []models.Permission, err error) {
		team, err = mocking(r, api, version)
		return team, nil, err
	})
}

func (t *Tries) make(ctx context.Context, actor models.Actor, api, version string, find func(store.Tenant) (string, []models.Permission, error)) (models.Token, keys.Secret, error) {
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
		team, rights, err := find(tx.Tenant)
		if err != nil {
			return err
		}
		token.TeamID = &team
		if err := endOldest(tx, actor, team); err != nil {
			return err
		}
		if err := tx.InsertToken(&token, rights); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeToken, token.ID); err != nil {
			return err
		}
		return tx.Record("token", token.ID, map[string]any{"api": api, "version": version, "mock": len(rights) == 0, "expires": token.ExpiresAt}, nil, nil)
	})
	if err != nil {
		return token, keys.Secret{}, err
	}
	return token, secret, nil
}

// mocks are the versions with a mock that the actor sees, as people call them.
func mocks(r store.Tenant) (names []string, err error) {
	apis, err := r.APIs("")
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(apis))
	called := map[string]string{}
	for i, a := range apis {
		ids[i], called[a.ID] = a.ID, a.Name
	}
	versions, err := r.VersionsOf(ids)
	for _, v := range versions {
		if v.Mock && v.Live() {
			names = append(names, called[v.APIID]+" "+v.Name)
		}
	}
	slices.Sort(names)
	return names, err
}

// mocking is the team of the actor's that calls a version's mock: one for which the
// API is there (R53), whatever else the actor may read.
func mocking(r store.Tenant, api, version string) (team string, err error) {
	a, v, err := r.Version(api, version)
	if err != nil {
		return "", err
	}
	if !v.Mock || !v.Live() {
		return "", fault.New(fault.Conflict, "mock_off", "This version has no mock, or its publisher has switched it off.")
	}
	if team, err = r.TeamFinding(a.ID); err == nil && team == "" {
		err = fault.New(fault.Forbidden, "not_subscribed", "The API is shown to none of your teams; its mock answers those that see it.")
	}
	return team, err
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
