package store

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// SubscriptionFilter narrows a list; its zero value is everything the actor may see.
type SubscriptionFilter struct {
	States  []models.SubscriptionState
	Teams   []string // nil is not narrowed, empty is none
	Version string
	Waiting bool   // only what waits for a decision, the oldest first
	Before  string // id: only older ones; of what waits, only newer ones
	Limit   int    // 1 to 100
}

// waits is what somebody has to decide about: a request, or a wish for another plan.
const waits = "(state = 'pending' OR wanted_plan_id IS NOT NULL)"

// ownTeams narrows to the actor's teams unless all lets them see every team's.
func (t Tenant) ownTeams(all models.Action) *gorm.DB {
	if t.actor.Can(all) {
		return t.db
	}
	return t.db.Where("team_id IN ?", t.actor.Teams())
}

// Subscriptions lists subscriptions, the newest first: of the actor's teams,
// or of all teams for those who may see them.
func (t Tenant) Subscriptions(f SubscriptionFilter) ([]models.Subscription, error) {
	if err := pageSize(f.Limit); err != nil {
		return nil, err
	}
	q := t.ownTeams(models.SubscriptionReadAll)
	if len(f.States) > 0 {
		q = q.Where("state IN ?", f.States)
	}
	if f.Teams != nil {
		q = q.Where("team_id IN ?", f.Teams)
	}
	if f.Version != "" {
		q = q.Where("version_id = ?", f.Version)
	}
	order, beyond := "id DESC", "id < ?"
	if f.Waiting {
		q, order, beyond = q.Where(waits), "id", "id > ?"
	}
	if f.Before != "" {
		q = q.Where(beyond, f.Before)
	}
	var ss []models.Subscription
	err := q.Order(order).Limit(f.Limit).Find(&ss).Error
	return ss, err
}

// Subscription finds one that the actor may see.
func (t Tenant) Subscription(id string) (models.Subscription, error) {
	var s models.Subscription
	err := t.ownTeams(models.SubscriptionReadAll).Where("id = ?", id).Take(&s).Error
	return s, missing(err, "subscription")
}

// PendingSubscriptions counts what waits for a decision.
func (t Tenant) PendingSubscriptions() (int64, error) {
	var n int64
	err := t.db.Model(&models.Subscription{}).Where(waits).Count(&n).Error
	return n, err
}

// RequestsSince counts how often a team asked for an API since then (R69).
func (t Tenant) RequestsSince(team, api string, since time.Time) (int64, error) {
	var n int64
	err := t.db.Model(&models.Subscription{}).Where("team_id = ? AND api_id = ? AND requested_at > ?", team, api, since).Count(&n).Error
	return n, err
}

// LockSubscription is Subscription for changing its state: nobody else does so
// until the transaction ends.
func (t *Tx) LockSubscription(id string) (models.Subscription, error) {
	var s models.Subscription
	err := t.store.dialect.lock(t.ownTeams(models.SubscriptionReadAll)).Where("id = ?", id).Take(&s).Error
	return s, missing(err, "subscription")
}

// LockOffer reads what an approval rests on, so that neither changes before the
// transaction ends: the tenant's state and the version (R67).
func (t *Tx) LockOffer(version string) (models.Tenant, models.Version, error) {
	var tenant models.Tenant
	if err := t.store.dialect.lock(t.db).Where("id = ?", t.actor.Tenant().ID).Take(&tenant).Error; err != nil {
		return tenant, models.Version{}, missing(err, "tenant")
	}
	var v models.Version
	err := t.store.dialect.lock(t.db).Where("id = ?", version).Take(&v).Error
	return tenant, v, missing(err, "version")
}

// InsertSubscription stores a new request. A team has one open standing per version.
func (t *Tx) InsertSubscription(s *models.Subscription) error {
	s.RequestedAt, s.UpdatedAt, s.Revision = t.now, t.now, 1
	err := t.db.Create(s).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "already_subscribed", "Your team has asked for this version already.").Because(err)
	}
	return err
}

// MoveSubscription stores a change of state, unless somebody was quicker: the
// row must still be as it was shown, before (R63, R64).
func (t *Tx) MoveSubscription(s models.Subscription, before models.SubscriptionState) error {
	res := t.db.Model(&models.Subscription{}).Where("id = ? AND state = ? AND revision = ?", s.ID, before, s.Revision).
		Updates(map[string]any{
			"team_id": s.TeamID, "plan_id": s.PlanID, "ends_at": s.EndsAt, "end_notice": s.EndNotice, "escalated_at": s.EscalatedAt, "handed_at": s.HandedAt,
			"wanted_plan_id": s.WantedPlanID, "wanted_why": s.WantedWhy, "wanted_by": s.WantedBy, "wanted_at": s.WantedAt,
			"state": s.State, "decided_by": s.DecidedBy, "decided_at": s.DecidedAt, "reason": s.Reason,
			"updated_at": t.now, "revision": s.Revision + 1,
		})
	if errors.Is(res.Error, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "already_subscribed", "That team has asked for this version already.").Because(res.Error)
	}
	return stale(res, "subscription")
}

// MessagesMost is how many messages a subscription can have.
const MessagesMost = 100

// Messages about a subscription, the oldest first.
func (t Tenant) Messages(subscription string) ([]models.SubscriptionMessage, error) {
	var ms []models.SubscriptionMessage
	err := t.db.Where("subscription_id = ?", subscription).Order("id").Limit(MessagesMost).Find(&ms).Error
	return ms, err
}

// InsertMessage stores a question or an answer.
func (t *Tx) InsertMessage(m *models.SubscriptionMessage) error {
	var n int64
	if err := t.db.Model(&models.SubscriptionMessage{}).Where("subscription_id = ?", m.SubscriptionID).Count(&n).Error; err != nil {
		return err
	}
	if n >= MessagesMost {
		return fault.New(fault.Conflict, "too_many_messages", "There are %d messages already. Please decide, or write to each other elsewhere.", n)
	}
	m.CreatedAt = t.now
	return t.db.Create(m).Error
}

// EndingSubscriptions are those of all tenants that end before a time.
func (p Platform) EndingSubscriptions(before time.Time) ([]models.Subscription, error) {
	var ss []models.Subscription
	err := p.ofActive().Where("ends_at IS NOT NULL AND ends_at < ? AND state IN ('approved', 'paused')", before).Order("ends_at, id").Find(&ss).Error
	return ss, err
}

// WaitingSubscriptions are those of all tenants that wait for a decision and of
// which nobody was told again.
func (p Platform) WaitingSubscriptions() ([]models.Subscription, error) {
	var ss []models.Subscription
	err := p.ofActive().Where(waits + " AND escalated_at IS NULL").Order("id").Find(&ss).Error
	return ss, err
}
