package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
)

// planJSON is a plan as clients see it.
type planJSON struct {
	ID          string               `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Slug        string               `json:"slug" example:"standard"`
	Name        string               `json:"name" example:"Standard"`
	Summary     string               `json:"summary" example:"For programs in service"`
	Rates       []rateJSON           `json:"rates"`                                               // all of them hold at once
	QuotaCalls  int64                `json:"quota_calls" example:"1000000"`                       // 0 where there is no quota
	QuotaPeriod string               `json:"quota_period" enums:"none,day,month" example:"month"` // in UTC
	QuotaDay    int                  `json:"quota_day,omitempty" example:"1"`                     // of the month, on which a month's quota begins; the last one where the month is shorter
	Operations  []operationLimitJSON `json:"operations"`                                          // that count or may be called otherwise
	AutoApprove bool                 `json:"auto_approve"`                                        // whether requests are approved without a person
	ArchivedAt  *time.Time           `json:"archived_at,omitempty" format:"date-time"`            // no longer offered; who has it keeps it
	CreatedAt   time.Time            `json:"created_at" format:"date-time"`
	UpdatedAt   time.Time            `json:"updated_at" format:"date-time"`
} // @name Plan

// rateJSON allows so many calls in any so many seconds.
type rateJSON struct {
	Calls    int64 `json:"calls" example:"100"`
	Seconds  int64 `json:"seconds" example:"60"`                // 1 second to 1 day
	PerToken bool  `json:"per_token,omitempty" example:"false"` // each token for itself; otherwise all tokens of the team together
} // @name Rate

// operationLimitJSON is what calls of one operation count, and how many of them
// there may be beside all other limits.
type operationLimitJSON struct {
	Operation string `json:"operation" example:"GET /berths/{id}"` // its key in the document; one that no version has waits
	Cost      *int64 `json:"cost,omitempty" example:"5"`           // of a call, in calls of the rates and the quota; 0 is not counted, and 1 is usual
	Calls     int64  `json:"calls,omitempty" example:"2"`          // of the whole team in any so many seconds
	Seconds   int64  `json:"seconds,omitempty" example:"1"`        // 1 second to 1 day
} // @name OperationLimit

// newPlanJSON is what a plan is made of.
type newPlanJSON struct {
	Slug        string               `json:"slug" example:"standard"`                                       // unique in the API; it stays
	Name        string               `json:"name" example:"Standard"`                                       // at most 60 characters
	Summary     string               `json:"summary,omitempty" example:"For programs in service"`           // at most 160 characters
	Rates       []rateJSON           `json:"rates"`                                                         // 1 to 4; one for the whole team, or a quota, is among the limits
	QuotaCalls  int64                `json:"quota_calls,omitempty" example:"1000000"`                       // with a period
	QuotaPeriod string               `json:"quota_period,omitempty" enums:"none,day,month" example:"month"` // in UTC; none unless it is said
	QuotaDay    int                  `json:"quota_day,omitempty" example:"1"`                               // on which a month's quota begins, 1 to 31; 1 unless it is said
	Operations  []operationLimitJSON `json:"operations,omitempty"`                                          // at most 40
	AutoApprove bool                 `json:"auto_approve,omitempty" example:"false"`                        // whether requests are approved without a person
} // @name NewPlan

// planChangeJSON is what can be changed of a plan, for those who have it too;
// what is left out stays.
type planChangeJSON struct {
	Name        *string               `json:"name,omitempty" example:"Standard"`                             // at most 60 characters
	Summary     *string               `json:"summary,omitempty" example:"For programs in service"`           // at most 160 characters
	Rates       *[]rateJSON           `json:"rates,omitempty"`                                               // 1 to 4
	QuotaCalls  *int64                `json:"quota_calls,omitempty" example:"1000000"`                       // with a period; 0 for no quota
	QuotaPeriod *string               `json:"quota_period,omitempty" enums:"none,day,month" example:"month"` // in UTC
	QuotaDay    *int                  `json:"quota_day,omitempty" example:"1"`                               // on which a month's quota begins, 1 to 31
	Operations  *[]operationLimitJSON `json:"operations,omitempty"`                                          // at most 40; all of them, as those that are left out end
	AutoApprove *bool                 `json:"auto_approve,omitempty" example:"false"`                        // whether requests are approved without a person
} // @name PlanChange

// noQuota is the absence of a period in words: an empty text reads like a mistake.
const noQuota = "none"

func planFrom(p models.Plan) planJSON {
	out := planJSON{ID: p.ID, Slug: p.Slug, Name: p.Name, Summary: p.Summary, QuotaCalls: p.QuotaCalls, Rates: ratesFrom(p.Rates), Operations: []operationLimitJSON{},
		QuotaPeriod: periodFrom(p.QuotaPeriod), QuotaDay: p.QuotaDay, AutoApprove: p.AutoApprove, ArchivedAt: p.ArchivedAt, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
	for _, o := range p.Operations {
		out.Operations = append(out.Operations, operationLimitJSON{o.Operation, &o.Cost, o.Calls, o.Seconds})
	}
	return out
}

func ratesFrom(in []models.Rate) []rateJSON {
	out := make([]rateJSON, len(in))
	for i, r := range in {
		out[i] = rateJSON{r.Calls, r.Seconds, r.PerToken}
	}
	return out
}

func periodFrom(p models.QuotaPeriod) string {
	if p == models.NoQuota {
		return noQuota
	}
	return string(p)
}

func operationLimits(in []operationLimitJSON) (out []models.OperationLimit) {
	for _, o := range in {
		limit := models.OperationLimit{Operation: o.Operation, Cost: 1, Calls: o.Calls, Seconds: o.Seconds}
		set(&limit.Cost, o.Cost)
		out = append(out, limit)
	}
	return out
}

func rates(in []rateJSON) (out []models.Rate) {
	for _, r := range in {
		out = append(out, models.Rate{Calls: r.Calls, Seconds: r.Seconds, PerToken: r.PerToken})
	}
	return out
}

func period(s string) models.QuotaPeriod {
	if s == noQuota {
		return models.NoQuota
	}
	return models.QuotaPeriod(s)
}

// apply puts the change in.
func (in planChangeJSON) apply(p *models.Plan) {
	set(&p.Name, in.Name)
	set(&p.Summary, in.Summary)
	set(&p.QuotaCalls, in.QuotaCalls)
	set(&p.AutoApprove, in.AutoApprove)
	if in.Rates != nil {
		p.Rates = rates(*in.Rates)
	}
	if in.QuotaPeriod != nil {
		p.QuotaPeriod = period(*in.QuotaPeriod)
	}
	if p.QuotaPeriod != models.QuotaMonth && in.QuotaDay == nil {
		p.QuotaDay = 0 // it went with the month
	}
	set(&p.QuotaDay, in.QuotaDay)
	if in.Operations != nil {
		p.Operations = operationLimits(*in.Operations)
	}
}

// ListPlans shows an API's plans.
//
//	@Summary   List plans
//	@ID        listPlans
//	@Tags      plans
//	@Description  The plans of an API, the oldest first; archived ones too. Scope: apis:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     api     path   string  true   "slug of the API"  example(berths)
//	@Param     after   query  string  false  "next of the page before"
//	@Param     limit   query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[planJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans [get]
func (a *API) ListPlans(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	behind, err := after(c)
	if err != nil {
		return err
	}
	plans, more, err := a.Plans.Page(c.Request().Context(), guard.Actor(c), c.Param("api"), behind, limit)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(plans, planFrom, last(plans, more, func(p models.Plan) string { return p.ID })))
}

// CreatePlan makes a plan of an API.
//
//	@Summary   Create a plan
//	@ID        createPlan
//	@Tags      plans
//	@Description  Makes a plan that partners can ask for. Scope: apis:write and apis:read.
//	@Param     tenant  path  string       true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string       true  "slug of the API"  example(berths)
//	@Param     body    body  newPlanJSON  true  "the plan"
//	@Success   201  {object}  planJSON
//	@Header    201  {string}  ETag      "its state"
//	@Header    201  {string}  Location  "its address"
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans [post]
func (a *API) CreatePlan(c echo.Context) error {
	var in newPlanJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.APIReadAll); err != nil {
		return err
	}
	p, err := a.Plans.Create(c.Request().Context(), guard.Actor(c), c.Param("api"), models.Plan{Slug: in.Slug, Name: in.Name,
		Summary: in.Summary, Rates: rates(in.Rates), QuotaCalls: in.QuotaCalls, QuotaPeriod: period(in.QuotaPeriod), QuotaDay: in.QuotaDay,
		Operations: operationLimits(in.Operations), AutoApprove: in.AutoApprove})
	if err != nil {
		return err
	}
	return made(c, c.Request().URL.Path+"/"+p.ID, strconv.Itoa(p.Revision), planFrom(p))
}

// ReadPlan shows one plan.
//
//	@Summary   Read a plan
//	@ID        readPlan
//	@Tags      plans
//	@Description  One plan of an API. Scope: apis:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string  true  "slug of the API"  example(berths)
//	@Param     plan    path  string  true  "id of the plan"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  planJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans/{plan} [get]
func (a *API) ReadPlan(c echo.Context) error {
	_, p, err := a.Plans.Show(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan"))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, strconv.Itoa(p.Revision), planFrom(p))
}

// UpdatePlan changes a plan.
//
//	@Summary   Change a plan
//	@ID        updatePlan
//	@Tags      plans
//	@Description  Changes a plan, for those who have it too, from the next call on; what is left out stays. Scope: apis:write and apis:read.
//	@Param     tenant    path    string          true  "slug of the tenant"  example(northquay)
//	@Param     api       path    string          true  "slug of the API"  example(berths)
//	@Param     plan      path    string          true  "id of the plan"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string          true  "ETag of what was read"  example("7")
//	@Param     body      body    planChangeJSON  true  "the change"
//	@Success   200  {object}  planJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans/{plan} [patch]
func (a *API) UpdatePlan(c echo.Context) error {
	ctx, actor, api, id := c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan")
	_, p, err := a.Plans.Show(ctx, actor, api, id)
	if err != nil {
		return err
	}
	if err := unchanged(c, strconv.Itoa(p.Revision)); err != nil {
		return err
	}
	var in planChangeJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	in.apply(&p)
	if _, err := a.Plans.Update(ctx, actor, api, id, p); err != nil {
		return late(err)
	}
	return a.ReadPlan(c)
}

// ArchivePlan no longer offers a plan.
//
//	@Summary   Archive a plan
//	@ID        archivePlan
//	@Tags      plans
//	@Description  No longer offers a plan; who has it keeps it. Scope: apis:write and apis:read.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     api       path    string  true   "slug of the API"  example(berths)
//	@Param     plan      path    string  true   "id of the plan"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  false  "ETag of what was read"  example("7")
//	@Success   200  {object}  planJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,409,412  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans/{plan}/archive [post]
func (a *API) ArchivePlan(c echo.Context) error {
	ctx, actor, api, id := c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan")
	if err := noBody(c); err != nil {
		return err
	}
	if err := actor.May(models.APIReadAll); err != nil {
		return err
	}
	if _, err := a.Plans.AsSeen(seenIn(c)...).Archive(ctx, actor, api, id); err != nil {
		return late(err)
	}
	return a.ReadPlan(c)
}
