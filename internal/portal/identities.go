package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/openid"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// The objects of the step-ups before an identity is linked; before a link is ended it
// is the scope of the provider (R24).
const IdentityLink = "identity.link"

// OwnIdentity is a provider at which a person is, or could be, known.
type OwnIdentity struct {
	ProviderOffer
	Scope  string // names it to its person
	Linked bool
	Email  string
	SeenAt *models.Identity
	Gone   bool // the provider says that they are gone
}

// Own are the providers of the staff and of the tenants in which the person is
// something: those that they are linked to, and those that they could link.
func (p *Providers) Own(ctx context.Context, actor models.Actor) (out []OwnIdentity, err error) {
	if err := actor.May(models.AccountUse); err != nil {
		return nil, err
	}
	linked := map[string]models.Identity{}
	err = p.store.Person(ctx, actor.User(), func(r store.Person) error {
		all, err := r.Identities()
		for _, i := range all {
			linked[i.TenantID] = i
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	mine, err := insides(ctx, p.store, actor)
	if err != nil {
		return nil, err
	}
	scopes := []string{}
	if actor.Staff() {
		scopes = append(scopes, store.Installation)
	}
	for _, inside := range mine {
		if inside.Grant() == nil || inside.Role() != models.NoRole || len(inside.Teams()) > 0 {
			scopes = append(scopes, inside.Tenant().ID)
		}
	}
	for s := range linked {
		scopes = append(scopes, s)
	}
	scopes = ids(scopes, func(s string) string { return s })
	err = p.store.Survey(ctx, func(r store.Platform) error {
		providers, err := r.Providers(scopes)
		if err != nil {
			return err
		}
		tenants, err := r.TenantsByID(scopes)
		for _, s := range scopes {
			found, there := providers[s]
			one, has := linked[s]
			if !there || !found.Enabled && !has {
				continue
			}
			row := OwnIdentity{ProviderOffer: ProviderOffer{found.ID, found.Name, found.SignUp, tenants[s]}, Scope: s, Linked: has, Email: one.Email, Gone: one.GoneAt != nil}
			if has {
				row.SeenAt = &one
			}
			out = append(out, row)
		}
		return err
	})
	return out, err
}

// BeginLink is the address at a provider to which the browser goes, so that the person
// there is linked to the account. Only a session with a passkey does that, and it
// demands a step-up (R24): an address that is the same proves nothing.
func (p *Providers) BeginLink(ctx context.Context, actor models.Actor, session []byte, id string) (string, error) {
	if err := actor.May(models.AccountUse); err != nil {
		return "", err
	}
	own, err := p.Own(ctx, actor)
	if err != nil {
		return "", err
	}
	known := false
	for _, o := range own {
		known = known || o.ID == id && !o.Linked
	}
	if !known {
		return "", fault.Missing("provider")
	}
	err = p.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.UseProof(IdentityLink); err != nil {
			return err
		}
		return tx.RecordAs("identity.link_begin", "provider", id, nil, nil, nil)
	})
	if err != nil {
		return "", err
	}
	return p.begin(ctx, session, id, journey{Next: "/account", LinkTo: actor.User()})
}

// link links who came back to the account that began, if it is still the one that asks.
func (p *Providers) link(ctx context.Context, actor models.Actor, there at, user string, who openid.Person) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	if actor.User() != user {
		return fault.New(fault.Forbidden, "not_allowed", "You are signed in to another account than the one that began this. Nothing was linked.")
	}
	one := models.Identity{TenantID: there.TenantID, UserID: user, Issuer: there.Issuer, Subject: who.Subject, Email: who.Email, Number: 1, Groups: who.Groups}
	var err error
	if one.Sealed, err = p.keys.SealIdentity(one, who.Refresh); err != nil {
		return err
	}
	change, err := p.roleChange(ctx, there, actor.Account())
	if err != nil {
		return err
	}
	return p.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.RecordAs("identity.link", "user", user, byProvider(there), nil, nil); err != nil {
			return err
		}
		if err := tellSelf(tx, actor.Account(), "Your account is linked to "+there.Name, "You can sign in through it to "+there.where()+".", "/account",
			Mail{Mail: MailLinked, Facts: MailFacts{Object: there.Name, Outcome: "linked", Note: "It lets you sign in to " + there.where() + "."}}); err != nil {
			return err
		}
		return tx.In(there.as(actor.Account()), func(tx *store.Tx) error {
			if err := tx.InsertIdentity(one); err != nil {
				return err
			}
			if err := tx.RecordAs("identity.link", "user", user, map[string]any{"provider": there.ID, "subject": who.Subject}, nil, nil); err != nil {
				return err
			}
			return change(tx, one)
		})
	})
}

// where a provider lets one in, in words.
func (a at) where() string {
	if a.tenant.ID == "" {
		return "the support console"
	}
	return a.tenant.Name
}

// Unlink ends the person's own link to the provider of a scope, with the role that its
// groups gave them. Who is gone there stays gone: only an admin lets them in again. A
// passkey is left to sign in with. It demands a step-up (R24).
func (p *Providers) Unlink(ctx context.Context, actor models.Actor, scope string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	var found models.Provider
	var tenant models.Tenant
	err := p.store.Survey(ctx, func(r store.Platform) (err error) {
		if found, err = r.ProviderOf(scope); err != nil || scope == store.Installation {
			return err
		}
		tenants, err := r.TenantsByID([]string{scope})
		tenant = tenants[scope]
		return err
	})
	if err != nil {
		return err
	}
	there := at{found, tenant, actor.Request()}
	seats, err := entered(ctx, p.store, actor.User())
	if err != nil {
		return err
	}
	return p.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.UseProof(scope); err != nil {
			return err
		}
		keys, err := tx.Passkeys(actor.User())
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fault.New(fault.Conflict, "last_sign_in", "This is your only way to sign in. Make a passkey first.")
		}
		if err := tx.RecordAs("identity.unlink", "user", actor.User(), byProvider(there), nil, nil); err != nil {
			return err
		}
		if err := tellSelf(tx, actor.Account(), "Your account is not linked to "+found.Name+" any more", "", "/account",
			Mail{Mail: MailLinked, Facts: MailFacts{Object: found.Name, Outcome: "not linked any more"}}); err != nil {
			return err
		}
		return tx.In(there.as(actor.Account()), func(tx *store.Tx) error { return unlinkOwn(tx, there, actor.User(), seats) })
	})
}

// unlinkOwn ends a person's own link in the scope of its provider.
func unlinkOwn(tx *store.Tx, there at, user string, seats []seat) error {
	one, err := tx.LockIdentity(user)
	if err != nil {
		return err
	}
	if one.GoneAt != nil {
		return fault.New(fault.Conflict, "identity_gone", "%s says that you are not there any more. An admin of %s can end the link.", there.Name, there.where())
	}
	one.Groups = nil
	if there.TenantID == store.Installation {
		err = staffByGroups(tx, there, one, seats)
	} else {
		err = roleByGroups(tx, there, one)
	}
	if err != nil {
		return err
	}
	return unlink(tx, user, "identity.unlink", byProvider(there))
}
