package portal

import (
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// servicePath is where a team finds a service account.
func servicePath(actor models.Actor, s models.ServiceAccount) string {
	return "/t/" + actor.Tenant().Slug + "/team/" + s.TeamID + "/services/" + s.ID
}

// switchService disables a service account or enables it, and tells every gateway
// before the answer (R13).
func switchService(tx *store.Tx, actor models.Actor, account models.ServiceAccount, disabled *time.Time, verb, outcome string) error {
	after := account
	after.DisabledAt = disabled
	if err := tx.Changed(models.ChangeService, account.ID); err != nil {
		return err
	}
	if err := tx.UpdateServiceAccount(after); err != nil {
		return err
	}
	details := map[string]any{"team": account.TeamID, "name": account.Name, "change": tx.ChangeSeq()}
	if err := tx.RecordAs("service."+verb, "service_account", account.ID, details, account, after); err != nil {
		return err
	}
	people, err := serviceAudience(tx.Tenant, account.TeamID, account.ID)
	if err != nil {
		return err
	}
	return tellService(tx, actor, account, people, "Service account "+outcome, "")
}

// tellService tells people about a service account, here and by mail.
func tellService(tx *store.Tx, actor models.Actor, account models.ServiceAccount, people []string, outcome, note string) error {
	link := servicePath(actor, account)
	if err := tx.Notify(models.Notification{TeamID: account.TeamID, Kind: models.NotifyTeam, Title: outcome + ": " + account.Name, Body: note, Link: link}, people...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: MailService, Team: account.TeamID, Path: link, Facts: MailFacts{
		Object: account.Name, Outcome: outcome, Note: note, By: actor.Account().Name,
	}})
}

// soleServices are the service accounts of a team for which a person alone answers.
func soleServices(r store.Tenant, team, user string) ([]models.ServiceAccount, error) {
	all, err := r.ServiceAccounts([]string{team})
	if err != nil {
		return nil, err
	}
	people, err := r.ServicePeople(ids(all, func(s models.ServiceAccount) string { return s.ID })...)
	return slices.DeleteFunc(all, func(s models.ServiceAccount) bool { return !slices.Equal(people[s.ID], []string{user}) }), err
}

// inherit makes the owners of a team answer for service accounts of which the last
// person left, and tells them.
func inherit(tx *store.Tx, actor models.Actor, team string, left []models.ServiceAccount) error {
	if len(left) == 0 {
		return nil
	}
	owners, err := teamOwners(tx.Tenant, team)
	if err != nil {
		return err
	}
	for _, account := range left {
		if err := tx.SetServicePeople(account, owners); err != nil {
			return err
		}
		if err := tx.RecordAs("service.inherit", "service_account", account.ID, map[string]any{"team": team, "name": account.Name, "people": owners}, nil, nil); err != nil {
			return err
		}
		err := tellService(tx, actor, account, owners, "You answer for a service account now",
			"Whoever answered for it alone is not in the team any more. Its tokens go on; choose who looks after them.")
		if err != nil {
			return err
		}
	}
	return nil
}
