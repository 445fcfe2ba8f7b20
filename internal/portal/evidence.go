package portal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// behaviour is how far back a team's alerts count, the span of its calls.
const behaviour = 90 * 24 * time.Hour

// Evidence is what is known beside a request: how the team has behaved, and what
// the version lets it do.
type Evidence struct {
	Past   usage.Counts // calls of the team to all APIs in the last 90 days
	Alerts *int64       // about its tokens, in that time; nil where the actor may not know
	Reads  int          // operations of the version
	Writes int
	// Personal are the operations that touch data of people, by the document's
	// word or by the look of their names.
	Personal       []models.Operation
	PersonalWrites int
}

// Weigh collects the evidence about a request that Inspect showed.
func (s *Subscriptions) Weigh(ctx context.Context, actor models.Actor, d RequestDetail) (e Evidence, err error) {
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return e, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		if d.Version.PublishedID != nil {
			operations, err := r.Operations(*d.Version.PublishedID)
			if err != nil {
				return err
			}
			e.count(operations)
		}
		if !actor.Can(models.AlertRead) {
			return nil
		}
		n, err := r.CountAlerts(store.AlertFilter{Team: d.TeamID, Since: s.store.Now().Add(-behaviour)})
		e.Alerts = &n
		return err
	})
	if err != nil {
		return e, err
	}
	subs := []string{d.ID}
	for _, o := range d.Others {
		subs = append(subs, o.ID)
	}
	series, err := s.calls.Series(ctx, actor.Tenant().ID, usage.Filter{Subscriptions: subs}, usage.Last90)
	e.Past = series.Total
	return e, err
}

func (e *Evidence) count(operations []models.Operation) {
	for _, o := range operations {
		write := o.Class == models.ClassWrite
		if write {
			e.Writes++
		} else {
			e.Reads++
		}
		if o.Personal.Touches() {
			e.Personal = append(e.Personal, o)
			if write {
				e.PersonalWrites++
			}
		}
	}
}

// Advice is a smaller scope to begin with, in words to the partner, or "" where
// there is none: access that only reads, where some operations write.
func (e Evidence) Advice() string {
	if e.Writes == 0 || e.Reads == 0 {
		return ""
	}
	text := fmt.Sprintf("Please begin with tokens that only read: that is %d of %s.", e.Reads, count(e.Reads+e.Writes, "operation"))
	if e.PersonalWrites > 0 {
		text += " Give a token the right to write only where a program needs it; some of these operations change data of people."
	} else {
		text += " Give a token the right to write only where a program needs it."
	}
	return text
}

// OwnDetail is what a team's people see of one subscription of theirs.
type OwnDetail struct {
	SubscriptionRow
	Messages []MessageRow
	Plans    []models.Plan // to change to
	Takers   []models.Team // to hand it to
}

// OwnOne shows one subscription of the actor's teams.
func (s *Subscriptions) OwnOne(ctx context.Context, actor models.Actor, id string) (d OwnDetail, err error) {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return d, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		sub, err := r.Subscription(id)
		if err != nil {
			return err
		}
		if actor.TeamRole(sub.TeamID) == "" {
			return speaksFor(actor, sub.TeamID) // who runs the tenant sees it on their own page
		}
		if d.SubscriptionRow, err = rowOf(r, sub); err != nil {
			return err
		}
		if d.Messages, err = messagesOf(r, id); err != nil {
			return err
		}
		d.Messages = slices.DeleteFunc(d.Messages, func(m MessageRow) bool { return sub.HandedAt != nil && m.CreatedAt.Before(*sub.HandedAt) })
		if d.Plans, err = offered(r, sub.APIID); err != nil {
			return err
		}
		owned, err := ownedTeams(r, actor)
		for _, t := range owned {
			if t.ID != sub.TeamID {
				d.Takers = append(d.Takers, t)
			}
		}
		return err
	})
	if err != nil {
		return d, err
	}
	one := []SubscriptionRow{d.SubscriptionRow}
	err = countQuotas(ctx, s.calls, s.store.Now(), actor.Tenant().ID, one)
	d.SubscriptionRow = one[0]
	return d, err
}
