package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// exceptionJSON is other limits for one team, until a moment.
type exceptionJSON struct {
	ID          string     `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Team        teamJSON   `json:"team"`
	Running     bool       `json:"running"`
	Rates       []rateJSON `json:"rates"`
	QuotaCalls  int64      `json:"quota_calls" example:"5000000"`
	QuotaPeriod string     `json:"quota_period" enums:"none,day,month" example:"month"`
	QuotaDay    int        `json:"quota_day,omitempty" example:"1"`
	Reason      string     `json:"reason" example:"The launch of their new app."`
	CreatedBy   string     `json:"created_by" example:"admin@northquay.example"`
	CreatedAt   time.Time  `json:"created_at" format:"date-time"`
	EndsAt      time.Time  `json:"ends_at" format:"date-time"` // by itself; earlier where somebody ended it
} // @name PlanException

// newExceptionJSON is what an exception is made of.
type newExceptionJSON struct {
	Team        string     `json:"team" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`           // id of a team that has the plan
	Rates       []rateJSON `json:"rates"`                                                         // 1 to 4, in place of the plan's
	QuotaCalls  int64      `json:"quota_calls,omitempty" example:"5000000"`                       // in place of the plan's
	QuotaPeriod string     `json:"quota_period,omitempty" enums:"none,day,month" example:"month"` // none unless it is said
	QuotaDay    int        `json:"quota_day,omitempty" example:"1"`                               // on which a month's quota begins, 1 to 31; 1 unless it is said
	Reason      string     `json:"reason" example:"The launch of their new app."`                 // 5 to 500 characters; the team reads it
	EndsAt      time.Time  `json:"ends_at" format:"date-time"`                                    // at most 366 days ahead
} // @name NewPlanException

func exceptionFrom(r portal.ExceptionRow) exceptionJSON {
	return exceptionJSON{ID: r.ID, Team: teamJSON{r.Team.ID, r.Team.Name}, Running: r.Runs, Rates: ratesFrom(r.Rates), QuotaCalls: r.QuotaCalls,
		QuotaPeriod: periodFrom(r.QuotaPeriod), QuotaDay: r.QuotaDay, Reason: r.Reason, CreatedBy: r.By.Email, CreatedAt: r.CreatedAt, EndsAt: r.EndsAt}
}

// ListExceptions shows the exceptions to a plan.
//
//	@Summary   List exceptions to a plan
//	@ID        listPlanExceptions
//	@Tags      plans
//	@Description  Other limits that teams have or had for some time, the newest first, at most 100. Scope: apis:read and subscriptions:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string  true  "slug of the API"  example(berths)
//	@Param     plan    path  string  true  "id of the plan"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  listJSON[exceptionJSON]
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans/{plan}/exceptions [get]
func (a *API) ListExceptions(c echo.Context) error {
	actor := guard.Actor(c)
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return err
	}
	rows, _, err := a.Plans.Exceptions(c.Request().Context(), actor, c.Param("api"), c.Param("plan"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(rows, exceptionFrom, ""))
}

// CreateException gives a team other limits.
//
//	@Summary   Give a team other limits
//	@ID        createPlanException
//	@Tags      plans
//	@Description  In place of the plan's rates and quota, from the next call on until ends_at; its owners are told, and what runs for the team already ends. Scope: apis:write and subscriptions:read.
//	@Param     tenant  path  string            true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string            true  "slug of the API"  example(berths)
//	@Param     plan    path  string            true  "id of the plan"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     body    body  newExceptionJSON  true  "the exception"
//	@Success   201  {object}  exceptionJSON
//	@Failure   400,401,403,404,408,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans/{plan}/exceptions [post]
func (a *API) CreateException(c echo.Context) error {
	var in newExceptionJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	actor := guard.Actor(c)
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return err
	}
	row, err := a.Plans.Except(c.Request().Context(), actor, c.Param("api"), c.Param("plan"), portal.NewException{Team: in.Team, Reason: in.Reason, EndsAt: in.EndsAt,
		Limits: models.Plan{Rates: rates(in.Rates), QuotaCalls: in.QuotaCalls, QuotaPeriod: period(in.QuotaPeriod), QuotaDay: in.QuotaDay}})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, exceptionFrom(row))
}

// EndException ends one before its time.
//
//	@Summary   End an exception to a plan
//	@ID        endPlanException
//	@Tags      plans
//	@Description  The plan's own limits hold again from the next call on; the team's owners are told. Scope: apis:write and subscriptions:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string  true  "slug of the API"  example(berths)
//	@Param     plan    path  string  true  "id of the plan"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     id      path  string  true  "id of the exception"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  exceptionJSON
//	@Failure   400,401,403,404,409  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans/{plan}/exceptions/{id}/end [post]
func (a *API) EndException(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	actor := guard.Actor(c)
	if err := actor.May(models.SubscriptionReadAll); err != nil {
		return err
	}
	row, err := a.Plans.EndException(c.Request().Context(), actor, c.Param("api"), c.Param("plan"), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, exceptionFrom(row))
}
