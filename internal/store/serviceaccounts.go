package store

import (
	"gatehouse/models"
)

// ServiceAccounts of the named teams, by team and name.
func (t Tenant) ServiceAccounts(teams []string) ([]models.ServiceAccount, error) {
	var all []models.ServiceAccount
	err := t.db.Where("team_id IN ?", teams).Order("team_id, name").Limit(servicesMost).Find(&all).Error
	return all, err
}

// servicesMost is how many service accounts a list has at most.
const servicesMost = 500

// AllServiceAccounts of the tenant in the order of their ids, behind the given one.
func (t Tenant) AllServiceAccounts(after string, limit int) ([]models.ServiceAccount, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	var all []models.ServiceAccount
	err := t.db.Where("id > ?", after).Order("id").Limit(limit).Find(&all).Error
	return all, err
}

// ServiceAccountsByID are the named service accounts, by id.
func (t Tenant) ServiceAccountsByID(ids []string) (map[string]models.ServiceAccount, error) {
	var all []models.ServiceAccount
	err := t.db.Where("id IN ?", ids).Find(&all).Error
	out := make(map[string]models.ServiceAccount, len(all))
	for _, s := range all {
		out[s.ID] = s
	}
	return out, err
}

// ServiceAccount finds one of a team.
func (t Tenant) ServiceAccount(team, id string) (models.ServiceAccount, error) {
	var s models.ServiceAccount
	err := t.db.Where("team_id = ? AND id = ?", team, id).Take(&s).Error
	return s, missing(err, "service account")
}

// LockServiceAccount is ServiceAccount for what rests on its state: nobody changes
// that until the transaction ends.
func (t *Tx) LockServiceAccount(team, id string) (models.ServiceAccount, error) {
	var s models.ServiceAccount
	err := t.store.dialect.lock(t.db).Where("team_id = ? AND id = ?", team, id).Take(&s).Error
	return s, missing(err, "service account")
}

// InsertServiceAccount stores a new one.
func (t *Tx) InsertServiceAccount(s *models.ServiceAccount) error {
	s.CreatedAt, s.Revision = t.now, 1
	return serviceName(t.db.Create(s).Error)
}

// UpdateServiceAccount stores what may change of it, unless somebody changed it first.
func (t *Tx) UpdateServiceAccount(s models.ServiceAccount) error {
	next := s
	next.Revision++
	res := t.db.Model(&models.ServiceAccount{}).Where("id = ? AND revision = ?", s.ID, s.Revision).
		Select("name", "purpose", "disabled_at", "revision").Updates(next)
	if res.Error != nil {
		return serviceName(res.Error)
	}
	return stale(res, "service account")
}

func serviceName(err error) error {
	return taken(err, "name", "The team has a service account of this name already.")
}

// ServicePeople are who answers for the named service accounts, by service account.
func (t Tenant) ServicePeople(services ...string) (map[string][]string, error) {
	var rows []models.ServicePerson
	err := t.db.Where("service_id IN ?", services).Order("service_id, user_id").Find(&rows).Error
	out := map[string][]string{}
	for _, r := range rows {
		out[r.ServiceID] = append(out[r.ServiceID], r.UserID)
	}
	return out, err
}

// SetServicePeople says who of its team answers for a service account.
func (t *Tx) SetServicePeople(s models.ServiceAccount, users []string) error {
	if err := t.db.Where("service_id = ?", s.ID).Delete(&models.ServicePerson{}).Error; err != nil {
		return err
	}
	for _, u := range users {
		if err := t.db.Create(&models.ServicePerson{ServiceID: s.ID, TeamID: s.TeamID, UserID: u}).Error; err != nil {
			return err
		}
	}
	return nil
}

// LiveTokensOfService are the tokens of a service account that are not ended, the
// newest first, at most a page of them.
func (t Tenant) LiveTokensOfService(service string) ([]models.Token, error) {
	var ts []models.Token
	err := t.visibleTokens().Where("service_id = ? AND state <> ? AND expires_at > ?", service, models.TokenRevoked, t.now).
		Order("id DESC").Limit(PageMost).Find(&ts).Error
	return ts, err
}
