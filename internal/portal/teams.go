package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Teams are the use cases around who is in a partner's team.
type Teams struct {
	store *store.Store
	links links
}

// Colleague is somebody in a team with their account.
type Colleague struct {
	models.Membership
	User models.User
}

// TeamPage is one of the actor's teams with its people, and the invitations that
// nobody used yet.
type TeamPage struct {
	models.Team
	People  []Colleague
	Invited []models.Link
}

// List shows the actor's own teams.
func (t *Teams) List(ctx context.Context, actor models.Actor) (pages []TeamPage, err error) {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return nil, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		for _, id := range actor.Teams() {
			page, err := teamPage(r, id)
			if err != nil {
				return err
			}
			pages = append(pages, page)
		}
		return nil
	})
	return pages, err
}

func teamPage(r store.Tenant, id string) (page TeamPage, err error) {
	if page.Team, err = r.Team(id); err != nil {
		return page, err
	}
	places, err := r.Memberships(id)
	if err != nil {
		return page, err
	}
	ids := make([]string, len(places))
	for i, m := range places {
		ids[i] = m.UserID
	}
	users, err := r.Users(ids)
	if err != nil {
		return page, err
	}
	for _, m := range places {
		page.People = append(page.People, Colleague{m, users[m.UserID]})
	}
	page.Invited, err = r.TeamInvitations(id)
	return page, err
}

// Colleague finds one person of a team of the actor, with their tokens of this
// team that work now and would not any more without them.
func (t *Teams) Colleague(ctx context.Context, actor models.Actor, team, user string) (who Colleague, of models.Team, tokens []models.Token, err error) {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return who, of, nil, err
	}
	if user != actor.User() {
		err = owns(actor, team)
	} else if actor.TeamRole(team) == "" {
		err = fault.Missing("team")
	}
	if err != nil {
		return who, of, nil, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		if of, err = r.Team(team); err != nil {
			return err
		}
		if who.Membership, err = r.Membership(team, user); err != nil {
			return err
		}
		if who.User, err = r.User(user); err != nil {
			return err
		}
		tokens, err = r.LiveTokensOf(team, user)
		return err
	})
	return who, of, tokens, err
}

// owns is nil for an owner of the team. For whoever is not in it there is none.
func owns(actor models.Actor, team string) error {
	switch actor.TeamRole(team) {
	case models.TeamOwner:
		return nil
	case models.TeamMember:
		return fault.New(fault.Forbidden, "not_team_owner", "Only an owner of the team can do that.")
	}
	return fault.Missing("team")
}

// manage is what an owner does to a team of theirs.
func (t *Teams) manage(ctx context.Context, actor models.Actor, team string, fn func(*store.Tx) error) error {
	if err := actor.May(models.TeamManage); err != nil {
		return err
	}
	if err := owns(actor, team); err != nil {
		return err
	}
	return t.store.Do(ctx, actor, models.TeamManage, func(tx *store.Tx) error {
		mine, err := tx.Membership(team, actor.User())
		if err == nil && mine.Role != models.TeamOwner { // since the request began
			err = fault.New(fault.Forbidden, "not_team_owner", "Only an owner of the team can do that.")
		}
		if err != nil {
			return err
		}
		return fn(tx)
	})
}

// Invite sends a colleague a link that makes them a member of the team.
func (t *Teams) Invite(ctx context.Context, actor models.Actor, team, address string) error {
	return t.manage(ctx, actor, team, func(tx *store.Tx) error {
		email, err := models.CanonicalEmail(address)
		if err != nil {
			return err
		}
		of, err := tx.Team(team)
		if err != nil {
			return err
		}
		if user, err := tx.UserByEmail(email); err == nil {
			if err := notColleague(tx, team, user.ID); err != nil {
				return err
			}
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		if _, err := tx.WithdrawTeamInvitations(team, email); err != nil {
			return err
		}
		tenant := actor.Tenant()
		nonce, err := t.links.insert(tx, models.Link{Kind: models.LinkTeam, Email: email, ForTenant: &tenant.ID, ForTeam: &team, CreatedBy: actor.User()}, tx.Now())
		if err != nil {
			return err
		}
		if err := tx.RecordAs("team.invite", "team", team, map[string]any{"address": email}, nil, nil); err != nil {
			return err
		}
		return tx.Enqueue(Mail{Mail: MailTeam, To: email, Tenant: tenant.ID, Nonce: nonce,
			Facts: MailFacts{Tenant: tenant.Name, Team: of.Name, By: actor.Account().Name, At: tx.Now()}})
	})
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

// joinTeam puts a person into a team as an invitation says.
func joinTeam(tx *store.Tx, team, user string) error {
	if err := notColleague(tx, team, user); err != nil {
		return err
	}
	if err := tx.InsertMembership(team, user, models.TeamMember); err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	return tx.RecordAs("team.join", "user", user, map[string]any{"team": team}, nil, nil)
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

// SetRole makes somebody of the team its owner, or a member. The last owner stays one.
func (t *Teams) SetRole(ctx context.Context, actor models.Actor, team, user string, role models.TeamRole) error {
	return t.manage(ctx, actor, team, func(tx *store.Tx) error {
		if role != models.TeamOwner && role != models.TeamMember {
			return fault.New(fault.Invalid, "invalid_input", "Choose owner or member.")
		}
		if err := tx.SetTeamRole(team, user, role); err != nil {
			return err
		}
		if err := rightsChanged(tx, user); err != nil {
			return err
		}
		return tx.RecordAs("team.role", "user", user, map[string]any{"team": team, "to": role}, nil, nil)
	})
}

// Remove takes somebody out of the team; their tokens of it end at once (R16).
func (t *Teams) Remove(ctx context.Context, actor models.Actor, team, user string) error {
	return t.manage(ctx, actor, team, func(tx *store.Tx) error { return leave(tx, "team.remove", team, user) })
}

// Leave takes the actor out of a team of theirs; their tokens of it end at once (R16).
func (t *Teams) Leave(ctx context.Context, actor models.Actor, team string) error {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return err
	}
	return t.store.Do(ctx, actor, models.SubscriptionReadOwn, func(tx *store.Tx) error { return leave(tx, "team.leave", team, actor.User()) })
}

func leave(tx *store.Tx, action, team, user string) error {
	if err := tx.DeleteMembership(team, user); err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	return tx.RecordAs(action, "user", user, map[string]any{"team": team}, nil, nil)
}
