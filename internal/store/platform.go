package store

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/models"
)

// Platform sees the rows of all tenants.
type Platform struct {
	db    *gorm.DB
	now   time.Time
	store *Store
}

// Setting reads a value of the installation, "" if it was never set.
func (p Platform) Setting(name string) (string, error) {
	var s models.Setting
	err := p.db.Where("name = ?", name).Take(&s).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return s.Value, err
}

// Settings reads several values of the installation, those that were set.
func (p Platform) Settings(names ...string) (map[string]models.Setting, error) {
	var all []models.Setting
	err := p.db.Where("name IN ?", names).Find(&all).Error
	out := make(map[string]models.Setting, len(all))
	for _, s := range all {
		out[s.Name] = s
	}
	return out, err
}

// SetSetting keeps a value of the installation.
func (p Platform) SetSetting(name, value string) error {
	return setSetting(p.db, models.Setting{Name: name, Value: value})
}

// SetSetting keeps a value of the installation, and who set it, in the transaction that
// says so.
func (t *Tx) SetSetting(name, value string) error {
	by := t.actor.User()
	return setSetting(t.db, models.Setting{Name: name, Value: value, ChangedAt: &t.now, ChangedBy: &by})
}

func setSetting(db *gorm.DB, s models.Setting) error {
	res := db.Model(&models.Setting{}).Where("name = ?", s.Name).Select("value", "changed_at", "changed_by").Updates(s)
	if res.Error == nil && res.RowsAffected == 0 {
		return db.Create(&s).Error
	}
	return res.Error
}

// InsertInstallationKey keeps a wrapped key of the installation.
func (p Platform) InsertInstallationKey(k InstallationKey) error {
	k.CreatedAt = p.now
	return p.db.Create(&k).Error
}

// WrappedKey is the newest key of a kind, of a tenant or of the Installation.
func (p Platform) WrappedKey(scope, kind string) (wrapped []byte, keyID string, err error) {
	if scope == Installation {
		return wrappedKey(p.db, scope, kind)
	}
	return wrappedKey(p.db.Where("tenant_id = ?", scope).Session(&gorm.Session{}), scope, kind)
}

// WrappedKeys are all keys of a kind of a tenant, newest first.
func (p Platform) WrappedKeys(tenant, kind string) ([]TenantKey, error) {
	var ks []TenantKey
	err := p.db.Where("tenant_id = ? AND kind = ?", tenant, kind).Order("created_at DESC, key_id DESC").Find(&ks).Error
	return ks, err
}

// AuditKeys are all keys of a chain, wrapped, by id.
func (p Platform) AuditKeys(chain string) (map[string][]byte, error) {
	out := map[string][]byte{}
	if chain == Installation {
		var ks []InstallationKey
		err := p.db.Where("kind = ?", KeyAudit).Find(&ks).Error
		for _, k := range ks {
			out[k.KeyID] = k.Wrapped
		}
		return out, err
	}
	ks, err := p.WrappedKeys(chain, KeyAudit)
	for _, k := range ks {
		out[k.KeyID] = k.Wrapped
	}
	return out, err
}

// Tenants lists all tenants by name.
func (p Platform) Tenants() ([]models.Tenant, error) {
	var ts []models.Tenant
	err := p.db.Order("name").Find(&ts).Error
	return ts, err
}

// ofActive are the rows of active tenants: for suspended and archived ones nothing is
// done meanwhile (R16).
func (p Platform) ofActive() *gorm.DB {
	return p.db.Where("tenant_id IN (?)", p.db.Model(&models.Tenant{}).Select("id").Where("state = ?", models.TenantActive))
}

// ChangesAfter lists at most limit rows of the change feed, oldest first.
func (p Platform) ChangesAfter(seq int64, limit int) ([]models.Change, error) {
	var cs []models.Change
	err := p.db.Where("seq > ?", seq).Order("seq").Limit(limit).Find(&cs).Error
	return cs, err
}

// LastChange is the number of the newest row of the change feed.
func (p Platform) LastChange() (int64, error) {
	var c models.Change
	err := p.db.Order("seq DESC").Limit(1).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, nil
	}
	return c.Seq, err
}

// Enqueue adds work that is done after the commit.
func (p Platform) Enqueue(jobs ...Job) error {
	return p.store.enqueue(p.db.Statement.Context, p.db, jobs...)
}

// AuditHeads are the newest events of all chains.
func (p Platform) AuditHeads() ([]audit.Head, error) {
	var rows []auditHead
	err := p.db.Order("tenant_id").Find(&rows).Error
	heads := make([]audit.Head, len(rows))
	for i, r := range rows {
		heads[i] = audit.Head{ChainID: r.TenantID, Seq: uint64(r.Seq), Hash: r.Hash}
	}
	return heads, err
}
