package store

import (
	"errors"

	"gorm.io/gorm"

	"gatehouse/models"
)

// Comparison of two revisions; ok is false where none was made.
func (t Tenant) Comparison(base, revision string) (c models.Comparison, ok bool, err error) {
	err = t.db.Where("base_id = ? AND revision_id = ?", base, revision).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return c, false, nil
	}
	return c, err == nil, err
}

// SetComparison stores what changed from one revision to another, in place of what
// was stored before.
func (t *Tx) SetComparison(c models.Comparison) error {
	if err := t.db.Where("base_id = ? AND revision_id = ?", c.BaseID, c.RevisionID).Delete(&models.Comparison{}).Error; err != nil {
		return err
	}
	c.CreatedAt = t.now
	return t.db.Create(&c).Error
}
