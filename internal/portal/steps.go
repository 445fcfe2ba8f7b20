package portal

import (
	"context"
	"maps"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// step is one thing that is done to a subscription.
type step struct {
	right   models.Action
	verb    string                                  // in the audit log
	change  func(*store.Tx, *SubscriptionRow) error // may fill in what follows
	outcome string                                  // in what is told; "" is the state
	details map[string]any                          // for the audit log
	tell    func(*store.Tx, SubscriptionRow) error  // nil tells the other side
}

// move is take for a step that is named by the state it leads to.
func (s *Subscriptions) move(ctx context.Context, actor models.Actor, right models.Action, verb, id string, change func(*store.Tx, *SubscriptionRow) error) (SubscriptionRow, error) {
	return s.take(ctx, actor, id, &step{right: right, verb: verb, change: change})
}

// take does a step, once: the row is locked, changed where it still is as it was,
// recorded, and told to those whom it concerns (R63).
func (s *Subscriptions) take(ctx context.Context, actor models.Actor, id string, st *step) (row SubscriptionRow, err error) {
	err = s.store.Do(ctx, actor, st.right, func(tx *store.Tx) error {
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
		if err := st.change(tx, &row); err != nil {
			return err
		}
		if before.Over(tx.Now()) && row.State != models.SubscriptionEnded {
			return over(before)
		}
		if err := keep(tx, before, row, st); err != nil {
			return err
		}
		switch {
		case st.tell != nil:
			return st.tell(tx, row)
		case st.right == models.SubscriptionEndOwn:
			return tellAdminsMove(tx, actor, row, st.outcome)
		}
		return tellPartner(tx, actor, row, before.State, st.outcome)
	})
	return row, err
}

// keep stores and records what a step made of a subscription.
func keep(tx *store.Tx, before models.Subscription, row SubscriptionRow, st *step) error {
	if err := tx.MoveSubscription(row.Subscription, before.State); err != nil {
		return err
	}
	if err := tx.Changed(models.ChangeSubscription, row.ID); err != nil { // each state is refused in its own words
		return err
	}
	details := map[string]any{"from": before.State, "to": row.State}
	if row.Reason != "" && row.Reason != before.Reason {
		details["reason"] = row.Reason
	}
	maps.Copy(details, st.details)
	return tx.RecordAs("subscription."+st.verb, "subscription", row.ID, details, before, row.Subscription)
}

// over is the answer to a change of what has ended by its date.
func over(sub models.Subscription) error {
	return fault.New(fault.Conflict, "subscription_over", "This access ended on %s. The team may ask anew.", moment(*sub.EndsAt))
}

// moment is a point in time in a sentence. Ends are mostly midnights, which one
// says by the day before.
func moment(at time.Time) string {
	if at = at.UTC(); at.Equal(at.Truncate(24 * time.Hour)) {
		return "the end of " + at.Add(-time.Second).Format("2 January 2006")
	}
	return at.Format("2 January 2006, 15:04 MST")
}
