package portal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// DailyHour is when those who hear of requests once a day do, in UTC.
const DailyHour = 7

// Due does what the clock says about subscriptions: what is over ends, teams hear
// of an end that comes near, those who decide hear again of what waits too long,
// and once a day of all that waits. It is a job; each step is done once however
// often it runs, and what fails for one keeps none of the others.
func (s *Subscriptions) Due(ctx context.Context) error {
	now := s.store.Now()
	var tenants map[string]models.Tenant
	var ending, waiting []models.Subscription
	var daily []models.Member
	var kept []string
	err := s.store.Survey(ctx, func(p store.Platform) (err error) {
		if tenants, err = tenantsByID(p); err != nil {
			return err
		}
		if ending, err = p.EndingSubscriptions(now.AddDate(0, 0, models.EndNotices[0]+1)); err != nil {
			return err
		}
		if waiting, err = p.WaitingSubscriptions(); err != nil {
			return err
		}
		if daily, err = p.DailyDue(lastDailyHour(now)); err != nil {
			return err
		}
		kept, err = p.DigestDue(lastDailyHour(now))
		return err
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, sub := range ending {
		if sub.Over(now) || sub.NoticeDue(now) != 0 {
			errs = append(errs, s.ending(ctx, tenants[sub.TenantID], sub.ID))
		}
	}
	for _, sub := range waiting {
		if tooLong(tenants[sub.TenantID], sub, now) {
			errs = append(errs, s.escalate(ctx, tenants[sub.TenantID], sub.ID))
		}
	}
	return errors.Join(append(errs, s.dailyMails(ctx, tenants, daily, kept))...)
}

// lastDailyHour is the last time that a day's mails went out.
func lastDailyHour(now time.Time) time.Time {
	at := now.UTC().Truncate(24 * time.Hour).Add(DailyHour * time.Hour)
	if now.Before(at) {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

// tooLong reports whether a request waits longer than its tenant wants (0 is no limit).
func tooLong(t models.Tenant, sub models.Subscription, now time.Time) bool {
	since := sub.WaitsSince()
	return t.EscalateDays > 0 && !since.IsZero() && !now.Before(since.AddDate(0, 0, t.EscalateDays))
}

// byClock changes a subscription as the program itself.
func (s *Subscriptions) byClock(ctx context.Context, t models.Tenant, id string, st *step) error {
	program := models.NewProgram("subscriptions", t)
	return s.store.Do(ctx, program, models.SubscriptionReadAll, func(tx *store.Tx) error {
		before, err := tx.LockSubscription(id)
		if err != nil {
			return err
		}
		row, err := rowOf(tx.Tenant, before)
		if err != nil {
			return err
		}
		if err := st.change(tx, &row); err != nil || st.verb == "" {
			return err
		}
		if err := keep(tx, before, row, st); err != nil {
			return err
		}
		return st.tell(tx, row)
	})
}

// errSettled says that somebody did already what was to be done. Nothing is written.
var errSettled = errors.New("nothing is due any more")

// ending ends what is over, or tells the team that the end comes near.
func (s *Subscriptions) ending(ctx context.Context, t models.Tenant, id string) error {
	program := models.NewProgram("subscriptions", t)
	st := step{}
	var mail Mail
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		now := tx.Now()
		if row.Over(now) {
			on := moment(*row.EndsAt)
			st.verb, st.details = "expire", map[string]any{"ends_at": *row.EndsAt}
			mail = Mail{Mail: MailSubscription, Facts: MailFacts{Outcome: "ended", Note: "Its time was up on " + on + "."}}
			return row.End("Its time was up on " + on + ".")
		}
		due := row.NoticeDue(now)
		if due == 0 {
			return errSettled
		}
		st.verb, st.details = "notice", map[string]any{"days": due}
		row.EndNotice = due
		mail = Mail{Mail: MailEnding, Facts: MailFacts{Outcome: "ends at " + moment(*row.EndsAt)}}
		return nil
	}
	st.tell = func(tx *store.Tx, row SubscriptionRow) error {
		if err := tellTeam(tx, program, row, models.NotifySubscription, mail); err != nil || row.State != models.SubscriptionEnded {
			return err
		}
		return tellAdminsMove(tx, program, row, "ended by its date")
	}
	return unlessSettled(s.byClock(ctx, t, id, &st))
}

// escalate tells all who decide once more.
func (s *Subscriptions) escalate(ctx context.Context, t models.Tenant, id string) error {
	program := models.NewProgram("subscriptions", t)
	st := step{verb: "escalate"}
	st.change = func(tx *store.Tx, row *SubscriptionRow) error {
		now := tx.Now()
		if row.EscalatedAt != nil || !tooLong(t, row.Subscription, now) {
			return errSettled
		}
		row.EscalatedAt = &now
		return nil
	}
	st.tell = func(tx *store.Tx, row SubscriptionRow) error {
		all, _, err := deciders(tx)
		if err != nil {
			return err
		}
		waited := fmt.Sprintf("%d days", int(tx.Now().Sub(row.WaitsSince())/(24*time.Hour)))
		link := adminLink(program, row)
		title := row.Team.Name + " has waited " + waited + " for an answer about " + row.API.Name
		if err := tx.Notify(models.Notification{Kind: models.NotifyOverdue, Title: title, Body: row.Purpose, Link: link}, all...); err != nil {
			return err
		}
		return mailTo(tx, program, all, Mail{Mail: MailOverdue, Path: link, Facts: MailFacts{
			Object: row.Title(), Team: row.Team.Name, Outcome: waited, Note: row.Purpose,
		}})
	}
	return unlessSettled(s.byClock(ctx, t, id, &st))
}

func unlessSettled(err error) error {
	if errors.Is(err, errSettled) {
		return nil
	}
	return err
}

// asks is what a row waits for, in a line.
func (r SubscriptionRow) asks(now time.Time) string {
	what := r.Title()
	if r.State != models.SubscriptionPending {
		what = r.API.Name + " " + r.Version.Name + ", from plan " + r.Plan.Name + " to " + r.Wanted.Name
	}
	return fmt.Sprintf("%s: %s, waiting since %s", r.Team.Name, what, r.WaitsSince().UTC().Format("2 January"))
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func tenantsByID(p store.Platform) (map[string]models.Tenant, error) {
	all, err := p.Tenants()
	tenants := map[string]models.Tenant{}
	for _, t := range all {
		tenants[t.ID] = t
	}
	return tenants, err
}
