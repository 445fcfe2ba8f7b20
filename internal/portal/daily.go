package portal

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// dailyMost is how many requests of a tenant one mail lists.
const dailyMost = 50

// dailyMails sends each person one mail a day: what waits for their decision in the
// tenants where they hear of it daily, and what was kept for them.
func (s *Subscriptions) dailyMails(ctx context.Context, tenants map[string]models.Tenant, daily []models.Member, kept []string) error {
	byUser := map[string][]models.Member{}
	for _, m := range daily {
		byUser[m.UserID] = append(byUser[m.UserID], m)
	}
	for _, user := range kept {
		byUser[user] = append(byUser[user], nil...)
	}
	var errs []error
	for user, members := range byUser {
		errs = append(errs, s.dailyMail(ctx, tenants, user, members))
	}
	return errors.Join(errs...)
}

func (s *Subscriptions) dailyMail(ctx context.Context, tenants map[string]models.Tenant, user string, members []models.Member) error {
	var sections []Mail
	for _, m := range members {
		section, err := s.waiting(ctx, tenants[m.TenantID], user)
		if err != nil {
			return err
		}
		if len(section.Facts.Items) > 0 {
			sections = append(sections, section)
		}
	}
	return s.store.Platform(ctx, func(p store.Platform) error {
		for _, m := range members {
			if err := p.Heard(m); err != nil {
				return err
			}
		}
		kept, err := p.TakeDigest(user, lastDailyHour(s.store.Now()))
		if err != nil {
			return err
		}
		if mail, ok := united(user, sections, itemsOf(kept)); ok {
			mail.Facts.At = s.store.Now()
			return p.Enqueue(mail)
		}
		return nil
	})
}

// united makes one mail of all that a person hears of once a day. What waits in one
// tenant alone keeps the mail that says so.
func united(user string, sections []Mail, kept []MailItem) (Mail, bool) {
	switch {
	case len(sections)+len(kept) == 0:
		return Mail{}, false
	case len(sections) == 1 && len(kept) == 0:
		return sections[0], true
	}
	items := slices.Clone(kept)
	for _, section := range sections {
		for _, item := range section.Facts.Items {
			item.Text = section.Facts.Tenant + ": " + item.Text
			item.Mail, item.Tenant = section.Mail, section.Tenant
			items = append(items, item)
		}
	}
	return Mail{Mail: MailDigest, User: user, Path: "/notifications", Facts: MailFacts{Outcome: count(len(items), "notice"), Items: items}}, true
}

// waiting is a mail with all that waits for a decision in a tenant; without items
// where nothing does.
func (s *Subscriptions) waiting(ctx context.Context, t models.Tenant, user string) (Mail, error) {
	program := models.NewProgram("subscriptions", t)
	mail := Mail{Mail: MailWaiting, User: user, Tenant: t.ID, Path: "/t/" + t.Slug + "/admin/requests", Facts: MailFacts{Tenant: t.Name}}
	err := s.store.As(ctx, program, func(r store.Tenant) error {
		subs, err := r.Subscriptions(store.SubscriptionFilter{Waiting: true, Limit: dailyMost})
		if err != nil {
			return err
		}
		n, err := r.PendingSubscriptions()
		if err != nil {
			return err
		}
		mail.Facts.Outcome = count(int(n), "request")
		rows, err := rowsOf(r, subs)
		for _, row := range rows {
			mail.Facts.Items = append(mail.Facts.Items, MailItem{Text: row.asks(s.store.Now()), Path: adminLink(program, row)})
		}
		return err
	})
	return mail, err
}
