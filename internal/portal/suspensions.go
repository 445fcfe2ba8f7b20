package portal

import (
	"context"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// TenantChange is what an operator does to a tenant as a whole.
type TenantChange struct {
	From   models.TenantState // "" is wherever it is
	To     models.TenantState
	Reason string // 5 to 500 characters; stands in both audit logs
	Typed  string // the tenant's name, where calls are about to break
}

// turn is one of the ways from one state of a tenant to another.
type turn struct {
	from, to models.TenantState
	needs    models.Action
	name     string // in the audit logs
	typed    bool   // whether the tenant's name is to be typed
}

// turns are all there are. What is archived was suspended before: then nobody is
// inside, and whoever missed the calls has had a chance to say so.
var turns = []turn{
	{models.TenantActive, models.TenantSuspended, models.TenantSuspend, "tenant.suspend", true},
	{models.TenantSuspended, models.TenantActive, models.TenantSuspend, "tenant.resume", false},
	{models.TenantSuspended, models.TenantArchived, models.TenantArchive, "tenant.archive", true},
	{models.TenantArchived, models.TenantSuspended, models.TenantArchive, "tenant.restore", false},
}

// SetState suspends, resumes, archives or restores a tenant, which demands a step-up
// for its slug (R24). From the answer on every call to a tenant that is not active is
// refused, and its portal is there for staff only, or for operators only (R16).
//
// Suspending touches no token: one that was revoked meanwhile stays dead, the others go
// on when the tenant is resumed. Archiving revokes all of them for good (R14) and ends
// every grant; slug and code stay taken, so that nothing of the tenant's can become
// somebody else's (R62).
func (t *Tenants) SetState(ctx context.Context, actor models.Actor, slug string, in TenantChange) (models.Tenant, error) {
	needs := models.TenantSuspend
	if in.To == models.TenantArchived {
		needs = models.TenantArchive
	}
	if err := actor.May(needs); err != nil {
		return models.Tenant{}, err
	}
	tenant, err := t.store.TenantBySlug(ctx, slug)
	if err != nil {
		return tenant, err
	}
	if in.From != "" && in.From != tenant.State && in.To != models.TenantArchived {
		return tenant, fault.New(fault.Conflict, "changed_meanwhile", "The tenant is %s already. Reload the page and look again.", tenant.State)
	}
	how, err := turnTo(tenant, in.To, t.store.Now())
	if err != nil {
		return tenant, err
	}
	if err := actor.May(how.needs); err != nil {
		return tenant, err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	if err := in.check(tenant, how); err != nil {
		return tenant, err
	}
	err = t.store.Do(ctx, inside(actor, tenant), how.needs, func(tx *store.Tx) error {
		if err := useProof(tx, actor, slug); err != nil {
			return err
		}
		details := map[string]any{"slug": slug, "reason": in.Reason}
		if tenant.State, tenant.ArchivedAt = in.To, nil; in.To == models.TenantArchived {
			now := tx.Now()
			tenant.ArchivedAt = &now
			if err := buryTokens(tx, actor, details); err != nil {
				return err
			}
		}
		if err := tx.UpdateTenant(tenant); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeTenant, tenant.ID); err != nil {
			return err
		}
		if err := tx.RecordAs(how.name, "tenant", tenant.ID, details, nil, nil); err != nil {
			return err
		}
		return tx.In(outside(actor), func(tx *store.Tx) error { return tx.RecordAs(how.name, "tenant", tenant.ID, details, nil, nil) })
	})
	return tenant, err
}

// turnTo is how a tenant comes to a state, or what is in the way.
func turnTo(tenant models.Tenant, to models.TenantState, now time.Time) (turn, error) {
	for _, how := range turns {
		if how.from != tenant.State || how.to != to {
			continue
		}
		if until := tenant.RestorableUntil(); until != nil && !now.Before(*until) {
			return how, fault.New(fault.Conflict, "restore_over", "It could be restored until %s. Create a new tenant, with a slug and a token code of its own.", until.UTC().Format("2 January 2006"))
		}
		return how, nil
	}
	if tenant.State == models.TenantActive && to == models.TenantArchived {
		return turn{}, fault.New(fault.Conflict, "suspend_first", "Suspend the tenant first; then nobody is inside, and who misses its calls can still say so.")
	}
	return turn{}, fault.New(fault.Conflict, "changed_meanwhile", "The tenant is %s already. Reload the page and look again.", tenant.State)
}

func (c TenantChange) check(tenant models.Tenant, how turn) error {
	var p fault.Problems
	n := len([]rune(c.Reason))
	p.Add(n < 5 || n > 500, "reason", "Say why, in 5 to 500 characters; the tenant reads it in its audit log.")
	p.Add(how.typed && !models.SameWords(c.Typed, tenant.Name), "confirm", "Type %q, as it stands here.", tenant.Name)
	return p.Err()
}

// buryTokens ends all tokens and grants of a tenant, and tells every gateway.
func buryTokens(tx *store.Tx, actor models.Actor, details map[string]any) error {
	tokens, err := tx.RevokeAllTokens(actor.User(), "The tenant was archived.")
	if err != nil {
		return err
	}
	people, err := tx.EndAllGrants()
	if err != nil {
		return err
	}
	for _, id := range people {
		if err := tx.RenewSessions(id); err != nil {
			return err
		}
	}
	details["tokens"], details["grants"] = len(tokens), len(people)
	return nil
}

// Stake is what stops where a tenant is suspended or archived.
type Stake struct {
	store.Stake
	CallsADay uint64 // on the average of the last 7 days
}

// AtStake counts what would stop with a tenant, for operators, who decide it from
// outside.
func (t *Tenants) AtStake(ctx context.Context, actor models.Actor, slug string) (s Stake, err error) {
	if err := actor.May(models.TenantSuspend); err != nil {
		return s, err
	}
	tenant, err := t.store.TenantBySlug(ctx, slug)
	if err != nil {
		return s, err
	}
	err = t.store.As(ctx, models.Stranger(tenant, actor.Request()), func(r store.Tenant) error {
		s.Stake, err = r.Stake()
		return err
	})
	if err != nil {
		return s, err
	}
	week, err := t.calls.Series(ctx, tenant.ID, usage.Filter{}, usage.LastWeek)
	s.CallsADay = (week.Total.Calls + 6) / 7
	return s, err
}
