package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// NoticeChoices are how a person wants to hear of what, where they chose.
func (t Tenant) NoticeChoices(user string) ([]models.NoticeChoice, error) {
	return noticeChoices(t.db, user)
}

// NoticeChoices are the person's own.
func (p Person) NoticeChoices() ([]models.NoticeChoice, error) { return noticeChoices(p.db, p.user) }

func noticeChoices(db *gorm.DB, user string) ([]models.NoticeChoice, error) {
	var cs []models.NoticeChoice
	err := db.Where("user_id = ?", user).Order("category").Find(&cs).Error
	return cs, err
}

// SetNoticeChoices keeps how the actor wants to hear of what, in place of what was.
func (t *Tx) SetNoticeChoices(choices []models.NoticeChoice) error {
	if err := t.db.Where("user_id = ?", t.actor.User()).Delete(&models.NoticeChoice{}).Error; err != nil {
		return err
	}
	for _, c := range choices {
		c.UserID = t.actor.User()
		if err := t.db.Create(&c).Error; err != nil {
			return err
		}
	}
	return nil
}

// MailChoice is whether and when a person wants mails of a category.
func (s *Store) MailChoice(ctx context.Context, user string, category models.NoticeCategory) (models.MailChoice, error) {
	var cs []models.NoticeChoice
	err := s.within(ctx, s.read, scope{}, func(db *gorm.DB) error {
		return db.Where("user_id = ? AND category = ?", user, category).Find(&cs).Error
	})
	if err != nil || len(cs) == 0 {
		return models.MailEach, err
	}
	return cs[0].Mail, nil
}

// KeepForDigest keeps a line for a person's next daily mail, once however often it
// is kept. It is no change that the audit log keeps.
func (s *Store) KeepForDigest(ctx context.Context, item models.DigestItem) error {
	item.CreatedAt = s.Now()
	err := s.within(ctx, s.write, scope{tenant: item.TenantID}, func(db *gorm.DB) error { return db.Create(&item).Error })
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil
	}
	return err
}

// DigestDue are the people for whom lines were kept before a time.
func (p Platform) DigestDue(before time.Time) ([]string, error) {
	var users []string
	err := p.db.Model(&models.DigestItem{}).Where("created_at < ?", before).Distinct().Order("user_id").Pluck("user_id", &users).Error
	return users, err
}

// TakeDigest takes out what was kept for a person before a time, the oldest first.
func (p Platform) TakeDigest(user string, before time.Time) ([]models.DigestItem, error) {
	var items []models.DigestItem
	mine := p.db.Where("user_id = ? AND created_at < ?", user, before).Session(&gorm.Session{})
	if err := mine.Order("created_at, id").Find(&items).Error; err != nil {
		return nil, err
	}
	return items, mine.Delete(&models.DigestItem{}).Error
}
