package portal

import (
	"fmt"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// tellAdmins tells those who decide that a request waits.
func tellAdmins(tx *store.Tx, actor models.Actor, row SubscriptionRow) error {
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	link := "/t/" + actor.Tenant().Slug + "/admin/requests/" + row.ID
	title := row.Team.Name + " asks for " + row.API.Name + " " + row.Version.Name
	if err := tx.Notify(models.Notification{Kind: models.NotifyRequested, Title: title, Body: row.Purpose, Link: link}, admins...); err != nil {
		return err
	}
	return mailTo(tx, actor, admins, Mail{Mail: MailAsked, Path: link, Facts: MailFacts{
		Object: row.Title(), By: row.By.Name, Team: row.Team.Name, Note: row.Purpose,
	}})
}

// moved are the states in a sentence about a subscription.
var moved = map[models.SubscriptionState]string{
	models.SubscriptionApproved: "approved", models.SubscriptionDenied: "denied", models.SubscriptionPaused: "paused",
	models.SubscriptionEnded: "ended", models.SubscriptionWithdrawn: "withdrawn",
}

// tellAdminsMove tells the admins what a partner did to a subscription of their
// team's own: the end of access by mail, too.
func tellAdminsMove(tx *store.Tx, actor models.Actor, row SubscriptionRow) error {
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	link := "/t/" + actor.Tenant().Slug + "/admin/requests/" + row.ID
	title := fmt.Sprintf("%s: %s by %s", row.Title(), moved[row.State], row.Team.Name)
	if err := tx.Notify(models.Notification{Kind: models.NotifySubscription, Title: title, Link: link}, admins...); err != nil || row.State != models.SubscriptionEnded {
		return err
	}
	return mailTo(tx, actor, admins, Mail{Mail: MailSubscription, Path: link, Facts: MailFacts{
		Object: row.Title(), Team: row.Team.Name, Outcome: moved[row.State], By: actor.Account().Name,
	}})
}

// tellPartner tells a team what those who run the tenant did, whoever of them is
// in the team as well.
func tellPartner(tx *store.Tx, actor models.Actor, row SubscriptionRow, from models.SubscriptionState) error {
	people, err := owners(tx, row)
	if err != nil {
		return err
	}
	kind, mail, outcome := models.NotifySubscription, MailSubscription, moved[row.State]
	switch {
	case from == models.SubscriptionPending:
		kind, mail = models.NotifyDecided, MailDecided
	case row.State == models.SubscriptionApproved:
		outcome = "resumed"
	}
	link := "/t/" + actor.Tenant().Slug + "/subscriptions"
	if err := tx.Notify(models.Notification{TeamID: row.TeamID, Kind: kind, Title: row.Title() + ": " + outcome, Body: row.Reason, Link: link}, people...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: mail, Team: row.TeamID, Path: link, Facts: MailFacts{
		Object: row.Title(), Team: row.Team.Name, Outcome: outcome, Note: row.Reason, By: actor.Account().Name,
	}})
}

// owners are who hears of a subscription: who asked, and the team's owners.
func owners(tx *store.Tx, row SubscriptionRow) ([]string, error) {
	members, err := tx.Memberships(row.TeamID)
	var out []string
	for _, m := range members {
		if m.Role == models.TeamOwner || m.UserID == row.RequestedBy {
			out = append(out, m.UserID)
		}
	}
	return out, err
}

// mailTo sends one kind of mail to each of the people.
func mailTo(tx *store.Tx, actor models.Actor, people []string, mail Mail) error {
	mail.Tenant, mail.Facts.Tenant, mail.Facts.At = actor.Tenant().ID, actor.Tenant().Name, tx.Now()
	for _, id := range people {
		mail.User = id
		if err := tx.Enqueue(mail); err != nil {
			return err
		}
	}
	return nil
}
