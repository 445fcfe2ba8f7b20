package portal

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Grants are the use cases around support staff entering tenants.
type Grants struct {
	store *store.Store

	supportBreaksGlass bool // whether support staff, too, may enter in an emergency
}

// GrantWish is what a staff person wants to be allowed in a tenant, and why.
type GrantWish struct {
	Level          models.GrantLevel
	Reason, Ticket string
	Minutes        int // 0 is refused
}

func (w GrantWish) grant(user string, now time.Time) models.Grant {
	if w.Minutes < 1 || w.Minutes > int(models.GrantMax/time.Minute) {
		w.Minutes = 0 // Check says what is wrong with it
	}
	return models.Grant{ID: models.NewID(), UserID: user, Level: w.Level, Reason: w.Reason, Ticket: w.Ticket,
		ExpiresAt: now.Add(time.Duration(w.Minutes) * time.Minute)}
}

// at is the actor in a tenant: an admin of it is there already, staff come from outside.
func (g *Grants) at(ctx context.Context, actor models.Actor, slug string) (models.Actor, error) {
	if actor.Tenant().ID != "" {
		return actor, nil
	}
	tenant, err := knownTo(ctx, g.store, actor, slug)
	return models.NewActor(models.Standing{User: actor.Account()}, tenant, actor.Request()).WithProof(actor.Proof()), err
}

// MayDecide reports whether the actor ends grants and answers what staff ask for:
// operators do it from the console, and inside a tenant nobody but its admins.
func (g *Grants) MayDecide(actor models.Actor) bool {
	return actor.Can(models.GrantDecide) && (actor.Tenant().ID == "" || actor.Role() == models.RoleAdmin)
}

func (g *Grants) decides(actor models.Actor) error {
	if err := actor.May(models.GrantDecide); err != nil || g.MayDecide(actor) {
		return err
	}
	return fault.New(fault.Forbidden, "not_allowed", "Operators do this in the support console.")
}

// Enter gives a staff person the right to look around in a tenant for a while,
// with a reason that the tenant reads. It demands a step-up (R24); for more than
// looking one asks (R58). Who has a standing view needs no reason of their own.
func (g *Grants) Enter(ctx context.Context, actor models.Actor, slug string, w GrantWish) (models.Tenant, error) {
	if err := actor.May(models.GrantTake); err != nil {
		return models.Tenant{}, err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return models.Tenant{}, err
	}
	w.Level = models.GrantView
	return inside.Tenant(), g.store.Do(ctx, inside, models.GrantTake, func(tx *store.Tx) error {
		grant := w.grant(actor.User(), tx.Now())
		standing, err := tx.StandingViewOf(actor.User())
		switch {
		case err == nil:
			grant.StandingID = standing.ID
			if grant.Reason == "" {
				grant.Reason = standing.Reason
			}
		case !fault.Is(err, fault.NotFound):
			return err
		}
		grant.GivenBy = actor.User()
		return giveGrant(tx, grant, slug)
	})
}

// giving is to whom somebody gives a grant or a standing view, and who they are inside
// the tenant.
func (g *Grants) giving(ctx context.Context, actor models.Actor, slug, email string) (to models.User, inside models.Actor, err error) {
	if err := actor.May(models.GrantGive); err != nil {
		return to, inside, err
	}
	if to, err = g.colleague(ctx, actor, email); err != nil {
		return to, inside, err
	}
	inside, err = g.at(ctx, actor, slug)
	return to, inside, err
}

// Give lets a support person do more in a tenant for a while, unasked. Operators
// give it to others, not to themselves.
func (g *Grants) Give(ctx context.Context, actor models.Actor, slug, email string, w GrantWish) (models.Tenant, error) {
	to, inside, err := g.giving(ctx, actor, slug, email)
	if err != nil {
		return inside.Tenant(), err
	}
	return inside.Tenant(), g.store.Do(ctx, inside, models.GrantGive, func(tx *store.Tx) error {
		if err := notArchived(tx, inside); err != nil {
			return err
		}
		grant := w.grant(to.ID, tx.Now())
		grant.GivenBy = actor.User()
		if err := giveGrant(tx, grant, slug); err != nil {
			return err
		}
		return tellHolder(tx, inside, to.ID, "You may "+string(w.Level)+" in "+inside.Tenant().Name, w.Reason, "given")
	})
}

// notArchived refuses to let anybody into an archived tenant but operators who look:
// what is given there would be in force once it is restored.
func notArchived(tx *store.Tx, inside models.Actor) error {
	tenant, err := tx.TenantByID(inside.Tenant().ID)
	if err == nil && tenant.State == models.TenantArchived {
		err = fault.New(fault.Conflict, "tenant_archived", "This tenant is archived. Operators look at it by a grant of their own; nobody changes it.")
	}
	return err
}

// colleague is another staff person, by the address of their account.
func (g *Grants) colleague(ctx context.Context, actor models.Actor, address string) (to models.User, err error) {
	email, err := models.CanonicalEmail(address)
	if err != nil {
		return to, err
	}
	err = g.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) (err error) {
		to, err = r.UserByEmail(email)
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return to, err
	}
	if err != nil || to.Staff == models.NotStaff || to.State != models.UserActive || to.ID == actor.User() {
		return to, fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: "email", Message: "Name another staff person, by the address of their account."})
	}
	return to, nil
}

// giveGrant puts a grant into force, after a step-up for an object. Its holder's
// sessions go on under other ids (R36).
func giveGrant(tx *store.Tx, grant models.Grant, proof string) error {
	if err := grant.Check(tx.Now()); err != nil {
		return err
	}
	if err := tx.UseProof(proof); err != nil {
		return err
	}
	return putInForce(tx, &grant, nil)
}

// putInForce stores a grant, and records it with what else is to be known of it.
func putInForce(tx *store.Tx, grant *models.Grant, more map[string]any) error {
	if err := tx.InsertGrant(grant); err != nil {
		return err
	}
	if err := tx.RenewSessions(grant.UserID); err != nil {
		return err
	}
	details := map[string]any{"to": grant.UserID, "level": grant.Level, "reason": grant.Reason,
		"minutes": int(grant.ExpiresAt.Sub(tx.Now()) / time.Minute)}
	if grant.Ticket != "" {
		details["ticket"] = grant.Ticket
	}
	if grant.StandingID != "" {
		details["standing_view"] = grant.StandingID
	}
	for name, value := range more {
		details[name] = value
	}
	return tx.Record("grant", grant.ID, details, nil, nil)
}

// Leave ends the actor's grant in the tenant.
func (g *Grants) Leave(ctx context.Context, actor models.Actor) error {
	grant := actor.Grant()
	if grant == nil {
		return nil
	}
	return g.store.Do(ctx, actor, models.GrantTake, func(tx *store.Tx) error {
		if err := tx.EndGrants(actor.User()); err != nil {
			return err
		}
		if err := tx.RenewSessions(actor.User()); err != nil {
			return err
		}
		return tx.RecordAs("grant.leave", "grant", grant.ID, nil, nil, nil)
	})
}

// End ends somebody's grant at once: an operator does it, or an admin of the tenant.
func (g *Grants) End(ctx context.Context, actor models.Actor, slug, id string) error {
	if err := g.decides(actor); err != nil {
		return err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return err
	}
	return g.store.Do(ctx, inside, models.GrantDecide, func(tx *store.Tx) error {
		grant, err := tx.Grant(id)
		if err != nil {
			return err
		}
		if err := tx.EndGrant(id); fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "grant_ended", "This grant has ended already.")
		} else if err != nil {
			return err
		}
		if err := tx.RenewSessions(grant.UserID); err != nil {
			return err
		}
		if err := tellHolder(tx, inside, grant.UserID, "Your grant in "+inside.Tenant().Name+" was ended", "", "ended"); err != nil {
			return err
		}
		return tx.RecordAs("grant.end", "grant", id, map[string]any{"of": grant.UserID, "level": grant.Level}, nil, nil)
	})
}

// endedLately is how long somebody is told that their grant has ended, where they
// go on as if they had it.
const endedLately = 24 * time.Hour

// Ended is the newest grant of a staff person in a tenant, if it ended lately. It is
// asked for those who have none that is live.
func (g *Grants) Ended(ctx context.Context, actor models.Actor, slug string) (tenant models.Tenant, grant models.Grant, ok bool) {
	if !actor.Can(models.GrantTake) {
		return tenant, grant, false
	}
	tenant, err := knownTo(ctx, g.store, actor, slug)
	if err != nil {
		return tenant, grant, false
	}
	err = g.store.Person(ctx, actor.User(), func(p store.Person) error {
		grant, err = p.LastGrant(tenant.ID)
		return err
	})
	if err != nil {
		return tenant, grant, false
	}
	end := grant.ExpiresAt
	if grant.EndedAt != nil {
		end = *grant.EndedAt
	}
	return tenant, grant, !grant.Live(g.store.Now()) && g.store.Now().Sub(end) < endedLately
}
