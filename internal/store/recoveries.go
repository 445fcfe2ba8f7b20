package store

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// RecoveryCodes of a person, used ones too, the oldest first.
func (t Tenant) RecoveryCodes(user string) ([]models.RecoveryCode, error) {
	var cs []models.RecoveryCode
	err := t.db.Where("user_id = ?", user).Order("created_at, hash").Find(&cs).Error
	return cs, err
}

// SetRecoveryCodes gives a person other codes than before, or none.
func (t *Tx) SetRecoveryCodes(user string, hashes ...[]byte) error {
	if err := t.db.Where("user_id = ?", user).Delete(&models.RecoveryCode{}).Error; err != nil {
		return err
	}
	for _, hash := range hashes {
		if err := t.db.Create(&models.RecoveryCode{Hash: hash, UserID: user, CreatedAt: t.now}).Error; err != nil {
			return err
		}
	}
	return nil
}

// RecoveryCode finds a code by its hash, whether used or not.
func (t Tenant) RecoveryCode(hash []byte) (models.RecoveryCode, error) {
	var c models.RecoveryCode
	err := t.db.Where("hash = ?", hash).Take(&c).Error
	return c, missing(err, "recovery code")
}

// UseRecoveryCode uses a code up: of several at once, one succeeds (R33).
func (t *Tx) UseRecoveryCode(hash []byte) error {
	return exactlyOne(t.db.Model(&models.RecoveryCode{}).Where("hash = ? AND used_at IS NULL", hash).
		Updates(map[string]any{"used_at": t.now}), "recovery code")
}

// SetRecovered notes that an account was recovered now.
func (t *Tx) SetRecovered(user string) error {
	return exactlyOne(t.db.Model(&models.User{}).Where("id = ?", user).Updates(map[string]any{"recovered_at": t.now}), "person")
}

// WithdrawLinks ends a person's links of a kind that nobody used yet.
func (t *Tx) WithdrawLinks(user string, kind models.LinkKind) error {
	return t.db.Model(&models.Link{}).Where("user_id = ? AND kind = ? AND used_at IS NULL AND expires_at > ?", user, kind, t.now).
		Updates(map[string]any{"expires_at": t.now}).Error
}

// Recoveries of the tenant, the newest first.
func (t Tenant) Recoveries() ([]models.Recovery, error) {
	var rs []models.Recovery
	err := t.db.Order("created_at DESC, id DESC").Limit(PageMost).Find(&rs).Error
	return rs, err
}

// RecoveriesOf a person in the tenant that have neither led to a passkey nor been stopped.
func (t Tenant) RecoveriesOf(user string) ([]models.Recovery, error) {
	var rs []models.Recovery
	err := t.db.Where("user_id = ? AND state IN ?", user, []models.RecoveryState{models.RecoveryWaiting, models.RecoverySent}).
		Order("created_at, id").Find(&rs).Error
	return rs, err
}

// Recovery finds one of the tenant's.
func (t Tenant) Recovery(id string) (models.Recovery, error) {
	var r models.Recovery
	err := t.db.Where("id = ?", id).Take(&r).Error
	return r, missing(err, "recovery")
}

// InsertRecovery stores a new one.
func (t *Tx) InsertRecovery(r *models.Recovery) error {
	r.CreatedAt = t.now
	return t.db.Create(r).Error
}

// MoveRecovery stores the state of a recovery that was in another one: of several
// that move it at once, one does.
func (t *Tx) MoveRecovery(r models.Recovery, from models.RecoveryState) error {
	return stale(t.db.Model(&models.Recovery{}).Where("id = ? AND state = ?", r.ID, from).
		Updates(map[string]any{"state": r.State, "stopped_by": r.StoppedBy, "ended_at": r.EndedAt}), "recovery")
}

// Recoveries that admins began for the person, the newest first.
func (p Person) Recoveries() ([]models.Recovery, error) {
	var rs []models.Recovery
	err := p.db.Order("created_at DESC, id DESC").Limit(PageMost).Find(&rs).Error
	return rs, err
}

// RecoveriesDue are those of which the person gets the link now.
func (p Platform) RecoveriesDue(now time.Time) ([]models.Recovery, error) {
	var rs []models.Recovery
	err := p.db.Where("state = ? AND due_at <= ?", models.RecoveryWaiting, now).Order("due_at").Limit(PageMost).Find(&rs).Error
	return rs, err
}

// RenamePasskey gives one of a person's passkeys another name.
func (t *Tx) RenamePasskey(user, id, name string) error {
	return exactlyOne(t.db.Model(&models.Passkey{}).Where("user_id = ? AND id = ?", user, id).Updates(map[string]any{"name": name}), "passkey")
}

// lastPasskey refuses to take a person's only passkey, unless recovery codes are left (R32).
func (t *Tx) lastPasskey(user string) error {
	var keys, codes int64
	if err := t.db.Model(&models.Passkey{}).Where("user_id = ?", user).Count(&keys).Error; err != nil || keys > 1 {
		return err
	}
	if err := t.db.Model(&models.RecoveryCode{}).Where("user_id = ? AND used_at IS NULL", user).Count(&codes).Error; err != nil || codes > 0 {
		return err
	}
	return fault.New(fault.Conflict, "last_passkey", "This is your only passkey. Add another one, or make recovery codes, before you remove it.")
}
