package store

import (
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// AlertFilter narrows a list of alerts.
type AlertFilter struct {
	Kind  models.AlertKind
	Token string    // id
	Team  string    // id: about tokens that it has or had
	Since time.Time // seen then or later
	Open  bool      // only those that somebody has to look at
	After string    // id: only older ones
	Limit int       // 1 to 100
}

// Alerts lists what was seen of the tokens that the actor may see, the newest first.
func (t Tenant) Alerts(f AlertFilter) ([]models.Alert, error) {
	if err := pageSize(f.Limit); err != nil {
		return nil, err
	}
	var as []models.Alert
	err := t.filterAlerts(f).Order("id DESC").Limit(f.Limit).Find(&as).Error
	return as, err
}

// CountAlerts counts what the filter lets through, on all its pages.
func (t Tenant) CountAlerts(f AlertFilter) (int64, error) {
	var n int64
	err := t.filterAlerts(f).Model(&models.Alert{}).Count(&n).Error
	return n, err
}

func (t Tenant) filterAlerts(f AlertFilter) *gorm.DB {
	q := t.db.Where("1 = 1")
	if !t.actor.Can(models.AlertRead) {
		q = q.Where("token_id IN (?)", t.visibleTokens().Model(&models.Token{}).Select("id"))
	}
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if f.Token != "" {
		q = q.Where("token_id = ?", f.Token)
	}
	if f.Team != "" {
		q = q.Where("token_id IN (?)", t.db.Model(&models.Token{}).Select("id").Where("team_id = ?", f.Team))
	}
	if !f.Since.IsZero() {
		q = q.Where("last_at >= ?", f.Since)
	}
	if f.Open {
		q = q.Where("closed_at IS NULL")
	}
	if f.After != "" {
		q = q.Where("id < ?", f.After)
	}
	return q
}

// Alert finds one that the actor may see.
func (t Tenant) Alert(id string) (models.Alert, error) {
	var a models.Alert
	err := t.filterAlerts(AlertFilter{}).Where("id = ?", id).Take(&a).Error
	return a, missing(err, "alert")
}

// LockAlert finds one for changing it.
func (t *Tx) LockAlert(id string) (models.Alert, error) {
	var a models.Alert
	err := t.store.dialect.lock(t.filterAlerts(AlertFilter{})).Where("id = ?", id).Take(&a).Error
	return a, missing(err, "alert")
}

// UpdateAlert stores an alert's state, unless somebody changed it first.
func (t *Tx) UpdateAlert(a models.Alert) error {
	next := a
	next.Revision++
	return stale(t.db.Model(&models.Alert{}).Where("id = ? AND revision = ?", a.ID, a.Revision).
		Select("closed_at", "closed_by", "note", "revision").Updates(next), "alert")
}

// SeeAgain counts a sighting towards the open alert about the same thing, and
// reports whether there is one. How often something was seen is an observation,
// like usage, and no event of the audit log.
func (p Platform) SeeAgain(a models.Alert) (bool, error) {
	res := p.db.Model(&models.Alert{}).Where("tenant_id = ? AND kind = ? AND token_id = ? AND client_ip = ? AND closed_at IS NULL", a.TenantID, a.Kind, a.TokenID, a.ClientIP).
		Updates(map[string]any{"sightings": gorm.Expr("sightings + ?", a.Sightings), "last_at": a.LastAt, "user_agent": a.UserAgent})
	return res.RowsAffected > 0, res.Error
}

// InsertAlert stores a new alert.
func (t *Tx) InsertAlert(a *models.Alert) error {
	a.Revision = 1
	return t.db.Create(a).Error
}

// NoteRefused keeps the first use of a token that was refused after it had ended.
func (p Platform) NoteRefused(tenant, token, request string, at time.Time) error {
	return p.db.Model(&models.Token{}).Where("tenant_id = ? AND id = ? AND (state = ? OR expires_at <= ?) AND refused_at IS NULL", tenant, token, models.TokenRevoked, at).
		Updates(map[string]any{"refused_at": at, "refused_id": request}).Error
}
