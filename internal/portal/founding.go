package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// TeamsOwned is how many teams of one tenant a person can own who founds another.
const TeamsOwned = 5

// Ways are how somebody comes into a team by themselves.
type Ways struct {
	Open     []models.Team // whose proven domain the actor's address is in, and who let its people join
	Founding bool          // the tenant lets partners found teams
	Domain   string        // of the actor's address
}

// Ways shows how the actor could come into a team. Of a team that does not let
// people of their domain in they learn nothing (R53).
func (t *Teams) Ways(ctx context.Context, actor models.Actor) (w Ways, err error) {
	if err := actor.May(models.TeamFound); err != nil {
		return w, err
	}
	w.Domain = actor.Account().EmailDomain()
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		if w.Founding, err = r.TeamFounding(); err != nil {
			return err
		}
		open, err := r.OpenTeams(w.Domain, actor.User())
		for _, team := range open {
			if actor.TeamRole(team.ID) == "" {
				w.Open = append(w.Open, team)
			}
		}
		return err
	})
	return w, err
}

// Found makes a team that the actor owns, where the tenant lets partners do that.
func (t *Teams) Found(ctx context.Context, actor models.Actor, name string) (models.Team, error) {
	team := models.Team{ID: models.NewID(), Name: name}
	if err := actor.May(models.TeamFound); err != nil {
		return team, err
	}
	return team, t.store.Do(ctx, actor, models.TeamFound, func(tx *store.Tx) error {
		if err := team.Check(); err != nil {
			return err
		}
		if err := foundable(tx); err != nil {
			return err
		}
		if _, err := tx.LockPerson(actor.User()); err != nil { // so that counting and adding are one step
			return err
		}
		n, err := tx.CountOwned(actor.User())
		if err != nil {
			return err
		}
		if n >= TeamsOwned {
			return fault.New(fault.Conflict, "too_many_teams", "You own %d teams here already, which is as many as one person can found.", n)
		}
		return makeTeam(tx, actor, &team)
	})
}

// foundable is nil where partners may found teams.
func foundable(tx *store.Tx) error {
	allowed, err := tx.TeamFounding()
	if err == nil && !allowed {
		err = fault.New(fault.Forbidden, "founding_off", "Here the people who run the portal make the teams. Ask them for one, or a colleague for an invitation.")
	}
	return err
}

// makeTeam stores a new team that the actor owns.
func makeTeam(tx *store.Tx, actor models.Actor, team *models.Team) error {
	if err := tx.InsertTeam(team, actor.User()); err != nil {
		return err
	}
	if err := rightsChanged(tx, actor.User()); err != nil {
		return err
	}
	return tx.RecordAs("team.create", "team", team.ID, map[string]any{"name": team.Name}, nil, nil)
}

// Join makes the actor a member of a team that lets people of their address's
// domain in. Every other team is not there, nor is one that they were removed from (R53).
func (t *Teams) Join(ctx context.Context, actor models.Actor, team string) (of models.Team, err error) {
	if err := actor.May(models.TeamFound); err != nil {
		return of, err
	}
	return of, t.store.Do(ctx, actor, models.TeamFound, func(tx *store.Tx) error {
		user, err := tx.LockPerson(actor.User()) // their address as it is now
		if err != nil {
			return err
		}
		open, err := tx.OpenTeams(user.EmailDomain(), user.ID)
		if err != nil {
			return err
		}
		for _, one := range open {
			if one.ID == team {
				of = one
			}
		}
		if of.ID == "" {
			return fault.Missing("team")
		}
		if err := joinTeam(tx, team, user.ID, models.TeamMember); err != nil {
			return err
		}
		owners, err := teamOwners(tx.Tenant, team)
		if err != nil {
			return err
		}
		return tellTeamChange(tx, actor, of, owners, user.Name+" joined", "Their address is in "+user.EmailDomain()+", whose people your team lets in.")
	})
}

// Rename gives a team of the actor's another name.
func (t *Teams) Rename(ctx context.Context, actor models.Actor, team, name string) error {
	return t.manage(ctx, actor, team, func(tx *store.Tx) error {
		before, err := tx.Team(team)
		if err != nil {
			return err
		}
		after := before
		after.Name = name
		if err := after.Check(); err != nil {
			return err
		}
		if err := tx.RenameTeam(team, name); err != nil {
			return err
		}
		return tx.RecordAs("team.rename", "team", team, map[string]any{"from": before.Name, "to": name}, before, after)
	})
}

// SetFounding says whether partners may found teams.
func (t *Teams) SetFounding(ctx context.Context, actor models.Actor, allowed bool) error {
	if err := actor.May(models.TenantConfigure); err != nil {
		return err
	}
	return t.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		before, err := tx.TeamFounding()
		if err != nil {
			return err
		}
		if err := tx.SetTeamFounding(allowed); err != nil {
			return err
		}
		return tx.RecordAs("team.founding", "tenant", actor.Tenant().ID, map[string]any{"from": before, "to": allowed}, nil, nil)
	})
}

// tellTeamChange tells people of a team what became of it, here and by mail.
func tellTeamChange(tx *store.Tx, actor models.Actor, team models.Team, people []string, outcome, note string) error {
	link := "/t/" + actor.Tenant().Slug + "/team"
	if err := tx.Notify(models.Notification{TeamID: team.ID, Kind: models.NotifyTeam, Title: team.Name + ": " + outcome, Body: note, Link: link}, people...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: MailTeamChanged, Team: team.ID, Path: link, Facts: MailFacts{
		Object: team.Name, Outcome: outcome, Note: note, By: actor.Account().Name,
	}})
}
