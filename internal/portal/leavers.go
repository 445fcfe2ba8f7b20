package portal

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/internal/fault"
	"gatehouse/internal/openid"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Limits of one run of Due. What is left over is the next run's.
const (
	checksMost     = 2000
	checksAtOnce   = 4 // providers
	checksFailMost = 3 // one after the other, until a provider is left alone for this run
)

// Checked is what came of asking providers about people.
type Checked struct {
	There, Gone, Failed int
	Silent              []Silence
}

// Silence is a provider that does not answer.
type Silence struct {
	Provider, Scope, Why string
	Since                time.Time
}

// Due asks providers about the people who were not asked about for
// models.IdentityCheckEvery. Who is gone is nobody in the tenant from then on, and
// their tokens and sessions there stop (R16, R28). Where a provider does not answer
// nobody is cut off at once; after models.IdentitySilence sessions through it end.
func (p *Providers) Due(ctx context.Context) (sum Checked, err error) {
	var due []models.Identity
	var providers map[string]models.Provider
	var tenants map[string]models.Tenant
	err = p.store.Survey(ctx, func(r store.Platform) (err error) {
		if due, err = r.IdentitiesDue(p.store.Now().Add(-models.IdentityCheckEvery), checksMost); err != nil || len(due) == 0 {
			return err
		}
		scopes := ids(due, func(i models.Identity) string { return i.TenantID })
		if providers, err = r.Providers(scopes); err != nil {
			return err
		}
		tenants, err = r.TenantsByID(scopes)
		return err
	})
	if err != nil {
		return sum, err
	}
	byScope := map[string][]models.Identity{}
	for _, i := range due {
		byScope[i.TenantID] = append(byScope[i.TenantID], i)
	}
	sums := make(chan Checked, len(byScope))
	var g errgroup.Group
	g.SetLimit(checksAtOnce)
	for scope, people := range byScope {
		there := at{providers[scope], tenants[scope], models.Request{}}
		if scope != store.Installation && there.tenant.State != models.TenantActive {
			continue // nobody is in it, and no token of it is good
		}
		g.Go(func() error {
			one, err := p.checkAll(ctx, there, people)
			sums <- one
			return err
		})
	}
	err = g.Wait()
	close(sums)
	for one := range sums {
		sum.There, sum.Gone, sum.Failed = sum.There+one.There, sum.Gone+one.Gone, sum.Failed+one.Failed
		sum.Silent = append(sum.Silent, one.Silent...)
	}
	return sum, err
}

// checkAll asks one provider about its people, and keeps whether it answers.
func (p *Providers) checkAll(ctx context.Context, there at, people []models.Identity) (sum Checked, err error) {
	reg, err := p.registration(there.Provider)
	if err != nil {
		return sum, err
	}
	var errs []error
	var failure error
	row := 0
	for _, one := range people {
		if row >= checksFailMost || ctx.Err() != nil {
			break
		}
		gone, failed, err := p.check(ctx, there, reg, one)
		switch {
		case err != nil:
			errs = append(errs, err)
		case failed != nil:
			failure = failed
			sum.Failed++
			row++
			continue
		case gone:
			sum.Gone++
		default:
			sum.There++
		}
		row = 0
	}
	errs = append(errs, p.note(ctx, there, &sum, failure), p.silent(ctx, there, people))
	return sum, errors.Join(errs...)
}

// check asks about one person.
func (p *Providers) check(ctx context.Context, there at, reg openid.Registration, one models.Identity) (gone bool, failed, err error) {
	if one.Issuer != there.Issuer { // of a provider that the tenant had before: nobody can be asked
		return true, nil, p.gone(ctx, there, one, "The tenant has another provider now.")
	}
	refresh, err := p.keys.OpenIdentity(one)
	if err != nil {
		return false, nil, err
	}
	who, failed := p.client.Check(ctx, reg, one.Subject, string(refresh.Expose()))
	if errors.Is(failed, openid.ErrGone) {
		return true, nil, p.gone(ctx, there, one, "The provider does not know their sign-in any more.")
	}
	if who.Refresh == string(refresh.Expose()) {
		who.Refresh = ""
	}
	if failed != nil || slices.Equal(one.Groups, who.Groups) && one.CheckedAt.After(there.UpdatedAt) { // no news, which the audit log does not keep
		return false, failed, p.noNews(ctx, there, one, who, failed == nil)
	}
	change, err := p.roleChange(ctx, there, models.User{ID: one.UserID})
	if err != nil {
		return false, nil, err
	}
	err = p.store.Do(ctx, there.program(), checkOf(there), func(tx *store.Tx) error {
		now, err := tx.LockIdentity(one.UserID)
		if err != nil {
			return err
		}
		if now.Number != one.Number || now.GoneAt != nil { // they have signed in meanwhile
			return errSettled
		}
		if err := p.renew(tx, &now, who); err != nil {
			return err
		}
		if err := tx.Record("user", one.UserID, byProvider(there), nil, nil); err != nil {
			return err
		}
		return change(tx, now)
	})
	return false, nil, unlessSettled(err)
}

// noNews keeps when somebody was asked about, and the token by which to ask next: the
// one before may be worth nothing already, whatever came after it.
func (p *Providers) noNews(ctx context.Context, there at, one models.Identity, who openid.Person, answered bool) (err error) {
	after := one
	if who.Refresh != "" {
		after.Number++
		if after.Sealed, err = p.keys.SealIdentity(after, who.Refresh); err != nil {
			return err
		}
	}
	if answered {
		after.CheckedAt = p.store.Now()
	}
	return p.store.NoteChecked(ctx, there.program(), after, one.Number)
}

// checkOf is the program's action in a scope.
func checkOf(there at) models.Action {
	if there.TenantID == store.Installation {
		return models.StaffCheck
	}
	return models.IdentityCheck
}

// gone makes a person nobody in the scope of a provider: their tokens are refused and
// their sessions through it end from the same transaction on. The last admin and the
// last operator keep their role, so that the house is not left without anybody (R57).
func (p *Providers) gone(ctx context.Context, there at, one models.Identity, why string) error {
	seats, err := entered(ctx, p.store, one.UserID)
	if err != nil {
		return err
	}
	return unlessSettled(p.store.Do(ctx, there.program(), checkOf(there), func(tx *store.Tx) error {
		now, err := tx.LockIdentity(one.UserID)
		if err != nil {
			return err
		}
		if now.Number != one.Number || now.GoneAt != nil {
			return errSettled
		}
		kept := false
		if there.TenantID == store.Installation {
			kept, err = staffGone(tx, there, &now, seats)
		} else {
			kept, err = memberGone(tx, there, one.UserID, why)
		}
		if err != nil {
			return err
		}
		now.CheckedAt, now.Groups = tx.Now(), nil
		if !kept {
			at := tx.Now()
			now.GoneAt = &at
		}
		if err := tx.UpdateIdentity(now); err != nil {
			return err
		}
		if _, err := tx.DeleteSessionsThrough(one.UserID); err != nil {
			return err
		}
		if err := rightsChanged(tx, one.UserID); err != nil {
			return err
		}
		return tx.RecordAs("identity.gone", "user", one.UserID, map[string]any{"provider": there.ID, "why": why, "kept_role": kept}, nil, nil)
	}))
}

// memberGone tells whom it concerns, and reports whether the person keeps their role.
func memberGone(tx *store.Tx, there at, user, why string) (kept bool, err error) {
	roles, err := tx.LockMembers()
	if err != nil {
		return false, err
	}
	if kept = lastAdmin(roles, user); kept {
		return true, nil
	}
	who, err := tx.User(user)
	if err != nil {
		return false, err
	}
	admins, err := tx.Admins()
	if err != nil {
		return false, err
	}
	n := models.Notification{Kind: models.NotifyRole, Title: who.Name + " is gone at " + there.Name, Body: why + " Their roles, teams and tokens here rest.", Link: "/t/" + there.tenant.Slug + "/admin/members"}
	if err := tx.Notify(n, but(admins, user)...); err != nil {
		return false, err
	}
	return false, tx.Enqueue(Mail{Mail: MailRole, User: user, Path: "/account", Facts: MailFacts{Object: there.tenant.Name, Outcome: "You have no access any more", By: there.Name, Note: why, At: tx.Now()}})
}

// staffGone ends somebody's being staff, and reports whether they stay.
func staffGone(tx *store.Tx, there at, one *models.Identity, seats []seat) (kept bool, err error) {
	operators, err := tx.LockOperators()
	if err != nil {
		return false, err
	}
	user, err := tx.LockUser(one.UserID)
	if err != nil || user.Staff == models.NotStaff {
		return false, err
	}
	if user.Staff == models.StaffOperator && len(operators) == 1 && operators[0].ID == user.ID {
		return true, nil
	}
	one.Given = ""
	return false, changeStaff(tx, there.program(), user, models.NotStaff, seats, byProvider(there))
}

// note keeps whether a provider answers, where that is news.
func (p *Providers) note(ctx context.Context, there at, sum *Checked, failure error) error {
	since, why := there.FailingSince, there.Failure
	switch {
	case sum.There+sum.Gone > 0 && failure == nil:
		since, why = nil, ""
	case failure != nil:
		why = fault.From(failure).Message
		if since == nil {
			now := p.store.Now()
			since = &now
		}
		sum.Silent = append(sum.Silent, Silence{there.ID, there.TenantID, why, *since})
	}
	if why == there.Failure && (since == nil) == (there.FailingSince == nil) {
		return nil
	}
	return p.store.Do(ctx, there.program(), checkOf(there), func(tx *store.Tx) error {
		if err := tx.NoteProvider(since, why); err != nil {
			return err
		}
		return tx.RecordAs("provider.answers", "provider", there.ID, map[string]any{"answers": since == nil, "why": why}, nil, nil)
	})
}

// silent ends the sessions through a provider of people about whom it did not answer
// for too long.
func (p *Providers) silent(ctx context.Context, there at, people []models.Identity) error {
	var errs []error
	for _, one := range people {
		if p.store.Now().Sub(one.CheckedAt) < models.IdentitySilence {
			continue
		}
		errs = append(errs, unlessSettled(p.store.Do(ctx, there.program(), checkOf(there), func(tx *store.Tx) error {
			now, err := tx.Identity(one.UserID)
			if err != nil {
				return err
			}
			if tx.Now().Sub(now.CheckedAt) < models.IdentitySilence {
				return errSettled
			}
			n, err := tx.DeleteSessionsThrough(one.UserID)
			if err != nil {
				return err
			}
			if n == 0 {
				return errSettled
			}
			hours := int(tx.Now().Sub(now.CheckedAt) / time.Hour)
			return tx.RecordAs("session.end", "user", one.UserID, map[string]any{"sessions": n, "provider": there.ID, "silent_hours": hours}, nil, nil)
		})))
	}
	return errors.Join(errs...)
}
