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

// ComparisonsOf are the comparisons with some revisions as the later document,
// without their changes.
func (t Tenant) ComparisonsOf(revisions []string) ([]models.Comparison, error) {
	var cs []models.Comparison
	err := t.db.Omit("changes").Where("revision_id IN ?", revisions).Order("revision_id, base_id").Find(&cs).Error
	return cs, err
}

// Editions are the documents of some versions that the actor may read, without
// what stands in them, the newest first: those that are or were in force, and for
// those who may see drafts all others (R53).
func (t Tenant) Editions(versions []string) ([]models.Revision, error) {
	var rs []models.Revision
	q := t.db.Omit("document", "outline").Where("version_id IN ?", versions).Where("version_id IN (?)", t.visibleVersions().Select("id"))
	if !t.actor.Can(models.APIReadAll) {
		q = q.Where("published_at IS NOT NULL")
	}
	err := q.Order("version_id, number DESC").Limit(10 * PageMost).Find(&rs).Error
	return rs, err
}
