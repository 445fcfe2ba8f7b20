package store

import "gatehouse/models"

// AnyPasskey reports whether somebody has a passkey.
func (p Platform) AnyPasskey() (bool, error) {
	var n int64
	err := p.db.Model(&models.Passkey{}).Limit(1).Count(&n).Error
	return n > 0, err
}
