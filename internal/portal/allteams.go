package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// TeamRow is a team as a list of all shows it.
type TeamRow struct {
	models.Team
	store.TeamCounts
	Domains []models.TeamDomain
}

// TeamsPage is part of the list of all teams.
type TeamsPage struct {
	Rows     []TeamRow
	More     bool
	Founding bool // partners may found teams
}

// The views of the list.
const (
	TeamsAll       = string(store.TeamsAll)
	TeamsOwnerless = string(store.TeamsOwnerless)
	TeamsEmpty     = string(store.TeamsEmpty)
)

// TeamQuery narrows the list of all teams.
type TeamQuery struct {
	Text  string // in its name, a domain of it, the name or address of somebody in it
	View  string // one of those views; others are all
	After string // name and id of the last one of the page before
	Limit int
}

// All lists the tenant's teams by name, for those who run the tenant.
func (t *Teams) All(ctx context.Context, actor models.Actor, q TeamQuery) (page TeamsPage, err error) {
	if err := actor.May(models.TeamReadAll); err != nil {
		return page, err
	}
	limit := min(max(q.Limit, 1), store.PageMost)
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		if page.Founding, err = r.TeamFounding(); err != nil {
			return err
		}
		teams, err := r.ListTeams(store.TeamView(q.View), q.Text, q.After, limit+1)
		if err != nil {
			return err
		}
		page.More = len(teams) > limit
		teams = teams[:min(len(teams), limit)]
		counts, err := r.CountTeams(ids(teams, teamID))
		if err != nil {
			return err
		}
		domains, err := r.TeamDomains(ids(teams, teamID))
		for _, team := range teams {
			page.Rows = append(page.Rows, TeamRow{team, counts[team.ID], domains[team.ID]})
		}
		return err
	})
	return page, err
}

// WholeTeam is everything of a team that those who run the tenant see.
type WholeTeam struct {
	TeamPage
	Counts        store.TeamCounts
	Subscriptions []SubscriptionRow
	Claims        []ClaimRow
	Owned         bool // it has an owner with an active account
}

// Whole shows one team to those who run the tenant.
func (t *Teams) Whole(ctx context.Context, actor models.Actor, id string) (w WholeTeam, err error) {
	if err := actor.May(models.TeamReadAll); err != nil {
		return w, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		if w.TeamPage, err = teamPage(r, actor, id); err != nil {
			return err
		}
		for _, p := range w.People {
			w.Owned = w.Owned || p.Role == models.TeamOwner && p.User.State == models.UserActive
		}
		counts, err := r.CountTeams([]string{id})
		if err != nil {
			return err
		}
		w.Counts = counts[id]
		if w.Claims, err = claimRows(r, id); err != nil {
			return err
		}
		subs, err := allSubscriptions(r, store.SubscriptionFilter{Teams: []string{id}, States: models.OpenSubscriptions})
		if err != nil {
			return err
		}
		w.Subscriptions, err = rowsOf(r, subs)
		return err
	})
	return w, err
}

// administer is what an admin does to a team of the tenant.
func (t *Teams) administer(ctx context.Context, actor models.Actor, id string, fn func(*store.Tx, models.Team) error) error {
	if err := actor.May(models.TeamAdminister); err != nil {
		return err
	}
	return t.store.Do(ctx, actor, models.TeamAdminister, func(tx *store.Tx) error {
		team, err := tx.LockTeam(id)
		if err != nil {
			return err
		}
		return fn(tx, team)
	})
}

// Expel takes somebody out of a team, its last owner too: their own tokens of it end
// at once, and the team's go on (R16). They come in by their domain no more, until they
// are invited again. It demands a step-up for the team (R24).
func (t *Teams) Expel(ctx context.Context, actor models.Actor, id, user string) error {
	return t.administer(ctx, actor, id, func(tx *store.Tx, team models.Team) error {
		if _, err := tx.Membership(id, user); err != nil {
			return err
		}
		if err := tx.UseProof(id); err != nil {
			return err
		}
		if err := leave(tx, actor, "team.expel", id, user, tx.ExpelMember); err != nil {
			return err
		}
		if err := tx.Exclude(id, user); err != nil {
			return err
		}
		owners, err := teamOwners(tx.Tenant, id)
		if err != nil {
			return err
		}
		return tellTeamChange(tx, actor, team, owners, "somebody was taken out of the team", "The people who run "+actor.Tenant().Name+" did that.")
	})
}

// NameOwner gives a team an owner where it has none: somebody of the team at once, or
// somebody by an invitation to their address. It demands a step-up for the team (R24).
func (t *Teams) NameOwner(ctx context.Context, actor models.Actor, id, user, address string) error {
	return t.administer(ctx, actor, id, func(tx *store.Tx, team models.Team) error {
		owned, err := tx.HasOwner(id)
		if err != nil {
			return err
		}
		if owned {
			return fault.New(fault.Conflict, "team_owned", "This team has an owner, who decides about it.")
		}
		if err := notOfStaff(tx, actor, user, address); err != nil {
			return err
		}
		if user == "" {
			return t.invite(tx, actor, team, address, models.TeamOwner, func() error { return tx.UseProof(id) })
		}
		if err := tx.UseProof(id); err != nil {
			return err
		}
		if err := tx.SetTeamRole(id, user, models.TeamOwner); err != nil {
			return err
		}
		if err := rightsChanged(tx, user); err != nil {
			return err
		}
		if err := tx.RecordAs("team.name_owner", "user", user, map[string]any{"team": id}, nil, nil); err != nil {
			return err
		}
		return tellTeamChange(tx, actor, team, []string{user}, "you are its owner now", "It had none. The people who run "+actor.Tenant().Name+" named you.")
	})
}

// notOfStaff refuses that staff who act by a grant make one of them an owner: what they
// may do ends with the grant, and they become nobody's partner by it (R59, R60).
func notOfStaff(tx *store.Tx, actor models.Actor, user, address string) error {
	if actor.Grant() == nil {
		return nil
	}
	owner, err := tx.User(user)
	if user == "" {
		var email string
		if email, err = models.CanonicalEmail(address); err != nil {
			return err
		}
		if owner, err = tx.UserByEmail(email); fault.Is(err, fault.NotFound) {
			return nil
		}
	}
	if err == nil && owner.Staff != models.NotStaff {
		const message = "Staff own no team of a tenant. Name somebody of the partner."
		err = fault.New(fault.Conflict, "staff_never_own", message).WithFields(fault.Field{Name: "email", Message: message})
	}
	return err
}
