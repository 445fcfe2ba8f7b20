package store

import (
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// standsInFor are the admins in whose place a person decides now. Whose account is
// disabled lends nobody a right.
func standsInFor(db *gorm.DB, user string, now any) ([]string, error) {
	var away []string
	err := db.Model(&models.StandIn{}).Where("deputy_id = ? AND from_at <= ? AND until_at > ?", user, now, now).
		Order("user_id").Pluck("user_id", &away).Error
	if err != nil || len(away) == 0 {
		return nil, err
	}
	var admins []string
	err = db.Model(&models.Member{}).Where("user_id IN ? AND role = ? AND "+works("members"), away, models.RoleAdmin, models.UserActive).Order("user_id").Pluck("user_id", &admins).Error
	return admins, err
}

// StandIn is who stands in for a member, now or later; ok is false where nobody does.
func (t Tenant) StandIn(user string) (s models.StandIn, ok bool, err error) {
	err = t.db.Where("user_id = ? AND until_at > ?", user, t.now).Take(&s).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return s, false, nil
	}
	return s, err == nil, err
}

// SetStandIn names who stands in for a member, in place of whoever did.
func (t *Tx) SetStandIn(s models.StandIn) error {
	if err := t.EndStandIn(s.UserID); err != nil {
		return err
	}
	s.CreatedAt = t.now
	return t.db.Create(&s).Error
}

// EndStandIn ends that somebody stands in for a member; it is no error if nobody does.
func (t *Tx) EndStandIn(user string) error {
	return t.db.Where("user_id = ?", user).Delete(&models.StandIn{}).Error
}

// Deciders are those who hear of requests now: the tenant's admins, and who
// stands in for one of them.
func (t Tenant) Deciders() ([]models.Member, error) {
	var admins []models.Member
	if err := t.db.Where("role = ?", models.RoleAdmin).Order("user_id").Find(&admins).Error; err != nil {
		return nil, err
	}
	away := make([]string, len(admins))
	for i, a := range admins {
		away[i] = a.UserID
	}
	var deputies []string
	err := t.db.Model(&models.StandIn{}).Where("user_id IN ? AND from_at <= ? AND until_at > ?", away, t.now, t.now).Pluck("deputy_id", &deputies).Error
	if err != nil {
		return nil, err
	}
	deputies = slices.DeleteFunc(deputies, func(d string) bool { return slices.Contains(away, d) })
	var others []models.Member
	err = t.db.Where("user_id IN ?", deputies).Order("user_id").Find(&others).Error
	return append(admins, others...), err
}

// SetDaily says whether a member hears of requests once a day. The first time is
// after this.
func (t *Tx) SetDaily(user string, daily bool) error {
	return exactlyOne(t.db.Model(&models.Member{}).Where("user_id = ?", user).Updates(map[string]any{"daily": daily, "daily_at": t.now}), "member")
}

// DailyDue are the members of all tenants who hear of requests once a day, there or
// everywhere, and have not since a time.
func (p Platform) DailyDue(since time.Time) ([]models.Member, error) {
	var ms []models.Member
	everywhere := p.db.Session(&gorm.Session{}).Model(&models.NoticeChoice{}).Select("user_id").Where("category = ? AND mail = ?", models.NoticeRequests, models.MailDaily)
	err := p.ofActive().Where("(daily = ? OR user_id IN (?)) AND (daily_at IS NULL OR daily_at < ?)", true, everywhere, since).Order("tenant_id, user_id").Find(&ms).Error
	return ms, err
}

// Heard notes that a member heard of requests now. It is no change that the
// audit log keeps.
func (p Platform) Heard(m models.Member) error {
	return p.db.Model(&models.Member{}).Where("tenant_id = ? AND user_id = ?", m.TenantID, m.UserID).Updates(map[string]any{"daily_at": p.now}).Error
}

// AllTeams are the tenant's teams by name, as many as a list shows.
func (t Tenant) AllTeams() ([]models.Team, error) {
	var ts []models.Team
	err := t.db.Order("name, id").Limit(PageMost).Find(&ts).Error
	return ts, err
}
