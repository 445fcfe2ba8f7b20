package portal

import (
	"fmt"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// adminLink leads those who decide to a request. It decides nothing: the page
// behind it does, after signing in.
func adminLink(actor models.Actor, row SubscriptionRow) string {
	return "/t/" + actor.Tenant().Slug + "/admin/requests/" + row.ID
}

func partnerLink(actor models.Actor, row SubscriptionRow) string {
	return "/t/" + actor.Tenant().Slug + "/subscriptions/" + row.ID
}

// deciders are the people who hear of requests now, and of them those who get a
// mail for each: the others get one a day.
func deciders(tx *store.Tx) (all, mailed []string, err error) {
	members, err := tx.Deciders()
	for _, m := range members {
		all = append(all, m.UserID)
		if !m.Daily {
			mailed = append(mailed, m.UserID)
		}
	}
	return all, mailed, err
}

// tellAdmins tells those who decide that a request waits.
func tellAdmins(tx *store.Tx, actor models.Actor, row SubscriptionRow) error {
	return tellAsked(tx, actor, row, row.Team.Name+" asks for "+row.API.Name+" "+row.Version.Name, row.Purpose,
		Mail{Mail: MailAsked, Facts: MailFacts{Object: row.Title(), By: row.By.Name}})
}

// tellWish tells them that a wish for another plan waits.
func tellWish(tx *store.Tx, actor models.Actor, row SubscriptionRow) error {
	return tellAsked(tx, actor, row, row.Team.Name+" asks for plan "+row.Wanted.Name+" of "+row.API.Name, row.WantedWhy,
		Mail{Mail: MailPlanAsked, Facts: MailFacts{Object: row.Title(), By: row.WantedOf.Name, Outcome: row.Wanted.Name}})
}

func tellAsked(tx *store.Tx, actor models.Actor, row SubscriptionRow, title, note string, mail Mail) error {
	all, mailed, err := deciders(tx)
	if err != nil {
		return err
	}
	mail.Path, mail.Facts.Team, mail.Facts.Note = adminLink(actor, row), row.Team.Name, note
	if err := tx.Notify(models.Notification{Kind: models.NotifyRequested, Title: title, Body: note, Link: mail.Path}, all...); err != nil {
		return err
	}
	return mailTo(tx, actor, mailed, mail)
}

// moved are the states in a sentence about a subscription.
var moved = map[models.SubscriptionState]string{
	models.SubscriptionApproved: "approved", models.SubscriptionDenied: "denied", models.SubscriptionPaused: "paused",
	models.SubscriptionEnded: "ended", models.SubscriptionWithdrawn: "withdrawn",
}

// tellAdminsMove tells those who decide what a partner did to a subscription of
// their team's own: the end of access by mail, too.
func tellAdminsMove(tx *store.Tx, actor models.Actor, row SubscriptionRow, outcome string) error {
	if outcome == "" {
		outcome = moved[row.State]
	}
	all, _, err := deciders(tx)
	if err != nil {
		return err
	}
	link := adminLink(actor, row)
	title := fmt.Sprintf("%s: %s by %s", row.Title(), outcome, row.Team.Name)
	if err := tx.Notify(models.Notification{Kind: models.NotifySubscription, Title: title, Link: link}, all...); err != nil || row.State != models.SubscriptionEnded {
		return err
	}
	return mailTo(tx, actor, all, Mail{Mail: MailSubscription, Path: link, Facts: MailFacts{
		Object: row.Title(), Team: row.Team.Name, Outcome: outcome, By: actor.Account().Name,
	}})
}

// tellPartner tells a team what those who run the tenant did, whoever of them is
// in the team as well.
func tellPartner(tx *store.Tx, actor models.Actor, row SubscriptionRow, from models.SubscriptionState, outcome string) error {
	kind, mail := models.NotifySubscription, MailSubscription
	if from == models.SubscriptionPending {
		kind, mail = models.NotifyDecided, MailDecided
	}
	if outcome == "" {
		outcome = moved[row.State]
		if from == models.SubscriptionPaused && row.State == models.SubscriptionApproved {
			outcome = "resumed"
		}
	}
	return tellTeam(tx, actor, row, kind, Mail{Mail: mail, Facts: MailFacts{Outcome: outcome, Note: row.Reason, By: actor.Account().Name}})
}

// tellTeam tells a team's owners about their subscription, here and by mail.
func tellTeam(tx *store.Tx, actor models.Actor, row SubscriptionRow, kind models.NotificationKind, mail Mail) error {
	people, err := owners(tx, row)
	if err != nil {
		return err
	}
	mail.Team, mail.Path, mail.Facts.Object, mail.Facts.Team = row.TeamID, partnerLink(actor, row), row.Title(), row.Team.Name
	err = tx.Notify(models.Notification{TeamID: row.TeamID, Kind: kind, Title: row.Title() + ": " + mail.Facts.Outcome, Body: mail.Facts.Note, Link: mail.Path}, people...)
	if err != nil {
		return err
	}
	return mailTo(tx, actor, people, mail)
}

// tellMessage tells both sides of a question or an answer; its author gets no mail.
func tellMessage(tx *store.Tx, actor models.Actor, row SubscriptionRow, m models.SubscriptionMessage) error {
	team, err := owners(tx, row)
	if err != nil {
		return err
	}
	all, mailed, err := deciders(tx)
	if err != nil {
		return err
	}
	mail := Mail{Mail: MailMessage, Facts: MailFacts{Object: row.Title(), Team: row.Team.Name, By: actor.Account().Name, Note: m.Body}}
	title := row.Title() + ": " + actor.Account().Name + " writes"
	for _, side := range []struct {
		team, link   string
		told, mailed []string
	}{{row.TeamID, partnerLink(actor, row), team, team}, {"", adminLink(actor, row), all, mailed}} {
		if err := tx.Notify(models.Notification{TeamID: side.team, Kind: models.NotifyMessage, Title: title, Body: m.Body, Link: side.link}, side.told...); err != nil {
			return err
		}
		mail.Team, mail.Path = side.team, side.link
		if err := mailTo(tx, actor, but(side.mailed, actor.User()), mail); err != nil {
			return err
		}
	}
	return nil
}

// but are the people without one of them.
func but(people []string, one string) (out []string) {
	for _, p := range people {
		if p != one {
			out = append(out, p)
		}
	}
	return out
}

// tellTransfer tells the owners of both teams, and those who run the tenant.
func tellTransfer(tx *store.Tx, actor models.Actor, row SubscriptionRow, from models.Team) error {
	outcome := "handed from " + from.Name + " to " + row.Team.Name
	mail := Mail{Mail: MailSubscription, Facts: MailFacts{Outcome: outcome, By: actor.Account().Name}}
	if err := tellTeam(tx, actor, row, models.NotifySubscription, mail); err != nil {
		return err
	}
	if err := tellAdminsMove(tx, actor, row, outcome); err != nil {
		return err
	}
	row.Team, row.TeamID = from, from.ID
	return tellTeam(tx, actor, row, models.NotifySubscription, mail)
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
