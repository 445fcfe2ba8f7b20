package portal

import (
	"context"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// ServiceAccounts are the use cases around what acts for a team and is no person.
type ServiceAccounts struct{ store *store.Store }

// NewServiceAccount is what somebody fills in to make a service account, or to change one.
type NewServiceAccount struct {
	Name, Purpose string
	People        []string // users who answer for it
}

// ServiceRow is a service account with what pages show of it.
type ServiceRow struct {
	models.ServiceAccount
	Team   models.Team
	Maker  models.User
	People []models.User // who answer for it
	Tokens []models.Token
	Mine   bool // the actor answers for it, or owns its team
}

// ServicePage is one service account with what can be chosen for it.
type ServicePage struct {
	ServiceRow
	Colleagues []models.User // all of the team
}

// serviceRows fetches what service accounts are about.
func serviceRows(r store.Tenant, actor models.Actor, all []models.ServiceAccount) ([]ServiceRow, error) {
	people, err := r.ServicePeople(ids(all, func(s models.ServiceAccount) string { return s.ID })...)
	if err != nil {
		return nil, err
	}
	named := ids(all, func(s models.ServiceAccount) string { return s.MadeBy })
	for _, who := range people {
		named = append(named, who...)
	}
	users, err := r.Users(named)
	if err != nil {
		return nil, err
	}
	teams, err := r.Teams(ids(all, func(s models.ServiceAccount) string { return s.TeamID }))
	rows := make([]ServiceRow, len(all))
	for i, s := range all {
		rows[i] = ServiceRow{ServiceAccount: s, Team: teams[s.TeamID], Maker: users[s.MadeBy],
			Mine: actor.TeamRole(s.TeamID) == models.TeamOwner || slices.Contains(people[s.ID], actor.User())}
		for _, id := range people[s.ID] {
			rows[i].People = append(rows[i].People, users[id])
		}
	}
	return rows, err
}

// teamServices are the service accounts of a team with their tokens.
func teamServices(r store.Tenant, actor models.Actor, team string) ([]ServiceRow, error) {
	all, err := r.ServiceAccounts([]string{team})
	if err != nil {
		return nil, err
	}
	rows, err := serviceRows(r, actor, all)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Tokens, err = r.LiveTokensOfService(rows[i].ID); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// All lists the tenant's service accounts in the order of their ids, behind the
// given one, for those who run the tenant.
func (s *ServiceAccounts) All(ctx context.Context, actor models.Actor, after string, limit int) (rows []ServiceRow, more bool, err error) {
	if err := actor.May(models.TeamReadAll); err != nil {
		return nil, false, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		all, err := r.AllServiceAccounts(after, limit+1)
		if err != nil {
			return err
		}
		more = len(all) > limit
		rows, err = serviceRows(r, actor, all[:min(len(all), limit)])
		return err
	})
	return rows, more, err
}

// Form is what an owner can choose for a new service account of a team.
func (s *ServiceAccounts) Form(ctx context.Context, actor models.Actor, team string) (page ServicePage, err error) {
	if err := actor.May(models.ServiceManage); err != nil {
		return page, err
	}
	if err := owns(actor, team); err != nil {
		return page, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		if page.Team, err = r.Team(team); err != nil {
			return err
		}
		page.Colleagues, err = colleagues(r, team, "")
		return err
	})
	return page, err
}

// Show is one service account of a team of the actor, with its tokens.
func (s *ServiceAccounts) Show(ctx context.Context, actor models.Actor, team, id string) (page ServicePage, err error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return page, err
	}
	if actor.TeamRole(team) == "" {
		return page, fault.Missing("team")
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		account, err := r.ServiceAccount(team, id)
		if err != nil {
			return err
		}
		rows, err := serviceRows(r, actor, []models.ServiceAccount{account})
		if err != nil {
			return err
		}
		page.ServiceRow = rows[0]
		if page.Tokens, err = r.LiveTokensOfService(id); err != nil {
			return err
		}
		page.Colleagues, err = colleagues(r, team, "")
		return err
	})
	return page, err
}

// Create makes a service account of a team that the actor owns.
func (s *ServiceAccounts) Create(ctx context.Context, actor models.Actor, team string, in NewServiceAccount) (models.ServiceAccount, error) {
	account := models.ServiceAccount{ID: models.NewID(), TeamID: team, Name: in.Name, Purpose: in.Purpose, MadeBy: actor.User()}
	return account, s.manage(ctx, actor, team, func(tx *store.Tx) error {
		people, err := in.check(tx, account)
		if err != nil {
			return err
		}
		if err := tx.InsertServiceAccount(&account); err != nil {
			return err
		}
		if err := tx.SetServicePeople(account, people); err != nil {
			return err
		}
		if err := tx.RecordAs("service.create", "service_account", account.ID, map[string]any{"team": team, "name": in.Name, "purpose": in.Purpose, "people": people}, nil, account); err != nil {
			return err
		}
		return tellService(tx, actor, account, but(people, actor.User()), "You answer for a service account now", account.Purpose)
	})
}

// check says what is wrong with what was filled in, and returns the people in order.
func (in NewServiceAccount) check(tx *store.Tx, account models.ServiceAccount) ([]string, error) {
	members, err := tx.Memberships(account.TeamID)
	if err != nil {
		return nil, err
	}
	people := slices.Sorted(slices.Values(in.People))
	people = slices.Compact(people)
	account.Name, account.Purpose = in.Name, in.Purpose
	return people, account.Check(people, ids(members, func(m models.Membership) string { return m.UserID }))
}

// manage is what an owner does to the service accounts of a team of theirs.
func (s *ServiceAccounts) manage(ctx context.Context, actor models.Actor, team string, fn func(*store.Tx) error) error {
	if err := actor.May(models.ServiceManage); err != nil {
		return err
	}
	return manageTeam(ctx, s.store, actor, models.ServiceManage, team, fn)
}

// Change gives a service account another name, purpose or other people, as it was
// at the given revision. Who answers for it may make its tokens, so that demands a
// step-up for it (R24).
func (s *ServiceAccounts) Change(ctx context.Context, actor models.Actor, team, id string, in NewServiceAccount, revision int) error {
	return s.manage(ctx, actor, team, func(tx *store.Tx) error {
		before, err := tx.LockServiceAccount(team, id)
		if err != nil {
			return err
		}
		people, err := in.check(tx, before)
		if err != nil {
			return err
		}
		after := before
		after.Name, after.Purpose, after.Revision = in.Name, in.Purpose, revision
		if err := tx.UseProof(id); err != nil {
			return err
		}
		had, err := tx.ServicePeople(id)
		if err != nil {
			return err
		}
		if err := tx.UpdateServiceAccount(after); err != nil {
			return err
		}
		if err := tx.SetServicePeople(after, people); err != nil {
			return err
		}
		details := map[string]any{"team": team, "name": in.Name, "purpose": in.Purpose, "people": map[string]any{"from": had[id], "to": people}}
		if err := tx.RecordAs("service.change", "service_account", id, details, before, after); err != nil {
			return err
		}
		added := slices.DeleteFunc(but(people, actor.User()), func(u string) bool { return slices.Contains(had[id], u) })
		return tellService(tx, actor, after, added, "You answer for a service account now", after.Purpose)
	})
}

// Disable stops the tokens of a service account at once (R16). Who answers for it
// may do that, and asks nobody for a passkey: it only takes away.
func (s *ServiceAccounts) Disable(ctx context.Context, actor models.Actor, team, id string) error {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return err
	}
	return s.store.Do(ctx, actor, models.TokenEditOwn, func(tx *store.Tx) error {
		ok, err := answersForService(tx.Tenant, id, actor.User(), actor.TeamRole(team))
		if err != nil {
			return err
		}
		account, err := tx.LockServiceAccount(team, id)
		if err != nil || actor.TeamRole(team) == "" {
			return fault.Missing("service account").Because(err)
		}
		if !ok {
			return notResponsible()
		}
		if !account.Enabled() {
			return fault.New(fault.Conflict, "wrong_state", "This service account is disabled already.")
		}
		now := tx.Now()
		return switchService(tx, actor, account, &now, "disable", "was disabled; its tokens are refused from now on")
	})
}

// Enable lets the tokens of a service account work again. It demands a step-up for it (R24).
func (s *ServiceAccounts) Enable(ctx context.Context, actor models.Actor, team, id string) error {
	return s.manage(ctx, actor, team, func(tx *store.Tx) error {
		account, err := tx.LockServiceAccount(team, id)
		if err != nil {
			return err
		}
		if account.Enabled() {
			return fault.New(fault.Conflict, "wrong_state", "This service account is enabled already.")
		}
		if err := tx.UseProof(id); err != nil {
			return err
		}
		return switchService(tx, actor, account, nil, "enable", "was enabled; its tokens work again")
	})
}
