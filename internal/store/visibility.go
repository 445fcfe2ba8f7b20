package store

import (
	"gorm.io/gorm"

	"gatehouse/models"
)

// APITeams are the teams for which an API of limited visibility is there.
func (t Tenant) APITeams(api string) (teams []string, err error) {
	err = t.db.Model(&models.APITeam{}).Where("api_id = ?", api).Order("team_id").Pluck("team_id", &teams).Error
	return teams, err
}

// SetAPITeams replaces them.
func (t *Tx) SetAPITeams(api string, teams []string) error {
	if err := t.db.Where("api_id = ?", api).Delete(&models.APITeam{}).Error; err != nil || len(teams) == 0 {
		return err
	}
	rows := make([]models.APITeam, len(teams))
	for i, team := range teams {
		rows[i] = models.APITeam{APIID: api, TeamID: team}
	}
	return t.db.Create(&rows).Error
}

// TeamFinding is the first of the actor's teams for which an API is there, one with an
// open subscription to it before others; "" where there is none.
func (t Tenant) TeamFinding(api string) (string, error) {
	subscribed := func(teams []string) *gorm.DB {
		return t.db.Model(&models.API{}).Where("id IN (?)", t.subscribedBy(teams))
	}
	shown := func(teams []string) *gorm.DB { return t.shownTo(true, teams) }
	for _, finding := range []func(teams []string) *gorm.DB{subscribed, shown} {
		for _, team := range t.actor.Teams() {
			var n int64
			if err := finding([]string{team}).Where("id = ?", api).Count(&n).Error; err != nil || n > 0 {
				return team, err
			}
		}
	}
	return "", nil
}

// FindTeams are the first of the tenant's teams with every word of the text in
// their name, by name.
func (t Tenant) FindTeams(text string, limit int) ([]models.Team, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	q := t.db.Model(&models.Team{})
	for _, word := range words(text) {
		q = q.Where(`LOWER(name) LIKE ? ESCAPE '\'`, word)
	}
	var ts []models.Team
	err := q.Order("name, id").Limit(limit).Find(&ts).Error
	return ts, err
}

// TeamsSubscribed are the first teams with an open subscription to an API, by name,
// and how many there are.
func (t Tenant) TeamsSubscribed(api string, limit int) ([]models.Team, int64, error) {
	return t.firstTeams(t.db.Model(&models.Team{}).Where("id IN (?)", t.subscribersOf(api)), limit)
}

// TeamsLosing are the first teams, by name, for which an API is there and would not
// be any more, and how many there are.
func (t Tenant) TeamsLosing(api string, from, to models.Audience, limit int) ([]models.Team, int64, error) {
	if to.Visibility == models.VisiblePublic || to.Visibility == models.VisibleSignedIn {
		return nil, 0, nil
	}
	q := t.db.Model(&models.Team{}).Where("id NOT IN (?)", t.subscribersOf(api))
	switch from.Visibility {
	case models.VisibleHidden:
		return nil, 0, nil
	case models.VisibleTeams:
		q = q.Where("id IN ?", from.Teams)
	}
	if to.Visibility == models.VisibleTeams && len(to.Teams) > 0 {
		q = q.Where("id NOT IN ?", to.Teams)
	}
	return t.firstTeams(q, limit)
}

func (t Tenant) subscribersOf(api string) *gorm.DB {
	return t.db.Model(&models.Subscription{}).Select("team_id").Where("api_id = ? AND state IN ?", api, models.OpenSubscriptions)
}

func (t Tenant) firstTeams(q *gorm.DB, limit int) (ts []models.Team, n int64, err error) {
	if err := pageSize(limit); err != nil {
		return nil, 0, err
	}
	q = q.Session(&gorm.Session{})
	if err := q.Count(&n).Error; err != nil {
		return nil, 0, err
	}
	err = q.Order("name, id").Limit(limit).Find(&ts).Error
	return ts, n, err
}
