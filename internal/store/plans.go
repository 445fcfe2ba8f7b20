package store

import (
	"time"

	"gatehouse/models"
)

// Plans of an API, the oldest first; archived ones only for those who publish.
func (t Tenant) Plans(api string) ([]models.Plan, error) {
	q := t.db.Where("api_id = ?", api)
	if !t.actor.Can(models.APIReadAll) {
		q = q.Where("archived_at IS NULL")
	}
	var ps []models.Plan
	err := q.Order("created_at, id").Limit(PageMost).Find(&ps).Error
	return ps, err
}

// PlansPage is the part of Plans behind one of them, or the first for "". Who
// does not see that one gets an error as if it were not there.
func (t Tenant) PlansPage(api, after string, limit int) ([]models.Plan, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	q := t.db.Where("api_id = ?", api)
	if !t.actor.Can(models.APIReadAll) {
		q = q.Where("archived_at IS NULL")
	}
	if after != "" {
		var last models.Plan
		if err := t.db.Where("api_id = ? AND id = ?", api, after).Take(&last).Error; err != nil {
			return nil, missing(err, "plan")
		}
		q = q.Where("(created_at > ? OR created_at = ? AND id > ?)", last.CreatedAt, last.CreatedAt, last.ID)
	}
	var ps []models.Plan
	err := q.Order("created_at, id").Limit(limit).Find(&ps).Error
	return ps, err
}

// Plan finds one plan.
func (t Tenant) Plan(id string) (models.Plan, error) {
	var p models.Plan
	err := t.db.Where("id = ?", id).Take(&p).Error
	return p, missing(err, "plan")
}

// PlansByID are the named plans, by id.
func (t Tenant) PlansByID(ids []string) (map[string]models.Plan, error) {
	var ps []models.Plan
	err := t.db.Where("id IN ?", ids).Find(&ps).Error
	out := make(map[string]models.Plan, len(ps))
	for _, p := range ps {
		out[p.ID] = p
	}
	return out, err
}

// InsertPlan stores a new plan; slugs are unique in the API.
func (t *Tx) InsertPlan(p *models.Plan) error {
	p.CreatedAt, p.UpdatedAt, p.Revision = t.now, t.now, 1
	p.Operations = listed(p.Operations)
	return taken(t.db.Create(p).Error, "slug", "This API has a plan with that slug.")
}

// UpdatePlan stores a changed plan, unless somebody did so first.
func (t *Tx) UpdatePlan(p models.Plan) error {
	next := p
	next.UpdatedAt, next.Revision, next.Operations = t.now, p.Revision+1, listed(p.Operations)
	return stale(t.db.Model(&models.Plan{}).Where("id = ? AND revision = ?", p.ID, p.Revision).
		Select("name", "summary", "rates", "quota_calls", "quota_period", "quota_day", "operations", "auto_approve", "archived_at", "updated_at", "revision").
		Updates(next), "plan")
}

// listed is a list as it is stored: GORM would write NULL for none.
func listed(all []models.OperationLimit) []models.OperationLimit {
	if all == nil {
		return []models.OperationLimit{}
	}
	return all
}

// CountedSubscriptions of an API are those under which may be called, and those
// that ended since then.
func (t Tenant) CountedSubscriptions(api string, since time.Time) ([]models.Subscription, error) {
	var ss []models.Subscription
	err := t.ownTeams(models.SubscriptionReadAll).Where("api_id = ?", api).
		Where("(state IN ('approved', 'paused') OR state = 'ended' AND updated_at >= ?)", models.Time(since)).Order("id").Find(&ss).Error
	return ss, err
}

// TokensSince are the ids of a team's tokens that could be used since then.
func (t Tenant) TokensSince(team string, since time.Time) (ids []string, err error) {
	q := t.ownTeams(models.TokenReadAll)
	if t.actor.Can(models.UsageReadAll) {
		q = t.db // ids alone, for sums of use
	}
	err = q.Model(&models.Token{}).Where("team_id = ? AND expires_at >= ?", team, models.Time(since)).Order("id").Limit(tokensMost).Pluck("id", &ids).Error
	return ids, err
}

// tokensMost bounds a list of tokens that is worked through by the program.
const tokensMost = 2000
