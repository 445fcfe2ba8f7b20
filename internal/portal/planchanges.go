package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// closed is the answer to a change of a subscription that stands no more.
func closed(state models.SubscriptionState) error {
	return fault.New(fault.Conflict, "wrong_state", "This subscription is %s; that is not possible now.", state)
}

// ChangePlan puts a team's own subscription under another plan. A plan that allows
// more than the present one and needs approval waits for a decision, while the old
// plan goes on; any other counts at once.
func (s *Subscriptions) ChangePlan(ctx context.Context, actor models.Actor, id, plan, why string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionEndOwn); err != nil {
		return SubscriptionRow{}, err
	}
	st := step{right: models.SubscriptionEndOwn, verb: "change_plan"}
	waits := false
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		if err := speaksFor(actor, row.TeamID); err != nil {
			return err
		}
		next, err := offeredPlan(tx, row.APIID, plan)
		if err != nil {
			return err
		}
		st.details = map[string]any{"plan": next.Slug, "old_plan": row.Plan.Slug}
		if waits = next.ID != row.PlanID && !next.AutoApprove && !next.Within(row.Agreed); waits {
			st.verb, row.Wanted, row.WantedOf = "wish_plan", next, actor.Account()
			return row.WantPlan(next.ID, why, actor.User(), tx.Now())
		}
		if err := live(tx, row.VersionID); err != nil {
			return err
		}
		st.verb, st.outcome = "change_plan", "moved from plan "+row.Plan.Name
		row.Plan = next
		return row.Subscription.ChangePlan(next.ID)
	}
	st.tell = func(tx *store.Tx, row SubscriptionRow) error {
		if waits {
			return tellWish(tx, actor, row)
		}
		return tellAdminsMove(tx, actor, row, st.outcome)
	}
	return s.take(ctx, actor, id, &st)
}

func offeredPlan(tx *store.Tx, api, slug string) (models.Plan, error) {
	plans, err := offered(tx.Tenant, api)
	for _, p := range plans {
		if p.Slug == slug {
			return p, err
		}
	}
	if err == nil {
		err = invalid("plan", "Choose one of the plans.")
	}
	return models.Plan{}, err
}

// KeepPlan takes a team's wish for another plan back.
func (s *Subscriptions) KeepPlan(ctx context.Context, actor models.Actor, id string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionEndOwn); err != nil {
		return SubscriptionRow{}, err
	}
	return s.take(ctx, actor, id, &step{right: models.SubscriptionEndOwn, verb: "keep_plan", outcome: "left under its plan",
		change: func(_ *store.Tx, row *SubscriptionRow) error {
			if err := speaksFor(actor, row.TeamID); err != nil {
				return err
			}
			return row.DropWish()
		}})
}

// ApprovePlan lets a wish for another plan come true, as it was shown when seen was read.
func (s *Subscriptions) ApprovePlan(ctx context.Context, actor models.Actor, id, seen string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	st := step{right: models.SubscriptionDecide, verb: "approve_plan"}
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		wish := row.Wanted
		if wish.ID != "" {
			if err := asSeen(tx, actor, *row, seen); err != nil {
				return err
			}
			if err := live(tx, row.VersionID); err != nil {
				return err
			}
			if wish.ArchivedAt != nil {
				return fault.New(fault.Conflict, "plan_archived", "Plan %s is not offered any more. Deny the change, with a word on what to choose instead.", wish.Name)
			}
		}
		st.outcome, st.details = "moved from plan "+row.Plan.Name, map[string]any{"plan": wish.Slug, "old_plan": row.Plan.Slug}
		if err := row.GrantWish(); err != nil {
			return err
		}
		row.Plan = wish
		return nil
	}
	return s.take(ctx, actor, id, &st)
}

// DenyPlan refuses a wish for another plan, with a reason that goes to the
// partner. The old plan goes on.
func (s *Subscriptions) DenyPlan(ctx context.Context, actor models.Actor, id, seen, reason string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	st := step{right: models.SubscriptionDecide, verb: "deny_plan"}
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		if row.Wanted.ID != "" {
			if err := asSeen(tx, actor, *row, seen); err != nil {
				return err
			}
		}
		if err := models.CheckReason(reason); err != nil {
			return err
		}
		st.outcome, st.details = "left as it is; plan "+row.Wanted.Name+" was denied", map[string]any{"plan": row.Wanted.Slug, "reason": reason}
		row.Reason = reason
		return row.DropWish()
	}
	return s.take(ctx, actor, id, &st)
}
