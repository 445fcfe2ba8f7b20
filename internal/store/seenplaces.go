package store

import (
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// SeenPlace is a network or a browser from which a person has signed in.
type SeenPlace struct {
	UserID string `gorm:"primaryKey"`
	Kind   string `gorm:"primaryKey"` // SeenNetwork or SeenDevice
	Value  string `gorm:"primaryKey"`
	SeenAt time.Time
}

// The kinds of what is remembered of a sign-in.
const (
	SeenNetwork = "network"
	SeenDevice  = "device"
)

// NoteSeen remembers where a person signs in from, and reports whether they have
// from there within models.PlaceSeen. The account must be locked.
func (t *Tx) NoteSeen(user, kind, value string) (known bool, err error) {
	mine := t.db.Model(&SeenPlace{}).Where("user_id = ? AND kind = ? AND value = ?", user, kind, value).Session(&gorm.Session{})
	var lately int64
	if err := mine.Where("seen_at > ?", t.now.Add(-models.PlaceSeen)).Count(&lately).Error; err != nil {
		return false, err
	}
	res := mine.Updates(map[string]any{"seen_at": t.now})
	if res.Error == nil && res.RowsAffected == 0 {
		return false, t.db.Create(&SeenPlace{user, kind, value, t.now}).Error
	}
	return lately > 0, res.Error
}

// SeenPlaces of a person, the last one first.
func (t Tenant) SeenPlaces(user string) ([]SeenPlace, error) {
	var ps []SeenPlace
	err := t.db.Where("user_id = ?", user).Order("seen_at DESC, kind, value").Limit(PageMost).Find(&ps).Error
	return ps, err
}
