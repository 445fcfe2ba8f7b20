package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// idempotency is what a request with a key made.
type idempotency struct {
	TenantID  string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	Key       string `gorm:"primaryKey"`
	ObjectID  string
	CreatedAt time.Time
}

// TableName is the plural that GORM does not know.
func (idempotency) TableName() string { return "idempotencies" }

// Notify puts n into the inbox of each of the users.
func (t *Tx) Notify(n models.Notification, users ...string) error {
	for _, u := range users {
		n.ID, n.UserID, n.CreatedAt = models.NewID(), u, t.now
		if err := t.db.Create(&n).Error; err != nil {
			return err
		}
	}
	return nil
}

// MarkRead marks all of a person's notifications up to one as read. It is not
// a change that the audit log keeps. Who reads what they were told of a version has
// seen it.
func (s *Store) MarkRead(ctx context.Context, user, upTo string) error {
	return s.within(ctx, s.write, scope{person: user}, func(db *gorm.DB) error {
		read := db.Session(&gorm.Session{}).Model(&models.Notification{}).Where("id <= ? AND read_at IS NULL", upTo).Updates(map[string]any{"read_at": s.Now()})
		if read.Error != nil || read.RowsAffected == 0 {
			return read.Error
		}
		until := db.Session(&gorm.Session{}).Model(&models.Notification{}).Select("MAX(created_at)").Where("id <= ?", upTo)
		return db.Session(&gorm.Session{}).Model(&models.VersionNotice{}).Where("seen_at IS NULL AND told_at <= (?)", until).Updates(map[string]any{"seen_at": s.Now()}).Error
	})
}
