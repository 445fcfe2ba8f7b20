package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// ArrivalRow is somebody who came with a tenant's archive and was not invited yet, or
// has not accepted.
type ArrivalRow struct {
	models.Arrival
	Name  string
	Teams []string // names
}

// Arrivals lists who had a role or a team where the tenant's archive comes from and
// has nothing here yet.
func (m *Members) Arrivals(ctx context.Context, actor models.Actor) (rows []ArrivalRow, err error) {
	if err := actor.May(models.MemberRead); err != nil {
		return nil, err
	}
	err = m.store.As(ctx, actor, func(r store.Tenant) error {
		all, err := r.Arrivals("", store.PageMost)
		if err != nil {
			return err
		}
		var ids []string
		for _, a := range all {
			ids = append(ids, a.UserID)
		}
		users, err := r.Users(ids)
		if err != nil {
			return err
		}
		for _, a := range all {
			row := ArrivalRow{Arrival: a, Name: users[a.UserID].Name}
			for _, t := range a.Teams {
				team, err := r.Team(t.Team)
				if err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
				row.Teams = append(row.Teams, team.Name)
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// comeBack gives who accepts an invitation the teams that they had where the tenant's
// archive comes from. An admin invited this address and its owner accepts: that is
// what the archive alone does not prove. An invitation to one team, which is its
// owner's, gives back nothing else; and no team gets back whom it removed here since.
func comeBack(tx *store.Tx, user models.User) error {
	a, err := tx.TakeArrival(user.Email)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, t := range a.Teams {
		out, err := tx.Excluded(t.Team, user.ID)
		if err != nil {
			return err
		}
		if out {
			continue
		}
		err = joinTeam(tx, t.Team, user.ID, t.Role)
		if fault.Is(err, fault.Conflict) {
			continue // in it already
		}
		if err != nil {
			return err
		}
	}
	return nil
}
