package store

import (
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// running narrows to the exceptions that hold at a moment, the oldest first, so
// that the last of a plan and a team is the one that counts.
func running(q *gorm.DB, now time.Time) *gorm.DB {
	return q.Where("ends_at > ?", now).Order("created_at, id")
}

// Exceptions to a plan, the newest first, also those that are over: of the actor's
// teams, or of all teams for those who may see them.
func (t Tenant) Exceptions(plan string) ([]models.Exception, error) {
	var es []models.Exception
	err := t.ownTeams(models.SubscriptionReadAll).Where("plan_id = ?", plan).Order("created_at DESC, id DESC").Limit(PageMost).Find(&es).Error
	return es, err
}

// Exception finds one that the actor may see.
func (t Tenant) Exception(id string) (models.Exception, error) {
	var e models.Exception
	err := t.ownTeams(models.SubscriptionReadAll).Where("id = ?", id).Take(&e).Error
	return e, missing(err, "exception")
}

// RunningExceptions are those of some teams that hold now, the oldest first.
func (t Tenant) RunningExceptions(teams []string) ([]models.Exception, error) {
	var es []models.Exception
	err := running(t.ownTeams(models.SubscriptionReadAll).Where("team_id IN ?", teams), t.now).Find(&es).Error
	return es, err
}

// TeamsWith are the teams that have a plan or ask for it, by name.
func (t Tenant) TeamsWith(plan string) ([]models.Team, error) {
	having := t.ownTeams(models.SubscriptionReadAll).Model(&models.Subscription{}).Select("team_id").
		Where("plan_id = ? AND state IN ('pending', 'approved', 'paused')", plan)
	var ts []models.Team
	err := t.db.Where("id IN (?)", having).Order("name, id").Find(&ts).Error
	return ts, err
}

// InsertException stores a new exception.
func (t *Tx) InsertException(e *models.Exception) error {
	e.CreatedBy, e.CreatedAt = t.actor.User(), t.now
	return t.db.Create(e).Error
}

// EndException ends one now.
func (t *Tx) EndException(id string) error {
	return exactlyOne(t.db.Model(&models.Exception{}).Where("id = ? AND ends_at > ?", id, t.now).Updates(map[string]any{"ends_at": t.now}), "exception")
}
