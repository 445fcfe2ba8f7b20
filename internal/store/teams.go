package store

import (
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// escapeLike makes text that LIKE … ESCAPE '\' finds as it stands, in lower case.
func escapeLike(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text))
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

// DeleteMembership takes a person out of a team, which keeps an owner.
func (t *Tx) DeleteMembership(team, user string) error {
	var owners []models.Membership
	if err := t.store.dialect.lock(t.db).Where("team_id = ? AND role = ?", team, models.TeamOwner).Find(&owners).Error; err != nil {
		return err
	}
	if len(owners) == 1 && owners[0].UserID == user {
		return fault.New(fault.Conflict, "last_owner", "This is the team's only owner. Make somebody else owner first.")
	}
	return exactlyOne(t.db.Where("team_id = ? AND user_id = ?", team, user).Delete(&models.Membership{}), "member of this team")
}
