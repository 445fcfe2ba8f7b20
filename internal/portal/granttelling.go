package portal

import (
	"gatehouse/internal/store"
	"gatehouse/models"
)

// grantNews is what a tenant's admins and all operators hear about staff and a tenant.
type grantNews struct {
	title, note       string
	admins, operators string // where it leads each of them
	mail              Mail
}

// tellOverseers tells all operators and the tenant's admins, but not who did it.
func tellOverseers(tx *store.Tx, inside models.Actor, n grantNews) error {
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	staff, err := tx.Staff()
	if err != nil {
		return err
	}
	var operators []string
	for _, u := range staff {
		if u.Staff == models.StaffOperator && u.State == models.UserActive {
			operators = append(operators, u.ID)
		}
	}
	for _, side := range []struct {
		people []string
		path   string
	}{{admins, n.admins}, {operators, n.operators}} {
		people := but(side.people, inside.User())
		if err := tx.Notify(models.Notification{Kind: models.NotifyGrant, Title: n.title, Body: n.note, Link: side.path}, people...); err != nil {
			return err
		}
		n.mail.Path = side.path
		if err := mailTo(tx, inside, people, n.mail); err != nil {
			return err
		}
	}
	return nil
}

// tellHolder tells a staff person what became of their grant or their request.
func tellHolder(tx *store.Tx, inside models.Actor, user, title, note, outcome string) error {
	if user == inside.User() {
		return nil
	}
	path := "/support/tenants/" + inside.Tenant().Slug
	if err := tx.Notify(models.Notification{Kind: models.NotifyGrant, Title: title, Body: note, Link: path}, user); err != nil {
		return err
	}
	return mailTo(tx, inside, []string{user}, Mail{Mail: MailGrantChanged, Path: path, Facts: MailFacts{Object: title, Outcome: outcome, By: inside.Account().Name, Note: note}})
}
