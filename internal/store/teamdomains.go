package store

import (
	"gatehouse/models"
)

// TeamDomains of the named teams, by team and name.
func (t Tenant) TeamDomains(teams []string) (map[string][]models.TeamDomain, error) {
	var ds []models.TeamDomain
	err := t.db.Where("team_id IN ?", teams).Order("team_id, domain").Find(&ds).Error
	out := map[string][]models.TeamDomain{}
	for _, d := range ds {
		out[d.TeamID] = append(out[d.TeamID], d)
	}
	return out, err
}

// TeamDomain finds one of a team.
func (t Tenant) TeamDomain(team, domain string) (models.TeamDomain, error) {
	var d models.TeamDomain
	err := t.db.Where("team_id = ? AND domain = ?", team, domain).Take(&d).Error
	return d, missing(err, "domain")
}

// OpenTeams are those that let people with an address in the domain join, but for
// those that the person was removed from.
func (t Tenant) OpenTeams(domain, user string) ([]models.Team, error) {
	var ts []models.Team
	open := t.db.Model(&models.TeamDomain{}).Select("team_id").Where("domain = ? AND self_join = ? AND verified_at IS NOT NULL", domain, true)
	removed := t.db.Model(&models.TeamExclusion{}).Select("team_id").Where("user_id = ?", user)
	err := t.db.Where("id IN (?) AND id NOT IN (?)", open, removed).Order("name, id").Limit(PageMost).Find(&ts).Error
	return ts, err
}

// Exclusions of a team: who was removed from it and not let in again, the newest first.
func (t Tenant) Exclusions(team string) ([]models.TeamExclusion, error) {
	var es []models.TeamExclusion
	err := t.db.Where("team_id = ?", team).Order("created_at DESC, user_id").Limit(PageMost).Find(&es).Error
	return es, err
}

// Excluded reports whether a person was removed from a team and not let in again.
func (t Tenant) Excluded(team, user string) (bool, error) {
	var n int64
	err := t.db.Model(&models.TeamExclusion{}).Where("team_id = ? AND user_id = ?", team, user).Count(&n).Error
	return n > 0, err
}

// Exclude keeps that the actor removed a person from a team.
func (t *Tx) Exclude(team, user string) error {
	if err := t.EndExclusion(team, user); err != nil {
		return err
	}
	return t.db.Create(&models.TeamExclusion{TeamID: team, UserID: user, RemovedBy: t.actor.User(), CreatedAt: t.now}).Error
}

// EndExclusion forgets it; it is no error if there is none.
func (t *Tx) EndExclusion(team, user string) error {
	return t.db.Where("team_id = ? AND user_id = ?", team, user).Delete(&models.TeamExclusion{}).Error
}

// InsertTeamDomain stores a new claim of a domain.
func (t *Tx) InsertTeamDomain(d *models.TeamDomain) error {
	d.CreatedAt = t.now
	return taken(t.db.Create(d).Error, "domain", "The team has this domain already.")
}

// UpdateTeamDomain stores how a domain was proven, and whether its people may join.
func (t *Tx) UpdateTeamDomain(d models.TeamDomain) error {
	return exactlyOne(t.db.Model(&models.TeamDomain{}).Where("team_id = ? AND domain = ?", d.TeamID, d.Domain).
		Select("verified_at", "verified_by", "self_join").Updates(d), "domain")
}

// DeleteTeamDomain takes a domain from a team.
func (t *Tx) DeleteTeamDomain(team, domain string) error {
	return exactlyOne(t.db.Where("team_id = ? AND domain = ?", team, domain).Delete(&models.TeamDomain{}), "domain")
}
