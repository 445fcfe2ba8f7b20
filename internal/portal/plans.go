package portal

import (
	"context"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Plans are the use cases around what subscriptions allow.
type Plans struct {
	store *store.Store
	calls *usage.Reader
	seen  seen
}

// List shows the plans of an API, archived ones only to those who publish.
func (p *Plans) List(ctx context.Context, actor models.Actor, api string) (found models.API, plans []models.Plan, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return found, nil, err
	}
	err = p.store.As(ctx, actor, func(r store.Tenant) error {
		if found, _, err = r.API(api); err != nil {
			return err
		}
		plans, err = r.Plans(found.ID)
		return err
	})
	return found, plans, err
}

// Page is the part of List behind one of the plans, or the first for "", at most
// limit of them, and whether more follow. A plan that is not there to go on
// behind is missing.
func (p *Plans) Page(ctx context.Context, actor models.Actor, api, after string, limit int) (plans []models.Plan, more bool, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, false, err
	}
	limit = min(max(limit, 1), store.PageMost)
	err = p.store.As(ctx, actor, func(r store.Tenant) error {
		found, _, err := r.API(api)
		if err != nil {
			return err
		}
		plans, err = r.PlansPage(found.ID, after, limit+1)
		if fault.Is(err, fault.NotFound) {
			return invalid("after", "Send the value of next of the page before.")
		}
		more = len(plans) > limit
		plans = plans[:min(len(plans), limit)]
		return err
	})
	return plans, more, err
}

// Show is one plan of an API.
func (p *Plans) Show(ctx context.Context, actor models.Actor, api, id string) (found models.API, plan models.Plan, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return found, plan, err
	}
	err = p.store.As(ctx, actor, func(r store.Tenant) error {
		found, plan, err = planOf(r, api, id)
		return err
	})
	return found, plan, err
}

// planOf finds a plan where its address says it is.
func planOf(r store.Tenant, api, id string) (models.API, models.Plan, error) {
	found, _, err := r.API(api)
	if err != nil {
		return found, models.Plan{}, err
	}
	plan, err := r.Plan(id)
	if err == nil && plan.APIID != found.ID {
		err = fault.Missing("plan")
	}
	return found, plan, err
}

// Create makes a plan of an API.
func (p *Plans) Create(ctx context.Context, actor models.Actor, api string, plan models.Plan) (models.Plan, error) {
	if err := actor.May(models.APIManage); err != nil {
		return plan, err
	}
	plan = models.Plan{ID: models.NewID(), Slug: plan.Slug, Name: strings.TrimSpace(plan.Name), Summary: strings.TrimSpace(plan.Summary),
		Rates: plan.Rates, QuotaCalls: plan.QuotaCalls, QuotaPeriod: plan.QuotaPeriod, QuotaDay: plan.QuotaDay, Operations: plan.Operations,
		AutoApprove: plan.AutoApprove}.Tidy()
	if err := plan.Check(); err != nil {
		return plan, err
	}
	err := p.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		parent, _, err := tx.API(api)
		if err != nil {
			return err
		}
		plan.APIID = parent.ID
		if err := tx.InsertPlan(&plan); err != nil {
			return err
		}
		return p.record(tx, "plan.create", models.Plan{}, plan)
	})
	return plan, err
}

// Update changes a plan, for those who have it too; its slug stays.
// Change.Revision says which state was seen.
func (p *Plans) Update(ctx context.Context, actor models.Actor, api, id string, change models.Plan) (models.Plan, error) {
	return p.change(ctx, actor, "plan.update", api, id, func(plan *models.Plan, _ *store.Tx) error {
		plan.Name, plan.Summary, plan.AutoApprove = strings.TrimSpace(change.Name), strings.TrimSpace(change.Summary), change.AutoApprove
		*plan = limited(*plan, change)
		plan.Revision = change.Revision
		return plan.Check()
	})
}

// limited is a plan with the limits of another.
func limited(plan, change models.Plan) models.Plan {
	plan.Rates, plan.Operations = change.Rates, change.Operations
	plan.QuotaCalls, plan.QuotaPeriod, plan.QuotaDay = change.QuotaCalls, change.QuotaPeriod, change.QuotaDay
	return plan.Tidy()
}

// Keys are the operations of an API: of each published or deprecated version, by
// its name, those of the document in force.
func (p *Plans) Keys(ctx context.Context, actor models.Actor, api string) (keys map[string]map[string]bool, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return nil, err
	}
	keys = map[string]map[string]bool{}
	err = p.store.As(ctx, actor, func(r store.Tenant) error {
		_, versions, err := r.API(api)
		for _, v := range versions {
			if err != nil || v.PublishedID == nil || v.State == models.VersionRetired {
				continue
			}
			var all []models.Operation
			if all, err = r.Operations(*v.PublishedID); err != nil {
				return err
			}
			keys[v.Name] = map[string]bool{}
			for _, o := range all {
				keys[v.Name][o.Key] = true
			}
		}
		return err
	})
	return keys, err
}

// Archive no longer offers a plan. Who has it keeps it.
func (p *Plans) Archive(ctx context.Context, actor models.Actor, api, id string) (models.Plan, error) {
	return p.change(ctx, actor, "plan.archive", api, id, func(plan *models.Plan, tx *store.Tx) error {
		if plan.ArchivedAt != nil {
			return fault.New(fault.Conflict, "plan_archived", "This plan is archived already.")
		}
		now := tx.Now()
		plan.ArchivedAt = &now
		return nil
	})
}

func (p *Plans) change(ctx context.Context, actor models.Actor, action, api, id string, with func(*models.Plan, *store.Tx) error) (after models.Plan, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return after, err
	}
	err = p.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		_, before, err := planOf(tx.Tenant, api, id)
		if err != nil {
			return err
		}
		if err := p.seen.still(strconv.Itoa(before.Revision)); err != nil {
			return err
		}
		after = before
		if err := with(&after, tx); err != nil {
			return err
		}
		if err := tx.UpdatePlan(after); err != nil {
			return err
		}
		return p.record(tx, action, before, after)
	})
	return after, err
}

func (p *Plans) record(tx *store.Tx, action string, before, after models.Plan) error {
	if err := tx.Changed(models.ChangePlan, after.ID); err != nil {
		return err
	}
	return tx.RecordAs(action, "plan", after.ID, map[string]any{"slug": after.Slug, "rates": after.Rates,
		"quota_calls": after.QuotaCalls, "quota_period": after.QuotaPeriod, "quota_day": after.QuotaDay, "operations": after.Operations, "auto_approve": after.AutoApprove}, before, after)
}
