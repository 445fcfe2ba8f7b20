package store

import (
	"slices"

	"gorm.io/gorm"

	"gatehouse/models"
)

// Stake counts what works in a tenant.
type Stake struct {
	Tokens     int64 // that call APIs and work
	Management int64 // management tokens that work
	Teams      int64 // with an approved subscription
	People     int64 // with a role or in a team
}

// Stake counts what works in the tenant, whoever asks.
func (t Tenant) Stake() (s Stake, err error) {
	live := func(kind models.TokenKind) *gorm.DB {
		return t.db.Model(&models.Token{}).Where("kind = ? AND state = ? AND expires_at > ?", kind, models.TokenActive, t.now)
	}
	if err := live(models.TokenAccess).Count(&s.Tokens).Error; err != nil {
		return s, err
	}
	if err := live(models.TokenManagement).Count(&s.Management).Error; err != nil {
		return s, err
	}
	approved := t.db.Model(&models.Subscription{}).Where("state = ?", models.SubscriptionApproved)
	if err := approved.Distinct("team_id").Count(&s.Teams).Error; err != nil {
		return s, err
	}
	var roles, places []string
	if err := t.db.Model(&models.Member{}).Distinct("user_id").Pluck("user_id", &roles).Error; err != nil {
		return s, err
	}
	err = t.db.Model(&models.Membership{}).Distinct("user_id").Pluck("user_id", &places).Error
	all := slices.Concat(roles, places)
	slices.Sort(all)
	s.People = int64(len(slices.Compact(all)))
	return s, err
}

// RevokeAllTokens ends every token of the tenant for good, tells the gateways, and
// names them. By is the user who does it.
func (t *Tx) RevokeAllTokens(by, reason string) (ids []string, err error) {
	if err := t.db.Model(&models.Token{}).Where("state <> ?", models.TokenRevoked).Order("id").Pluck("id", &ids).Error; err != nil || len(ids) == 0 {
		return ids, err
	}
	if err := t.ChangedAll(models.ChangeToken, ids); err != nil {
		return ids, err
	}
	return ids, t.db.Model(&models.Token{}).Where("state <> ?", models.TokenRevoked).Updates(map[string]any{
		"state": models.TokenRevoked, "revoked_by": by, "revoked_at": t.now, "reason": reason, "change_seq": t.seq, "updated_at": t.now,
		"revision": gorm.Expr("revision + 1"),
	}).Error
}
