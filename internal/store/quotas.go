package store

import (
	"time"

	"gatehouse/models"
)

// QuotaNotice is one that a team was told of what it used of a quota: of as many
// calls, in the period that begins at StartsAt.
type QuotaNotice struct {
	TenantID    string             `gorm:"primaryKey"`
	TeamID      string             `gorm:"primaryKey"`
	VersionID   string             `gorm:"primaryKey"`
	StartsAt    time.Time          `gorm:"primaryKey"`
	QuotaPeriod models.QuotaPeriod `gorm:"primaryKey"`
	QuotaCalls  int64              `gorm:"primaryKey"`
	Threshold   int                `gorm:"primaryKey"` // per cent
	ToldAt      time.Time
}

// TellQuota notes that a team is told now, and reports whether nobody did so
// before. It holds until the transaction ends: of two that tell, one waits.
func (t *Tx) TellQuota(n QuotaNotice) (first bool, err error) {
	n.ToldAt = t.now
	var team models.Team
	if err := t.store.dialect.lock(t.db).Where("id = ?", n.TeamID).Take(&team).Error; err != nil {
		return false, missing(err, "team")
	}
	var known int64
	err = t.db.Model(&QuotaNotice{}).Where("team_id = ? AND version_id = ? AND starts_at = ? AND quota_period = ? AND quota_calls = ? AND threshold = ?",
		n.TeamID, n.VersionID, n.StartsAt, n.QuotaPeriod, n.QuotaCalls, n.Threshold).Count(&known).Error
	if err != nil || known > 0 {
		return false, err
	}
	return true, t.db.Create(&n).Error
}

// Metered is what a tenant's teams have quotas by.
type Metered struct {
	Subscriptions []models.Subscription // approved and paused, and those that ended and may count on
	Plans         []models.Plan
	Exceptions    []models.Exception // that run, the oldest first
	Told          []QuotaNotice
}

// MeteredTenants are those that have a plan with a quota, or an exception that gives one.
func (p Platform) MeteredTenants() ([]models.Tenant, error) {
	plans := p.db.Model(&models.Plan{}).Select("tenant_id").Where("quota_period <> ''")
	exceptions := p.db.Model(&models.Exception{}).Select("tenant_id").Where("quota_period <> '' AND ends_at > ?", p.now)
	var ts []models.Tenant
	err := p.db.Where("state = ?", models.TenantActive).Where("id IN (?) OR id IN (?)", plans, exceptions).Order("id").Find(&ts).Error
	return ts, err
}

// Metered reads one tenant.
func (p Platform) Metered(tenant string) (m Metered, err error) {
	since := p.now.AddDate(0, 0, -quotaDays)
	if m.Subscriptions, err = p.Counted(tenant, since); err != nil {
		return m, err
	}
	if err := p.db.Where("tenant_id = ?", tenant).Find(&m.Plans).Error; err != nil {
		return m, err
	}
	if err := running(p.db.Where("tenant_id = ?", tenant), p.now).Find(&m.Exceptions).Error; err != nil {
		return m, err
	}
	err = p.db.Where("tenant_id = ? AND starts_at >= ?", tenant, since).Find(&m.Told).Error
	return m, err
}

// quotaDays is how long a period of a quota is at most.
const quotaDays = 31
