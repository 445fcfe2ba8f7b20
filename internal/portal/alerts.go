package portal

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// Alerts are the use cases around what somebody has to look at.
type Alerts struct {
	store *store.Store
	seen  seen
}

// Sighting is a use of a token that should not have happened.
type Sighting struct {
	Kind                     models.AlertKind
	Tenant, Token            string // ids
	IP, UserAgent, RequestID string
	Detail                   string // one sentence more, without a secret
	At                       time.Time
	Times                    int64 // since the last report
}

// alertsMost is how many alerts of one kind about a token can be open: whoever has
// one has as many addresses as they like, and people are not told of each.
const alertsMost = 10

// Sight raises an alert, once for the same thing from the same address while it
// is open: the token's people and the tenant's admins are told then. Where many are
// open, the newest counts what comes from further addresses.
func (a *Alerts) Sight(ctx context.Context, s Sighting) error {
	alert := models.Alert{
		TenantID: s.Tenant, ID: models.NewID(), Kind: s.Kind, TokenID: &s.Token, ClientIP: s.IP, UserAgent: s.UserAgent,
		RequestID: s.RequestID, Detail: s.Detail, Sightings: max(s.Times, 1), FirstAt: models.Time(s.At), LastAt: models.Time(s.At),
	}
	var again bool
	err := a.store.Platform(ctx, func(p store.Platform) (err error) {
		again, err = p.SeeAgain(alert)
		return err
	})
	if err != nil || again {
		return err
	}
	tenant, err := a.store.TenantByID(ctx, s.Tenant)
	if err != nil {
		return err
	}
	program := models.NewProgram("alerts", tenant)
	if err := program.May(models.TokenWatch); err != nil {
		return err
	}
	err = a.store.Do(ctx, program, models.TokenWatch, func(tx *store.Tx) error {
		token, err := tx.LockToken(s.Token)
		if err != nil {
			return err
		}
		open, err := tx.Alerts(store.AlertFilter{Kind: s.Kind, Token: s.Token, Open: true, Limit: alertsMost})
		if err != nil {
			return err
		}
		again = slices.ContainsFunc(open, func(o models.Alert) bool { return o.ClientIP == s.IP }) // another gateway was quicker
		if !again && len(open) == alertsMost {
			again, alert.ClientIP = true, open[0].ClientIP
		}
		if again {
			return errNothingToDo
		}
		return raise(tx, program, token, alert)
	})
	if err == errNothingToDo {
		err = a.store.Platform(ctx, func(p store.Platform) error { _, err := p.SeeAgain(alert); return err })
	}
	return err
}

// raise stores a new alert about a token and tells who has to look at it.
func raise(tx *store.Tx, actor models.Actor, token models.Token, alert models.Alert) error {
	if err := tx.InsertAlert(&alert); err != nil {
		return err
	}
	details := map[string]any{"kind": alert.Kind, "token": token.ID, "name": token.Name, "client_ip": alert.ClientIP, "request": alert.RequestID}
	if err := tx.RecordAs("alert.raise", "alert", alert.ID, details, nil, alert); err != nil {
		return err
	}
	outcome, body := alertTitles[alert.Kind], alertBody(alert)
	if err := tellTokenPeople(tx, actor, token, MailAlert, models.NotifyAlert, outcome, body); err != nil {
		return err
	}
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	link := "/t/" + actor.Tenant().Slug + "/admin/alerts/" + alert.ID
	if err := tx.Notify(models.Notification{Kind: models.NotifyAlert, Title: outcome + ": " + token.Name, Body: body, Link: link}, admins...); err != nil {
		return err
	}
	return mailTo(tx, actor, admins, Mail{Mail: MailAlert, Path: link, Facts: MailFacts{Object: token.Name, Outcome: outcome, Note: body}})
}

// alertTitles are the kinds of alerts as headlines.
var alertTitles = map[models.AlertKind]string{
	models.AlertRetired: "A replaced token was used", models.AlertExposed: "A token was exposed", models.AlertLeaked: "A token was found in public",
}

// AlertTitle is a kind of alert as a headline.
func AlertTitle(k models.AlertKind) string { return alertTitles[k] }

func alertBody(a models.Alert) string {
	body := a.Detail
	if a.ClientIP != "" {
		body += " Seen from " + a.ClientIP
		if a.UserAgent != "" {
			body += ", client " + a.UserAgent
		}
		body += "."
	}
	return body
}

// tellTokenPeople tells a token's owner, and whoever else is responsible for it.
func tellTokenPeople(tx *store.Tx, actor models.Actor, token models.Token, mail MailKind, kind models.NotificationKind, outcome, body string) error {
	people, err := tokenPeople(tx, token)
	if err != nil {
		return err
	}
	link := tokenPath(actor, token)
	if err := tx.Notify(models.Notification{TeamID: tokenTeam(token), Kind: kind, Title: outcome + ": " + token.Name, Body: body, Link: link}, people...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: mail, Team: tokenTeam(token), Path: link, Facts: MailFacts{Object: token.Name, Outcome: outcome, Note: body}})
}
