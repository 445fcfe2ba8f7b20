package store

import (
	"gorm.io/gorm"

	"gatehouse/models"
)

// admission is how far a person is, "" where they never asked nor were let in.
func admission(db *gorm.DB, user string) (state models.AdmissionState, err error) {
	var as []models.Admission
	err = db.Where("user_id = ?", user).Limit(1).Find(&as).Error
	if len(as) > 0 {
		state = as[0].State
	}
	return state, err
}

// Admission finds how far a person is who wants to be let in.
func (t Tenant) Admission(user string) (models.Admission, error) {
	var a models.Admission
	err := t.db.Where("user_id = ?", user).Take(&a).Error
	return a, missing(err, "request to be let in")
}

// LockAdmission is Admission for changing it: nobody else does so until the
// transaction ends.
func (t *Tx) LockAdmission(user string) (models.Admission, error) {
	var a models.Admission
	err := t.store.dialect.lock(t.db).Where("user_id = ?", user).Take(&a).Error
	return a, missing(err, "request to be let in")
}

// Admissions in one state, in pages by user.
func (t Tenant) Admissions(state models.AdmissionState, after string, limit int) ([]models.Admission, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	var as []models.Admission
	err := t.db.Where("state = ? AND user_id > ?", state, after).Order("user_id").Limit(limit).Find(&as).Error
	return as, err
}

// CountAdmissions counts those in one state.
func (t Tenant) CountAdmissions(state models.AdmissionState) (int64, error) {
	var n int64
	err := t.db.Model(&models.Admission{}).Where("state = ?", state).Count(&n).Error
	return n, err
}

// SetAdmission stores how far a person is, in place of what was there.
func (t *Tx) SetAdmission(a models.Admission) error {
	if err := t.DeleteAdmission(a.UserID); err != nil {
		return err
	}
	if a.CreatedAt.IsZero() {
		a.CreatedAt = t.now
	}
	return t.db.Create(&a).Error
}

// DeleteAdmission forgets it; it is no error if there is none.
func (t *Tx) DeleteAdmission(user string) error {
	return t.db.Where("user_id = ?", user).Delete(&models.Admission{}).Error
}
