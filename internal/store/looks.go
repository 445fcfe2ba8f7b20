package store

import (
	"errors"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// LookDraft is what the actor has not published yet, NotFound where there is nothing.
func (t Tenant) LookDraft() (models.Look, error) {
	var l models.Look
	err := t.db.Where("created_by = ? AND published_at IS NULL", t.actor.User()).Take(&l).Error
	return l, missing(err, "draft")
}

// Looks are those that were published, the newest first, without what is shown at home.
func (t Tenant) Looks() ([]models.Look, error) {
	var ls []models.Look
	err := t.db.Omit("welcome", "help").Where("published_at IS NOT NULL").Order("published_at DESC, id DESC").Limit(models.LooksKept).Find(&ls).Error
	return ls, err
}

// Look finds one that was published.
func (t Tenant) Look(id string) (models.Look, error) {
	var l models.Look
	err := t.db.Where("id = ? AND published_at IS NOT NULL", id).Take(&l).Error
	return l, missing(err, "look")
}

// LastLook is the one that was published last, zero where none ever was.
func (t Tenant) LastLook() (models.Look, error) {
	var l models.Look
	err := t.db.Where("published_at IS NOT NULL").Order("published_at DESC, id DESC").Take(&l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.Look{}, nil
	}
	return l, err
}

// KeepDraft stores the actor's draft: a new one, or in the place of the one that it was
// read from, unless another tab did so first.
func (t *Tx) KeepDraft(l *models.Look) error {
	l.CreatedBy, l.PublishedAt, l.UpdatedAt = t.actor.User(), nil, t.now
	was := l.Revision
	l.Revision = was + 1
	if was == 0 {
		l.CreatedAt = t.now
		err := t.db.Create(l).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return fault.New(fault.Conflict, "changed_meanwhile", "Another tab of yours began a draft in the meantime. Reload the page and look again.").Because(err)
		}
		return err
	}
	return stale(t.db.Model(&models.Look{}).Where("id = ? AND created_by = ? AND published_at IS NULL AND revision = ?", l.ID, l.CreatedBy, was).
		Select("name", "tagline", "colour", "welcome", "help", "links", "sender", "logo", "logo_type", "logo_dark", "base_id", "updated_at", "revision").
		Updates(*l), "draft")
}

// DropDraft removes the actor's draft, if there is one.
func (t *Tx) DropDraft() error {
	return t.db.Where("created_by = ? AND published_at IS NULL", t.actor.User()).Delete(&models.Look{}).Error
}

// InsertLook stores a look as published, and forgets those that are too many.
func (t *Tx) InsertLook(l *models.Look) error {
	l.CreatedAt, l.UpdatedAt, l.Revision = t.now, t.now, 1
	if l.PublishedAt == nil {
		l.PublishedAt = &t.now
	}
	if err := t.db.Create(l).Error; err != nil {
		return err
	}
	var old []string
	err := t.db.Model(&models.Look{}).Where("published_at IS NOT NULL").Order("published_at DESC, id DESC").Offset(models.LooksKept).Limit(PageMost).Pluck("id", &old).Error
	if err != nil || len(old) == 0 {
		return err
	}
	return t.db.Where("id IN ? AND published_at IS NOT NULL", old).Delete(&models.Look{}).Error
}
