package portal

import (
	"context"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Tenants are the use cases around customers of the installation.
type Tenants struct {
	store *store.Store
	keys  *keyring.Keyring
	links links
	calls *usage.Reader
}

// NewTenant is what an operator fills in to make a tenant.
type NewTenant struct {
	Slug, Code, Name, Tagline, Colour string
	Public                            bool
	Admin                             string // address of the first admin, who is invited; may be empty
}

// Defaults are what a new tenant begins with.
func (t *Tenants) Defaults(ctx context.Context, actor models.Actor) (models.TenantDefaults, error) {
	if err := actor.May(models.TenantCreate); err != nil {
		return models.TenantDefaults{}, err
	}
	set, err := settings(ctx, t.store)
	return set.Defaults, err
}

// Create makes a tenant with its keys, which begins as the installation's defaults say,
// and invites its first admin, which demands a step-up (R24).
func (t *Tenants) Create(ctx context.Context, actor models.Actor, in NewTenant) (models.Tenant, error) {
	if err := actor.May(models.TenantCreate); err != nil {
		return models.Tenant{}, err
	}
	set, err := settings(ctx, t.store)
	if err != nil {
		return models.Tenant{}, err
	}
	tenant := set.Defaults.Begin()
	tenant.ID, tenant.Slug, tenant.Code, tenant.Name, tenant.Tagline = models.NewID(), in.Slug, in.Code, in.Name, in.Tagline
	tenant.Colour, tenant.Public = in.Colour, in.Public
	if err := tenant.Check(); err != nil {
		return models.Tenant{}, err
	}
	if in.Admin != "" {
		if _, err := models.CanonicalEmail(in.Admin); err != nil {
			return models.Tenant{}, fault.From(err).WithFields(fault.Field{Name: "admin_email", Message: fault.From(err).Fields[0].Message})
		}
	}
	keys, err := t.keys.NewTenantKeys(tenant.ID)
	if err != nil {
		return models.Tenant{}, err
	}
	if in.Admin != "" && actor.ManagementToken() != "" { // a token gives no roles (R6)
		return models.Tenant{}, fault.New(fault.Forbidden, "not_allowed", "A token gives no roles. Create the tenant without an admin, and invite them in the support console.")
	}
	err = t.store.Do(ctx, inside(actor, tenant), models.TenantCreate, func(tx *store.Tx) error {
		if err := tx.InsertTenant(&tenant, keys...); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeTenant, tenant.ID); err != nil {
			return err
		}
		details := map[string]any{"slug": tenant.Slug, "code": tenant.Code, "name": tenant.Name}
		if err := tx.Record("tenant", tenant.ID, details, nil, nil); err != nil {
			return err
		}
		if in.Admin != "" {
			if err := t.links.invite(tx, tenant, in.Admin, models.RoleAdmin, actor, ""); err != nil {
				return err
			}
		}
		return tx.In(outside(actor), func(tx *store.Tx) error { return tx.Record("tenant", tenant.ID, details, nil, nil) })
	})
	return tenant, err
}

// Home shows the tenants in which the person has a standing, each as the actor
// that they are there, and the others whose portals everybody sees.
func (t *Tenants) Home(ctx context.Context, actor models.Actor) (own []models.Actor, public []models.Tenant, err error) {
	if own, err = insides(ctx, t.store, actor); err != nil {
		return nil, nil, err
	}
	err = t.store.As(ctx, models.Stranger(models.Tenant{}, actor.Request()), func(r store.Tenant) error {
		public, err = r.PublicTenants()
		return err
	})
	public = slices.DeleteFunc(public, func(p models.Tenant) bool {
		return slices.ContainsFunc(own, func(a models.Actor) bool { return a.Tenant().ID == p.ID })
	})
	return own, public, err
}

// Find shows one tenant to staff who are about to enter it, and whether it has an admin.
func (t *Tenants) Find(ctx context.Context, actor models.Actor, slug string) (tenant models.Tenant, hasAdmin bool, err error) {
	if err := actor.May(models.TenantDirectory); err != nil {
		return tenant, false, err
	}
	if tenant, err = knownTo(ctx, t.store, actor, slug); err != nil {
		return tenant, false, err
	}
	err = t.store.As(ctx, models.Stranger(tenant, actor.Request()), func(r store.Tenant) error {
		admins, err := r.Admins()
		hasAdmin = len(admins) > 0
		return err
	})
	return tenant, hasAdmin, err
}

// knowsArchived reports whether archived tenants are there for the actor: for operators,
// also by a token that may only read.
func knowsArchived(actor models.Actor) bool {
	return actor.Can(models.TenantDirectory) && actor.Account().Staff == models.StaffOperator
}

// knownTo is a tenant as staff know of it: of an archived one operators alone do.
func knownTo(ctx context.Context, s *store.Store, actor models.Actor, slug string) (models.Tenant, error) {
	tenant, err := s.TenantBySlug(ctx, slug)
	if err == nil && tenant.State == models.TenantArchived && !knowsArchived(actor) {
		return models.Tenant{}, fault.Missing("tenant")
	}
	return tenant, err
}

// Configure changes who sees the tenant and its policy. Slug and code stay; its look is
// changed by Looks.
func (t *Tenants) Configure(ctx context.Context, actor models.Actor, change models.Tenant) (models.Tenant, error) {
	if err := actor.May(models.TenantConfigure); err != nil {
		return models.Tenant{}, err
	}
	before := actor.Tenant()
	after := before
	after.Public = change.Public
	after.TokenDays, after.SelfApproval, after.EscalateDays, after.Revision = change.TokenDays, change.SelfApproval, change.EscalateDays, change.Revision
	if err := after.Check(); err != nil {
		return after, err
	}
	err := t.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		if err := tx.UpdateTenant(after); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeTenant, after.ID); err != nil {
			return err
		}
		return tx.Record("tenant", after.ID, map[string]any{
			"public": after.Public, "token_days": after.TokenDays, "self_approval": after.SelfApproval,
			"escalate_days": after.EscalateDays,
		}, nil, nil)
	})
	return after, err
}

// InviteAdmin sends a tenant's first admin a link. The operator does it from
// outside, without a grant; every later invitation is an admin's. It demands a
// step-up for the tenant's slug (R24).
func (t *Tenants) InviteAdmin(ctx context.Context, actor models.Actor, slug, address string) error {
	if err := actor.May(models.AdminInvite); err != nil {
		return err
	}
	tenant, err := t.store.TenantBySlug(ctx, slug)
	if err != nil {
		return err
	}
	inside := models.NewActor(models.Standing{User: actor.Account()}, tenant, actor.Request()).WithProof(actor.Proof())
	return t.store.Do(ctx, inside, models.AdminInvite, func(tx *store.Tx) error {
		admins, err := tx.Admins()
		if err != nil {
			return err
		}
		if len(admins) > 0 {
			return fault.New(fault.Conflict, "admin_exists", "This tenant has an admin, who invites everybody else.")
		}
		return t.links.invite(tx, tenant, address, models.RoleAdmin, actor, slug)
	})
}

// ByCode finds the tenant that a management token was made in.
func (t *Tenants) ByCode(ctx context.Context, code string) (models.Tenant, error) {
	return t.store.TenantByCode(ctx, code)
}
