package store

import (
	"errors"
	"strings"

	"gorm.io/gorm"

	"gatehouse/models"
)

// TeamView is a part of the list of all teams.
type TeamView string

// The views.
const (
	TeamsAll       TeamView = ""
	TeamsOwnerless TeamView = "ownerless" // nobody with an account that works owns it
	TeamsEmpty     TeamView = "empty"     // nobody is in it
)

// ListTeams lists the tenant's teams by name, behind the one that after names as
// "name id", with a text in the name, in a domain, or in the name or address of
// somebody in it.
func (t Tenant) ListTeams(view TeamView, text, after string, limit int) ([]models.Team, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	q := t.db.Model(&models.Team{})
	if text != "" {
		like := "%" + escapeLike(text) + "%"
		people := t.db.Model(&models.User{}).Select("id").Where(`LOWER(name) LIKE ? ESCAPE '\' OR LOWER(email) LIKE ? ESCAPE '\'`, like, like)
		q = q.Where(`(LOWER(name) LIKE ? ESCAPE '\' OR id IN (?) OR id IN (?))`, like,
			t.db.Model(&models.TeamDomain{}).Select("team_id").Where(`domain LIKE ? ESCAPE '\'`, like),
			t.db.Model(&models.Membership{}).Select("team_id").Where("user_id IN (?)", people))
	}
	members := t.db.Model(&models.Membership{}).Select("team_id")
	switch view {
	case TeamsOwnerless:
		q = q.Where("id NOT IN (?)", members.Where("role = ? AND "+works("memberships"), models.TeamOwner, models.UserActive))
	case TeamsEmpty:
		q = q.Where("id NOT IN (?)", members)
	}
	if i := strings.LastIndexByte(after, ' '); i >= 0 {
		q = q.Where("(LOWER(name) > LOWER(?) OR LOWER(name) = LOWER(?) AND id > ?)", after[:i], after[:i], after[i+1:])
	}
	var ts []models.Team
	err := q.Order("LOWER(name), id").Limit(limit).Find(&ts).Error
	return ts, err
}

// TeamCounts is how much a team has.
type TeamCounts struct{ Members, Subscriptions, Tokens, Services int64 }

// CountTeams counts what the named teams have: people, open subscriptions, access
// tokens and service accounts that work.
func (t Tenant) CountTeams(teams []string) (map[string]TeamCounts, error) {
	out := map[string]TeamCounts{}
	count := func(q *gorm.DB, add func(*TeamCounts, int64)) error {
		var rows []struct {
			TeamID string
			N      int64
		}
		err := q.Where("team_id IN ?", teams).Select("team_id, COUNT(*) AS n").Group("team_id").Find(&rows).Error
		for _, r := range rows {
			c := out[r.TeamID]
			add(&c, r.N)
			out[r.TeamID] = c
		}
		return err
	}
	return out, errors.Join(
		count(t.db.Model(&models.Membership{}), func(c *TeamCounts, n int64) { c.Members = n }),
		count(t.db.Model(&models.Subscription{}).Where("state IN ?", models.OpenSubscriptions), func(c *TeamCounts, n int64) { c.Subscriptions = n }),
		count(t.db.Model(&models.Token{}).Where("kind = ? AND state = ? AND expires_at > ?", models.TokenAccess, models.TokenActive, t.now), func(c *TeamCounts, n int64) { c.Tokens = n }),
		count(t.db.Model(&models.ServiceAccount{}).Where("disabled_at IS NULL"), func(c *TeamCounts, n int64) { c.Services = n }),
	)
}

// LockTeam is Team for what rests on who is in it.
func (t *Tx) LockTeam(id string) (models.Team, error) {
	var team models.Team
	err := t.store.dialect.lock(t.db).Where("id = ?", id).Take(&team).Error
	return team, missing(err, "team")
}

// RenameTeam gives a team another name.
func (t *Tx) RenameTeam(id, name string) error {
	return exactlyOne(t.db.Model(&models.Team{}).Where("id = ?", id).Updates(map[string]any{"name": name}), "team")
}

// CountOwned counts the teams that a person owns.
func (t Tenant) CountOwned(user string) (int64, error) {
	var n int64
	err := t.db.Model(&models.Membership{}).Where("user_id = ? AND role = ?", user, models.TeamOwner).Count(&n).Error
	return n, err
}

type teamRule struct {
	TenantID string `gorm:"primaryKey"`
	Founding bool
}

// TeamFounding reports whether partners may found teams themselves.
func (t Tenant) TeamFounding() (bool, error) {
	var rule teamRule
	err := t.db.Where("tenant_id = ?", t.actor.Tenant().ID).Take(&rule).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return true, nil
	}
	return rule.Founding, err
}

// SetTeamFounding says whether they may.
func (t *Tx) SetTeamFounding(allowed bool) error {
	res := t.db.Model(&teamRule{}).Where("tenant_id = ?", t.actor.Tenant().ID).Updates(map[string]any{"founding": allowed})
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	return t.db.Create(&teamRule{Founding: allowed}).Error
}
