package api

import (
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
)

// ApprovePlanWish lets a wish for another plan come true.
//
//	@Summary   Approve the wish for another plan
//	@ID        approvePlanWish
//	@Tags      subscriptions
//	@Description  Puts the subscription under the plan that its team asked for. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  true   "ETag of what was read"  example("7")
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,409,412,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/plan-wish/approve [post]
func (a *API) ApprovePlanWish(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	seen, err := a.seen(c)
	if err != nil {
		return err
	}
	if _, err := a.Subscriptions.ApprovePlan(c.Request().Context(), guard.Actor(c), c.Param("id"), seen); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}

// DenyPlanWish refuses a wish for another plan.
//
//	@Summary   Deny the wish for another plan
//	@ID        denyPlanWish
//	@Tags      subscriptions
//	@Description  Refuses another plan with a reason that the partner reads; the old plan goes on. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  true   "ETag of what was read"  example("7")
//	@Param     body      body    reasonJSON  true  "why"
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/plan-wish/deny [post]
func (a *API) DenyPlanWish(c echo.Context) error {
	var in reasonJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	seen, err := a.seen(c)
	if err != nil {
		return err
	}
	if _, err := a.Subscriptions.DenyPlan(c.Request().Context(), guard.Actor(c), c.Param("id"), seen, in.Reason); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}

// endDateJSON is when access ends by itself.
type endDateJSON struct {
	EndsAt *time.Time `json:"ends_at,omitempty" format:"date-time"` // left out: it has no end
} // @name EndDate

// SetEndDate sets when access ends by itself.
//
//	@Summary   Set the end of a subscription
//	@ID        setEndDate
//	@Tags      subscriptions
//	@Description  From that moment on calls are refused. The team is told now, and 30, 7 and 1 days before. Without ends_at the subscription has no end. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  false  "ETag of what was read"  example("7")
//	@Param     body      body    endDateJSON  true  "when"
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/end-date [post]
func (a *API) SetEndDate(c echo.Context) error {
	var in endDateJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.SubscriptionReadAll); err != nil {
		return err
	}
	if _, err := a.Subscriptions.AsSeen(seenIn(c)...).EndOn(c.Request().Context(), guard.Actor(c), c.Param("id"), in.EndsAt); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}

// transferJSON names the team that gets a subscription.
type transferJSON struct {
	Team string `json:"team" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"` // id
} // @name Transfer

// TransferSubscription hands a subscription to another team.
//
//	@Summary   Hand a subscription to another team
//	@ID        transferSubscription
//	@Tags      subscriptions
//	@Description  Gives the access to another team of the tenant; tokens of the old team lose it at once. Nobody hands anything to or from a team of their own this way. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  false  "ETag of what was read"  example("7")
//	@Param     body      body    transferJSON  true  "to whom"
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/transfer [post]
func (a *API) TransferSubscription(c echo.Context) error {
	var in transferJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.SubscriptionReadAll); err != nil {
		return err
	}
	if _, err := a.Subscriptions.AsSeen(seenIn(c)...).Transfer(c.Request().Context(), guard.Actor(c), c.Param("id"), in.Team); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}
