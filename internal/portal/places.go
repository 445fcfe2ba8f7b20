package portal

import (
	"context"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// insides are the person in each tenant in which they have a role, a team or a
// live grant and whose pages they see, by the tenants' names.
func insides(ctx context.Context, s *store.Store, actor models.Actor) ([]models.Actor, error) {
	if !actor.SignedIn() {
		return nil, nil
	}
	all, err := everywhereOf(ctx, s, actor)
	return slices.DeleteFunc(all, func(inside models.Actor) bool { return !inside.Sees() }), err
}

// everywhereOf is insides for suspended tenants, too.
func everywhereOf(ctx context.Context, s *store.Store, actor models.Actor) (out []models.Actor, err error) {
	in := map[string]models.Standing{}
	var tenants map[string]models.Tenant
	err = s.Person(ctx, actor.User(), func(p store.Person) error {
		if err := collect(in, p, s, actor.Account()); err != nil {
			return err
		}
		ids := make([]string, 0, len(in))
		for id := range in {
			ids = append(ids, id)
		}
		tenants, err = p.TenantsByID(ids)
		return err
	})
	if via := actor.Via(); via != "" { // a session through a provider opens its scope alone
		maps.DeleteFunc(in, func(id string, s models.Standing) bool {
			return id != via && (via != store.Installation || s.Grant == nil)
		})
	}
	for id, standing := range in {
		out = append(out, models.NewActor(standing, tenants[id], actor.Request()))
	}
	slices.SortFunc(out, func(a, b models.Actor) int {
		return strings.Compare(a.Tenant().Name+a.Tenant().ID, b.Tenant().Name+b.Tenant().ID)
	})
	return out, err
}

// collect reads a person's standings, by tenant.
func collect(in map[string]models.Standing, p store.Person, s *store.Store, user models.User) error {
	change := func(tenant string, set func(*models.Standing)) {
		standing := in[tenant]
		standing.User = user
		set(&standing)
		in[tenant] = standing
	}
	identities, err := p.Identities()
	if err != nil {
		return err
	}
	gone := map[string]bool{} // where the provider says that they are not there any more
	for _, i := range identities {
		gone[i.TenantID] = i.GoneAt != nil
	}
	roles, err := p.Members()
	if err != nil {
		return err
	}
	for _, m := range roles {
		change(m.TenantID, func(st *models.Standing) { st.Role = m.Role })
	}
	places, err := p.Memberships()
	if err != nil {
		return err
	}
	for _, m := range places {
		change(m.TenantID, func(st *models.Standing) {
			if st.Teams == nil {
				st.Teams = map[string]models.TeamRole{}
			}
			st.Teams[m.TeamID] = m.Role
		})
	}
	admitted, err := p.Admissions()
	if err != nil {
		return err
	}
	for _, a := range admitted {
		change(a.TenantID, func(st *models.Standing) { st.Admitted = true })
	}
	maps.DeleteFunc(in, func(id string, _ models.Standing) bool { return gone[id] })
	if user.Staff == models.NotStaff {
		return nil
	}
	grants, err := p.Grants()
	now := s.Now()
	for _, g := range slices.Backward(grants) { // the newest one counts
		if g.Live(now) {
			change(g.TenantID, func(st *models.Standing) { st.Grant = &g })
		}
	}
	return err
}
