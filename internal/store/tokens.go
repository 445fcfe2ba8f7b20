package store

import (
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// TokenView is a part of a list of tokens, as people ask for it.
type TokenView string

// The views. An expired token is stored as it was: what it is now says the clock.
const (
	TokensAll      TokenView = ""
	TokensActive   TokenView = "active"
	TokensExpiring TokenView = "expiring" // active, and near their end
	TokensPaused   TokenView = "paused"
	TokensEnded    TokenView = "ended"   // revoked or expired
	TokensAsking   TokenView = "pending" // an admin has to decide: about the token, or that it may do more
)

// TokenOrder is what a list of tokens is sorted by.
type TokenOrder string

// The orders. Where two are equal their ids decide, so that every page has its place.
const (
	TokensNewest     TokenOrder = ""
	TokensOldest     TokenOrder = "created"
	TokensByName     TokenOrder = "name" // whatever the case of its letters
	TokensByNameDown TokenOrder = "-name"
	TokensByEnd      TokenOrder = "expires" // what ends first
	TokensByEndDown  TokenOrder = "-expires"
	TokensByUse      TokenOrder = "used" // what was never used, then what was used longest ago
	TokensByUseDown  TokenOrder = "-used"
)

// column is what the order compares beside the id, or "", and whether it goes down.
func (o TokenOrder) column() (column string, down bool) {
	switch o {
	case TokensOldest:
		return "", false
	case TokensByName, TokensByNameDown:
		return "LOWER(name)", o == TokensByNameDown
	case TokensByEnd, TokensByEndDown:
		return "expires_at", o == TokensByEndDown
	case TokensByUse, TokensByUseDown:
		return "used_at", o == TokensByUseDown
	}
	return "", true
}

// sort puts tokens into the order, behind the one whose id is given.
func (t Tenant) sort(q *gorm.DB, o TokenOrder, behind string) *gorm.DB {
	column, down := o.column()
	than, direction := ">", ""
	if down {
		than, direction = "<", " DESC"
	}
	if column == "" {
		if behind != "" {
			q = q.Where("id "+than+" ?", behind)
		}
		return q.Order("id" + direction)
	}
	if behind != "" {
		last := t.db.Model(&models.Token{}).Select(column).Where("id = ?", behind)
		q = q.Where("("+column+" "+than+" (?) OR "+column+" = (?) AND id "+than+" ?)", last, last, behind)
	}
	return q.Order(column + direction + ", id" + direction)
}

// TokenFilter narrows a list; its zero value is everything the actor may see.
type TokenFilter struct {
	Kinds []models.TokenKind
	View  TokenView
	Text  string
	API   string   // id: only tokens that may call it
	Teams []string // nil is not narrowed, empty is none
	User  string   // id of the owner: a person, or a service account
	Watch TokenWatch
	More  TokenTraits
	Order TokenOrder
	After string // id: only those behind it in the order
	Limit int    // 1 to 100
}

// visibleTokens narrows to what the actor may see: tokens of their teams and
// their own management tokens, or everything. A token that speaks for itself sees
// itself and those that it replaced or was replaced by; a client may ask about any
// that it has the secret of.
func (t Tenant) visibleTokens() *gorm.DB {
	if id := t.actor.Bearer(); id != "" {
		return t.db.Where("family IN (?)", t.db.Model(&models.Token{}).Select("family").Where("id = ?", id))
	}
	if t.actor.Can(models.TokenReadAll) || t.actor.Can(models.TokenSurrender) {
		return t.db
	}
	return t.db.Where("(team_id IN ? OR (user_id = ? AND team_id IS NULL))", t.actor.Teams(), t.actor.User())
}

// Tokens lists tokens in their order, the newest first unless it says otherwise.
func (t Tenant) Tokens(f TokenFilter) ([]models.Token, error) {
	if err := pageSize(f.Limit); err != nil {
		return nil, err
	}
	var ts []models.Token
	err := t.sort(t.filterTokens(f), f.Order, f.After).Limit(f.Limit).Find(&ts).Error
	return ts, err
}

// CountTokens counts what the filter lets through, on all its pages.
func (t Tenant) CountTokens(f TokenFilter) (int64, error) {
	var n int64
	err := t.filterTokens(f).Model(&models.Token{}).Count(&n).Error
	return n, err
}

func (t Tenant) filterTokens(f TokenFilter) *gorm.DB {
	q := t.viewTokens(f.View)
	if len(f.Kinds) > 0 {
		q = q.Where("kind IN ?", f.Kinds)
	}
	if f.Text != "" {
		like := "%" + escapeLike(f.Text) + "%"
		q = q.Where(`(LOWER(name) LIKE ? ESCAPE '\' OR LOWER(description) LIKE ? ESCAPE '\' OR hint = ?)`, like, like, f.Text)
	}
	if f.API != "" {
		versions := t.db.Model(&models.Version{}).Select("id").Where("api_id = ?", f.API)
		q = q.Where("id IN (?)", t.db.Model(&models.Permission{}).Select("token_id").Where("version_id IN (?)", versions))
	}
	if f.Teams != nil {
		q = q.Where("team_id IN ?", f.Teams)
	}
	if f.User != "" {
		q = q.Where("(service_id = ? OR service_id IS NULL AND user_id = ?)", f.User, f.User)
	}
	return t.traits(t.watchTokens(q, f), f.More)
}

func (t Tenant) viewTokens(v TokenView) *gorm.DB {
	q := t.visibleTokens()
	switch v {
	case TokensActive:
		return q.Where("state = ? AND expires_at > ?", models.TokenActive, t.now)
	case TokensExpiring:
		return q.Where("state = ? AND expires_at > ? AND expires_at <= ?", models.TokenActive, t.now, t.now.Add(models.TokenSoon))
	case TokensPaused:
		return q.Where("state = ? AND expires_at > ?", models.TokenPaused, t.now)
	case TokensAsking:
		return q.Where("(state = ? OR wish IS NOT NULL) AND state <> ? AND expires_at > ?", models.TokenPending, models.TokenRevoked, t.now)
	case TokensEnded:
		return q.Where("(state = ? OR expires_at <= ?)", models.TokenRevoked, t.now)
	}
	return q
}

// LockToken is Token for changing its state: nobody else does so until the
// transaction ends.
func (t *Tx) LockToken(id string) (models.Token, error) {
	var token models.Token
	err := t.store.dialect.lock(t.visibleTokens()).Where("id = ?", id).Take(&token).Error
	return token, missing(err, "token")
}

// LiveTries are a person's try tokens that still work, the oldest first. The
// person's place in the team is locked, so that counting and adding are one step.
func (t *Tx) LiveTries(team, user string) ([]models.Token, error) {
	var place models.Membership
	if err := t.store.dialect.lock(t.db).Where("team_id = ? AND user_id = ?", team, user).Take(&place).Error; err != nil {
		return nil, missing(err, "team")
	}
	var ts []models.Token
	err := t.db.Where("kind = ? AND user_id = ? AND state = ? AND expires_at > ?", models.TokenTry, user, models.TokenActive, t.now).
		Order("id").Find(&ts).Error
	return ts, err
}

// Token finds one that the actor may see, with its permissions.
func (t Tenant) Token(id string) (models.Token, []models.Permission, error) {
	var token models.Token
	if err := t.visibleTokens().Where("id = ?", id).Take(&token).Error; err != nil {
		return token, nil, missing(err, "token")
	}
	var ps []models.Permission
	err := t.db.Where("token_id = ?", id).Order("version_id").Find(&ps).Error
	return token, ps, err
}

// TokensByID are the named tokens that the actor may see, by id.
func (t Tenant) TokensByID(ids []string) (map[string]models.Token, error) {
	var ts []models.Token
	err := t.visibleTokens().Where("id IN ?", ids).Find(&ts).Error
	out := make(map[string]models.Token, len(ts))
	for _, token := range ts {
		out[token.ID] = token
	}
	return out, err
}

// PermissionsOf are the permissions of the named tokens, by token.
func (t Tenant) PermissionsOf(tokens []string) (map[string][]models.Permission, error) {
	var ps []models.Permission
	err := t.db.Where("token_id IN ?", tokens).Order("version_id").Find(&ps).Error
	out := map[string][]models.Permission{}
	for _, p := range ps {
		out[p.TokenID] = append(out[p.TokenID], p)
	}
	return out, err
}

// TokenByDigest finds a token of the tenant by its digest, whatever its state.
func (t Tenant) TokenByDigest(digest []byte) (models.Token, error) {
	var token models.Token
	err := t.db.Where("digest = ?", digest).Take(&token).Error
	return token, missing(err, "token")
}

// TokensByDigest finds those of the tenant's tokens that have one of the digests.
func (t Tenant) TokensByDigest(digests [][]byte) ([]models.Token, error) {
	var found []models.Token
	for some := range slices.Chunk(digests, 500) { // a statement has room for so many
		var ts []models.Token
		if err := t.db.Where("digest IN ?", some).Order("id").Find(&ts).Error; err != nil {
			return nil, err
		}
		found = append(found, ts...)
	}
	return found, nil
}

// InsertToken stores a new token with its permissions.
func (t *Tx) InsertToken(token *models.Token, permissions []models.Permission) error {
	token.CreatedAt, token.UpdatedAt, token.Revision = t.now, t.now, 1
	token.Scopes, token.AllowedIPs, token.Narrowing = list(token.Scopes), list(token.AllowedIPs), list(token.Narrowing)
	if token.Family == "" {
		token.Family = token.ID
	}
	if err := t.db.Create(token).Error; err != nil {
		return err
	}
	return t.insertPermissions(token.ID, permissions)
}

// UpdateToken stores what may change of a token, unless somebody changed it first.
// Call it after Tx.Changed, whose number it keeps.
func (t *Tx) UpdateToken(token models.Token) error {
	next := token
	next.UpdatedAt, next.Revision, next.ChangeSeq = t.now, token.Revision+1, max(token.ChangeSeq, t.seq)
	next.AllowedIPs, next.Narrowing = list(token.AllowedIPs), list(token.Narrowing)
	return stale(t.db.Model(&models.Token{}).Where("id = ? AND revision = ?", token.ID, token.Revision).
		Select("name", "description", "purpose", "state", "revoked_at", "revoked_by", "held_by", "reason", "cause", "change_seq",
			"allowed_ips", "retire_at", "retire_idle", "narrowing", "wish", "pause_at", "updated_at", "revision").
		Updates(next), "token")
}

// SetPauseAt notes from when a rule stops a token, or nil that none does. It is no
// change of the token that somebody makes, so its revision stays.
func (t *Tx) SetPauseAt(token string, at *time.Time) error {
	return exactlyOne(t.db.Model(&models.Token{}).Where("id = ?", token).UpdateColumns(map[string]any{"pause_at": at}), "token")
}

// Stopping are tokens that a rule stops from a date on, in pages by id.
func (t Tenant) Stopping(after string, limit int) ([]models.Token, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	var ts []models.Token
	err := t.visibleTokens().Where("pause_at IS NOT NULL AND id > ?", after).Order("id").Limit(limit).Find(&ts).Error
	return ts, err
}

// TeamOwners are the owners of the named teams, by team and user.
func (t Tenant) TeamOwners(teams []string) (map[string]map[string]bool, error) {
	out := map[string]map[string]bool{}
	for part := range slices.Chunk(teams, PageMost) {
		var ms []models.Membership
		if err := t.db.Where("team_id IN ? AND role = ?", part, models.TeamOwner).Find(&ms).Error; err != nil {
			return nil, err
		}
		for _, m := range ms {
			if out[m.TeamID] == nil {
				out[m.TeamID] = map[string]bool{}
			}
			out[m.TeamID][m.UserID] = true
		}
	}
	return out, nil
}

// SetPermissions replaces what a token may do.
func (t *Tx) SetPermissions(token string, permissions []models.Permission) error {
	if err := t.db.Where("token_id = ?", token).Delete(&models.Permission{}).Error; err != nil {
		return err
	}
	return t.insertPermissions(token, permissions)
}

func (t *Tx) insertPermissions(token string, permissions []models.Permission) error {
	if len(permissions) == 0 {
		return nil
	}
	for i := range permissions {
		permissions[i].TokenID = token
		permissions[i].Scopes, permissions[i].Operations = list(permissions[i].Scopes), list(permissions[i].Operations)
	}
	return t.db.Create(permissions).Error
}

// Family are the tokens that replaced each other, the newest hundred, the newest first.
func (t Tenant) Family(id string) ([]models.Token, error) {
	var ts []models.Token
	err := t.visibleTokens().Where("family = ?", id).Order("id DESC").Limit(PageMost).Find(&ts).Error
	return ts, err
}

// FamilySince counts the tokens of a family that were made since then.
func (t Tenant) FamilySince(id string, since time.Time) (int64, error) {
	var n int64
	err := t.visibleTokens().Model(&models.Token{}).Where("family = ? AND created_at > ?", id, models.Time(since)).Count(&n).Error
	return n, err
}

// Pairs are the tokens that these replace or are replaced by.
func (t Tenant) Pairs(tokens []models.Token) ([]models.Token, error) {
	mine, old := make([]string, len(tokens)), []string{}
	for i, token := range tokens {
		mine[i] = token.ID
		if token.Replaces != nil {
			old = append(old, *token.Replaces)
		}
	}
	var ts []models.Token
	err := t.visibleTokens().Where("(id IN ? OR replaces IN ?)", old, mine).Order("id").Find(&ts).Error
	return ts, err
}

// Leaving lists tokens whose place another took and that were not ended yet, in
// pages by id: those whose time is over, and those that wait for evidence.
func (p Platform) Leaving(after string, limit int) ([]models.Token, error) {
	var ts []models.Token
	err := p.db.Where("retire_at IS NOT NULL AND state <> ? AND id > ? AND (retire_idle = ? OR retire_at <= ?)", models.TokenRevoked, after, true, p.now).
		Order("id").Limit(limit).Find(&ts).Error
	return ts, err
}

// TokenPeople are the users besides the owner who get a token's notices, by token.
func (t Tenant) TokenPeople(tokens ...string) (map[string][]string, error) {
	var rows []tokenPerson
	err := t.db.Where("token_id IN ?", tokens).Order("token_id, user_id").Find(&rows).Error
	out := map[string][]string{}
	for _, r := range rows {
		out[r.TokenID] = append(out[r.TokenID], r.UserID)
	}
	return out, err
}

// SetTokenPeople says who besides the owner gets a token's notices.
func (t *Tx) SetTokenPeople(token string, users []string) error {
	if err := t.db.Where("token_id = ?", token).Delete(&tokenPerson{}).Error; err != nil {
		return err
	}
	for _, u := range users {
		if err := t.db.Create(&tokenPerson{TokenID: token, UserID: u}).Error; err != nil {
			return err
		}
	}
	return nil
}

type tokenPerson struct {
	TenantID string `gorm:"primaryKey"`
	TokenID  string `gorm:"primaryKey"`
	UserID   string `gorm:"primaryKey"`
}

// TableName is the plural that GORM does not know.
func (tokenPerson) TableName() string { return "token_people" }

// NoteTold notes that something was told of a token. It reports false where it
// had been told before.
func (t *Tx) NoteTold(token, kind string) (bool, error) {
	var earlier tokenNotice
	err := t.db.Where("token_id = ? AND kind = ?", token, kind).Take(&earlier).Error
	if err == nil {
		return false, nil
	}
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return false, err
	}
	return true, t.db.Create(&tokenNotice{TokenID: token, Kind: kind, At: t.now}).Error
}

type tokenNotice struct {
	TenantID string `gorm:"primaryKey"`
	TokenID  string `gorm:"primaryKey"`
	Kind     string `gorm:"primaryKey"`
	At       time.Time
}

// Remember notes what a request with this key made. It returns the id of what
// an earlier one with the same key made, or "" (R5).
func (t *Tx) Remember(key, object string) (earlier string, err error) {
	return t.RememberFor(t.actor.User(), key, object)
}

// RememberFor is Remember for a request that was sent for a user.
func (t *Tx) RememberFor(user, key, object string) (earlier string, err error) {
	if key == "" {
		return "", nil
	}
	var row idempotency
	err = t.db.Where("user_id = ? AND key = ?", user, key).Take(&row).Error
	if err == nil {
		return row.ObjectID, nil
	}
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return "", err
	}
	err = t.db.Create(&idempotency{UserID: user, Key: key, ObjectID: object, CreatedAt: t.now}).Error
	return "", taken(err, "idempotency_key", "This request is being answered already.")
}
