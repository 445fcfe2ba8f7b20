package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// InsertImport notes that a document is on its way in.
func (t *Tx) InsertImport(i *models.Import) error {
	if i.CreatedBy == "" {
		i.CreatedBy = t.actor.User()
	}
	i.CreatedAt, i.UpdatedAt = t.now, t.now
	return t.db.Create(i).Error
}

// Import finds one, with its document while that is needed.
func (t Tenant) Import(id string) (models.Import, error) {
	var i models.Import
	err := t.db.Where("id = ?", id).Take(&i).Error
	return i, missing(err, "import")
}

// ImportsUnderWay are those of a version that are not done, without their documents.
func (t Tenant) ImportsUnderWay(api, version string) ([]models.Import, error) {
	var is []models.Import
	err := t.db.Omit("document", "problems").Where("api = ? AND version = ? AND finished_at IS NULL", api, version).Order("id").Find(&is).Error
	return is, err
}

// LastImport is the one of a version that was begun last, without its document;
// NotFound where there is none.
func (t Tenant) LastImport(api, version string) (models.Import, error) {
	var i models.Import
	err := t.db.Omit("document", "problems").Where("api = ? AND version = ?", api, version).Order("id DESC").Take(&i).Error
	return i, missing(err, "import")
}

// FinishImport stores what became of an import, and its document, which is nil where it
// is no longer needed. It is done once: a second time is NotFound.
func (t *Tx) FinishImport(i models.Import) error {
	res := t.db.Model(&models.Import{}).Where("id = ? AND finished_at IS NULL", i.ID).Updates(map[string]any{
		"state": i.State, "stage": "", "size": i.Size, "document": i.Document, "revision_id": i.RevisionID, "created": i.Created, "operations": i.Operations,
		"warnings": i.Warnings, "code": i.Code, "message": i.Message, "problems": i.Problems, "updated_at": t.now, "finished_at": t.now})
	return exactlyOne(res, "import")
}

// ForgetRefused lets the documents go that were kept of a version's imports.
func (t *Tx) ForgetRefused(api, version string) error {
	return t.db.Model(&models.Import{}).Where("api = ? AND version = ? AND finished_at IS NOT NULL AND document IS NOT NULL", api, version).
		Updates(map[string]any{"document": nil}).Error
}

// NoteImport keeps how far an import is. It changes nothing that anybody did, so
// the audit log says nothing of it.
func (s *Store) NoteImport(ctx context.Context, i models.Import) error {
	return s.within(ctx, s.write, scope{tenant: i.TenantID}, func(db *gorm.DB) error {
		return db.Model(&models.Import{}).Where("id = ? AND finished_at IS NULL", i.ID).Updates(map[string]any{
			"state": i.State, "stage": i.Stage, "attempts": i.Attempts, "size": i.Size, "updated_at": s.Now()}).Error
	})
}

// Source of a version's document; NotFound where it has none.
func (t Tenant) Source(version string) (models.Source, error) {
	var s models.Source
	err := t.db.Where("version_id = ?", version).Take(&s).Error
	return s, missing(err, "source")
}

// SetSource stores a version's source, in place of the one before.
func (t *Tx) SetSource(s models.Source) error {
	if err := t.DeleteSource(s.VersionID); err != nil {
		return err
	}
	return t.db.Create(&s).Error
}

// DeleteSource removes a version's source, if it has one.
func (t *Tx) DeleteSource(version string) error {
	return t.db.Where("version_id = ?", version).Delete(&models.Source{}).Error
}

// DueSources are those whose time has come, of active tenants and of versions that
// are not retired, the longest due first: nobody looks at the others, and they would
// keep the place of those behind them.
func (p Platform) DueSources(at time.Time, limit int) ([]models.Source, error) {
	var ss []models.Source
	open := p.db.Model(&models.Version{}).Select("id").Where("state <> ?", models.VersionRetired)
	err := p.ofActive().Where("next_at <= ? AND version_id IN (?)", models.Time(at), open).Order("next_at").Limit(limit).Find(&ss).Error
	return ss, err
}

// NoteSource keeps what a look at a source found, unless somebody has set another
// meanwhile.
func (s *Store) NoteSource(ctx context.Context, src models.Source) error {
	return s.within(ctx, s.write, scope{tenant: src.TenantID}, func(db *gorm.DB) error { return noteSource(db, src) })
}

// NoteSource is the same in a transaction.
func (t *Tx) NoteSource(src models.Source) error { return noteSource(t.db, src) }

func noteSource(db *gorm.DB, src models.Source) error {
	return db.Model(&models.Source{}).Where("version_id = ? AND url = ? AND set_at = ?", src.VersionID, src.URL, src.SetAt).Updates(map[string]any{
		"etag": src.ETag, "last_modified": src.LastModified, "checked_at": src.CheckedAt, "next_at": src.NextAt,
		"failures": src.Failures, "failure": src.Failure, "failing_since": src.FailingSince}).Error
}

// Publishers are the people who make APIs in the tenant: its admins and API managers.
func (t Tenant) Publishers() (ids []string, err error) {
	err = t.db.Model(&models.Member{}).Where("role IN ?", []models.Role{models.RoleAdmin, models.RoleAPIManager}).Order("user_id").Pluck("user_id", &ids).Error
	return ids, err
}
