package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// TenantBySlug finds a tenant, whoever asks: guards decide who may see it.
func (s *Store) TenantBySlug(ctx context.Context, slug string) (models.Tenant, error) {
	return s.tenantWhere(ctx, "slug = ?", slug)
}

// TenantByID finds a tenant.
func (s *Store) TenantByID(ctx context.Context, id string) (models.Tenant, error) {
	return s.tenantWhere(ctx, "id = ?", id)
}

// TenantByCode finds a tenant by the code in its tokens.
func (s *Store) TenantByCode(ctx context.Context, code string) (models.Tenant, error) {
	return s.tenantWhere(ctx, "code = ?", code)
}

func (s *Store) tenantWhere(ctx context.Context, condition, value string) (models.Tenant, error) {
	var t models.Tenant
	err := s.within(ctx, s.read, scope{}, func(db *gorm.DB) error {
		return missing(db.Where(condition, value).Take(&t).Error, "tenant")
	})
	return t, err
}

// Standing reads what decides a user's rights in a tenant; with no tenant,
// only who they are.
func (s *Store) Standing(ctx context.Context, user, tenant string) (models.Standing, error) {
	var out models.Standing
	err := s.within(ctx, s.read, scope{tenant: tenant}, func(db *gorm.DB) error {
		if err := missing(db.Where("id = ?", user).Take(&out.User).Error, "person"); err != nil || tenant == "" {
			return err
		}
		return standing(db, &out, models.Time(s.clock.Now()))
	})
	return out, err
}

func standing(db *gorm.DB, out *models.Standing, now any) error {
	if gone, err := left(db, out.User.ID); err != nil || gone {
		return err
	}
	var role models.Member
	err := db.Where("user_id = ?", out.User.ID).Take(&role).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	out.Role = role.Role
	if role.Role != models.NoRole && role.Role != models.RoleAdmin {
		if out.StandsInFor, err = standsInFor(db, out.User.ID, now); err != nil {
			return err
		}
	}
	var places []models.Membership
	if err := db.Where("user_id = ?", out.User.ID).Find(&places).Error; err != nil {
		return err
	}
	out.Teams = make(map[string]models.TeamRole, len(places))
	for _, p := range places {
		out.Teams[p.TeamID] = p.Role
	}
	state, err := admission(db, out.User.ID)
	out.Admitted, out.Removed = state == models.AdmissionLetIn, state == models.AdmissionRemoved
	if err != nil || out.User.Staff == models.NotStaff {
		return err
	}
	var g models.Grant
	err = db.Where("user_id = ? AND ended_at IS NULL AND expires_at > ?", out.User.ID, now).Order("created_at DESC").Take(&g).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	out.Grant = &g
	return err
}

// PublicTenants lists the tenants that strangers see, by name.
func (t Tenant) PublicTenants() ([]models.Tenant, error) {
	var ts []models.Tenant
	err := t.db.Where("state = ? AND public = ?", models.TenantActive, true).Order("name, id").Limit(PageMost).Find(&ts).Error
	return ts, err
}

// TenantByID finds a tenant from within a transaction.
func (t Tenant) TenantByID(id string) (models.Tenant, error) {
	var tenant models.Tenant
	err := t.db.Where("id = ?", id).Take(&tenant).Error
	return tenant, missing(err, "tenant")
}

// InsertTenant stores a new tenant with its keys. The transaction must run in
// that tenant's scope.
func (t *Tx) InsertTenant(tenant *models.Tenant, keys ...TenantKey) error {
	tenant.SignUpDomains = list(tenant.SignUpDomains)
	tenant.CreatedAt, tenant.UpdatedAt, tenant.Revision = t.now, t.now, 1
	err := t.db.Create(tenant).Error
	if err == nil {
		err = t.list(*tenant)
	}
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "tenant_taken", "Another tenant has this slug or this token code.").
			WithFields(fault.Field{Name: "slug", Message: "Choose another slug or another token code."}).Because(err)
	}
	for i := range keys {
		if err != nil {
			return err
		}
		keys[i].CreatedAt = t.now
		err = t.db.Create(&keys[i]).Error
	}
	return err
}

// UpdateTenant stores what an admin may change, unless somebody did so first. A
// tenant's own row has no tenant column for the guard to look at.
func (t *Tx) UpdateTenant(tenant models.Tenant) error {
	if tenant.ID != scopeOf(t.actor) {
		return fault.Missing("tenant")
	}
	next := tenant
	next.SignUpDomains = list(next.SignUpDomains)
	next.UpdatedAt, next.Revision = t.now, tenant.Revision+1
	t.changed = &tenant
	return stale(t.db.Model(&models.Tenant{}).Where("id = ? AND revision = ?", tenant.ID, tenant.Revision).
		Select("name", "tagline", "colour", "logo", "logo_type", "logo_dark", "welcome", "help", "links", "sender", "public", "state", "archived_at", "token_days", "token_policy", "self_approval", "escalate_days", "sign_up", "sign_up_domains", "updated_at", "revision").
		Updates(next), "tenant")
}

// Members lists who has a role in the tenant, in pages by user.
func (t Tenant) Members(after string, limit int) ([]models.Member, error) {
	if err := pageSize(limit); err != nil {
		return nil, err
	}
	var ms []models.Member
	err := t.db.Where("user_id > ?", after).Order("user_id").Limit(limit).Find(&ms).Error
	return ms, err
}

// Member finds a person's role.
func (t Tenant) Member(user string) (models.Member, error) {
	var m models.Member
	err := t.db.Where("user_id = ?", user).Take(&m).Error
	return m, missing(err, "member")
}

// LockMembers are the roles of all who have one, by user: nobody else changes them
// before the transaction ends.
func (t *Tx) LockMembers() (map[string]models.Role, error) {
	var all []models.Member
	err := t.store.dialect.lock(t.db).Order("user_id").Find(&all).Error
	roles := make(map[string]models.Role, len(all))
	for _, m := range all {
		roles[m.UserID] = m.Role
	}
	return roles, err
}

// LockPerson is LockUser for giving the account something: one that was deleted
// meanwhile gets nothing. It comes before the locks of what is given, as where an
// account is deleted.
func (t *Tx) LockPerson(id string) (models.User, error) {
	u, err := t.LockUser(id)
	if err == nil && u.State == models.UserDeleted {
		err = fault.New(fault.Conflict, "changed_meanwhile", "This account was deleted meanwhile. Reload the page and look again.")
	}
	return u, err
}

// SetMember gives a person a role, or takes it away with NoRole. The tenant
// keeps at least one admin who can act (R57).
func (t *Tx) SetMember(user string, role models.Role) error {
	if role != models.NoRole {
		if _, err := t.LockPerson(user); err != nil {
			return err
		}
	}
	roles, err := t.LockMembers()
	if err != nil {
		return err
	}
	before, known := roles[user]
	if before == models.RoleAdmin && role != models.RoleAdmin {
		admins, err := t.Admins()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(admins, func(id string) bool { return id != user }) {
			return fault.New(fault.Conflict, "last_admin", "This is the tenant's only admin. Make somebody else admin first.")
		}
	}
	switch {
	case role == models.NoRole:
		return exactlyOne(t.db.Where("user_id = ?", user).Delete(&models.Member{}), "member")
	case known:
		return exactlyOne(t.db.Model(&models.Member{}).Where("user_id = ?", user).Updates(map[string]any{"role": role}), "member")
	}
	return t.db.Create(&models.Member{UserID: user, Role: role, CreatedAt: t.now}).Error
}

// Admins are the user ids of the tenant's admins who can act: their accounts work.
func (t Tenant) Admins() ([]string, error) {
	var ids []string
	err := t.db.Model(&models.Member{}).Where("role = ? AND "+works("members"), models.RoleAdmin, models.UserActive).Order("user_id").Pluck("user_id", &ids).Error
	return ids, err
}

// works is the condition, with one argument, that the account of a row's user is in a
// state. SQLite would list all accounts for an IN, 200,000 for one tenant's admins.
func works(table string) string {
	return "EXISTS (SELECT 1 FROM users WHERE users.id = " + table + ".user_id AND users.state = ?)"
}
