package portal

import (
	"context"
	"encoding/json"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// ceremonyFirst finds the state of the ceremony of a first passkey.
const ceremonyFirst = "first"

// Visit is what a session through a provider shows of the account.
type Visit struct {
	Provider string // name
	Tenant   models.Tenant
	Passkeys int
	MayFirst bool // they may make their first passkey
}

// Visit is the page of an account in a session that came through a provider.
func (a *Accounts) Visit(ctx context.Context, actor models.Actor) (v Visit, err error) {
	if err := actor.May(models.AccountVisit); err != nil {
		return v, err
	}
	err = a.store.Survey(ctx, func(r store.Platform) error {
		found, err := r.ProviderOf(actor.Via())
		if err != nil {
			return err
		}
		v.Provider = found.Name
		tenants, err := r.TenantsByID([]string{actor.Via()})
		v.Tenant = tenants[actor.Via()]
		return err
	})
	if err != nil {
		return v, err
	}
	err = a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		keys, err := r.Passkeys(actor.User())
		v.Passkeys = len(keys)
		return err
	})
	if err != nil {
		return v, err
	}
	v.MayFirst = a.mayFirst(ctx, actor) == nil
	return v, nil
}

// founder is the actor in the scope of the provider through which they came.
func founder(actor models.Actor) models.Actor {
	tenant := models.Tenant{}
	if actor.Via() != store.Installation {
		tenant.ID = actor.Via()
	}
	return models.NewActor(models.Standing{User: actor.Account()}, tenant, actor.Request())
}

// mayFirst refuses a first passkey unless the account was made by the very provider
// that the session came through, and never had one. Whoever has, or had, another way
// in adds passkeys with that.
func (a *Accounts) mayFirst(ctx context.Context, actor models.Actor) error {
	if err := actor.May(models.AccountVisit); err != nil {
		return err
	}
	return a.store.As(ctx, founder(actor), func(r store.Tenant) error { return firstOf(r, actor) })
}

func firstOf(r store.Tenant, actor models.Actor) error {
	refused := fault.New(fault.Forbidden, "step_up_required", "Sign in with a passkey that you have to add another one.")
	if actor.Via() == "" {
		return refused
	}
	one, err := r.Identity(actor.User())
	if err != nil {
		return refusedIfMissing(err, refused)
	}
	keys, err := r.Passkeys(actor.User())
	if err == nil && (!one.Founded || len(keys) > 0) {
		err = refused
	}
	return err
}

// BeginFirst asks for the first passkey of an account that a provider made.
func (a *Accounts) BeginFirst(ctx context.Context, actor models.Actor, session []byte, name string) (json.RawMessage, error) {
	if err := a.mayFirst(ctx, actor); err != nil {
		return nil, err
	}
	if err := checkPasskeyName(name); err != nil {
		return nil, err
	}
	c, err := a.passkeys.BeginRegistration(passkeyUser(actor.Account(), nil), session)
	if err != nil {
		return nil, err
	}
	return c.Options, a.keep(ctx, session, ceremonyFirst, c, addition{c.State, strings.TrimSpace(name)})
}

// FinishFirst stores it. From then on passkeys are added with a passkey (R24).
func (a *Accounts) FinishFirst(ctx context.Context, actor models.Actor, session, answer []byte) error {
	if err := actor.May(models.AccountVisit); err != nil {
		return err
	}
	key, err := a.registered(ctx, actor, session, ceremonyFirst, answer)
	if err != nil {
		return err
	}
	return a.store.Do(ctx, self(actor, actor.Account()), models.AccountVisit, func(tx *store.Tx) error {
		if _, err := tx.LockUser(actor.User()); err != nil {
			return err
		}
		err := tx.In(founder(actor), func(tx *store.Tx) error {
			one, err := tx.LockIdentity(actor.User())
			if err != nil {
				return err
			}
			if err := firstOf(tx.Tenant, actor); err != nil {
				return err
			}
			one.Founded = false
			if err := tx.UpdateIdentity(one); err != nil {
				return err
			}
			return tx.RecordAs("passkey.first", "user", actor.User(), nil, nil, nil)
		})
		if err != nil {
			return err
		}
		if err := tx.InsertPasskey(&key); err != nil {
			return err
		}
		if err := tx.RecordAs("passkey.add", "passkey", key.ID, map[string]any{"user": actor.User(), "name": key.Name}, nil, nil); err != nil {
			return err
		}
		return tellPasskey(tx, MailPasskey, key)
	})
}
