package portal

import (
	"context"
	"time"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// Leaving is what deleting an account would do in one tenant.
type Leaving struct {
	Tenant    models.Tenant
	Role      models.Role
	LastAdmin bool
	Teams     []LeavingTeam
	Tokens    []models.Token // that work now
}

// LeavingTeam is a team that the person would leave.
type LeavingTeam struct {
	models.Team
	Others        int  // people besides
	MustHandOver  bool // nobody else owns it
	Subscriptions int  // that would end with its last person
}

// Farewell is all that deleting the account would do, and what is in its way.
type Farewell struct {
	Places       []Leaving
	LastOperator bool
	Until        time.Time // the account's address was changed; it cannot be deleted before
}

// Ready reports whether the account can be deleted now.
func (f Farewell) Ready() bool {
	if f.LastOperator || !f.Until.IsZero() {
		return false
	}
	for _, p := range f.Places {
		if p.LastAdmin {
			return false
		}
		for _, t := range p.Teams {
			if t.MustHandOver {
				return false
			}
		}
	}
	return true
}

// Farewell says what would happen to the person's roles, teams and tokens.
func (a *Accounts) Farewell(ctx context.Context, actor models.Actor) (f Farewell, err error) {
	if err := actor.May(models.AccountUse); err != nil {
		return f, err
	}
	everywhere, err := everywhereOf(ctx, a.store, actor)
	if err != nil {
		return f, err
	}
	for _, inside := range everywhere {
		err := a.store.As(ctx, inside, func(r store.Tenant) error {
			place, err := leavingOne(r, inside)
			if place.Role != models.NoRole || len(place.Teams)+len(place.Tokens) > 0 {
				f.Places = append(f.Places, place)
			}
			return err
		})
		if err != nil {
			return f, err
		}
	}
	err = a.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		undo, err := r.OpenLinks(actor.User(), models.LinkUndo)
		if err != nil {
			return err
		}
		for _, l := range undo {
			if l.ExpiresAt.After(f.Until) {
				f.Until = l.ExpiresAt
			}
		}
		if actor.Account().Staff != models.StaffOperator {
			return nil
		}
		staff, err := r.Staff()
		f.LastOperator = true
		for _, u := range staff {
			f.LastOperator = f.LastOperator && (u.ID == actor.User() || u.Staff != models.StaffOperator || u.State != models.UserActive)
		}
		return err
	})
	return f, err
}

func leavingOne(r store.Tenant, inside models.Actor) (out Leaving, err error) {
	out.Tenant, out.Role = inside.Tenant(), inside.Role()
	if out.Role == models.RoleAdmin {
		admins, err := r.Admins()
		if err != nil {
			return out, err
		}
		out.LastAdmin = len(admins) == 1
	}
	for _, id := range inside.Teams() {
		team := LeavingTeam{}
		if team.Team, err = r.Team(id); err != nil {
			return out, err
		}
		people, err := r.Memberships(id)
		if err != nil {
			return out, err
		}
		owners := 0
		for _, m := range people {
			if m.UserID != inside.User() {
				team.Others++
				if m.Role == models.TeamOwner {
					owners++
				}
			}
		}
		team.MustHandOver = team.Others > 0 && owners == 0
		if team.Others == 0 {
			open, err := openOf(r, id)
			if err != nil {
				return out, err
			}
			team.Subscriptions = len(open)
		}
		out.Teams = append(out.Teams, team)
	}
	out.Tokens, err = r.LiveTokensBy(inside.User())
	return out, err
}

// openOf are a team's subscriptions that stand or may come to stand.
func openOf(r store.Tenant, team string) (all []models.Subscription, err error) {
	f := store.SubscriptionFilter{Teams: []string{team}, States: models.OpenSubscriptions, Limit: store.PageMost}
	for {
		part, err := r.Subscriptions(f)
		if err != nil {
			return nil, err
		}
		if all = append(all, part...); len(part) < f.Limit {
			return all, nil
		}
		f.Before = part[len(part)-1].ID
	}
}
