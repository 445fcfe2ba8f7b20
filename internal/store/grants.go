package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// Grants of staff in the tenant, the newest first.
func (t Tenant) Grants() ([]models.Grant, error) {
	var gs []models.Grant
	err := t.db.Order("created_at DESC, id DESC").Limit(PageMost).Find(&gs).Error
	return gs, err
}

// Grant finds one of them.
func (t Tenant) Grant(id string) (models.Grant, error) {
	var g models.Grant
	err := t.db.Where("id = ?", id).Take(&g).Error
	return g, missing(err, "grant")
}

// InsertGrant lets a support person in; what grant they had before ends.
func (t *Tx) InsertGrant(g *models.Grant) error {
	g.CreatedAt = t.now
	if err := t.EndGrants(g.UserID); err != nil {
		return err
	}
	return t.db.Create(g).Error
}

// EndAllGrants ends all live grants in the tenant, and says whose they were.
func (t *Tx) EndAllGrants() (users []string, err error) {
	live := t.db.Model(&models.Grant{}).Where("ended_at IS NULL").Session(&gorm.Session{})
	if err := live.Distinct("user_id").Order("user_id").Pluck("user_id", &users).Error; err != nil {
		return nil, err
	}
	return users, live.Updates(map[string]any{"ended_at": t.now}).Error
}

// EndGrants ends a person's live grants in the tenant.
func (t *Tx) EndGrants(user string) error {
	return t.db.Model(&models.Grant{}).Where("user_id = ? AND ended_at IS NULL", user).
		Updates(map[string]any{"ended_at": t.now, "ended_by": t.actor.User()}).Error
}

// EndGrant ends one grant that is still live.
func (t *Tx) EndGrant(id string) error {
	return exactlyOne(t.db.Model(&models.Grant{}).Where("id = ? AND ended_at IS NULL AND expires_at > ?", id, t.now).
		Updates(map[string]any{"ended_at": t.now, "ended_by": t.actor.User()}), "grant")
}

// ReviewGrant keeps what an operator wrote about an emergency, once.
func (t *Tx) ReviewGrant(id, note string) error {
	return stale(t.db.Model(&models.Grant{}).Where("id = ? AND emergency AND reviewed_at IS NULL", id).
		Updates(map[string]any{"review": note, "reviewed_by": t.actor.User(), "reviewed_at": t.now}), "grant")
}

// SeeGrant notes that the actor is inside with their grant. It is nothing that the
// audit log keeps: what they do there is.
func (s *Store) SeeGrant(ctx context.Context, actor models.Actor) error {
	return s.within(ctx, s.write, scope{tenant: scopeOf(actor)}, func(db *gorm.DB) error {
		return db.Model(&models.Grant{}).Where("id = ?", actor.Grant().ID).Updates(map[string]any{"seen_at": s.Now()}).Error
	})
}

// GrantRequests of staff in the tenant, the newest first.
func (t Tenant) GrantRequests() ([]models.GrantRequest, error) {
	var rs []models.GrantRequest
	err := t.db.Order("id DESC").Limit(PageMost).Find(&rs).Error
	return rs, err
}

// GrantRequest finds one of them.
func (t Tenant) GrantRequest(id string) (models.GrantRequest, error) {
	var r models.GrantRequest
	err := t.db.Where("id = ?", id).Take(&r).Error
	return r, missing(err, "request")
}

// InsertGrantRequest keeps what somebody asks for, in place of what they asked for
// before and nobody answered.
func (t *Tx) InsertGrantRequest(r *models.GrantRequest) error {
	before := t.db.Model(&models.GrantRequest{}).Where("user_id = ? AND state = ?", r.UserID, models.GrantWaiting).
		Updates(map[string]any{"state": models.GrantWithdrawn, "decided_at": t.now, "decided_by": r.UserID})
	if before.Error != nil {
		return before.Error
	}
	r.CreatedAt = t.now
	return t.db.Create(r).Error
}

// SettleGrantRequest stores how a request that waits was answered; of two who
// answer it at once the second changes nothing.
func (t *Tx) SettleGrantRequest(r models.GrantRequest) error {
	return stale(t.db.Model(&models.GrantRequest{}).Where("id = ? AND state = ?", r.ID, models.GrantWaiting).
		Select("state", "decided_by", "decided_at", "note", "grant_id").Updates(r), "request")
}

// StandingViews of the tenant that are still good, the newest first.
func (t Tenant) StandingViews() ([]models.StandingView, error) {
	var vs []models.StandingView
	err := t.db.Where("ended_at IS NULL").Order("created_at DESC").Limit(PageMost).Find(&vs).Error
	return vs, err
}

// StandingViewOf is a person's, if they have one that is still good.
func (t Tenant) StandingViewOf(user string) (models.StandingView, error) {
	var v models.StandingView
	err := t.db.Where("user_id = ? AND ended_at IS NULL", user).Take(&v).Error
	return v, missing(err, "standing view")
}

// InsertStandingView keeps a new one.
func (t *Tx) InsertStandingView(v *models.StandingView) error {
	v.CreatedAt, v.ReviewedAt = t.now, t.now
	err := t.db.Create(v).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "standing_view_exists", "They have a standing view of this tenant already.").Because(err)
	}
	return err
}

// ReviewStandingView notes that it is still needed.
func (t *Tx) ReviewStandingView(id string) error {
	return exactlyOne(t.db.Model(&models.StandingView{}).Where("id = ? AND ended_at IS NULL", id).
		Updates(map[string]any{"reviewed_at": t.now, "reviewed_by": t.actor.User()}), "standing view")
}

// EndStandingView ends it and, if it is in use, the grant under it. It returns whose it was.
func (t *Tx) EndStandingView(id string) (user string, err error) {
	var v models.StandingView
	if err := t.db.Where("id = ? AND ended_at IS NULL", id).Take(&v).Error; err != nil {
		return "", missing(err, "standing view")
	}
	ended := map[string]any{"ended_at": t.now, "ended_by": t.actor.User()}
	if err := exactlyOne(t.db.Model(&models.StandingView{}).Where("id = ? AND ended_at IS NULL", id).Updates(ended), "standing view"); err != nil {
		return "", err
	}
	return v.UserID, t.db.Model(&models.Grant{}).Where("standing_id = ? AND ended_at IS NULL", id).Updates(ended).Error
}

// SetFavourite keeps a tenant at a staff person's hand, or no longer. It is no
// change that the audit log keeps.
func (s *Store) SetFavourite(ctx context.Context, tenant, user string, on bool) error {
	return s.within(ctx, s.write, scope{tenant: tenant}, func(db *gorm.DB) error {
		mine := db.Where("user_id = ?", user).Session(&gorm.Session{})
		if err := mine.Delete(&models.Favourite{}).Error; err != nil || !on {
			return err
		}
		return db.Create(&models.Favourite{UserID: user, CreatedAt: s.Now()}).Error
	})
}

// Overseen are all grants of the installation that operators look after.
type Overseen struct {
	Requests    []models.GrantRequest // waiting, those that lapse first
	Live        []models.Grant        // the newest first
	Emergencies []models.Grant        // not reviewed yet
	Standing    []models.StandingView // those reviewed longest ago first
}

// Overseen reads them.
func (p Platform) Overseen() (o Overseen, err error) {
	return o, errors.Join(
		p.db.Where("state = ? AND answer_by > ?", models.GrantWaiting, p.now).Order("answer_by").Limit(PageMost).Find(&o.Requests).Error,
		p.db.Where("ended_at IS NULL AND expires_at > ?", p.now).Order("created_at DESC").Limit(PageMost).Find(&o.Live).Error,
		p.db.Where("emergency AND reviewed_at IS NULL").Order("created_at").Limit(PageMost).Find(&o.Emergencies).Error,
		p.db.Where("ended_at IS NULL").Order("reviewed_at").Limit(PageMost).Find(&o.Standing).Error,
	)
}

// LapsedGrantRequests are those that nobody answered in time.
func (p Platform) LapsedGrantRequests(at time.Time) ([]models.GrantRequest, error) {
	var rs []models.GrantRequest
	err := p.db.Where("state = ? AND answer_by <= ?", models.GrantWaiting, at).Limit(PageMost).Find(&rs).Error
	return rs, err
}

// CountOverseen is how many things wait for an operator: requests, and emergencies
// that nobody reviewed.
func (p Platform) CountOverseen() (n int64, err error) {
	var requests, emergencies int64
	err = errors.Join(
		p.db.Model(&models.GrantRequest{}).Where("state = ? AND answer_by > ?", models.GrantWaiting, p.now).Count(&requests).Error,
		p.db.Model(&models.Grant{}).Where("emergency AND reviewed_at IS NULL").Count(&emergencies).Error,
	)
	return requests + emergencies, err
}

// UsersByID are people, by id.
func (p Platform) UsersByID(ids []string) (map[string]models.User, error) {
	return Tenant{db: p.db}.Users(ids)
}

// TenantsByID are tenants without their logos, by id.
func (p Platform) TenantsByID(ids []string) (map[string]models.Tenant, error) {
	var ts []models.Tenant
	err := p.db.Omit("logo").Where("id IN ?", ids).Find(&ts).Error
	return byTenant(ts), err
}

func byTenant(ts []models.Tenant) map[string]models.Tenant {
	out := make(map[string]models.Tenant, len(ts))
	for _, t := range ts {
		out[t.ID] = t
	}
	return out
}
