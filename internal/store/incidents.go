package store

import (
	"gorm.io/gorm"

	"gatehouse/models"
)

// visibleIncidents are those of APIs that the actor may see (R53).
func (t Tenant) visibleIncidents() *gorm.DB {
	return t.db.Model(&models.Incident{}).Where("api_id IN (?)", t.visibleAPIs().Select("id"))
}

// Incidents are those of an API, or with "" of all that the actor may see, open ones
// first, then the last that began.
func (t Tenant) Incidents(api string, limit int) ([]models.Incident, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	q := t.visibleIncidents()
	if api != "" {
		q = q.Where("api_id = ?", api)
	}
	var is []models.Incident
	err := q.Order("CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, began_at DESC, id DESC").Limit(limit).Find(&is).Error
	return is, err
}

// Incident finds one by its id.
func (t Tenant) Incident(id string) (models.Incident, error) {
	var i models.Incident
	err := t.visibleIncidents().Where("id = ?", id).Take(&i).Error
	return i, missing(err, "incident")
}

// IncidentUpdates are what was told of incidents, the newest first.
func (t Tenant) IncidentUpdates(incidents []string) ([]models.IncidentUpdate, error) {
	var us []models.IncidentUpdate
	err := t.db.Where("incident_id IN ? AND incident_id IN (?)", incidents, t.visibleIncidents().Select("id")).Order("id DESC").Find(&us).Error
	return us, err
}

// InsertIncident stores a new incident.
func (t *Tx) InsertIncident(i *models.Incident) error {
	i.CreatedAt, i.UpdatedAt, i.Versions = t.now, t.now, list(i.Versions)
	return t.db.Create(i).Error
}

// TellIncident stores what is told of an incident, which is in that state from now on.
func (t *Tx) TellIncident(u *models.IncidentUpdate) error {
	u.MadeBy, u.CreatedAt = t.actor.User(), t.now
	changes := map[string]any{"state": u.State, "updated_at": t.now, "ended_at": nil}
	if u.State == models.IncidentResolved {
		changes["ended_at"] = gorm.Expr("COALESCE(ended_at, ?)", models.Time(t.now))
	}
	if err := exactlyOne(t.db.Model(&models.Incident{}).Where("id = ?", u.IncidentID).Updates(changes), "incident"); err != nil {
		return err
	}
	return t.db.Create(u).Error
}

// NoteIncidentTold notes that subscribers were told of an update; NotFound where they
// were before.
func (t *Tx) NoteIncidentTold(update string) error {
	return exactlyOne(t.db.Model(&models.IncidentUpdate{}).Where("id = ? AND told_at IS NULL", update).Updates(map[string]any{"told_at": t.now}), "update")
}
