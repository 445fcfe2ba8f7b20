package store

import (
	"gorm.io/gorm"

	"gatehouse/models"
)

// Person sees one person's own standing in all tenants, and nothing else of them.
type Person struct {
	db   *gorm.DB
	user string
}

// Members are the person's roles.
func (p Person) Members() ([]models.Member, error) {
	var ms []models.Member
	err := p.db.Find(&ms).Error
	return ms, err
}

// Memberships are the person's places in teams.
func (p Person) Memberships() ([]models.Membership, error) {
	var ms []models.Membership
	err := p.db.Find(&ms).Error
	return ms, err
}

// Admissions are where the person was let in.
func (p Person) Admissions() ([]models.Admission, error) {
	var as []models.Admission
	err := p.db.Where("state = ?", models.AdmissionLetIn).Find(&as).Error
	return as, err
}

// Identities are who the person is at the providers of tenants.
func (p Person) Identities() ([]models.Identity, error) {
	var is []models.Identity
	err := p.db.Find(&is).Error
	return is, err
}

// Grants are the person's grants as support, the newest first.
func (p Person) Grants() ([]models.Grant, error) {
	var gs []models.Grant
	err := p.db.Order("created_at DESC").Limit(PageMost).Find(&gs).Error
	return gs, err
}

// LastGrant is the person's newest grant in a tenant.
func (p Person) LastGrant(tenant string) (models.Grant, error) {
	var g models.Grant
	err := p.db.Where("tenant_id = ?", tenant).Order("created_at DESC, id DESC").Take(&g).Error
	return g, missing(err, "grant")
}

// GrantRequests are what the person asks for as support and nobody answered yet.
func (p Person) GrantRequests() ([]models.GrantRequest, error) {
	var rs []models.GrantRequest
	err := p.db.Where("state = ?", models.GrantWaiting).Order("id DESC").Limit(PageMost).Find(&rs).Error
	return rs, err
}

// StandingViews are the tenants into which the person may look whenever they have to.
func (p Person) StandingViews() ([]models.StandingView, error) {
	var vs []models.StandingView
	err := p.db.Where("ended_at IS NULL").Order("created_at DESC").Limit(PageMost).Find(&vs).Error
	return vs, err
}

// Favourites are the tenants that the person wants at hand, the newest first.
func (p Person) Favourites() ([]models.Favourite, error) {
	var fs []models.Favourite
	err := p.db.Order("created_at DESC").Limit(PageMost).Find(&fs).Error
	return fs, err
}

// Notifications are the person's newest, or the newest of those not read, without
// some kinds.
func (p Person) Notifications(unread bool, limit int, without ...models.NotificationKind) ([]models.Notification, error) {
	q := p.db
	if unread {
		q = q.Where("read_at IS NULL")
	}
	if len(without) > 0 {
		q = q.Where("kind NOT IN ?", without)
	}
	var ns []models.Notification
	err := q.Order("id DESC").Limit(limit).Find(&ns).Error
	return ns, err
}

// TenantsByID are the named tenants, by id.
func (p Person) TenantsByID(ids []string) (map[string]models.Tenant, error) {
	var ts []models.Tenant
	err := p.db.Where("id IN ?", ids).Find(&ts).Error
	out := make(map[string]models.Tenant, len(ts))
	for _, t := range ts {
		out[t.ID] = t
	}
	return out, err
}
