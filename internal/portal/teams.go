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

// TeamPage is a team with its people, the invitations that nobody used yet, its
// service accounts and its domains.
type TeamPage struct {
	models.Team
	People   []Colleague
	Invited  []models.Link
	Removed  []Removal
	Services []ServiceRow
	Domains  []models.TeamDomain
}

// Removal is somebody who was taken out of a team, and by whom.
type Removal struct {
	models.TeamExclusion
	User, By models.User
}

// List shows the actor's own teams.
func (t *Teams) List(ctx context.Context, actor models.Actor) (pages []TeamPage, err error) {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return nil, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		for _, id := range actor.Teams() {
			page, err := teamPage(r, actor, id)
			if err != nil {
				return err
			}
			pages = append(pages, page)
		}
		return nil
	})
	return pages, err
}

func teamPage(r store.Tenant, actor models.Actor, id string) (page TeamPage, err error) {
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
	if page.Services, err = teamServices(r, actor, id); err != nil {
		return page, err
	}
	domains, err := r.TeamDomains([]string{id})
	if err != nil {
		return page, err
	}
	page.Domains = domains[id]
	if page.Invited, err = r.TeamInvitations(id); err != nil {
		return page, err
	}
	page.Removed, err = removals(r, id)
	return page, err
}

func removals(r store.Tenant, team string) (out []Removal, err error) {
	all, err := r.Exclusions(team)
	if err != nil {
		return nil, err
	}
	users, err := r.Users(append(ids(all, func(e models.TeamExclusion) string { return e.UserID }), ids(all, func(e models.TeamExclusion) string { return e.RemovedBy })...))
	for _, e := range all {
		out = append(out, Removal{e, users[e.UserID], users[e.RemovedBy]})
	}
	return out, err
}

// Colleague finds one person of a team of the actor, with their own tokens of
// this team, which end without them, and the service accounts for which they alone
// answer.
func (t *Teams) Colleague(ctx context.Context, actor models.Actor, team, user string) (who Parting, err error) {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return who, err
	}
	if user != actor.User() {
		err = owns(actor, team)
	} else if actor.TeamRole(team) == "" {
		err = fault.Missing("team")
	}
	if err != nil {
		return who, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		who, err = partingOf(r, team, user)
		return err
	})
	return who, err
}

// Parting is what ends and what stays when somebody leaves a team.
type Parting struct {
	Colleague
	Team     models.Team
	Tokens   []models.Token          // their own, which end
	Services []models.ServiceAccount // that the owners answer for then
}

func partingOf(r store.Tenant, team, user string) (p Parting, err error) {
	if p.Team, err = r.Team(team); err != nil {
		return p, err
	}
	if p.Membership, err = r.Membership(team, user); err != nil {
		return p, err
	}
	if p.User, err = r.User(user); err != nil {
		return p, err
	}
	if p.Services, err = soleServices(r, team, user); err != nil {
		return p, err
	}
	p.Tokens, err = r.LiveTokensOf(team, user)
	return p, err
}

// Parting shows those who may take somebody out of a team what that breaks.
func (t *Teams) Parting(ctx context.Context, actor models.Actor, team, user string) (p Parting, err error) {
	if err := actor.May(models.TeamAdminister); err != nil {
		return p, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		p, err = partingOf(r, team, user)
		return err
	})
	return p, err
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
	return manageTeam(ctx, t.store, actor, models.TeamManage, team, fn)
}

// manageTeam is what an owner does to a team of theirs, under a right.
func manageTeam(ctx context.Context, s *store.Store, actor models.Actor, right models.Action, team string, fn func(*store.Tx) error) error {
	if err := owns(actor, team); err != nil {
		return err
	}
	return s.Do(ctx, actor, right, func(tx *store.Tx) error {
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

// HandOver is the choice of SetRole that makes somebody the owner in place of the actor.
const HandOver models.TeamRole = "instead"

// SetRole makes somebody of the team its owner, or a member, or by HandOver the owner
// in place of the actor. The last owner stays one. It demands a step-up for the
// person (R24).
func (t *Teams) SetRole(ctx context.Context, actor models.Actor, team, user string, role models.TeamRole) error {
	return t.manage(ctx, actor, team, func(tx *store.Tx) error {
		before, err := tx.Membership(team, user)
		if err != nil {
			return err
		}
		var p fault.Problems
		p.Add(role != models.TeamOwner && role != models.TeamMember && role != HandOver, "role", "Choose owner or member.")
		p.Add(role == HandOver && user == actor.User(), "role", "Choose somebody else to own the team in your place.")
		if err := p.Err(); err != nil {
			return err
		}
		if err := tx.UseProof(user); err != nil {
			return err
		}
		to := role
		if role == HandOver {
			to = models.TeamOwner
		}
		if err := setTeamRole(tx, team, user, before.Role, to); err != nil {
			return err
		}
		if role == HandOver {
			if err := setTeamRole(tx, team, actor.User(), models.TeamOwner, models.TeamMember); err != nil {
				return err
			}
		}
		of, err := tx.Team(team)
		if err != nil || user == actor.User() {
			return err
		}
		return tellTeamChange(tx, actor, of, []string{user}, map[models.TeamRole]string{models.TeamOwner: "you are an owner now", models.TeamMember: "you are a member now"}[to], "")
	})
}

func setTeamRole(tx *store.Tx, team, user string, from, to models.TeamRole) error {
	if err := tx.SetTeamRole(team, user, to); err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	details := map[string]any{"team": team, "from": from, "to": to}
	if to != models.TeamOwner {
		if err := endInvitations(tx, team, user, details); err != nil {
			return err
		}
	}
	return tx.RecordAs("team.role", "user", user, details, nil, nil)
}

// endInvitations ends the invitations of somebody who may invite to a team no longer,
// and notes in the details how many there were.
func endInvitations(tx *store.Tx, team, user string, details map[string]any) error {
	n, err := tx.WithdrawColleaguesOf(team, user)
	if n > 0 {
		details["invitations"] = n
	}
	return err
}

// Remove takes somebody out of the team; their own tokens of it end at once (R16).
// They come in by their domain no more, until they are invited again.
func (t *Teams) Remove(ctx context.Context, actor models.Actor, team, user string) error {
	return t.manage(ctx, actor, team, func(tx *store.Tx) error {
		if err := leave(tx, actor, "team.remove", team, user, tx.DeleteMembership); err != nil || user == actor.User() {
			return err
		}
		return tx.Exclude(team, user)
	})
}

// Leave takes the actor out of a team of theirs; their own tokens of it end at once (R16).
func (t *Teams) Leave(ctx context.Context, actor models.Actor, team string) error {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return err
	}
	return t.store.Do(ctx, actor, models.SubscriptionReadOwn, func(tx *store.Tx) error {
		return leave(tx, actor, "team.leave", team, actor.User(), tx.DeleteMembership)
	})
}

// leave takes a person out of a team by how. What only they answered for its owners
// answer for from then on.
func leave(tx *store.Tx, actor models.Actor, action, team, user string, how func(team, user string) error) error {
	left, err := soleServices(tx.Tenant, team, user)
	if err != nil {
		return err
	}
	if err := how(team, user); err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	details := map[string]any{"team": team}
	if err := endInvitations(tx, team, user, details); err != nil {
		return err
	}
	if err := tx.RecordAs(action, "user", user, details, nil, nil); err != nil {
		return err
	}
	return inherit(tx, actor, team, left)
}
