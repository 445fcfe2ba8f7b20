package portal

import (
	"context"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// MessageRow is a question or an answer, with who wrote it.
type MessageRow struct {
	models.SubscriptionMessage
	By models.User
}

func messagesOf(r store.Tenant, subscription string) ([]MessageRow, error) {
	list, err := r.Messages(subscription)
	if err != nil {
		return nil, err
	}
	users, err := r.Users(ids(list, func(m models.SubscriptionMessage) string { return m.UserID }))
	rows := make([]MessageRow, len(list))
	for i, m := range list {
		rows[i] = MessageRow{m, users[m.UserID]}
	}
	return rows, err
}

// Messages are the questions and answers about a subscription, the oldest first.
func (s *Subscriptions) Messages(ctx context.Context, actor models.Actor, id string) (rows []MessageRow, err error) {
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return nil, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		if _, err := r.Subscription(id); err != nil {
			return err
		}
		rows, err = messagesOf(r, id)
		return err
	})
	return rows, err
}

// Ask puts a question to the team. It moves nothing: a request waits as before.
func (s *Subscriptions) Ask(ctx context.Context, actor models.Actor, id, text string) (MessageRow, error) {
	if err := actor.May(models.SubscriptionDecide); err != nil {
		return MessageRow{}, err
	}
	return s.say(ctx, actor, models.SubscriptionDecide, "ask", id, text)
}

// Answer answers those who run the tenant, or asks them.
func (s *Subscriptions) Answer(ctx context.Context, actor models.Actor, id, text string) (MessageRow, error) {
	if err := actor.May(models.SubscriptionEndOwn); err != nil {
		return MessageRow{}, err
	}
	return s.say(ctx, actor, models.SubscriptionEndOwn, "answer", id, text)
}

// say keeps a message and tells both sides. It counts as a change of what is
// decided about: who has not read it does not decide (R64).
func (s *Subscriptions) say(ctx context.Context, actor models.Actor, right models.Action, verb, id, text string) (out MessageRow, err error) {
	m := models.SubscriptionMessage{ID: models.NewID(), SubscriptionID: id, UserID: actor.User(), Body: strings.TrimSpace(text),
		FromTeam: right == models.SubscriptionEndOwn}
	st := step{right: right, verb: verb, details: map[string]any{"message": m.ID}}
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		if m.FromTeam {
			if err := speaksFor(actor, row.TeamID); err != nil {
				return err
			}
		}
		if err := m.Check(); err != nil {
			return err
		}
		if !row.Open() {
			return closed(row.State)
		}
		return tx.InsertMessage(&m)
	}
	st.tell = func(tx *store.Tx, row SubscriptionRow) error { return tellMessage(tx, actor, row, m) }
	_, err = s.take(ctx, actor, id, &st)
	return MessageRow{m, actor.Account()}, err
}
