package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// Announcements of a version, the newest first: a hundred at most.
func (t Tenant) Announcements(version string) ([]models.Announcement, error) {
	var as []models.Announcement
	err := t.db.Where("version_id = ?", version).Order("id DESC").Limit(PageMost).Find(&as).Error
	return as, err
}

// Announcement finds one.
func (t Tenant) Announcement(id string) (models.Announcement, error) {
	var a models.Announcement
	err := t.db.Where("id = ?", id).Take(&a).Error
	return a, missing(err, "announcement")
}

// LockAnnouncement is Announcement for telling somebody: nobody else does so until
// the transaction ends.
func (t *Tx) LockAnnouncement(id string) (models.Announcement, error) {
	var a models.Announcement
	err := t.store.dialect.lock(t.db).Where("id = ?", id).Take(&a).Error
	return a, missing(err, "announcement")
}

// InsertAnnouncement stores a cause of notices.
func (t *Tx) InsertAnnouncement(a *models.Announcement) error {
	a.CreatedAt = t.now
	return t.db.Create(a).Error
}

// UpdateAnnouncement stores what was found and told.
func (t *Tx) UpdateAnnouncement(a models.Announcement) error {
	return exactlyOne(t.db.Model(&models.Announcement{}).Where("id = ?", a.ID).Updates(map[string]any{
		"breaking": a.Breaking, "summary": a.Summary, "told_at": a.ToldAt, "reminded": a.Reminded, "reminded_at": a.RemindedAt,
	}), "announcement")
}

// AnnouncedCallers are the tokens that were found to call, of the actor's teams or
// of all for those who may see them.
func (t Tenant) AnnouncedCallers(announcement string) ([]models.AnnouncedCaller, error) {
	var cs []models.AnnouncedCaller
	err := t.ownTeams(models.SubscriptionReadAll).Where("announcement_id = ?", announcement).Order("team_id, last_at DESC, token_id").Find(&cs).Error
	return cs, err
}

// InsertAnnouncedCallers stores who was found.
func (t *Tx) InsertAnnouncedCallers(announcement string, callers []models.AnnouncedCaller) error {
	if len(callers) == 0 {
		return nil
	}
	for i := range callers {
		callers[i].AnnouncementID, callers[i].Operations = announcement, list(callers[i].Operations)
	}
	return t.db.CreateInBatches(callers, 200).Error
}

// VersionNotices are who was told, as far as the actor may see their teams.
func (t Tenant) VersionNotices(announcement string) ([]models.VersionNotice, error) {
	var ns []models.VersionNotice
	err := t.ownTeams(models.SubscriptionReadAll).Where("announcement_id = ?", announcement).Order("team_id, user_id").Find(&ns).Error
	return ns, err
}

// NoteVersionTold notes that a person is told for a team; who was told already is
// told again, and has not seen that.
func (t *Tx) NoteVersionTold(n models.VersionNotice) error {
	again := t.db.Model(&models.VersionNotice{}).Where("announcement_id = ? AND team_id = ? AND user_id = ?", n.AnnouncementID, n.TeamID, n.UserID).
		Updates(map[string]any{"told_at": t.now, "seen_at": nil})
	if again.Error != nil || again.RowsAffected > 0 {
		return again.Error
	}
	n.ToldAt, n.SeenAt = t.now, nil
	return t.db.Create(&n).Error
}

// SeeVersion notes that a person has opened what they were told of a version. It is
// not a change that the audit log keeps.
func (s *Store) SeeVersion(ctx context.Context, user, version, link string) error {
	return s.within(ctx, s.write, scope{person: user}, func(db *gorm.DB) error {
		now := s.Now()
		err := db.Session(&gorm.Session{}).Model(&models.Notification{}).Where("kind = ? AND link = ? AND read_at IS NULL", models.NotifyVersion, link).
			Updates(map[string]any{"read_at": now}).Error
		if err != nil {
			return err
		}
		return db.Session(&gorm.Session{}).Model(&models.VersionNotice{}).Where("version_id = ? AND seen_at IS NULL", version).Updates(map[string]any{"seen_at": now}).Error
	})
}

// DueVersions are the versions of all tenants that partners call and for which a
// date of their end comes before a time.
func (p Platform) DueVersions(before time.Time) ([]models.Version, error) {
	var vs []models.Version
	err := p.ofActive().Where("state IN ('published', 'deprecated')").
		Where("(state = 'published' AND deprecated_at IS NOT NULL AND deprecated_at <= ? OR sunset_at IS NOT NULL AND sunset_at <= ?)", p.now, before).
		Order("id").Find(&vs).Error
	return vs, err
}
