package portal

import (
	"context"
	"slices"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// GrantRow is a grant with the people and the tenant that it is about.
type GrantRow struct {
	models.Grant
	User, Giver, Ender, Reviewer models.User
	Tenant                       models.Tenant
}

// StandingRow is a standing view with them.
type StandingRow struct {
	models.StandingView
	User, Giver models.User
	Tenant      models.Tenant
}

// StaffAccess is everything about staff and one tenant, or all of them.
type StaffAccess struct {
	Waiting     []GrantRequestRow
	Live        []GrantRow
	Standing    []StandingRow
	Past        []GrantRow        // of one tenant
	Settled     []GrantRequestRow // of one tenant, that came to nothing
	Emergencies []GrantRow        // not reviewed yet, of all
}

// InTenant shows who of the staff is, was or wants to be in the tenant, and why: the
// tenant sees it (R58). The newest come first.
func (g *Grants) InTenant(ctx context.Context, actor models.Actor) (out StaffAccess, err error) {
	if err := actor.May(models.MemberRead); err != nil {
		return out, err
	}
	err = g.store.As(ctx, actor, func(r store.Tenant) error { out, err = accessIn(r, actor.Tenant()); return err })
	return out, err
}

// AtDoor is InTenant for staff who stand outside.
func (g *Grants) AtDoor(ctx context.Context, actor models.Actor, slug string) (out StaffAccess, err error) {
	if err := actor.May(models.TenantDirectory); err != nil {
		return out, err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return out, err
	}
	err = g.store.As(ctx, inside, func(r store.Tenant) error { out, err = accessIn(r, inside.Tenant()); return err })
	return out, err
}

func accessIn(r store.Tenant, tenant models.Tenant) (out StaffAccess, err error) {
	grants, err := r.Grants()
	if err != nil {
		return out, err
	}
	requests, err := r.GrantRequests()
	if err != nil {
		return out, err
	}
	views, err := r.StandingViews()
	if err != nil {
		return out, err
	}
	p, err := peopleOf(grants, requests, views, r.Users)
	p.tenants = map[string]models.Tenant{tenant.ID: tenant}
	now := r.Now()
	for _, one := range p.grants(grants) {
		if one.Live(now) {
			out.Live = append(out.Live, one)
		} else {
			out.Past = append(out.Past, one)
		}
	}
	for _, one := range p.requests(requests) {
		switch {
		case one.Waits(now):
			out.Waiting = append(out.Waiting, one)
		case one.State != models.GrantApproved:
			out.Settled = append(out.Settled, one)
		}
	}
	out.Standing = p.standing(views)
	return out, err
}

// Oversee shows operators everything that is live, that waits, and that is to be reviewed.
func (g *Grants) Oversee(ctx context.Context, actor models.Actor) (out StaffAccess, err error) {
	if err := actor.May(models.GrantOversee); err != nil {
		return out, err
	}
	err = g.store.Survey(ctx, func(r store.Platform) error { // all tenants': that is what it is for
		all, err := r.Overseen()
		if err != nil {
			return err
		}
		p, err := peopleOf(slices.Concat(all.Live, all.Emergencies), all.Requests, all.Standing, r.UsersByID)
		if err != nil {
			return err
		}
		p.tenants, err = r.TenantsByID(p.in)
		out.Waiting, out.Live, out.Emergencies, out.Standing = p.requests(all.Requests), p.grants(all.Live), p.grants(all.Emergencies), p.standing(all.Standing)
		return err
	})
	return out, err
}

// Overdue is how many requests and emergencies wait for an operator; 0 for others.
func (g *Grants) Overdue(ctx context.Context, actor models.Actor) (n int64, err error) {
	if !actor.Can(models.GrantOversee) {
		return 0, nil
	}
	err = g.store.Survey(ctx, func(p store.Platform) error { n, err = p.CountOverseen(); return err })
	return n, err
}

// Visit is one grant with what was done under it, the newest first.
func (g *Grants) Visit(ctx context.Context, actor models.Actor, slug, id string) (row GrantRow, events []AuditEvent, err error) {
	needs := models.AuditRead
	if actor.Tenant().ID == "" {
		needs = models.GrantOversee
	}
	if err := actor.May(needs); err != nil {
		return row, nil, err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return row, nil, err
	}
	err = g.store.As(ctx, inside, func(r store.Tenant) error {
		grant, err := r.Grant(id)
		if err != nil {
			return err
		}
		p, err := peopleOf([]models.Grant{grant}, nil, nil, r.Users)
		if err != nil {
			return err
		}
		p.tenants = map[string]models.Tenant{inside.Tenant().ID: inside.Tenant()}
		row = p.grants([]models.Grant{grant})[0]
		events, err = r.AuditEvents(AuditFilter{Grant: id, Limit: store.PageMost})
		return err
	})
	return row, events, err
}

// people are those whom grants are about, by id, and the tenants.
type people struct {
	users   map[string]models.User
	tenants map[string]models.Tenant
	in      []string // ids of the tenants
}

func peopleOf(grants []models.Grant, requests []models.GrantRequest, views []models.StandingView, find func([]string) (map[string]models.User, error)) (p people, err error) {
	var ids []string
	for _, g := range grants {
		ids, p.in = append(ids, g.UserID, g.GivenBy, g.EndedBy, g.ReviewedBy), append(p.in, g.TenantID)
	}
	for _, r := range requests {
		ids, p.in = append(ids, r.UserID, r.DecidedBy), append(p.in, r.TenantID)
	}
	for _, v := range views {
		ids, p.in = append(ids, v.UserID, v.GivenBy), append(p.in, v.TenantID)
	}
	slices.Sort(ids)
	slices.Sort(p.in)
	p.in = slices.Compact(p.in)
	p.users, err = find(slices.Compact(ids))
	return p, err
}

func (p people) grants(grants []models.Grant) (rows []GrantRow) {
	for _, g := range grants {
		rows = append(rows, GrantRow{g, p.users[g.UserID], p.users[g.GivenBy], p.users[g.EndedBy], p.users[g.ReviewedBy], p.tenants[g.TenantID]})
	}
	return rows
}

func (p people) requests(requests []models.GrantRequest) (rows []GrantRequestRow) {
	for _, r := range requests {
		rows = append(rows, GrantRequestRow{r, p.users[r.UserID], p.users[r.DecidedBy], p.tenants[r.TenantID]})
	}
	return rows
}

func (p people) standing(views []models.StandingView) (rows []StandingRow) {
	for _, v := range views {
		rows = append(rows, StandingRow{v, p.users[v.UserID], p.users[v.GivenBy], p.tenants[v.TenantID]})
	}
	return rows
}
