package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// Clients are the tenant's registered clients, by name.
func (t Tenant) Clients() ([]models.Client, error) {
	var cs []models.Client
	err := t.db.Order("name, id").Limit(models.ClientsMost).Find(&cs).Error
	return cs, err
}

// Client finds one by its id.
func (t Tenant) Client(id string) (models.Client, error) {
	var c models.Client
	err := t.db.Where("id = ?", id).Take(&c).Error
	return c, missing(err, "client")
}

// ClientByDigest finds one by the digest of its secret.
func (t Tenant) ClientByDigest(digest []byte) (models.Client, error) {
	var c models.Client
	err := t.db.Where("digest = ?", digest).Take(&c).Error
	return c, missing(err, "client")
}

// ClientVersions are the ids of the versions that the named clients are told about, by client.
func (t Tenant) ClientVersions(clients ...string) (map[string][]string, error) {
	var rows []models.ClientVersion
	err := t.db.Where("client_id IN ?", clients).Order("version_id").Find(&rows).Error
	out := map[string][]string{}
	for _, r := range rows {
		out[r.ClientID] = append(out[r.ClientID], r.VersionID)
	}
	return out, err
}

// LockClient is Client for changing it: nobody else does so until the transaction ends.
func (t *Tx) LockClient(id string) (models.Client, error) {
	var c models.Client
	err := t.store.dialect.lock(t.db).Where("id = ?", id).Take(&c).Error
	return c, missing(err, "client")
}

// InsertClient stores a new client, told about these versions.
func (t *Tx) InsertClient(c *models.Client, versions []string) error {
	var n int64
	if err := t.db.Model(&models.Client{}).Count(&n).Error; err != nil {
		return err
	}
	if n >= models.ClientsMost {
		return fault.New(fault.Conflict, "too_many_clients", "A tenant has %d clients at most. Remove one that nobody uses first.", models.ClientsMost)
	}
	c.CreatedAt, c.UpdatedAt, c.RotatedAt, c.Revision = t.now, t.now, t.now, 1
	if err := t.db.Create(c).Error; err != nil {
		return taken(err, "name", "Another client has this name.")
	}
	return t.tellAbout(c.ID, versions)
}

// UpdateClient stores name, rights and secret, and about which versions the client
// is told, unless somebody changed it first.
func (t *Tx) UpdateClient(c models.Client, versions []string) error {
	res := t.db.Model(&models.Client{}).Where("id = ? AND revision = ?", c.ID, c.Revision).Updates(map[string]any{
		"name": c.Name, "may_revoke": c.MayRevoke, "digest": c.Digest, "key_id": c.KeyID, "hint": c.Hint,
		"rotated_at": c.RotatedAt, "updated_at": t.now, "revision": c.Revision + 1,
	})
	if res.Error != nil {
		return taken(res.Error, "name", "Another client has this name.")
	}
	if err := stale(res, "client"); err != nil {
		return err
	}
	if err := t.db.Where("client_id = ?", c.ID).Delete(&models.ClientVersion{}).Error; err != nil {
		return err
	}
	return t.tellAbout(c.ID, versions)
}

func (t *Tx) tellAbout(client string, versions []string) error {
	versions = slices.Compact(slices.Sorted(slices.Values(versions)))
	rows := make([]models.ClientVersion, len(versions))
	for i, v := range versions {
		rows[i] = models.ClientVersion{ClientID: client, VersionID: v}
	}
	if len(rows) == 0 {
		return nil
	}
	return t.db.Create(rows).Error
}

// DeleteClient removes a client; its secret opens nothing any more.
func (t *Tx) DeleteClient(id string) error {
	if err := t.db.Where("client_id = ?", id).Delete(&models.ClientVersion{}).Error; err != nil {
		return err
	}
	return exactlyOne(t.db.Where("id = ?", id).Delete(&models.Client{}), "client")
}

// TouchClient notes that a client of the actor's tenant asked something.
func (s *Store) TouchClient(ctx context.Context, actor models.Actor, id string, at time.Time) error {
	return s.within(ctx, s.write, scope{tenant: scopeOf(actor)}, func(db *gorm.DB) error {
		return db.Model(&models.Client{}).Where("id = ?", id).Updates(map[string]any{"last_used_at": at}).Error
	})
}
