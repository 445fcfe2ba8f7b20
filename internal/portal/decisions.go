package portal

import (
	"context"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Terms are what a request is approved on. Nil is as it was asked for.
type Terms struct {
	Plan   string     // slug; "" is the plan that was asked for, another one must be smaller
	Seen   int        // revision of that other plan as it was shown; 0 is any
	Ends   *time.Time // nil: until either side ends it
	Advice string     // to the partner; may be empty
}

// asAsked are the terms that a request names itself.
func asAsked(s models.Subscription) models.Terms {
	return models.Terms{PlanID: s.PlanID, EndsAt: s.WishedEnd}
}

// Approve lets a team in as it asks, as it was shown when seen was read (R64).
func (s *Subscriptions) Approve(ctx context.Context, actor models.Actor, id, seen string) (SubscriptionRow, error) {
	return s.ApproveOn(ctx, actor, id, seen, nil)
}

// ApproveOn is Approve on terms of the one who decides: for a time, with a
// smaller plan, with advice.
func (s *Subscriptions) ApproveOn(ctx context.Context, actor models.Actor, id, seen string, on *Terms) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	st := step{right: models.SubscriptionDecide, verb: "approve"}
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		if err := decidable(tx, actor, *row, seen); err != nil {
			return err
		}
		if err := live(tx, row.VersionID); err != nil {
			return err
		}
		terms := asAsked(row.Subscription)
		if on != nil {
			terms.EndsAt, terms.Advice = models.TimeOrNil(on.Ends), strings.TrimSpace(on.Advice)
		}
		asked := row.Agreed
		if on != nil && on.Plan != "" && on.Plan != asked.Slug {
			smaller, err := smallerPlan(tx, asked, on)
			if err != nil {
				return err
			}
			terms.PlanID, row.Plan = smaller.ID, smaller
		}
		st.outcome, st.details = "approved", map[string]any{"plan": row.Plan.Slug}
		if row.Plan.ID != asked.ID {
			st.outcome += " with this plan in place of " + asked.Name
			st.details["asked_plan"] = asked.Slug
		}
		if terms.EndsAt != nil {
			st.outcome += ", until " + moment(*terms.EndsAt)
			st.details["ends_at"] = *terms.EndsAt
		}
		return row.Subscription.Approve(actor.User(), terms, tx.Now())
	}
	return s.take(ctx, actor, id, &st)
}

// smallerPlan finds an offered plan that allows no more than the one asked for.
func smallerPlan(tx *store.Tx, asked models.Plan, on *Terms) (models.Plan, error) {
	p, err := offeredPlan(tx, asked.APIID, on.Plan)
	switch {
	case err != nil:
	case !p.Within(asked):
		err = invalid("plan", "Choose the plan that was asked for, or one that allows no more.")
	case on.Seen != 0 && on.Seen != p.Revision:
		err = fault.New(fault.Conflict, "changed_meanwhile", "Plan %s changed since you opened this. Look at it again, then decide.", p.Name)
	}
	return p, err
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
		if err := notOwn(tx.Tenant, actor, row.Subscription); err != nil {
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
	return asSeen(tx, actor, row, seen)
}

// asSeen is nil where the actor may decide, and nothing changed since they looked (R64, R65).
func asSeen(tx *store.Tx, actor models.Actor, row SubscriptionRow, seen string) error {
	if err := notOwn(tx.Tenant, actor, row.Subscription); err != nil {
		return err
	}
	if seen != row.Seen() {
		return fault.New(fault.Conflict, "changed_meanwhile", "This request or its plan changed since you opened it. Look at it again, then decide.")
	}
	return nil
}

// notOwn refuses to decide about oneself or one's own team, unless the tenant's
// policy allows it (R65). Who stands in for somebody decides nothing that those
// may not decide either.
func notOwn(r store.Tenant, actor models.Actor, sub models.Subscription) error {
	own, err := ownRequest(r, actor, sub)
	if err != nil || !own {
		return err
	}
	return fault.New(fault.Forbidden, "self_approval",
		"This is your own team's request, or that of whom you stand in for, so somebody else has to decide it. Where there is only one admin, the tenant's settings can allow deciding one's own.")
}

func ownRequest(r store.Tenant, actor models.Actor, sub models.Subscription) (bool, error) {
	if actor.Tenant().SelfApproval {
		return false, nil
	}
	if sub.RequestedBy == actor.User() || sub.WantedBy == actor.User() || actor.TeamRole(sub.TeamID) != "" {
		return true, nil
	}
	for _, away := range actor.StandsInFor() {
		if sub.RequestedBy == away || sub.WantedBy == away {
			return true, nil
		}
		_, err := r.Membership(sub.TeamID, away)
		if !fault.Is(err, fault.NotFound) {
			return err == nil, err
		}
	}
	return false, nil
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
