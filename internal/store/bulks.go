package store

import (
	"gatehouse/models"
)

// LockTokens are the first tokens of a filter in the order of their ids, for
// changing them: nobody else does so until the transaction ends. What somebody
// else has changed meanwhile, so that the filter lets it through no more, is not
// among them.
func (t *Tx) LockTokens(f TokenFilter) ([]models.Token, error) {
	if err := pageSize(f.Limit); err != nil {
		return nil, err
	}
	var ts []models.Token
	err := t.store.dialect.lock(t.sort(t.filterTokens(f), TokensOldest, f.After)).Limit(f.Limit).Find(&ts).Error
	return ts, err
}

// InsertBulk notes that many tokens are about to be changed.
func (t *Tx) InsertBulk(b *models.TokenBulk) error {
	b.UserID, b.CreatedAt = t.actor.User(), t.now
	return t.db.Create(b).Error
}

// Bulk finds a change of many tokens.
func (t Tenant) Bulk(id string) (models.TokenBulk, error) {
	var b models.TokenBulk
	err := t.db.Where("id = ?", id).Take(&b).Error
	return b, missing(err, "change of many tokens")
}

// Bulks are the last changes of many tokens, the newest first.
func (t Tenant) Bulks(limit int) ([]models.TokenBulk, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	var bs []models.TokenBulk
	err := t.db.Order("id DESC").Limit(limit).Find(&bs).Error
	return bs, err
}

// FinishBulk notes that nothing is left of it.
func (t *Tx) FinishBulk(id string) error {
	return t.db.Model(&models.TokenBulk{}).Where("id = ? AND finished_at IS NULL", id).Updates(map[string]any{"finished_at": t.now}).Error
}

// InsertBulkItem notes one token that a bulk has changed: the last time, where it
// broke off and somebody changed the token back before it went on.
func (t *Tx) InsertBulkItem(i models.TokenBulkItem) error {
	i.At = t.now
	res := t.db.Model(&models.TokenBulkItem{}).Where("bulk_id = ? AND token_id = ?", i.BulkID, i.TokenID).Select("change_seq", "at").Updates(i)
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	return t.db.Create(&i).Error
}

// BulkItems are the tokens that a bulk has changed, in the order of their ids,
// behind one of them.
func (t Tenant) BulkItems(bulk, after string, limit int) ([]models.TokenBulkItem, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	var is []models.TokenBulkItem
	err := t.db.Where("bulk_id = ? AND token_id > ?", bulk, after).Order("token_id").Limit(limit).Find(&is).Error
	return is, err
}

// BulkSum is how many tokens a bulk has changed, and the number of the last change.
type BulkSum struct {
	Tokens  int64
	LastSeq int64
	Refused int64 // of them were used since and refused
	Later   int64 // of them were made after the filter was shown
}

// BulkSum sums up what a bulk has done.
func (t Tenant) BulkSum(b models.TokenBulk) (sum BulkSum, err error) {
	items := t.db.Model(&models.TokenBulkItem{}).Where("bulk_id = ?", b.ID)
	if err := items.Select("COUNT(*) AS tokens, COALESCE(MAX(change_seq), 0) AS last_seq").Scan(&sum).Error; err != nil {
		return sum, err
	}
	of := t.db.Model(&models.TokenBulkItem{}).Select("token_id").Where("bulk_id = ?", b.ID)
	if err := t.visibleTokens().Model(&models.Token{}).Where("id IN (?) AND refused_at IS NOT NULL", of).Count(&sum.Refused).Error; err != nil {
		return sum, err
	}
	return sum, t.visibleTokens().Model(&models.Token{}).Where("id IN (?) AND created_at > ?", of, b.ShownAt).Count(&sum.Later).Error
}

// SavedViews are the actor's own, by name.
func (t Tenant) SavedViews() ([]models.SavedView, error) {
	var vs []models.SavedView
	err := t.db.Where("user_id = ?", t.actor.User()).Order("name").Limit(models.SavedViewsMost).Find(&vs).Error
	return vs, err
}

// InsertSavedView keeps one more of the actor's own.
func (t *Tx) InsertSavedView(v *models.SavedView) error {
	v.UserID, v.CreatedAt = t.actor.User(), t.now
	return taken(t.db.Create(v).Error, "name", "You have a view of this name already.")
}

// DeleteSavedView removes one of the actor's own.
func (t *Tx) DeleteSavedView(id string) error {
	return exactlyOne(t.db.Where("id = ? AND user_id = ?", id, t.actor.User()).Delete(&models.SavedView{}), "saved view")
}
