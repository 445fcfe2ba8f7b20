package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Invite sends a colleague a link that makes them a member of the team. One that was
// sent before works no more.
func (t *Teams) Invite(ctx context.Context, actor models.Actor, team, address string) error {
	return t.manage(ctx, actor, team, func(tx *store.Tx) error {
		of, err := tx.Team(team)
		if err != nil {
			return err
		}
		return t.invite(tx, actor, of, address, models.TeamMember, func() error { return nil })
	})
}

// invite makes the link of an invitation to a team and mails it. Confirmed is asked
// once nothing else is wrong.
func (t *Teams) invite(tx *store.Tx, actor models.Actor, team models.Team, address string, role models.TeamRole, confirmed func() error) error {
	email, err := models.CanonicalEmail(address)
	if err != nil {
		return err
	}
	if user, err := tx.UserByEmail(email); err == nil {
		if err := notColleague(tx, team.ID, user.ID); err != nil {
			return err
		}
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := confirmed(); err != nil {
		return err
	}
	if _, err := tx.WithdrawTeamInvitations(team.ID, email); err != nil {
		return err
	}
	tenant := actor.Tenant()
	link := models.Link{Kind: models.LinkTeam, Email: email, ForTenant: &tenant.ID, ForTeam: &team.ID, Role: models.Role(role), CreatedBy: actor.User()}
	nonce, err := t.links.insert(tx, link, tx.Now())
	if err != nil {
		return err
	}
	if err := tx.RecordAs("team.invite", "team", team.ID, map[string]any{"address": email, "role": role}, nil, nil); err != nil {
		return err
	}
	return tx.Enqueue(Mail{Mail: MailTeam, To: email, Tenant: tenant.ID, Nonce: nonce,
		Facts: MailFacts{Tenant: tenant.Name, Team: team.Name, By: actor.Account().Name, At: tx.Now()}})
}

// notColleague refuses whoever is in the team already.
func notColleague(tx *store.Tx, team, user string) error {
	_, err := tx.Membership(team, user)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	const message = "This person is in the team already."
	return fault.New(fault.Conflict, "already_member", message).WithFields(fault.Field{Name: "email", Message: message})
}

// invitedAs is what an invitation to a team makes of whoever accepts it.
func invitedAs(link models.Link) models.TeamRole {
	if models.TeamRole(link.Role) == models.TeamOwner {
		return models.TeamOwner
	}
	return models.TeamMember
}

// joinTeam puts a person into a team.
func joinTeam(tx *store.Tx, team, user string, role models.TeamRole) error {
	if err := notColleague(tx, team, user); err != nil {
		return err
	}
	if err := tx.InsertMembership(team, user, role); err != nil {
		return err
	}
	if err := tx.EndExclusion(team, user); err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	return tx.RecordAs("team.join", "user", user, map[string]any{"team": team, "role": role}, nil, nil)
}

// Withdraw ends the open invitations of an address to the team.
func (t *Teams) Withdraw(ctx context.Context, actor models.Actor, team, address string) error {
	return t.manage(ctx, actor, team, func(tx *store.Tx) error {
		n, err := tx.WithdrawTeamInvitations(team, address)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Missing("invitation")
		}
		return tx.RecordAs("team.withdraw", "team", team, map[string]any{"address": address}, nil, nil)
	})
}
