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

// Grants are the person's grants as support, the newest first.
func (p Person) Grants() ([]models.Grant, error) {
	var gs []models.Grant
	err := p.db.Order("created_at DESC").Limit(PageMost).Find(&gs).Error
	return gs, err
}

// Notifications are the person's newest, or the newest of those not read.
func (p Person) Notifications(unread bool, limit int) ([]models.Notification, error) {
	q := p.db
	if unread {
		q = q.Where("read_at IS NULL")
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
