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

// OpenTeams are those that let people with an address in the domain join.
func (t Tenant) OpenTeams(domain string) ([]models.Team, error) {
	var ts []models.Team
	open := t.db.Model(&models.TeamDomain{}).Select("team_id").Where("domain = ? AND self_join = ? AND verified_at IS NOT NULL", domain, true)
	err := t.db.Where("id IN (?)", open).Order("name, id").Limit(PageMost).Find(&ts).Error
	return ts, err
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
