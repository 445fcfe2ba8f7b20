package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// limitsJSON is what holds for a subscription now, and what is left of its quota.
type limitsJSON struct {
	Plan           string               `json:"plan" example:"standard"`
	ExceptionUntil *time.Time           `json:"exception_until,omitempty" format:"date-time"` // the team has other limits than the plan until then
	Rates          []rateJSON           `json:"rates"`
	Operations     []operationLimitJSON `json:"operations"`
	Quota          *quotaLeftJSON       `json:"quota,omitempty"`
} // @name SubscriptionLimits

// quotaLeftJSON is a quota in its running period.
type quotaLeftJSON struct {
	Calls    int64     `json:"calls" example:"1000000"`
	Period   string    `json:"period" enums:"day,month" example:"month"`
	Used     int64     `json:"used" example:"250000"` // each call as often as its operation counts
	Left     int64     `json:"left" example:"750000"`
	StartsAt time.Time `json:"starts_at" format:"date-time"`
	EndsAt   time.Time `json:"ends_at" format:"date-time"` // it is whole again then
} // @name QuotaLeft

func limitsFrom(r portal.SubscriptionRow, now time.Time) limitsJSON {
	p := planFrom(r.Plan)
	out := limitsJSON{Plan: p.Slug, ExceptionUntil: r.Until, Rates: p.Rates, Operations: p.Operations}
	if refill := r.Plan.Refill(); refill.Period != models.NoQuota {
		used := int64(r.Used)
		out.Quota = &quotaLeftJSON{r.Plan.QuotaCalls, p.QuotaPeriod, used, max(r.Plan.QuotaCalls-used, 0), refill.Start(now), refill.End(now)}
	}
	return out
}

// ReadLimits shows what holds for a subscription now.
//
//	@Summary   Read the limits of a subscription
//	@ID        readSubscriptionLimits
//	@Tags      subscriptions
//	@Description  The limits that hold for the team now, an exception included, and what is left of the quota. Scope: subscriptions:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  limitsJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/limits [get]
func (a *API) ReadLimits(c echo.Context) error {
	d, err := a.Subscriptions.Inspect(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, limitsFrom(d.SubscriptionRow, a.Clock.Now()))
}
