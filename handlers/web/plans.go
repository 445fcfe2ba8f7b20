package web

import (
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/publish"
)

// NewPlan is the form that makes a plan.
func (w *Web) NewPlan(c echo.Context) error {
	f := planFormOf(models.Plan{})
	f.Rates[1].Seconds = "1"
	return w.planForm(c, http.StatusOK, "", f)
}

// Plan is the form that changes a plan.
func (w *Web) Plan(c echo.Context) error {
	_, p, err := w.Plans.Show(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan"))
	if err != nil {
		return err
	}
	return w.planForm(c, http.StatusOK, p.ID, planFormOf(p))
}

// planForm shows the form of a plan, of a new one for "".
func (w *Web) planForm(c echo.Context, status int, id string, f publish.PlanForm) error {
	ctx, actor, slug := c.Request().Context(), guard.Actor(c), c.Param("api")
	api, _, err := w.Plans.List(ctx, actor, slug)
	if err != nil {
		return err
	}
	keys, err := w.Plans.Keys(ctx, actor, slug)
	if err != nil {
		return err
	}
	f.Tenant, f.API, f.Back, f.New, f.Now = actor.Tenant().Slug, api.Name, tenantBase(c)+"/admin/apis/"+api.Slug, id == "", w.Clock.Now()
	f.Action, f.Missing, f.Known = f.Back+"/plans/new", missing(f, keys), known(keys)
	if id != "" {
		f.Action = f.Back + "/plans/" + id
		f.Archive, f.Except = f.Action+"/archive", f.Action+"/exceptions/new"
		rows, _, err := w.Plans.Exceptions(ctx, actor, slug, id)
		if err != nil {
			return err
		}
		for _, r := range rows {
			f.Exceptions = append(f.Exceptions, publish.Exception{Exception: r.Exception, Team: r.Team.Name, By: r.By.Name, Runs: r.Runs,
				End: f.Action + "/exceptions/" + r.ID + "/end"})
		}
	}
	return render(c, status, publish.ShowPlan(w.page(c, "Plan · "+api.Name), f))
}

// known are the operations of all versions.
func known(keys map[string]map[string]bool) []string {
	all := map[string]bool{}
	for _, of := range keys {
		maps.Copy(all, of)
	}
	return slices.Sorted(maps.Keys(all))
}

// CreatePlan makes a plan.
func (w *Web) CreatePlan(c echo.Context) error {
	form, plan := readPlan(c)
	made, err := w.Plans.Create(c.Request().Context(), guard.Actor(c), c.Param("api"), plan)
	return w.afterPlan(c, "", form, made, err)
}

// UpdatePlan changes a plan. Other limits are saved by who has seen what they would
// have refused; until then that is shown, and nothing is saved.
func (w *Web) UpdatePlan(c echo.Context) error {
	ctx, actor, api, id := c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan")
	form, plan := readPlan(c)
	if c.FormValue("seen") != portal.Sight(plan) {
		what, err := w.Plans.WhatIf(ctx, actor, api, id, plan)
		if err != nil {
			return w.afterPlan(c, id, form, plan, err)
		}
		if what.Changed {
			form.Preview = previewOf(what)
			return w.planForm(c, http.StatusOK, id, form)
		}
	}
	after, err := w.Plans.Update(ctx, actor, api, id, plan)
	return w.afterPlan(c, id, form, after, err)
}

func previewOf(what portal.WhatIf) *publish.Preview {
	p := &publish.Preview{Seen: what.Seen, From: what.From, MinutesSince: what.MinutesSince, Passed: what.Passed, Refused: what.Refused,
		Teams: what.Teams, Left: what.Left, Excepted: what.Excepted}
	for _, r := range what.Rows {
		row := publish.PreviewRow{Team: r.Team.Name, Version: r.Version.Name, Limit: r.Limit, Passed: r.Passed, Refused: r.Refused,
			Worst: r.Worst.Day, WorstRefused: r.Worst.Refused}
		for _, d := range r.Days {
			row.Days = append(row.Days, publish.PreviewDay{Day: d.Day, Refused: d.Refused})
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func (w *Web) afterPlan(c echo.Context, id string, form publish.PlanForm, plan models.Plan, err error) error {
	if problems, ok := fieldsOf(err); ok {
		form.Problems = problems
		return w.planAgain(c, id, form, outrun(err))
	}
	if err != nil {
		return err
	}
	return done(c, "The plan "+plan.Name+" is saved.", tenantBase(c)+"/admin/apis/"+c.Param("api"))
}

// planAgain shows a plan's form with its problems.
func (w *Web) planAgain(c echo.Context, id string, form publish.PlanForm, outrun bool) error {
	if !outrun {
		return w.planForm(c, http.StatusUnprocessableEntity, id, form)
	}
	_, plan, err := w.Plans.Show(c.Request().Context(), guard.Actor(c), c.Param("api"), id)
	if err != nil {
		return err
	}
	now := planFormOf(plan)
	form.Revision, form.Problems = now.Revision, meanwhile(entry{"name", form.Name, now.Name}, entry{"summary", form.Summary, now.Summary},
		entry{"rates", limits(form), limits(now)}, entry{"quota_calls", quotaOf(form), quotaOf(now)}, entry{"operations", costs(form), costs(now)},
		entry{"auto", onOff(form.Auto), onOff(now.Auto)})
	return w.planForm(c, http.StatusUnprocessableEntity, id, form)
}

// ArchivePlan no longer offers a plan.
func (w *Web) ArchivePlan(c echo.Context) error {
	plan, err := w.Plans.Archive(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan"))
	if err != nil {
		return err
	}
	return done(c, "The plan "+plan.Name+" is no longer offered.", tenantBase(c)+"/admin/apis/"+c.Param("api"))
}
