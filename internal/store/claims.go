package store

import (
	"gatehouse/internal/fault"
	"gatehouse/models"
)

// InsertClaim stores a new one.
func (t *Tx) InsertClaim(c *models.Claim) error {
	c.CreatedAt = t.now
	return t.db.Create(c).Error
}

// Claim finds one of a team.
func (t Tenant) Claim(team, id string) (models.Claim, error) {
	var c models.Claim
	err := t.db.Where("team_id = ? AND id = ?", team, id).Take(&c).Error
	return c, missing(err, "prepared token")
}

// ClaimByHash finds the one that a link leads to, if it is for the actor: for
// everybody else there is none (R59).
func (t Tenant) ClaimByHash(hash []byte) (models.Claim, error) {
	var c models.Claim
	err := t.db.Where("hash = ? AND user_id = ? AND team_id IN ?", hash, t.actor.User(), t.actor.Teams()).Take(&c).Error
	return c, missing(err, "prepared token")
}

// Claims of a team, the newest first, at most a page of them.
func (t Tenant) Claims(team string) ([]models.Claim, error) {
	var cs []models.Claim
	err := t.db.Where("team_id = ?", team).Order("id DESC").Limit(PageMost).Find(&cs).Error
	return cs, err
}

// UseClaim notes the token that was made of a claim: of several at once, one succeeds.
func (t *Tx) UseClaim(id, token string) error {
	return t.endClaim(id, map[string]any{"claimed_at": t.now, "token_id": token})
}

// WithdrawClaim ends a claim that nobody used yet.
func (t *Tx) WithdrawClaim(id string) error {
	return t.endClaim(id, map[string]any{"withdrawn_at": t.now})
}

func (t *Tx) endClaim(id string, how map[string]any) error {
	res := t.db.Model(&models.Claim{}).Where("id = ? AND claimed_at IS NULL AND withdrawn_at IS NULL AND expires_at > ?", id, t.now).Updates(how)
	if res.Error == nil && res.RowsAffected != 1 {
		return fault.New(fault.Gone, "claim_over", "This prepared token was made already, withdrawn, or its 24 hours are over.")
	}
	return res.Error
}
