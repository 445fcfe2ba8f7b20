package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// seen is the state of the request that the client names in If-Match: a
// decision is about what was seen (R64).
func (a *API) seen(c echo.Context) (string, error) {
	d, err := a.Subscriptions.Inspect(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return "", err
	}
	return d.Seen(), unchanged(c, d.Seen())
}

// approvalJSON are the terms of an approval.
type approvalJSON struct {
	Plan     string     `json:"plan,omitempty" example:"trial"`                               // a plan that allows no more than the one asked for; that one, if left out
	PlanETag string     `json:"plan_etag,omitempty" example:"3"`                              // of that plan as it was read; where it is sent, it counts
	EndsAt   *time.Time `json:"ends_at,omitempty" format:"date-time"`                         // when access ends by itself; as the team wished, if left out
	Advice   string     `json:"advice,omitempty" example:"Begin with tokens that only read."` // to the partner, at most 500 characters
} // @name Approval

// ApproveSubscription lets a team in.
//
//	@Summary   Approve a request
//	@ID        approveSubscription
//	@Tags      subscriptions
//	@Description  Lets a team call the version: as it asks, without a body, or on other terms. Nobody decides about a request of their own team. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string        true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string        true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string        true   "ETag of what was read"  example("7")
//	@Param     body      body    approvalJSON  false  "the terms"
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/approve [post]
func (a *API) ApproveSubscription(c echo.Context) error {
	terms, err := termsOf(c)
	if err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), guard.Actor(c)
	d, err := a.Subscriptions.Inspect(ctx, actor, c.Param("id"))
	if err != nil {
		return err
	}
	if err := unchanged(c, d.Seen()); err != nil {
		return err
	}
	if terms != nil && terms.Ends == nil {
		terms.Ends = d.WishedEnd
	}
	if _, err := a.Subscriptions.ApproveOn(ctx, actor, d.ID, d.Seen(), terms); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}

// termsOf reads the terms of an approval; nil where none were sent.
func termsOf(c echo.Context) (*portal.Terms, error) {
	if c.Request().ContentLength == 0 {
		return nil, noBody(c)
	}
	var in approvalJSON
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	terms := portal.Terms{Plan: in.Plan, Ends: in.EndsAt, Advice: in.Advice}
	if in.PlanETag != "" {
		var err error
		if terms.Seen, err = strconv.Atoi(strings.Trim(in.PlanETag, `"`)); err != nil || terms.Seen < 1 {
			return nil, invalid("plan_etag", "Send the ETag of the plan as it was read.")
		}
	}
	return &terms, nil
}

// DenySubscription refuses a request.
//
//	@Summary   Deny a request
//	@ID        denySubscription
//	@Tags      subscriptions
//	@Description  Refuses a request with a reason that the partner reads. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string      true  "slug of the tenant"  example(northquay)
//	@Param     id        path    string      true  "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string      true  "ETag of what was read"  example("7")
//	@Param     body      body    reasonJSON  true  "why"
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/deny [post]
func (a *API) DenySubscription(c echo.Context) error {
	var in reasonJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	seen, err := a.seen(c)
	if err != nil {
		return err
	}
	if _, err := a.Subscriptions.Deny(c.Request().Context(), guard.Actor(c), c.Param("id"), seen, in.Reason); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}

// PauseSubscription stops a subscription's calls for a while.
//
//	@Summary   Pause a subscription
//	@ID        pauseSubscription
//	@Tags      subscriptions
//	@Description  Stops all calls until it is resumed, with a reason that the partner reads. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string      true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string      true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string      false  "ETag of what was read"  example("7")
//	@Param     body      body    reasonJSON  true   "why"
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/pause [post]
func (a *API) PauseSubscription(c echo.Context) error {
	var in reasonJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.SubscriptionReadAll); err != nil {
		return err
	}
	if _, err := a.Subscriptions.AsSeen(seenIn(c)...).Pause(c.Request().Context(), guard.Actor(c), c.Param("id"), in.Reason); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}

// ResumeSubscription lets a paused subscription's calls through again.
//
//	@Summary   Resume a subscription
//	@ID        resumeSubscription
//	@Tags      subscriptions
//	@Description  Lets the calls of a paused subscription through again. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string  true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  false  "ETag of what was read"  example("7")
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,409,412  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/resume [post]
func (a *API) ResumeSubscription(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.SubscriptionReadAll); err != nil {
		return err
	}
	if _, err := a.Subscriptions.AsSeen(seenIn(c)...).Resume(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}

// EndSubscription ends a subscription for good.
//
//	@Summary   End a subscription
//	@ID        endSubscription
//	@Tags      subscriptions
//	@Description  Stops all calls for good, with a reason that the partner reads; the team may ask anew. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string      true   "slug of the tenant"  example(northquay)
//	@Param     id        path    string      true   "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string      false  "ETag of what was read"  example("7")
//	@Param     body      body    reasonJSON  true   "why"
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/end [post]
func (a *API) EndSubscription(c echo.Context) error {
	var in reasonJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.SubscriptionReadAll); err != nil {
		return err
	}
	if _, err := a.Subscriptions.AsSeen(seenIn(c)...).End(c.Request().Context(), guard.Actor(c), c.Param("id"), in.Reason); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
}
