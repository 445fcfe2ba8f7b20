package store

import (
	"encoding/json"
	"strings"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// TokenTraits narrow a list of tokens by what those who answer for them ask. The
// zero value narrows nothing.
type TokenTraits struct {
	Owner     string // text in the name or address of its owner, or in the name of the service account
	Team      string // text in the name of its team
	Access    models.Access
	Scope     string // that it has, of whichever kind
	Operation string // key of one that it names
	Made      Span
	Used      Span // by UsedAt
	Risks     []models.TokenRisk
	Cause     models.TokenCause
	Verb      models.BulkVerb // only what the verb would change
}

// Span is a time, open at an end that is zero. Since is within it, Before is not.
type Span struct{ Since, Before time.Time }

func (s Span) narrow(q *gorm.DB, column string) *gorm.DB {
	if !s.Since.IsZero() {
		q = q.Where(column+" >= ?", s.Since)
	}
	if !s.Before.IsZero() {
		q = q.Where(column+" < ?", s.Before)
	}
	return q
}

func (t Tenant) traits(q *gorm.DB, f TokenTraits) *gorm.DB {
	if f.Owner != "" {
		like := "%" + escapeLike(f.Owner) + "%"
		q = q.Where("(service_id IS NULL AND user_id IN (?) OR service_id IN (?))", t.db.Model(&models.User{}).Select("id").
			Where(`LOWER(name) LIKE ? ESCAPE '\' OR LOWER(email) LIKE ? ESCAPE '\'`, like, like),
			t.db.Model(&models.ServiceAccount{}).Select("id").Where(`LOWER(name) LIKE ? ESCAPE '\'`, like))
	}
	if f.Team != "" {
		q = q.Where("team_id IN (?)", t.db.Model(&models.Team{}).Select("id").Where(`LOWER(name) LIKE ? ESCAPE '\'`, "%"+escapeLike(f.Team)+"%"))
	}
	if f.Access != "" {
		q = q.Where("EXISTS (?)", t.permitted("access = ?", f.Access))
	}
	if f.Scope != "" {
		q = q.Where(`(scopes LIKE ? ESCAPE '\' OR EXISTS (?))`, inList(f.Scope), t.permitted(`scopes LIKE ? ESCAPE '\'`, inList(f.Scope)))
	}
	if f.Operation != "" {
		q = q.Where("EXISTS (?)", t.permitted(`operations LIKE ? ESCAPE '\'`, inList(f.Operation)))
	}
	if f.Cause != "" {
		q = q.Where("cause = ?", f.Cause)
	}
	q = f.Used.narrow(f.Made.narrow(q, "created_at"), "used_at")
	for _, r := range f.Risks {
		q = t.risky(q, r)
	}
	switch f.Verb {
	case models.BulkPause:
		q = q.Where("state = ? AND expires_at > ?", models.TokenActive, t.now)
	case models.BulkResume:
		q = q.Where("state = ? AND expires_at > ?", models.TokenPaused, t.now)
	case models.BulkRevoke:
		q = q.Where("state <> ? AND expires_at > ?", models.TokenRevoked, t.now)
	}
	return q
}

// permitted are a token's permissions of such a kind, for EXISTS: a page of a long
// list looks at the tokens that it comes past, and not at all of them.
func (t Tenant) permitted(where string, args ...any) *gorm.DB {
	return t.db.Model(&models.Permission{}).Select("1").Where("token_id = tokens.id").Where(where, args...)
}

// inList finds a text in a column that holds a list of texts as JSON.
func inList(text string) string {
	quoted, _ := json.Marshal(text) // a text always can be
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(string(quoted)) + "%"
}

// risky narrows to what models.TokenRisk says, in the same words as TokenRisks.
func (t Tenant) risky(q *gorm.DB, r models.TokenRisk) *gorm.DB {
	switch r {
	case models.RiskWrites:
		return q.Where(`(scopes LIKE '%:write"%' OR EXISTS (?))`, t.permitted("access IN ?", []models.Access{models.AccessWrite, models.AccessCustom}))
	case models.RiskAnywhere:
		return q.Where("allowed_ips = '[]'")
	case models.RiskLong:
		return q.Where("expires_at > ?", t.now.Add(models.LongLife))
	case models.RiskIdle:
		return q.Where("created_at < ? AND used_at < ?", t.now.Add(-models.LongIdle), t.now.Add(-models.LongIdle))
	case models.RiskAlert:
		return q.Where("id IN (?)", t.db.Model(&models.Alert{}).Select("token_id").Where("closed_at IS NULL AND token_id IS NOT NULL"))
	}
	return q.Where("1 = 0")
}

// OpenAlerts are those of the named tokens about which somebody has to be asked.
func (t Tenant) OpenAlerts(tokens []string) (map[string]bool, error) {
	var ids []string
	err := t.db.Model(&models.Alert{}).Where("token_id IN ? AND closed_at IS NULL", tokens).Distinct().Pluck("token_id", &ids).Error
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// TokenCount is how many tokens of a filter one person or one team has.
type TokenCount struct {
	ID string // "" is no team
	N  int64
}

// TokensByOwner counts the filter's tokens by owner, a person or a service account, the ones with the most first.
func (t Tenant) TokensByOwner(f TokenFilter) ([]TokenCount, error) {
	return t.tokensBy(f, "COALESCE(service_id, user_id)")
}

// TokensByTeam counts them by team.
func (t Tenant) TokensByTeam(f TokenFilter) ([]TokenCount, error) {
	return t.tokensBy(f, "COALESCE(team_id, '')")
}

func (t Tenant) tokensBy(f TokenFilter, column string) (out []TokenCount, err error) {
	err = t.filterTokens(f).Model(&models.Token{}).Select(column + " AS id, COUNT(*) AS n").Group(column).Order("n DESC, " + column).
		Limit(PageMost).Find(&out).Error
	return out, err
}
