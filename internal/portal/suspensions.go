package portal

import (
	"context"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Suspend refuses all calls to a tenant's APIs from now on and hides its portal,
// or brings both back. No token is touched, so one that was revoked meanwhile
// stays dead (R16). The reason is 5 to 500 characters and stands in both audit logs.
func (t *Tenants) Suspend(ctx context.Context, actor models.Actor, slug string, state models.TenantState, reason string) (models.Tenant, error) {
	if err := actor.May(models.TenantSuspend); err != nil {
		return models.Tenant{}, err
	}
	tenant, err := t.store.TenantBySlug(ctx, slug)
	if err != nil {
		return tenant, err
	}
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n < 5 || n > 500 {
		return tenant, fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: "reason", Message: "Say why, in 5 to 500 characters; the tenant reads it in its audit log."})
	}
	if state != models.TenantActive && state != models.TenantSuspended || state == tenant.State {
		return tenant, fault.New(fault.Conflict, "changed_meanwhile", "The tenant is %s already. Reload the page and look again.", tenant.State)
	}
	action := map[models.TenantState]string{models.TenantActive: "tenant.resume", models.TenantSuspended: "tenant.suspend"}[state]
	details := map[string]any{"slug": slug, "reason": reason}
	tenant.State = state
	inside := models.NewActor(models.Standing{User: actor.Account()}, tenant, actor.Request())
	err = t.store.Do(ctx, inside, models.TenantSuspend, func(tx *store.Tx) error {
		if err := tx.UpdateTenant(tenant); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeTenant, tenant.ID); err != nil {
			return err
		}
		if err := tx.RecordAs(action, "tenant", tenant.ID, details, nil, nil); err != nil {
			return err
		}
		return tx.In(self(actor, actor.Account()), func(tx *store.Tx) error { return tx.RecordAs(action, "tenant", tenant.ID, details, nil, nil) })
	})
	return tenant, err
}
