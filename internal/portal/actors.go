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
	a.noteInside(ctx, actor)
	return actor, nil
}

// OfProvider is the actor of a session that came through the provider of a scope: a
// tenant's, in which they are what they are, and a stranger in every other one; or that
// of the staff, for which they are staff and nothing else.
func (a *Actors) OfProvider(ctx context.Context, user, scope, slug string, r models.Request) (models.Actor, error) {
	actor, err := a.OfSession(ctx, user, slug, r)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return actor, err
	}
	account, tenant := actor.Account(), actor.Tenant()
	standing := actor.StandingOf(account)
	switch {
	case account.ID == "" || scope == store.Installation && account.Staff == models.NotStaff:
		standing = models.Standing{}
	case scope == store.Installation:
		standing = models.Standing{User: account, Grant: standing.Grant, Via: scope}
	default:
		account.Staff = models.NotStaff
		standing.User, standing.Grant, standing.Via = account, nil, scope
		if tenant.ID != "" && tenant.ID != scope {
			standing = models.Standing{}
		}
	}
	narrowed := models.NewActor(standing, tenant, r)
	if err != nil || slug != "" && !narrowed.Sees() {
		return models.NewActor(models.Standing{User: standing.User, Via: standing.Via}, models.Tenant{}, r), noTenant()
	}
	return narrowed, nil
}

// Known is a tenant as the actor may know of it: zero for one that is not there or
// not theirs to see (R52). Staff know every tenant.
func (a *Actors) Known(ctx context.Context, actor models.Actor, slug string) (models.Tenant, error) {
	if actor.Can(models.TenantDirectory) {
		tenant, err := knownTo(ctx, a.store, actor, slug)
		return tenant, refusedIfMissing(err, nil)
	}
	find := a.OfSession
	if via := actor.Via(); via != "" {
		find = func(ctx context.Context, user, slug string, r models.Request) (models.Actor, error) {
			return a.OfProvider(ctx, user, via, slug, r)
		}
	}
	there, err := find(ctx, actor.User(), slug, actor.Request())
	return there.Tenant(), refusedIfMissing(err, nil)
}

// insideEvery is how precise it is when a staff person was last inside.
const insideEvery = time.Minute

// noteInside keeps when a staff person was last inside with their grant. Where it
// cannot be kept, the request goes on: the next one is noted.
func (a *Actors) noteInside(ctx context.Context, actor models.Actor) {
	grant := actor.Grant()
	if grant != nil && (grant.SeenAt == nil || a.store.Now().Sub(*grant.SeenAt) >= insideEvery) {
		_ = a.store.SeeGrant(ctx, actor)
	}
}

// OfRecovery is the actor of a recovery session: a person who may make a new passkey,
// in no tenant, whatever else they may do (R33).
func (a *Actors) OfRecovery(ctx context.Context, user string, r models.Request) (models.Actor, error) {
	standing, err := a.store.Standing(ctx, user, "")
	if err != nil {
		return models.Actor{}, err
	}
	if standing.User.State != models.UserActive {
		return models.Stranger(models.Tenant{}, r), nil
	}
	return models.NewActor(models.Standing{User: standing.User, Recovering: true}, models.Tenant{}, r), nil
}

// OfToken is the actor of a management token in its tenant: what its person may
// do now, within the token's scopes. Another tenant's slug is not found.
func (a *Actors) OfToken(ctx context.Context, secret, slug string, r models.Request) (models.Actor, error) {
	refused := notValid()
	parsed, ok := keys.Parse(secret)
	if !ok || parsed.Kind != keys.Management {
		return models.Actor{}, refused
	}
	tenant, err := a.store.TenantByCode(ctx, parsed.Code)
	if err != nil {
		return models.Actor{}, refusedIfMissing(err, refused)
	}
	token, err := findSecret(ctx, a.store, a.keys, models.Stranger(tenant, models.Request{}), parsed.SHA256, store.Tenant.TokenByDigest)
	if err != nil {
		return models.Actor{}, refusedIfMissing(err, refused)
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

func notValid() error {
	return fault.New(fault.Unauthenticated, "invalid_token", "This token is not valid here.")
}

// refusedIfMissing is the refusal where err says that something is not there, and
// err itself otherwise: a database that does not answer refuses nobody.
func refusedIfMissing(err, refusal error) error {
	if fault.Is(err, fault.NotFound) {
		return refusal
	}
	return err
}

// OfClient is the actor of a registered client, known by its id and secret. One of
// a suspended tenant is known, too: it hears that no token is good.
func (a *Actors) OfClient(ctx context.Context, id, secret string, r models.Request) (models.Actor, error) {
	refused := fault.New(fault.Unauthenticated, "invalid_client", "There is no client with this id and secret.")
	parsed, ok := keys.Parse(secret)
	if !ok || parsed.Kind != keys.Client {
		return models.Actor{}, refused
	}
	tenant, err := a.store.TenantByCode(ctx, parsed.Code)
	if err != nil {
		return models.Actor{}, refusedIfMissing(err, refused)
	}
	c, err := findSecret(ctx, a.store, a.keys, models.Stranger(tenant, r), parsed.SHA256, store.Tenant.ClientByDigest)
	if err != nil {
		return models.Actor{}, refusedIfMissing(err, refused)
	}
	if c.ID != id {
		return models.Actor{}, refused
	}
	actor := models.NewActor(models.Standing{Client: &c}, tenant, r)
	if now := a.store.Now(); c.LastUsedAt == nil || now.Sub(*c.LastUsedAt) > models.ClientSeen {
		if err := a.store.TouchClient(ctx, actor, c.ID, now); err != nil {
			return models.Actor{}, err
		}
	}
	return actor, nil
}

// findSecret finds what a tenant keeps of a secret, by its digest under any of the
// tenant's peppers.
func findSecret[T any](ctx context.Context, s *store.Store, ring *keyring.Keyring, actor models.Actor, sha [32]byte, find func(store.Tenant, []byte) (T, error)) (found T, err error) {
	peppers, err := ring.Peppers(ctx, actor.Tenant().ID)
	if err != nil {
		return found, err
	}
	err = s.As(ctx, actor, func(r store.Tenant) error {
		for _, p := range peppers {
			digest := keys.Digest(p.Key, sha)
			if found, err = find(r, digest[:]); !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		return err
	})
	return found, err
}
