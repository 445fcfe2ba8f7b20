package portal

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// EndOn sets the moment at which access ends by itself, or takes it away with nil.
// The team is told now, and again before it comes.
func (s *Subscriptions) EndOn(ctx context.Context, actor models.Actor, id string, at *time.Time) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return SubscriptionRow{}, err
	}
	at = models.TimeOrNil(at)
	st := step{right: models.SubscriptionDecide, verb: "end_on", outcome: "left open: it has no end any more", details: map[string]any{"ends_at": at}}
	if at != nil {
		st.outcome = "given an end: " + moment(*at)
	}
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		later := row.EndsAt != nil && (at == nil || at.After(*row.EndsAt))
		if later { // which is more than was decided
			if err := notOwn(tx.Tenant, actor, row.Subscription); err != nil {
				return err
			}
		}
		if row.Over(tx.Now()) {
			return over(row.Subscription)
		}
		return row.Subscription.EndOn(at, tx.Now())
	}
	return s.take(ctx, actor, id, &st)
}

// Transfer hands a subscription to another team of the tenant: an owner of both
// does so, or who runs the tenant. Tokens of the old team lose it at once.
func (s *Subscriptions) Transfer(ctx context.Context, actor models.Actor, id, team string) (SubscriptionRow, error) {
	if err := actor.May(models.SubscriptionTransfer); err != nil {
		return SubscriptionRow{}, err
	}
	var from models.Team
	st := step{right: models.SubscriptionTransfer, verb: "transfer"}
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		from = row.Team
		to, err := taker(tx, actor, row.Subscription, team)
		if err != nil {
			return err
		}
		st.details = map[string]any{"from_team": from.ID, "to_team": to.ID}
		row.Team = to
		return row.HandTo(to.ID, tx.Now())
	}
	st.tell = func(tx *store.Tx, row SubscriptionRow) error { return tellTransfer(tx, actor, row, from) }
	return s.take(ctx, actor, id, &st)
}

// taker is the team that gets a subscription, where the actor may hand it over.
// Who runs the tenant hands nothing to or from a team of their own: it would go
// around the rule that nobody decides about themselves (R65).
func taker(tx *store.Tx, actor models.Actor, sub models.Subscription, team string) (models.Team, error) {
	ownsBoth := actor.TeamRole(sub.TeamID) == models.TeamOwner && actor.TeamRole(team) == models.TeamOwner
	if !ownsBoth {
		if !actor.Can(models.SubscriptionDecide) || len(actor.StandsInFor()) > 0 { // who stands in decides about requests and nothing else
			if err := speaksFor(actor, sub.TeamID); err != nil {
				return models.Team{}, err
			}
			return models.Team{}, invalid("team", "Choose another team that you own.")
		}
		if err := notOwn(tx.Tenant, actor, sub); err != nil {
			return models.Team{}, err
		}
		sub.TeamID, sub.RequestedBy = team, ""
		if err := notOwn(tx.Tenant, actor, sub); err != nil {
			return models.Team{}, err
		}
	}
	to, err := tx.Team(team)
	if fault.Is(err, fault.NotFound) {
		err = invalid("team", "Choose one of the teams.")
	}
	return to, err
}
