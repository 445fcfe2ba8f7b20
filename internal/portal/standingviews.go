package portal

import (
	"context"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// GiveStanding lets a support person look into a tenant whenever they have to,
// until somebody ends it. Operators give it to others; it demands a step-up (R24).
func (g *Grants) GiveStanding(ctx context.Context, actor models.Actor, slug, email, reason string) (models.Tenant, error) {
	to, inside, err := g.giving(ctx, actor, slug, email)
	if err != nil {
		return inside.Tenant(), err
	}
	return inside.Tenant(), g.store.Do(ctx, inside, models.GrantGive, func(tx *store.Tx) error {
		v := models.StandingView{ID: models.NewID(), UserID: to.ID, Reason: reason, GivenBy: actor.User(), ReviewedBy: actor.User()}
		if err := v.Check(); err != nil {
			return err
		}
		if err := notArchived(tx, inside); err != nil {
			return err
		}
		if err := tx.UseProof(slug); err != nil {
			return err
		}
		if err := tx.InsertStandingView(&v); err != nil {
			return err
		}
		if err := tellHolder(tx, inside, to.ID, "You may look into "+inside.Tenant().Name+" whenever you have to", reason, "given"); err != nil {
			return err
		}
		return tx.RecordAs("standing_view.give", "standing_view", v.ID, map[string]any{"to": to.ID, "reason": reason}, nil, nil)
	})
}

// KeepStanding notes that an operator looked at a standing view and finds it needed.
func (g *Grants) KeepStanding(ctx context.Context, actor models.Actor, slug, id string) error {
	if err := actor.May(models.GrantOversee); err != nil {
		return err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return err
	}
	return g.store.Do(ctx, inside, models.GrantOversee, func(tx *store.Tx) error {
		if err := tx.ReviewStandingView(id); err != nil {
			return err
		}
		return tx.RecordAs("standing_view.keep", "standing_view", id, nil, nil, nil)
	})
}

// EndStanding ends a standing view and the grant under it: an operator does it, or
// an admin of the tenant.
func (g *Grants) EndStanding(ctx context.Context, actor models.Actor, slug, id string) error {
	if err := g.decides(actor); err != nil {
		return err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return err
	}
	return g.store.Do(ctx, inside, models.GrantDecide, func(tx *store.Tx) error {
		user, err := tx.EndStandingView(id)
		if err != nil {
			return err
		}
		if err := tx.RenewSessions(user); err != nil {
			return err
		}
		if err := tellHolder(tx, inside, user, "Your standing view of "+inside.Tenant().Name+" was ended", "", "ended"); err != nil {
			return err
		}
		return tx.RecordAs("standing_view.end", "standing_view", id, map[string]any{"of": user}, nil, nil)
	})
}
