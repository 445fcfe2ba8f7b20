package portal

import (
	"context"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Actors finds out what whoever is asking may do. Guards call it, once a request.
type Actors struct {
	store *store.Store
	keys  *keyring.Keyring
	clock clock.Clock
}

// noTenant is the answer for a tenant that is not there or not to be seen: the
// same words, so that nobody can tell the two apart (R52).
func noTenant() error { return fault.Missing("page") }

// OfSession is the actor of a browser session: the person, or a stranger for "".
// With a slug it is the actor in that tenant. Where the tenant's pages do not
// exist for them, it is a NotFound and the actor outside of tenants.
func (a *Actors) OfSession(ctx context.Context, user, slug string, r models.Request) (models.Actor, error) {
	var tenant models.Tenant
	hidden := false
	if slug != "" {
		var err error
		tenant, err = a.store.TenantBySlug(ctx, slug)
		if hidden = fault.Is(err, fault.NotFound); err != nil && !hidden {
			return models.Actor{}, err
		}
	}
	var standing models.Standing
	if user != "" {
		var err error
		if standing, err = a.store.Standing(ctx, user, tenant.ID); err != nil {
			return models.Actor{}, err
		}
		if standing.User.State != models.UserActive {
			standing = models.Standing{}
		}
	}
	actor := models.NewActor(standing, tenant, r)
	if hidden || slug != "" && !actor.Sees() {
		return models.NewActor(models.Standing{User: standing.User}, models.Tenant{}, r), noTenant()
	}
	return actor, nil
}

// OfToken is the actor of a management token in its tenant: what its person may
// do now, within the token's scopes. Another tenant's slug is not found.
func (a *Actors) OfToken(ctx context.Context, secret, slug string, r models.Request) (models.Actor, error) {
	refused := fault.New(fault.Unauthenticated, "invalid_token", "This token is not valid here.")
	parsed, ok := keys.Parse(secret)
	if !ok || parsed.Kind != keys.Management {
		return models.Actor{}, refused
	}
	tenant, err := a.store.TenantByCode(ctx, parsed.Code)
	if fault.Is(err, fault.NotFound) {
		return models.Actor{}, refused
	} else if err != nil {
		return models.Actor{}, err
	}
	token, err := tokenBySHA(ctx, a.store, a.keys, tenant, parsed.SHA256)
	if fault.Is(err, fault.NotFound) {
		return models.Actor{}, refused
	} else if err != nil {
		return models.Actor{}, err
	}
	if token.Kind != models.TokenManagement || !token.Live(a.clock.Now()) || tenant.State != models.TenantActive {
		return models.Actor{}, refused
	}
	standing, err := a.store.Standing(ctx, token.UserID, tenant.ID)
	if err != nil {
		return models.Actor{}, err
	}
	if standing.User.State != models.UserActive {
		return models.Actor{}, refused
	}
	if slug != "" && slug != tenant.Slug {
		return models.Actor{}, noTenant()
	}
	standing.Grant, standing.Token, standing.Scopes = nil, token.ID, token.Scopes
	actor := models.NewActor(standing, tenant, r)
	if !actor.Sees() { // whose person lost their standing in a tenant that strangers do not see
		return models.Actor{}, refused
	}
	a.noteUse(ctx, token, r.ClientIP)
	return actor, nil
}

// useEvery is how precise the last use of a management token is: it is written so
// often at most, whatever the number of requests (R19).
const useEvery = 15 * time.Minute

// noteUse keeps that a management token was used. Where it cannot be kept, the
// request goes on: the next one is noted.
func (a *Actors) noteUse(ctx context.Context, token models.Token, ip string) {
	_ = a.store.NoteUsed(ctx, token.TenantID, token.ID, ip, useEvery)
}

// tokenBySHA finds a token by its SHA-256, under any of the tenant's peppers.
func tokenBySHA(ctx context.Context, s *store.Store, k *keyring.Keyring, tenant models.Tenant, sha [32]byte) (token models.Token, err error) {
	peppers, err := k.Peppers(ctx, tenant.ID)
	if err != nil {
		return token, err
	}
	err = s.As(ctx, models.Stranger(tenant, models.Request{}), func(r store.Tenant) error {
		for _, p := range peppers {
			digest := keys.Digest(p.Key, sha)
			if token, err = r.TokenByDigest(digest[:]); !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		return err
	})
	return token, err
}
