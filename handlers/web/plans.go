package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/publish"
)

// NewPlan is the form that makes a plan.
func (w *Web) NewPlan(c echo.Context) error {
	api, _, err := w.Plans.List(c.Request().Context(), guard.Actor(c), c.Param("api"))
	if err != nil {
		return err
	}
	f := publish.PlanForm{Rates: [4]publish.RateForm{{Seconds: "60"}, {Seconds: "1"}, {Seconds: "60"}, {Seconds: "60"}}}
	return w.planForm(c, http.StatusOK, api, "", f)
}

// Plan is the form that changes a plan.
func (w *Web) Plan(c echo.Context) error {
	api, p, err := w.Plans.Show(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan"))
	if err != nil {
		return err
	}
	return w.planForm(c, http.StatusOK, api, p.ID, planFormOf(p))
}

// planFormOf is the form as a plan is now.
func planFormOf(p models.Plan) publish.PlanForm {
	f := publish.PlanForm{Name: p.Name, Slug: p.Slug, Summary: p.Summary, QuotaPeriod: string(p.QuotaPeriod), Auto: p.AutoApprove, Revision: p.Revision}
	if p.QuotaPeriod != models.NoQuota {
		f.QuotaCalls = strconv.FormatInt(p.QuotaCalls, 10)
	}
	for i := range f.Rates {
		f.Rates[i].Seconds = "60"
		if i < len(p.Rates) {
			f.Rates[i] = publish.RateForm{Calls: strconv.FormatInt(p.Rates[i].Calls, 10), Seconds: strconv.FormatInt(p.Rates[i].Seconds, 10)}
		}
	}
	return f
}

func (w *Web) planForm(c echo.Context, status int, api models.API, id string, f publish.PlanForm) error {
	f.Tenant, f.API, f.Back, f.New = guard.Actor(c).Tenant().Slug, api.Name, tenantBase(c)+"/admin/apis/"+api.Slug, id == ""
	f.Action = f.Back + "/plans/new"
	if id != "" {
		f.Action, f.Archive = f.Back+"/plans/"+id, f.Back+"/plans/"+id+"/archive"
	}
	return render(c, status, publish.ShowPlan(w.page(c, "Plan · "+api.Name), f))
}

// CreatePlan makes a plan.
func (w *Web) CreatePlan(c echo.Context) error {
	form, plan := readPlan(c)
	made, err := w.Plans.Create(c.Request().Context(), guard.Actor(c), c.Param("api"), plan)
	return w.afterPlan(c, "", form, made, err)
}

// UpdatePlan changes a plan.
func (w *Web) UpdatePlan(c echo.Context) error {
	form, plan := readPlan(c)
	after, err := w.Plans.Update(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan"), plan)
	return w.afterPlan(c, c.Param("plan"), form, after, err)
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
	ctx, actor := c.Request().Context(), guard.Actor(c)
	if !outrun {
		api, _, err := w.Plans.List(ctx, actor, c.Param("api"))
		if err != nil {
			return err
		}
		return w.planForm(c, http.StatusUnprocessableEntity, api, id, form)
	}
	api, plan, err := w.Plans.Show(ctx, actor, c.Param("api"), id)
	if err != nil {
		return err
	}
	now := planFormOf(plan)
	form.Revision, form.Problems = now.Revision, meanwhile(entry{"name", form.Name, now.Name}, entry{"summary", form.Summary, now.Summary},
		entry{"rates", limits(form), limits(now)}, entry{"quota_calls", quotaOf(form), quotaOf(now)}, entry{"auto", onOff(form.Auto), onOff(now.Auto)})
	return w.planForm(c, http.StatusUnprocessableEntity, api, id, form)
}

// limits and quotaOf are what a plan's form says of these, in words.
func limits(f publish.PlanForm) string {
	var out []string
	for _, r := range f.Rates {
		if n := count(r.Calls); n != 0 {
			out = append(out, strconv.FormatInt(n, 10)+" calls in "+strings.TrimSpace(r.Seconds)+" seconds")
		}
	}
	return strings.Join(out, ", ")
}

func quotaOf(f publish.PlanForm) string {
	if f.QuotaPeriod == "" {
		return "none"
	}
	return strconv.FormatInt(count(f.QuotaCalls), 10) + " calls a " + f.QuotaPeriod
}

// ArchivePlan no longer offers a plan.
func (w *Web) ArchivePlan(c echo.Context) error {
	plan, err := w.Plans.Archive(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan"))
	if err != nil {
		return err
	}
	return done(c, "The plan "+plan.Name+" is no longer offered.", tenantBase(c)+"/admin/apis/"+c.Param("api"))
}

// readPlan reads the form. What is no number becomes one that Check refuses.
func readPlan(c echo.Context) (publish.PlanForm, models.Plan) {
	f := publish.PlanForm{Name: c.FormValue("name"), Slug: c.FormValue("slug"), Summary: c.FormValue("summary"), Auto: c.FormValue("auto") != "",
		QuotaCalls: c.FormValue("quota_calls"), QuotaPeriod: c.FormValue("quota_period"), Revision: number(c, "revision")}
	p := models.Plan{Name: f.Name, Slug: f.Slug, Summary: f.Summary, AutoApprove: f.Auto, Revision: f.Revision,
		QuotaPeriod: models.QuotaPeriod(f.QuotaPeriod), QuotaCalls: count(f.QuotaCalls)}
	for i := range f.Rates {
		name := "rate_" + strconv.Itoa(i+1)
		f.Rates[i] = publish.RateForm{Calls: c.FormValue(name + "_calls"), Seconds: c.FormValue(name + "_seconds")}
		if strings.TrimSpace(f.Rates[i].Calls) != "" {
			p.Rates = append(p.Rates, models.Rate{Calls: count(f.Rates[i].Calls), Seconds: count(f.Rates[i].Seconds)})
		}
	}
	return f, p
}

// count reads a number of calls, with or without separators: 0 for none, and
// -1, which no limit may have, for what is no number.
func count(text string) int64 {
	text = strings.NewReplacer(",", "", " ", "", "\u202f", "").Replace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
