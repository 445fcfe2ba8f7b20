package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// OperatorTokens are those of all operators, the newest first.
func (p Platform) OperatorTokens() (ts []models.OperatorToken, err error) {
	err = p.db.Order("created_at DESC, id DESC").Limit(PageMost).Find(&ts).Error
	return ts, err
}

// OperatorTokenByDigest finds one by the digest of its secret.
func (p Platform) OperatorTokenByDigest(digest []byte) (t models.OperatorToken, err error) {
	return t, missing(p.db.Where("digest = ?", digest).Take(&t).Error, "token")
}

// InsertOperatorToken stores a new one.
func (t *Tx) InsertOperatorToken(token *models.OperatorToken) error {
	token.CreatedAt = t.now
	return t.db.Create(token).Error
}

// RevokeOperatorToken ends one for good, and reports whether it was not ended before.
func (t *Tx) RevokeOperatorToken(id string) (token models.OperatorToken, ended bool, err error) {
	if err := missing(t.db.Where("id = ?", id).Take(&token).Error, "token"); err != nil {
		return token, false, err
	}
	n, err := t.revokeOperatorTokens("id = ?", id)
	return token, n > 0, err
}

// RevokeOperatorTokensOf ends all of a person's, and says how many there were.
func (t *Tx) RevokeOperatorTokensOf(user string) (int64, error) {
	return t.revokeOperatorTokens("user_id = ?", user)
}

func (t *Tx) revokeOperatorTokens(condition, value string) (int64, error) {
	values := map[string]any{"revoked_at": t.now}
	if by := t.actor.User(); by != "" {
		values["revoked_by"] = by
	}
	res := t.db.Model(&models.OperatorToken{}).Where(condition+" AND revoked_at IS NULL", value).Updates(values)
	return res.RowsAffected, res.Error
}

// NoteOperatorTokenUsed keeps when one was last used, no more often than every so long.
func (s *Store) NoteOperatorTokenUsed(ctx context.Context, token models.OperatorToken, from string, every time.Duration) error {
	now := s.Now()
	if token.LastUsedAt != nil && now.Sub(*token.LastUsedAt) < every {
		return nil
	}
	return s.within(ctx, s.write, scope{platform: true}, func(db *gorm.DB) error {
		return db.Model(&models.OperatorToken{}).Where("id = ?", token.ID).Updates(map[string]any{"last_used_at": now, "last_used_from": from}).Error
	})
}
