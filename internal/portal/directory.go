package portal

import (
	"context"
	"slices"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// DirectoryFilter narrows and sorts the list of all tenants.
type DirectoryFilter = store.DirectoryFilter

// The orders of the directory.
const (
	TenantsByName    = store.TenantsByName
	TenantsByWaiting = store.TenantsByWaiting
	TenantsByAlerts  = store.TenantsByAlerts
	TenantsByActive  = store.TenantsByActive
)

// DirectoryRow is a tenant for staff: how it is, and what the person has to do with it.
type DirectoryRow struct {
	models.TenantHealth
	Tenant    models.Tenant // without its logo
	Grant     *models.Grant // live, or nil
	Asked     bool          // they ask for more, and nobody answered yet
	Standing  bool          // they may look whenever they have to
	Favourite bool
}

// Yours are the tenants that a staff person has to do with, each once.
type Yours struct {
	Live       []DirectoryRow // with a grant that is live, the newest first
	Asked      []GrantRequestRow
	Recent     []DirectoryRow // where they were, the last first
	Favourites []DirectoryRow
	Standing   []DirectoryRow
}

// DirectoryPage is a page of all tenants, and what is the person's own.
type DirectoryPage struct {
	Rows  []DirectoryRow
	Yours Yours
	All   store.DirectoryTotals
}

// Directory finds tenants. One line of each is read, which the writes in that tenant
// keep up to date. Starred are the person's favourites alone; totals count all tenants, too.
func (t *Tenants) Directory(ctx context.Context, actor models.Actor, f DirectoryFilter, starred, totals bool) (page DirectoryPage, err error) {
	if err := actor.May(models.TenantDirectory); err != nil {
		return page, err
	}
	own, err := t.own(ctx, actor)
	if err != nil {
		return page, err
	}
	f.Archived = knowsArchived(actor)
	if starred {
		f.Among = make([]string, 0, len(own.favourites))
		for _, one := range own.favourites {
			f.Among = append(f.Among, one.TenantID)
		}
	}
	if f.After != "" {
		after, err := knownTo(ctx, t.store, actor, f.After)
		if err != nil {
			return page, err
		}
		f.After = after.ID
	}
	err = t.store.Survey(ctx, func(p store.Platform) error { // staff see all tenants here, and nothing in them
		lines, err := p.Directory(f)
		if err != nil {
			return err
		}
		ids := own.tenants()
		for _, line := range lines {
			ids = append(ids, line.TenantID)
		}
		tenants, err := p.TenantsByID(ids)
		for _, line := range lines {
			page.Rows = append(page.Rows, own.row(tenants[line.TenantID], line))
		}
		page.Yours = own.sorted(tenants, f.Archived)
		if err != nil || !totals {
			return err
		}
		page.All, err = p.DirectoryTotals(f.Archived)
		return err
	})
	return page, err
}

// Switch finds a few tenants as one types, in the order in which one would look for
// them: where the person was, what they keep at hand, all others. Each stands there once.
func (t *Tenants) Switch(ctx context.Context, actor models.Actor, text string) (found Yours, others []DirectoryRow, err error) {
	page, err := t.Directory(ctx, actor, DirectoryFilter{Text: text, Limit: switchMost}, false, false)
	if err != nil {
		return found, nil, err
	}
	shown := map[string]bool{}
	pick := func(rows []DirectoryRow) (out []DirectoryRow) {
		for _, r := range rows {
			if !shown[r.Tenant.ID] && matches(r.Tenant, text) {
				shown[r.Tenant.ID] = true
				out = append(out, r)
			}
		}
		return out
	}
	found.Recent, found.Favourites, others = pick(slices.Concat(page.Yours.Live, page.Yours.Recent)), pick(page.Yours.Favourites), pick(page.Rows)
	return found, others, nil
}

// matches is the search of the directory, for a few tenants at hand.
func matches(t models.Tenant, text string) bool {
	return strings.Contains(strings.ToLower(t.Name+" "+t.Slug+" "+t.Code), strings.ToLower(text))
}

const (
	switchMost = 12
	recentMost = 8
)

// SetFavourite keeps a tenant at the person's hand, or no longer.
func (t *Tenants) SetFavourite(ctx context.Context, actor models.Actor, slug string, on bool) (models.Tenant, error) {
	if err := actor.May(models.TenantDirectory); err != nil {
		return models.Tenant{}, err
	}
	tenant, err := knownTo(ctx, t.store, actor, slug)
	if err != nil {
		return tenant, err
	}
	return tenant, t.store.SetFavourite(ctx, tenant.ID, actor.User(), on)
}

// ownTenants is what a staff person has to do with tenants.
type ownTenants struct {
	grants     []models.Grant // the newest first
	live       map[string]*models.Grant
	asked      map[string]bool
	waiting    []models.GrantRequest
	views      []models.StandingView
	standing   map[string]bool
	favourites []models.Favourite
	starred    map[string]bool
}

func (t *Tenants) own(ctx context.Context, actor models.Actor) (o ownTenants, err error) {
	o.live, o.asked, o.standing, o.starred = map[string]*models.Grant{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	now := t.store.Now()
	err = t.store.Person(ctx, actor.User(), func(p store.Person) error {
		if o.grants, err = p.Grants(); err != nil {
			return err
		}
		if o.waiting, err = p.GrantRequests(); err != nil {
			return err
		}
		if o.views, err = p.StandingViews(); err != nil {
			return err
		}
		o.favourites, err = p.Favourites()
		return err
	})
	for _, g := range o.grants {
		if g.Live(now) && o.live[g.TenantID] == nil {
			o.live[g.TenantID] = &g
		}
	}
	for _, r := range o.waiting {
		o.asked[r.TenantID] = r.Waits(now)
	}
	for _, v := range o.views {
		o.standing[v.TenantID] = true
	}
	for _, f := range o.favourites {
		o.starred[f.TenantID] = true
	}
	return o, err
}

func (o ownTenants) tenants() (ids []string) {
	for _, g := range o.grants {
		ids = append(ids, g.TenantID)
	}
	for _, v := range o.views {
		ids = append(ids, v.TenantID)
	}
	for _, f := range o.favourites {
		ids = append(ids, f.TenantID)
	}
	for _, r := range o.waiting {
		ids = append(ids, r.TenantID)
	}
	return ids
}

func (o ownTenants) row(tenant models.Tenant, line models.TenantHealth) DirectoryRow {
	return DirectoryRow{line, tenant, o.live[tenant.ID], o.asked[tenant.ID], o.standing[tenant.ID], o.starred[tenant.ID]}
}

// sorted are the person's own tenants, archived ones too or not.
func (o ownTenants) sorted(tenants map[string]models.Tenant, archived bool) (y Yours) {
	hidden := func(id string) bool { return !archived && tenants[id].State == models.TenantArchived }
	seen := map[string]bool{}
	for _, g := range o.grants {
		if seen[g.TenantID] || hidden(g.TenantID) {
			continue
		}
		seen[g.TenantID] = true
		row := o.row(tenants[g.TenantID], models.TenantHealth{})
		if row.Grant != nil {
			y.Live = append(y.Live, row)
		} else if len(y.Recent) < recentMost {
			row.ActiveAt = g.CreatedAt
			if g.SeenAt != nil {
				row.ActiveAt = *g.SeenAt
			}
			y.Recent = append(y.Recent, row)
		}
	}
	slices.SortStableFunc(y.Recent, func(a, b DirectoryRow) int { return b.ActiveAt.Compare(a.ActiveAt) })
	for _, f := range o.favourites {
		if hidden(f.TenantID) {
			continue
		}
		y.Favourites = append(y.Favourites, o.row(tenants[f.TenantID], models.TenantHealth{}))
	}
	for _, v := range o.views {
		if hidden(v.TenantID) {
			continue
		}
		y.Standing = append(y.Standing, o.row(tenants[v.TenantID], models.TenantHealth{}))
	}
	for _, r := range o.waiting {
		if o.asked[r.TenantID] && !hidden(r.TenantID) {
			y.Asked = append(y.Asked, GrantRequestRow{GrantRequest: r, Tenant: tenants[r.TenantID]})
		}
	}
	return y
}
