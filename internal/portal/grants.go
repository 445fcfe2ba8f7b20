package portal

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Grants are the use cases around support staff entering tenants.
type Grants struct{ store *store.Store }

// Enter gives a staff person the right to look around in a tenant for a while,
// with a reason that the tenant reads. It demands a step-up (R24); more than
// looking is given by an operator (R58).
func (g *Grants) Enter(ctx context.Context, actor models.Actor, slug, reason string, minutes int) (models.Tenant, error) {
	return g.give(ctx, actor, models.GrantTake, slug, actor.Account(), models.GrantView, reason, minutes)
}

// Give lets a support person do more in a tenant for a while. Operators give it
// to others, not to themselves.
func (g *Grants) Give(ctx context.Context, actor models.Actor, slug, email string, level models.GrantLevel, reason string, minutes int) (models.Tenant, error) {
	if err := actor.May(models.GrantGive); err != nil {
		return models.Tenant{}, err
	}
	email, err := models.CanonicalEmail(email)
	if err != nil {
		return models.Tenant{}, err
	}
	var to models.User
	err = g.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) (err error) {
		to, err = r.UserByEmail(email)
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return models.Tenant{}, err
	}
	if err != nil || to.Staff == models.NotStaff || to.State != models.UserActive || to.ID == actor.User() {
		return models.Tenant{}, fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: "email", Message: "Name another staff person, by the address of their account."})
	}
	return g.give(ctx, actor, models.GrantGive, slug, to, level, reason, minutes)
}

func (g *Grants) give(ctx context.Context, actor models.Actor, action models.Action, slug string, to models.User, level models.GrantLevel, reason string, minutes int) (models.Tenant, error) {
	if err := actor.May(action); err != nil {
		return models.Tenant{}, err
	}
	tenant, err := knownTo(ctx, g.store, actor, slug)
	if err != nil {
		return models.Tenant{}, err
	}
	if tenant.State == models.TenantArchived && to.ID != actor.User() {
		return tenant, fault.New(fault.Conflict, "tenant_archived", "This tenant is archived. Operators look at it by a grant of their own; nobody changes it.")
	}
	if minutes < 1 || minutes > int(models.GrantMax/time.Minute) {
		minutes = 0 // Check says what is wrong with it
	}
	now := g.store.Now()
	grant := models.Grant{ID: models.NewID(), UserID: to.ID, Level: level, Reason: reason, GivenBy: actor.User(),
		ExpiresAt: now.Add(time.Duration(minutes) * time.Minute)}
	if err := grant.Check(now); err != nil {
		return tenant, err
	}
	inside := models.NewActor(models.Standing{User: actor.Account()}, tenant, actor.Request()).WithProof(actor.Proof())
	return tenant, g.store.Do(ctx, inside, action, func(tx *store.Tx) error {
		if err := tx.UseProof(slug); err != nil {
			return err
		}
		if err := tx.InsertGrant(&grant); err != nil {
			return err
		}
		if err := tx.RenewSessions(to.ID); err != nil {
			return err
		}
		return tx.Record("grant", grant.ID, map[string]any{"to": to.ID, "level": level, "reason": reason, "minutes": minutes}, nil, nil)
	})
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

// GrantRow is a grant with the staff person who has it.
type GrantRow struct {
	models.Grant
	User models.User
}

// InTenant shows who of the staff is or was in the tenant, and why: the tenant
// sees it (R58). The newest come first.
func (g *Grants) InTenant(ctx context.Context, actor models.Actor) (rows []GrantRow, err error) {
	if err := actor.May(models.MemberRead); err != nil {
		return nil, err
	}
	err = g.store.As(ctx, actor, func(r store.Tenant) error {
		grants, err := r.Grants()
		if err != nil {
			return err
		}
		ids := make([]string, len(grants))
		for i, grant := range grants {
			ids[i] = grant.UserID
		}
		users, err := r.Users(ids)
		for _, grant := range grants {
			rows = append(rows, GrantRow{grant, users[grant.UserID]})
		}
		return err
	})
	return rows, err
}

// Recent are the tenants that a staff person entered last, with the live grant if there is one.
func (g *Grants) Recent(ctx context.Context, actor models.Actor) (grants []models.Grant, tenants map[string]models.Tenant, err error) {
	if err := actor.May(models.TenantDirectory); err != nil {
		return nil, nil, err
	}
	err = g.store.Person(ctx, actor.User(), func(p store.Person) error {
		if grants, err = p.Grants(); err != nil {
			return err
		}
		ids := make([]string, len(grants))
		for i, grant := range grants {
			ids[i] = grant.TenantID
		}
		tenants, err = p.TenantsByID(ids)
		return err
	})
	grants = slices.DeleteFunc(grants, func(grant models.Grant) bool {
		return tenants[grant.TenantID].State == models.TenantArchived && !actor.Can(models.TenantArchive)
	})
	return grants, tenants, err
}
