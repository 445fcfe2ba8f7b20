package store

import (
	"time"

	"gatehouse/models"
)

// Seen is a time at which a token was last used.
type Seen struct {
	Tenant, Token string
	At            time.Time
}

// NoteUse keeps when tokens were last used, for lists that are sorted and narrowed
// by it. What is older than what is known changes nothing (R19).
func (p Platform) NoteUse(seen []Seen) error {
	for _, s := range seen {
		if err := p.db.Model(&models.Token{}).Where("tenant_id = ? AND id = ? AND used_at < ?", s.Tenant, s.Token, models.Time(s.At)).
			UpdateColumn("used_at", models.Time(s.At)).Error; err != nil {
			return err
		}
	}
	return nil
}

// Announce keeps what a gateway of this process has applied, and forgets those
// that have been silent for long.
func (p Platform) Announce(g models.Gateway) error {
	g.SeenAt = p.now
	res := p.db.Model(&models.Gateway{}).Where("id = ?", g.ID).Select("applied", "applied_at", "seen_at").Updates(g)
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	if err := p.db.Where("seen_at < ?", p.now.Add(-models.GatewayForgotten)).Delete(&models.Gateway{}).Error; err != nil {
		return err
	}
	return p.db.Create(&g).Error
}

// Withdraw forgets a gateway that has stopped.
func (p Platform) Withdraw(gateway string) error {
	return p.db.Where("id = ?", gateway).Delete(&models.Gateway{}).Error
}

// Servers are all processes, the oldest first.
func (p Platform) Servers() (gs []models.Gateway, err error) {
	err = p.db.Order("started_at, id").Limit(PageMost).Find(&gs).Error
	return gs, err
}

// Gateways are all that decide about calls, the oldest first: data of the
// installation that every receipt shows.
func (t Tenant) Gateways() ([]models.Gateway, error) {
	var gs []models.Gateway
	err := t.db.Order("started_at, id").Limit(PageMost).Find(&gs).Error
	return gs, err
}
