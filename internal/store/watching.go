package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// TokenWatch narrows a list to tokens that somebody should look at.
type TokenWatch string

// What to look at: of live and paused tokens only.
const (
	TokensDormant  TokenWatch = "dormant"  // nothing used them for long
	TokensOrphaned TokenWatch = "orphaned" // their owner left the team or the tenant, or has no account any more; of a service account, whose team has no members
	TokensBroad    TokenWatch = "broad"    // may call much more than they did in 90 days
)

// BroadLeast is how long a token must have been watched, and BroadMore by how many
// operations it may call more than it did, to be called too broad: at least twice
// as many they must be as well.
const (
	BroadLeast = 30 * models.Day
	BroadMore  = 3
)

// watchTokens narrows to what the filter says to look at.
func (t Tenant) watchTokens(q *gorm.DB, f TokenFilter) *gorm.DB {
	if f.Watch == "" {
		return q
	}
	q = q.Where("state IN ? AND expires_at > ?", []models.TokenState{models.TokenActive, models.TokenPaused}, t.now)
	uses := t.db.Model(&models.TokenUse{}).Select("token_id")
	switch f.Watch {
	case TokensDormant:
		since := t.now.AddDate(0, 0, -t.actor.Tenant().TokenPolicy.UnusedDays)
		return q.Where("created_at <= ? AND id IN (?)", since,
			uses.Where("(used_at IS NULL OR used_at <= ?) AND (kept_at IS NULL OR kept_at <= ?)", since, since))
	case TokensBroad:
		return q.Where("created_at <= ? AND id IN (?)", t.now.Add(-BroadLeast), uses.Where("used > 0 AND may >= used * 2 AND may - used >= ?", BroadMore))
	case TokensOrphaned:
		place := t.db.Model(&models.Membership{}).Select("1").Where("memberships.team_id = tokens.team_id AND memberships.user_id = tokens.user_id")
		role := t.db.Model(&models.Member{}).Select("user_id")
		inTeam := t.db.Model(&models.Membership{}).Select("1").Where("memberships.team_id = tokens.team_id")
		return q.Where("(service_id IS NULL AND (NOT "+works("tokens")+" OR team_id IS NOT NULL AND NOT EXISTS (?) OR team_id IS NULL AND user_id NOT IN (?)) OR service_id IS NOT NULL AND NOT EXISTS (?))",
			models.UserActive, place, role, inTeam)
	}
	return q.Where("1 = 0")
}

// TokensToWatch lists tokens that a policy has something to say about, in pages by
// id: those that work or are paused, and those that expired in the last week.
func (t Tenant) TokensToWatch(after string, limit int) ([]models.Token, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	var ts []models.Token
	err := t.visibleTokens().Where("id > ? AND kind IN ? AND state IN ? AND retire_at IS NULL AND expires_at > ?", after,
		[]models.TokenKind{models.TokenAccess, models.TokenManagement}, []models.TokenState{models.TokenActive, models.TokenPaused}, t.now.AddDate(0, 0, -7)).
		Order("id").Limit(limit).Find(&ts).Error
	return ts, err
}

// TokenNotices are when which notices of the named tokens were given, by token and kind.
func (t Tenant) TokenNotices(tokens ...string) (map[string]map[string]time.Time, error) {
	var rows []tokenNotice
	err := t.db.Where("token_id IN ?", tokens).Find(&rows).Error
	out := map[string]map[string]time.Time{}
	for _, r := range rows {
		if out[r.TokenID] == nil {
			out[r.TokenID] = map[string]time.Time{}
		}
		out[r.TokenID][r.Kind] = r.At
	}
	return out, err
}

// TokenUses is what was seen of the use of the named tokens, by token.
func (t Tenant) TokenUses(tokens ...string) (map[string]models.TokenUse, error) {
	var rows []models.TokenUse
	err := t.db.Where("token_id IN ?", tokens).Find(&rows).Error
	out := make(map[string]models.TokenUse, len(rows))
	for _, r := range rows {
		out[r.TokenID] = r
	}
	return out, err
}

// ForgetTold forgets the notices of a token whose kinds begin so: what they were
// about is over, and if it comes back its people are told anew.
func (t *Tx) ForgetTold(token, kinds string) error {
	return t.db.Where(`token_id = ? AND kind LIKE ? ESCAPE '\'`, token, escapeLike(kinds)+"%").Delete(&tokenNotice{}).Error
}

// KeepToken notes that a person woke the token: its disuse counts from now on.
func (t *Tx) KeepToken(token string) error {
	return observe(t.db, token, map[string]any{"kept_at": t.now}, models.TokenUse{TokenID: token, KeptAt: &t.now})
}

// observe changes what was seen of a token, or notes it for the first time.
func observe(db *gorm.DB, token string, change map[string]any, first models.TokenUse) error {
	res := db.Model(&models.TokenUse{}).Where("token_id = ?", token).Updates(change)
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	return db.Create(&first).Error
}

// NoteUses keeps what was seen of tokens of one tenant.
func (p Platform) NoteUses(uses []models.TokenUse) error {
	for _, u := range uses {
		change := map[string]any{"used_at": u.UsedAt, "used_from": u.UsedFrom, "may": u.May, "used": u.Used, "looked_at": u.LookedAt}
		if err := observe(p.db.Where("tenant_id = ?", u.TenantID).Session(&gorm.Session{}), u.TokenID, change, u); err != nil {
			return err
		}
	}
	return nil
}

// NoteUsed keeps the last use of a management token, which no usage counts, unless
// the one that is kept is younger than that.
func (s *Store) NoteUsed(ctx context.Context, tenant, token, from string, every time.Duration) error {
	now := s.Now()
	var kept models.TokenUse
	err := s.within(ctx, s.read, scope{tenant: tenant}, func(db *gorm.DB) error {
		return missing(db.Where("token_id = ?", token).Take(&kept).Error, "use")
	})
	if err != nil && !fault.Is(err, fault.NotFound) || kept.UsedAt != nil && now.Sub(*kept.UsedAt) < every {
		return err
	}
	return s.within(ctx, s.write, scope{tenant: tenant}, func(db *gorm.DB) error {
		err := db.Model(&models.Token{}).Where("id = ? AND used_at < ?", token, now).UpdateColumn("used_at", now).Error // as NoteUse does for others
		if err != nil {
			return err
		}
		return observe(db, token, map[string]any{"used_at": now, "used_from": from}, models.TokenUse{TokenID: token, UsedAt: &now, UsedFrom: from})
	})
}
