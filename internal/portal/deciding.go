package portal

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Deciding is how a person has a part in the tenant's requests.
type Deciding struct {
	Daily    bool // they hear of them once a day
	MayName  bool // somebody to stand in for them
	StandIn  models.StandIn
	Named    bool          // somebody stands in, now or later
	Deputy   models.User   // who does
	Choices  []models.User // who could
	StandsIn []models.User // in whose place they decide now
}

// Deciding shows a person's part in deciding requests.
func (m *Members) Deciding(ctx context.Context, actor models.Actor) (d Deciding, err error) {
	if err := actor.May(models.RequestsHear); err != nil {
		return d, err
	}
	d.MayName = actor.Can(models.StandInName)
	err = m.store.As(ctx, actor, func(r store.Tenant) error {
		own, err := r.Member(actor.User())
		if err != nil {
			return err
		}
		d.Daily = own.Daily
		if d.StandIn, d.Named, err = r.StandIn(actor.User()); err != nil {
			return err
		}
		all, err := r.Members("", store.PageMost)
		if err != nil {
			return err
		}
		users, err := r.Users(append(ids(all, func(m models.Member) string { return m.UserID }), actor.StandsInFor()...))
		d.Deputy = users[d.StandIn.DeputyID]
		for _, member := range all {
			if member.UserID != actor.User() && users[member.UserID].State == models.UserActive {
				d.Choices = append(d.Choices, users[member.UserID])
			}
		}
		for _, id := range actor.StandsInFor() {
			d.StandsIn = append(d.StandsIn, users[id])
		}
		return err
	})
	return d, err
}

// HearDaily says whether the person hears of requests by one mail a day, at
// DailyHour, and not by one for each.
func (m *Members) HearDaily(ctx context.Context, actor models.Actor, daily bool) error {
	if err := actor.May(models.RequestsHear); err != nil {
		return err
	}
	return m.store.Do(ctx, actor, models.RequestsHear, func(tx *store.Tx) error {
		if err := tx.SetDaily(actor.User(), daily); err != nil {
			return err
		}
		return tx.Record("user", actor.User(), map[string]any{"daily": daily}, nil, nil)
	})
}

// NameStandIn lets another member decide about requests from a time until another,
// in the person's place and with their own eyes: it gives rights, so it demands a
// step-up (R24). Whoever stood in before no longer does.
func (m *Members) NameStandIn(ctx context.Context, actor models.Actor, deputy string, from, until time.Time) error {
	if err := actor.May(models.StandInName); err != nil {
		return err
	}
	return m.store.Do(ctx, actor, models.StandInName, func(tx *store.Tx) error {
		s := models.StandIn{UserID: actor.User(), DeputyID: deputy, FromAt: models.Time(from), UntilAt: models.Time(until)}
		if err := s.Check(tx.Now()); err != nil {
			return err
		}
		if _, err := tx.Member(deputy); fault.Is(err, fault.NotFound) {
			return invalid("deputy", "Choose a member of this tenant.")
		} else if err != nil {
			return err
		}
		if err := tx.UseProof(actor.User()); err != nil {
			return err
		}
		before, named, err := tx.StandIn(actor.User())
		if err != nil {
			return err
		}
		if err := tx.SetStandIn(s); err != nil {
			return err
		}
		if named && before.DeputyID != deputy {
			if err := rightsChanged(tx, before.DeputyID); err != nil {
				return err
			}
		}
		if err := rightsChanged(tx, deputy); err != nil {
			return err
		}
		if err := tx.Record("user", deputy, map[string]any{"for": actor.User(), "from": s.FromAt, "until": s.UntilAt}, nil, nil); err != nil {
			return err
		}
		return tellDeputy(tx, actor, s)
	})
}

// tellDeputy tells who was named for which time.
func tellDeputy(tx *store.Tx, actor models.Actor, s models.StandIn) error {
	return tx.Notify(models.Notification{Kind: models.NotifyStandIn, Title: "You stand in for " + actor.Account().Name + " in deciding requests",
		Body: "From " + s.FromAt.UTC().Format("2 January 2006") + " to " + moment(s.UntilAt) + ".",
		Link: "/t/" + actor.Tenant().Slug + "/admin/requests"}, s.DeputyID)
}

// EndStandIn ends that somebody stands in for the person, at once.
func (m *Members) EndStandIn(ctx context.Context, actor models.Actor) error {
	if err := actor.May(models.StandInName); err != nil {
		return err
	}
	return m.store.Do(ctx, actor, models.StandInName, func(tx *store.Tx) error {
		before, named, err := tx.StandIn(actor.User())
		if err != nil {
			return err
		}
		if !named {
			return fault.New(fault.Conflict, "changed_meanwhile", "Nobody stands in for you any more.")
		}
		if err := tx.EndStandIn(actor.User()); err != nil {
			return err
		}
		if err := rightsChanged(tx, before.DeputyID); err != nil {
			return err
		}
		return tx.RecordAs("stand_in.end", "user", before.DeputyID, map[string]any{"for": actor.User()}, nil, nil)
	})
}
