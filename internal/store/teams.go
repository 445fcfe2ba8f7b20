package store

import (
	"strings"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// escapeLike makes text that LIKE … ESCAPE '\' finds as it stands, in lower case
// as LOWER of both databases has it: ASCII letters only.
func escapeLike(text string) string {
	lower := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(lower)
}

// Teams are the named teams, by id.
func (t Tenant) Teams(ids []string) (map[string]models.Team, error) {
	var ts []models.Team
	err := t.db.Where("id IN ?", ids).Find(&ts).Error
	out := make(map[string]models.Team, len(ts))
	for _, team := range ts {
		out[team.ID] = team
	}
	return out, err
}

// Team finds one team.
func (t Tenant) Team(id string) (models.Team, error) {
	var team models.Team
	err := t.db.Where("id = ?", id).Take(&team).Error
	return team, missing(err, "team")
}

// InsertTeam stores a new team with its first owner.
func (t *Tx) InsertTeam(team *models.Team, owner string) error {
	team.CreatedAt = t.now
	if err := t.db.Create(team).Error; err != nil {
		return err
	}
	return t.InsertMembership(team.ID, owner, models.TeamOwner)
}

// InsertMembership puts a person into a team.
func (t *Tx) InsertMembership(team, user string, role models.TeamRole) error {
	return t.db.Create(&models.Membership{TeamID: team, UserID: user, Role: role, CreatedAt: t.now}).Error
}

// Memberships of a team, the oldest first.
func (t Tenant) Memberships(team string) ([]models.Membership, error) {
	var ms []models.Membership
	err := t.db.Where("team_id = ?", team).Order("created_at").Find(&ms).Error
	return ms, err
}

// Membership finds a person's place in a team.
func (t Tenant) Membership(team, user string) (models.Membership, error) {
	var m models.Membership
	err := t.db.Where("team_id = ? AND user_id = ?", team, user).Take(&m).Error
	return m, missing(err, "member of this team")
}

// LiveTokensOf are a person's own access tokens of a team that work now: what ends
// when they leave it.
func (t Tenant) LiveTokensOf(team, user string) ([]models.Token, error) {
	var ts []models.Token
	err := t.db.Where("team_id = ? AND user_id = ? AND service_id IS NULL AND kind = ? AND state = ? AND expires_at > ?",
		team, user, models.TokenAccess, models.TokenActive, t.now).Order("name").Limit(PageMost).Find(&ts).Error
	return ts, err
}

// CountMemberships counts the teams of a person.
func (t Tenant) CountMemberships(user string) (int64, error) {
	var n int64
	err := t.db.Model(&models.Membership{}).Where("user_id = ?", user).Count(&n).Error
	return n, err
}

// DeleteMembership takes a person out of a team, which keeps an owner.
func (t *Tx) DeleteMembership(team, user string) error {
	if err := t.keepOwner(team, user); err != nil {
		return err
	}
	return exactlyOne(t.db.Where("team_id = ? AND user_id = ?", team, user).Delete(&models.Membership{}), "member of this team")
}

// LeaveTeam takes a person out of a team. Where they were the last one the team is
// left empty, with no invitation open that somebody could come in by; else it keeps
// an owner.
func (t *Tx) LeaveTeam(team, user string) (last bool, err error) {
	// First, so that whoever is just coming in by one counts below.
	var open []models.Link
	if err := t.store.dialect.lock(t.openTeamInvitations(team)).Find(&open).Error; err != nil {
		return false, err
	}
	var people []models.Membership
	if err := t.store.dialect.lock(t.db).Where("team_id = ?", team).Find(&people).Error; err != nil {
		return false, err
	}
	if len(people) != 1 || people[0].UserID != user {
		return false, t.DeleteMembership(team, user)
	}
	if err := t.openTeamInvitations(team).Model(&models.Link{}).Updates(map[string]any{"expires_at": t.now}).Error; err != nil {
		return false, err
	}
	return true, exactlyOne(t.db.Where("team_id = ? AND user_id = ?", team, user).Delete(&models.Membership{}), "member of this team")
}

// LiveTokensBy are the tokens of all kinds but tries that a person has in the tenant
// and that work now; those of service accounts are nobody's.
func (t Tenant) LiveTokensBy(user string) ([]models.Token, error) {
	var ts []models.Token
	err := t.db.Where("user_id = ? AND service_id IS NULL AND kind <> ? AND state = ? AND expires_at > ?", user, models.TokenTry, models.TokenActive, t.now).
		Order("name, id").Limit(PageMost).Find(&ts).Error
	return ts, err
}

// SetTeamRole makes a person of a team its owner or a member; it keeps an owner.
func (t *Tx) SetTeamRole(team, user string, role models.TeamRole) error {
	if role != models.TeamOwner {
		if err := t.keepOwner(team, user); err != nil {
			return err
		}
	}
	return exactlyOne(t.db.Model(&models.Membership{}).Where("team_id = ? AND user_id = ?", team, user).
		Updates(map[string]any{"role": role}), "member of this team")
}

// ExpelMember is DeleteMembership for those who run the tenant: the team may be left
// without an owner, whom they name then.
func (t *Tx) ExpelMember(team, user string) error {
	return exactlyOne(t.db.Where("team_id = ? AND user_id = ?", team, user).Delete(&models.Membership{}), "member of this team")
}

// activeOwners of a team are those with an account that works.
func (t Tenant) activeOwners(team string) (owners []models.Membership, err error) {
	err = t.db.Where("team_id = ? AND role = ? AND "+works("memberships"), team, models.TeamOwner, models.UserActive).Find(&owners).Error
	return owners, err
}

// HasOwner reports whether a team has an owner whose account works.
func (t Tenant) HasOwner(team string) (bool, error) {
	owners, err := t.activeOwners(team)
	return len(owners) > 0, err
}

// keepOwner refuses to go on where the person is the team's only owner whose account
// works, and lets nobody else change its owners before the transaction ends (R57).
func (t *Tx) keepOwner(team, user string) error {
	var all []models.Membership
	if err := t.store.dialect.lock(t.db).Where("team_id = ? AND role = ?", team, models.TeamOwner).Find(&all).Error; err != nil {
		return err
	}
	owners, err := t.activeOwners(team)
	if err != nil {
		return err
	}
	if len(owners) == 1 && owners[0].UserID == user {
		return fault.New(fault.Conflict, "last_owner", "This is the team's only owner. Make somebody else owner first.")
	}
	return nil
}

// openTeamInvitations are those to one team of the tenant.
func (t Tenant) openTeamInvitations(team string) *gorm.DB {
	return t.db.Where("kind = ? AND for_tenant = ? AND for_team = ? AND used_at IS NULL AND expires_at > ?",
		models.LinkTeam, t.actor.Tenant().ID, team, t.now)
}

// TeamInvitations that nobody used yet, the newest first.
func (t Tenant) TeamInvitations(team string) ([]models.Link, error) {
	var ls []models.Link
	err := t.openTeamInvitations(team).Order("created_at DESC").Limit(PageMost).Find(&ls).Error
	return ls, err
}

// WithdrawColleaguesOf ends the invitations to a team that one of its owners sent and
// nobody used, and says how many there were.
func (t *Tx) WithdrawColleaguesOf(team, user string) (int64, error) {
	res := t.openTeamInvitations(team).Model(&models.Link{}).Where("created_by = ? AND role = ?", user, models.TeamMember).Updates(map[string]any{"expires_at": t.now})
	return res.RowsAffected, res.Error
}

// WithdrawOwnersBy ends those by which somebody who runs the tenant named owners of
// its teams.
func (t *Tx) WithdrawOwnersBy(user string) (int64, error) {
	res := t.db.Model(&models.Link{}).Where("kind = ? AND for_tenant = ? AND used_at IS NULL AND expires_at > ? AND created_by = ? AND role = ?",
		models.LinkTeam, t.actor.Tenant().ID, t.now, user, models.TeamOwner).Updates(map[string]any{"expires_at": t.now})
	return res.RowsAffected, res.Error
}

// WithdrawTeamInvitations ends the invitations of an address to a team, and says
// how many there were.
func (t *Tx) WithdrawTeamInvitations(team, email string) (int64, error) {
	res := t.openTeamInvitations(team).Model(&models.Link{}).Where("email = ?", email).Updates(map[string]any{"expires_at": t.now})
	return res.RowsAffected, res.Error
}
