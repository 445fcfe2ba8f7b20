package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Recoveries of the person's own account that admins began and nobody ended.
func (a *Accounts) Recoveries(ctx context.Context, actor models.Actor) (rows []RecoveryRow, err error) {
	if !actor.Recovering() {
		if err := actor.May(models.AccountUse); err != nil {
			return nil, err
		}
	}
	err = a.store.Person(ctx, actor.User(), func(p store.Person) error {
		list, err := p.Recoveries()
		if err != nil {
			return err
		}
		var ids []string
		for _, r := range list {
			ids = append(ids, r.TenantID)
		}
		tenants, err := p.TenantsByID(ids)
		for _, r := range list {
			if r.Open(a.store.Now(), LinkLifetime) {
				rows = append(rows, RecoveryRow{Recovery: r, User: actor.Account(), Tenant: tenants[r.TenantID]})
			}
		}
		return err
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows, a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		for i := range rows {
			if rows[i].By, err = r.User(rows[i].StartedBy); err != nil {
				return err
			}
		}
		return nil
	})
}

// StopRecovery ends a recovery of the person's own account.
func (a *Accounts) StopRecovery(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	rows, err := a.Recoveries(ctx, actor)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.ID == id {
			return a.stopOwn(ctx, actor, row)
		}
	}
	return fault.Missing("recovery")
}

// stopOwn ends a recovery for the person whose account it is of.
func (a *Accounts) stopOwn(ctx context.Context, actor models.Actor, row RecoveryRow) error {
	inside := models.NewActor(models.Standing{User: row.User}, row.Tenant, actor.Request())
	return (&Recoveries{a.store, a.links}).stop(ctx, inside, row.ID, row.UserID)
}

// ofLink finds the recovery that a link is about, which must be of that kind.
func (a *Accounts) ofLink(ctx context.Context, actor models.Actor, secret string, kind models.LinkKind) (row RecoveryRow, err error) {
	page, err := a.Link(ctx, actor, secret)
	if err != nil {
		return row, err
	}
	if page.Kind != kind || page.UserID == nil || page.ForTenant == nil {
		return row, fault.Missing("link")
	}
	row.User, row.Tenant = page.Person, page.Tenant
	if kind == models.LinkRecover && page.Email != row.User.Email { // who has another address by now; stopping only takes away
		return row, errLinkUsed()
	}
	inside := models.Stranger(page.Tenant, actor.Request())
	return row, a.store.As(ctx, inside, func(r store.Tenant) error {
		open, err := r.RecoveriesOf(*page.UserID)
		for _, o := range open {
			if o.Open(a.store.Now(), LinkLifetime) {
				row.Recovery = o
				return nil
			}
		}
		if err == nil {
			err = errLinkUsed()
		}
		return err
	})
}

// StopByLink ends a recovery for whoever has the mail that told of it.
func (a *Accounts) StopByLink(ctx context.Context, actor models.Actor, secret string) error {
	row, err := a.ofLink(ctx, actor, secret, models.LinkRecoverStop)
	if err != nil {
		return err
	}
	return a.stopOwn(ctx, actor, row)
}

// RecoverByLink uses up the link that a recovery led to, and says whose account it is
// of: they get a session that is good for a new passkey and for nothing else (R33).
func (a *Accounts) RecoverByLink(ctx context.Context, actor models.Actor, secret string) (user models.User, err error) {
	row, err := a.ofLink(ctx, actor, secret, models.LinkRecover)
	if err != nil {
		return user, err
	}
	if row.State != models.RecoverySent {
		return user, errLinkUsed()
	}
	if err := mayRecover(ctx, a.store, row.TenantID, row.User); err != nil {
		return user, errLinkUsed()
	}
	return row.User, a.store.Do(ctx, self(actor, row.User), models.AccountRecover, func(tx *store.Tx) error {
		if err := tx.UseLink(keyring.LinkHash(secret)); err != nil {
			return err
		}
		return tx.RecordAs("account.recovery_begin", "user", row.UserID, map[string]any{"by": "admin", "tenant": row.TenantID, "recovery": row.ID}, nil, nil)
	})
}

// recoveredBy ends a recovery that an admin began, since its account has a passkey now.
func recoveredBy(tx *store.Tx, person models.Actor, row RecoveryRow) error {
	inside := models.NewActor(models.Standing{User: row.User}, row.Tenant, person.Request())
	return tx.In(inside, func(tx *store.Tx) error {
		if err := moveRecovery(tx, row.Recovery, models.RecoveryUsed, ""); err != nil {
			return err
		}
		return tx.RecordAs("recovery.use", "recovery", row.ID, map[string]any{"user": row.UserID}, nil, nil)
	})
}

// tellStart tells the person, with a link that stops it, and those who run the tenant.
func (r *Recoveries) tellStart(tx *store.Tx, actor models.Actor, row models.Recovery, user models.User) error {
	if err := r.mailLink(tx, actor, models.LinkRecoverStop, MailRecoveryBegun, row, user); err != nil {
		return err
	}
	title := actor.Account().Name + " began the recovery of the account of " + user.Name
	return tellRecovery(tx, actor, row, title, Mail{Mail: MailRecoveryAsked, Facts: MailFacts{Object: user.Name + ", " + user.Email, By: actor.Account().Name, Note: row.Reason}})
}

// mailLink mails the person a one-time link about the recovery of their account.
func (r *Recoveries) mailLink(tx *store.Tx, actor models.Actor, kind models.LinkKind, mail MailKind, row models.Recovery, user models.User) error {
	tenant := actor.Tenant()
	nonce, err := r.links.insert(tx, models.Link{Kind: kind, Email: user.Email, UserID: &user.ID, ForTenant: &tenant.ID, CreatedBy: row.StartedBy}, tx.Now())
	if err != nil {
		return err
	}
	return tx.Enqueue(Mail{Mail: mail, User: user.ID, Nonce: nonce,
		Facts: MailFacts{Tenant: tenant.Name, By: actor.Account().Name, Note: row.Reason, At: tx.Now()}})
}

func tellStop(tx *store.Tx, inside models.Actor, row models.Recovery) error {
	user, err := tx.User(row.UserID)
	if err != nil {
		return err
	}
	by := inside.Account().Name
	if inside.Job() != "" {
		by = "the portal, since this account can’t be recovered from here any more"
	}
	mail := Mail{Mail: MailRecoveryStopped, Facts: MailFacts{Object: user.Name + ", " + user.Email, By: by, Note: row.Reason}}
	return tellRecovery(tx, inside, row, "The recovery of the account of "+user.Name+" was stopped by "+by, mail, user.ID)
}

// tellRecovery tells those who run the tenant, and the person and whom else it
// concerns, in the app and by mail. The person hears of the beginning by a mail of its own.
func tellRecovery(tx *store.Tx, inside models.Actor, row models.Recovery, title string, mail Mail, mailed ...string) error {
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	for _, side := range []struct {
		link         string
		told, mailed []string
	}{{"/t/" + inside.Tenant().Slug + "/admin/recoveries", admins, admins}, {"/account", []string{row.UserID}, mailed}} {
		if err := tx.Notify(models.Notification{Kind: models.NotifyRecovery, Title: title, Body: row.Reason, Link: side.link}, side.told...); err != nil {
			return err
		}
		mail.Path = side.link
		if err := mailTo(tx, inside, side.mailed, mail); err != nil {
			return err
		}
	}
	return nil
}
