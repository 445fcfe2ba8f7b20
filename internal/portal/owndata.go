package portal

import (
	"context"
	"iter"

	"gatehouse/internal/audit"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// AccountExport is the object of the step-up before one's data become a file (R24).
const AccountExport = "account.export"

// SeenPlace is a network or a browser from which a person signed in.
type SeenPlace = store.SeenPlace

// OwnData is everything that the installation holds about a person. What can be long
// is read part by part while it is written; after an error nothing follows.
type OwnData struct {
	User     models.User
	Passkeys []models.Passkey
	Linked   []models.Identity // at OpenID providers
	Sessions []SessionRow
	Seen     []SeenPlace
	Choices  []models.NoticeChoice
	Links    []models.Link
	Places   []Place
	Tenants  map[string]models.Tenant // by id, those that the rows below name

	Tokens        iter.Seq2[models.Token, error]
	Subscriptions iter.Seq2[models.Subscription, error]
	Messages      iter.Seq2[models.SubscriptionMessage, error]
	Notifications iter.Seq2[models.Notification, error]
	Events        iter.Seq2[audit.Event, error]
}

// Export is all of a person's own data, for a file. It reaches across tenants, also
// those that they have left: it is all theirs. It demands a step-up (R24).
func (a *Accounts) Export(ctx context.Context, actor models.Actor, session []byte) (d OwnData, err error) {
	if err := actor.May(models.AccountUse); err != nil {
		return d, err
	}
	user := actor.User()
	err = a.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if err := tx.UseProof(AccountExport); err != nil {
			return err
		}
		return tx.RecordAs("account.export", "user", user, nil, nil, nil)
	})
	if err != nil {
		return d, err
	}
	d.User = actor.Account()
	if d.Sessions, err = a.Sessions(ctx, actor, session); err != nil {
		return d, err
	}
	if d.Places, err = a.Places(ctx, actor); err != nil {
		return d, err
	}
	err = a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		if d.Passkeys, err = r.Passkeys(user); err != nil {
			return err
		}
		if d.Seen, err = r.SeenPlaces(user); err != nil {
			return err
		}
		if d.Choices, err = r.NoticeChoices(user); err != nil {
			return err
		}
		d.Links, err = r.OwnLinks(d.User)
		return err
	})
	if err != nil {
		return d, err
	}
	err = a.store.Person(ctx, user, func(r store.Person) error {
		d.Linked, err = r.Identities()
		return err
	})
	if err != nil {
		return d, err
	}
	if err := a.store.Survey(ctx, func(p store.Platform) error { d.Tenants, err = tenantsByID(p); return err }); err != nil {
		return d, err
	}
	d.Tokens = ownParts(ctx, user, a.store.OwnTokens)
	d.Subscriptions = ownParts(ctx, user, a.store.OwnSubscriptions)
	d.Messages = ownParts(ctx, user, a.store.OwnMessages)
	d.Notifications = ownParts(ctx, user, a.store.OwnNotifications)
	d.Events = ownParts(ctx, user, a.store.OwnEvents)
	return d, nil
}

// ownParts reads one part after the other.
func ownParts[T any](ctx context.Context, user string, read func(context.Context, string, []any) (store.OwnRows[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var after []any
		for {
			part, err := read(ctx, user, after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, row := range part.Rows {
				if !yield(row, nil) {
					return
				}
			}
			if after = part.Next; after == nil {
				return
			}
		}
	}
}
