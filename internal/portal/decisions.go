package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Approve lets a team in, as it was shown when seen was read (R64).
func (s *Subscriptions) Approve(ctx context.Context, actor models.Actor, id, seen string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	return s.move(ctx, actor, models.SubscriptionDecide, "approve", id, func(tx *store.Tx, row *SubscriptionRow) error {
		if err := decidable(tx, actor, *row, seen); err != nil {
			return err
		}
		if err := live(tx, row.VersionID); err != nil {
			return err
		}
		return row.Approve(actor.User(), tx.Now())
	})
}

// Deny refuses a request, with a reason that goes to the partner.
func (s *Subscriptions) Deny(ctx context.Context, actor models.Actor, id, seen, reason string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	return s.move(ctx, actor, models.SubscriptionDecide, "deny", id, func(tx *store.Tx, row *SubscriptionRow) error {
		if err := decidable(tx, actor, *row, seen); err != nil {
			return err
		}
		return row.Deny(actor.User(), reason, tx.Now())
	})
}

// Pause stops all calls of a subscription until Resume, with a reason that goes to the partner.
func (s *Subscriptions) Pause(ctx context.Context, actor models.Actor, id, reason string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	return s.move(ctx, actor, models.SubscriptionDecide, "pause", id, func(_ *store.Tx, row *SubscriptionRow) error {
		if err := models.CheckReason(reason); err != nil {
			return err
		}
		return row.Subscription.Pause(reason)
	})
}

// Resume lets the calls of a paused subscription through again.
func (s *Subscriptions) Resume(ctx context.Context, actor models.Actor, id string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	return s.move(ctx, actor, models.SubscriptionDecide, "resume", id, func(tx *store.Tx, row *SubscriptionRow) error {
		if err := notOwn(actor, row.Subscription); err != nil {
			return err
		}
		if err := live(tx, row.VersionID); err != nil {
			return err
		}
		return row.Subscription.Resume()
	})
}

// End stops all calls of a subscription for good, with a reason that goes to the
// partner. The team may ask anew.
func (s *Subscriptions) End(ctx context.Context, actor models.Actor, id, reason string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	return s.move(ctx, actor, models.SubscriptionDecide, "end", id, func(_ *store.Tx, row *SubscriptionRow) error {
		if err := models.CheckReason(reason); err != nil {
			return err
		}
		return row.Subscription.End(reason)
	})
}

// Withdraw takes a team's own request back before it is decided.
func (s *Subscriptions) Withdraw(ctx context.Context, actor models.Actor, id string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionEndOwn); err != nil {
		return SubscriptionRow{}, err
	}
	return s.move(ctx, actor, models.SubscriptionEndOwn, "withdraw", id, func(tx *store.Tx, row *SubscriptionRow) error {
		if err := speaksFor(actor, row.TeamID); err != nil {
			return err
		}
		return row.Subscription.Withdraw(actor.User(), tx.Now())
	})
}

// Leave ends a team's own subscription for good.
func (s *Subscriptions) Leave(ctx context.Context, actor models.Actor, id string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionEndOwn); err != nil {
		return SubscriptionRow{}, err
	}
	return s.move(ctx, actor, models.SubscriptionEndOwn, "leave", id, func(_ *store.Tx, row *SubscriptionRow) error {
		if err := speaksFor(actor, row.TeamID); err != nil {
			return err
		}
		return row.Subscription.End("Ended by the team.")
	})
}

// move changes a subscription's state, once: the row is locked, changed where it
// still is as it was, recorded, and told to those whom it concerns (R63).
func (s *Subscriptions) move(ctx context.Context, actor models.Actor, right models.Action, verb, id string, change func(*store.Tx, *SubscriptionRow) error) (row SubscriptionRow, err error) {
	err = s.store.Do(ctx, actor, right, func(tx *store.Tx) error {
		before, err := tx.LockSubscription(id)
		if err != nil {
			return err
		}
		if row, err = rowOf(tx.Tenant, before); err != nil {
			return err
		}
		if err := s.seen.still(row.Seen()); err != nil {
			return err
		}
		if err := change(tx, &row); err != nil {
			return err
		}
		if err := tx.MoveSubscription(row.Subscription, before.State); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeSubscription, id); err != nil { // each state is refused in its own words
			return err
		}
		details := map[string]any{"from": before.State, "to": row.State}
		if row.Reason != "" {
			details["reason"] = row.Reason
		}
		if err := tx.RecordAs("subscription."+verb, "subscription", id, details, before, row.Subscription); err != nil {
			return err
		}
		if right == models.SubscriptionEndOwn {
			return tellAdminsMove(tx, actor, row)
		}
		return tellPartner(tx, actor, row, before.State)
	})
	return row, err
}

// decidable is nil where the actor may decide the request as they saw it. When
// somebody was quicker, it says who and when.
func decidable(tx *store.Tx, actor models.Actor, row SubscriptionRow, seen string) error {
	if row.State != models.SubscriptionPending {
		by := "somebody"
		switch {
		case row.DecidedBy == models.DecidedByPlan:
			by = "its plan"
		case row.Decider.Name != "":
			by = row.Decider.Name
		}
		at := row.UpdatedAt
		if row.DecidedAt != nil {
			at = *row.DecidedAt
		}
		return fault.New(fault.Conflict, "already_decided", "Somebody was quicker: this request is %s, by %s, on %s.",
			row.State, by, at.UTC().Format("2 January 2006 at 15:04 MST"))
	}
	if err := notOwn(actor, row.Subscription); err != nil {
		return err
	}
	if seen != row.Seen() {
		return fault.New(fault.Conflict, "changed_meanwhile", "This request or its plan changed since you opened it. Look at it again, then decide.")
	}
	return nil
}

// notOwn refuses to decide about oneself or one's own team, unless the tenant's
// policy allows it (R65).
func notOwn(actor models.Actor, sub models.Subscription) error {
	if !ownRequest(actor, sub) {
		return nil
	}
	return fault.New(fault.Forbidden, "self_approval",
		"This is your own team's request, so somebody else has to decide it. Where there is only one admin, the tenant's settings can allow deciding one's own.")
}

func ownRequest(actor models.Actor, sub models.Subscription) bool {
	return !actor.Tenant().SelfApproval && (sub.RequestedBy == actor.User() || actor.TeamRole(sub.TeamID) != "")
}

// speaksFor is nil for an owner of the team. To others but its members the
// team's things are not there.
func speaksFor(actor models.Actor, team string) error {
	switch actor.TeamRole(team) {
	case models.TeamOwner:
		return nil
	case models.TeamMember:
		return fault.New(fault.Forbidden, "not_team_owner", "Only an owner of your team can do that. Please ask them.")
	}
	return fault.Missing("subscription")
}
