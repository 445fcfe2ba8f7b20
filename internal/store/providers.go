package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// left reports whether the tenant's provider says that a person is not there any more.
func left(db *gorm.DB, user string) (bool, error) {
	var n int64
	err := db.Model(&models.Identity{}).Where("user_id = ? AND gone_at IS NOT NULL", user).Count(&n).Error
	return n > 0, err
}

// Provider is that of the actor's tenant, or of the staff.
func (t Tenant) Provider() (models.Provider, error) {
	var p models.Provider
	err := t.db.Where("tenant_id = ?", scopeOf(t.actor)).Take(&p).Error
	return p, missing(err, "provider")
}

// SetProvider stores it, as it was at the given revision; 0 is that of a new one.
func (t *Tx) SetProvider(p models.Provider) error {
	p.UpdatedAt, p.Roles = t.now, list(p.Roles)
	if p.Revision == 0 {
		p.CreatedAt, p.Revision = t.now, 1
		return t.db.Create(&p).Error
	}
	before := p.Revision
	p.Revision++
	return stale(t.db.Model(&models.Provider{}).Where("tenant_id = ? AND revision = ?", scopeOf(t.actor), before).
		Select("name", "issuer", "client_id", "sealed", "number", "fingerprint", "groups_claim", "roles", "sign_up", "enabled", "set_by", "updated_at", "revision", "failing_since", "failure").
		Updates(p), "provider")
}

// NoteProvider keeps whether the provider answers: since when it does not, and why.
func (t *Tx) NoteProvider(failing *time.Time, why string) error {
	return t.db.Model(&models.Provider{}).Where("tenant_id = ?", scopeOf(t.actor)).Updates(map[string]any{"failing_since": failing, "failure": why}).Error
}

// Identity is who a person is at the provider.
func (t Tenant) Identity(user string) (models.Identity, error) {
	var i models.Identity
	err := t.db.Where("user_id = ?", user).Take(&i).Error
	return i, missing(err, "identity")
}

// LockIdentity is Identity for changing it: nobody else does so until the transaction
// ends.
func (t *Tx) LockIdentity(user string) (models.Identity, error) {
	var i models.Identity
	err := t.store.dialect.lock(t.db).Where("user_id = ?", user).Take(&i).Error
	return i, missing(err, "identity")
}

// IdentityOf finds whose account somebody at an issuer has here.
func (t Tenant) IdentityOf(issuer, subject string) (models.Identity, error) {
	var i models.Identity
	err := t.db.Where("issuer = ? AND subject = ?", issuer, subject).Take(&i).Error
	return i, missing(err, "identity")
}

// Identities of the tenant's people, in pages by user.
func (t Tenant) Identities(after string, limit int) ([]models.Identity, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	var is []models.Identity
	err := t.db.Where("user_id > ?", after).Order("user_id").Limit(limit).Find(&is).Error
	return is, err
}

// InsertIdentity links a person to who they are at the provider.
func (t *Tx) InsertIdentity(i models.Identity) error {
	i.CreatedAt, i.SeenAt, i.CheckedAt, i.Groups = t.now, t.now, t.now, list(i.Groups)
	err := t.db.Create(&i).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "identity_taken", "This identity is linked to an account already, or the account to another one. End that link first.").Because(err)
	}
	return err
}

// UpdateIdentity stores what a sign-in or a check said.
func (t *Tx) UpdateIdentity(i models.Identity) error {
	i.Groups = list(i.Groups)
	return exactlyOne(t.db.Model(&models.Identity{}).Where("user_id = ?", i.UserID).
		Select("email", "sealed", "number", "groups", "given", "founded", "seen_at", "checked_at", "gone_at").Updates(i), "identity")
}

// DeleteIdentity ends the link.
func (t *Tx) DeleteIdentity(user string) error {
	return exactlyOne(t.db.Where("user_id = ?", user).Delete(&models.Identity{}), "identity")
}

// ProviderByID finds a provider by the id in its addresses.
func (p Platform) ProviderByID(id string) (models.Provider, error) {
	var out models.Provider
	err := p.db.Where("id = ?", id).Take(&out).Error
	return out, missing(err, "page")
}

// ProviderOf is that of a tenant, or of the staff.
func (p Platform) ProviderOf(scope string) (models.Provider, error) {
	var out models.Provider
	err := p.db.Where("tenant_id = ?", scope).Take(&out).Error
	return out, missing(err, "provider")
}

// Providers are those of the named scopes, by scope.
func (p Platform) Providers(scopes []string) (map[string]models.Provider, error) {
	var all []models.Provider
	err := p.db.Where("tenant_id IN ?", scopes).Find(&all).Error
	out := make(map[string]models.Provider, len(all))
	for _, one := range all {
		out[one.TenantID] = one
	}
	return out, err
}

// IdentitiesDue are those that their provider was not asked about since then, the
// longest waiting first: of people who are there, at providers that are in use.
func (p Platform) IdentitiesDue(before time.Time, limit int) ([]models.Identity, error) {
	var is []models.Identity
	inUse := p.db.Model(&models.Provider{}).Select("tenant_id").Where("enabled = ?", true)
	err := p.db.Where("gone_at IS NULL AND checked_at <= ? AND tenant_id IN (?)", models.Time(before), inUse).Order("checked_at").Limit(limit).Find(&is).Error
	return is, err
}

// NoteChecked keeps when an identity was asked about, and the token by which to ask next,
// unless it was changed since it had that number. It is no news for the audit log.
func (s *Store) NoteChecked(ctx context.Context, actor models.Actor, i models.Identity, number int) error {
	return s.within(ctx, s.write, scope{tenant: scopeOf(actor)}, func(db *gorm.DB) error {
		return db.Model(&models.Identity{}).Where("user_id = ? AND number = ? AND gone_at IS NULL", i.UserID, number).
			Select("sealed", "number", "checked_at").Updates(i).Error
	})
}
