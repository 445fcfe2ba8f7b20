package store

import (
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// SessionCode carries a person's session over to a tenant's own host, once. Only its
// hash and that of the nonce are kept. It ends with the session that it came from.
type SessionCode struct {
	Hash      []byte `gorm:"primaryKey"`
	Parent    []byte // hash of that session
	UserID    string
	Host      string
	Nonce     []byte
	Next      string // where to go on, on that host
	ExpiresAt time.Time
}

// ServedHost is a host under which the pages of the tenant with that slug are served.
type ServedHost struct{ Host, Slug string }

// Host is the tenant's own, NotFound where it has none.
func (t Tenant) Host() (models.TenantHost, error) {
	var h models.TenantHost
	err := t.db.Where("tenant_id = ?", scopeOf(t.actor)).Take(&h).Error
	return h, missing(err, "host")
}

// InsertHost stores that a tenant wants a host of its own.
func (t *Tx) InsertHost(h *models.TenantHost) error {
	h.CreatedAt = t.now
	return taken(t.db.Create(h).Error, "host", "This portal has a host name already. Remove it first.")
}

// UpdateHost stores what looking at the tenant's host found. Another tenant that has
// proven the name before is a Conflict.
func (t *Tx) UpdateHost(h models.TenantHost) error {
	res := t.db.Model(&models.TenantHost{}).Where("tenant_id = ? AND host = ? AND challenge = ?", scopeOf(t.actor), h.Host, h.Challenge).
		Select("proven_at", "looked_at", "lost_at").Updates(h)
	if errors.Is(res.Error, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "host_taken", "Your record is there, but another portal here has proven %s before and uses it.", h.Host).Because(res.Error)
	}
	return exactlyOne(res, "host")
}

// DeleteHost takes the tenant's host away, and ends all sessions on it: whoever proves
// the name next must not meet them.
func (t *Tx) DeleteHost(h models.TenantHost) error {
	if err := exactlyOne(t.db.Where("tenant_id = ? AND host = ?", scopeOf(t.actor), h.Host).Delete(&models.TenantHost{}), "host"); err != nil || !h.Proven() {
		return err
	}
	if err := t.db.Where("host = ?", h.Host).Delete(&SessionCode{}).Error; err != nil {
		return err
	}
	return t.db.Where("host = ?", h.Host).Delete(&Session{}).Error
}

// ServedHosts are all that are proven.
func (p Platform) ServedHosts() ([]ServedHost, error) {
	var out []ServedHost
	err := p.db.Model(&models.TenantHost{}).Joins("JOIN tenants ON tenants.id = tenant_hosts.tenant_id").Where("proven_at IS NOT NULL").
		Select("tenant_hosts.host, tenants.slug").Scan(&out).Error
	return out, err
}

// HostsDue are the hosts of active tenants whose DNS is to be looked at now: new ones and
// those that have lost their record each time, proven ones once in models.HostLook.
func (p Platform) HostsDue(now time.Time, limit int) ([]models.TenantHost, error) {
	var hs []models.TenantHost
	err := p.ofActive().Where("proven_at IS NULL AND created_at > ? OR lost_at IS NOT NULL OR proven_at IS NOT NULL AND looked_at <= ?", now.Add(-models.HostTries), now.Add(-models.HostLook)).
		Order("COALESCE(looked_at, created_at), tenant_id").Limit(limit).Find(&hs).Error
	return hs, err
}

// NoteHostLook notes that a host's DNS was looked at and that nothing follows from it.
func (p Platform) NoteHostLook(h models.TenantHost) error {
	return p.db.Model(&models.TenantHost{}).Where("tenant_id = ? AND host = ?", h.TenantID, h.Host).Updates(map[string]any{"looked_at": p.now}).Error
}

// SessionCodeOf is the id of the person for whom a code was made. It uses nothing up.
func (t Tenant) SessionCodeOf(hash []byte) (string, error) {
	var c SessionCode
	err := t.db.Where("hash = ?", hash).Take(&c).Error
	return c.UserID, missing(err, "code")
}

// InsertSessionCode stores a new code.
func (t *Tx) InsertSessionCode(c SessionCode) error { return t.db.Create(&c).Error }

// TakeSessionCode uses up a code that was made for a host and a nonce, and is the session
// that it came from. A wrong guess uses nothing up; NotFound says no more than that.
func (t *Tx) TakeSessionCode(hash []byte, host string, nonce []byte) (c SessionCode, parent Session, err error) {
	var rows []SessionCode
	err = t.db.Clauses(clause.Returning{}).Where("hash = ? AND host = ? AND nonce = ? AND expires_at > ?", hash, host, nonce, t.now).Delete(&rows).Error
	if err != nil || len(rows) != 1 {
		return c, parent, errors.Join(err, fault.Missing("code"))
	}
	c = rows[0]
	err = t.db.Where("hash = ? AND user_id = ? AND replaced_at IS NULL AND expires_at > ?", c.Parent, c.UserID, t.now).Take(&parent).Error
	return c, parent, missing(err, "session")
}
