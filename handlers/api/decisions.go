package api

import (
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
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

// ApproveSubscription lets a team in.
//
//	@Summary   Approve a request
//	@ID        approveSubscription
//	@Tags      subscriptions
//	@Description  Lets a team call the version. Nobody decides about a request of their own team. Scope: subscriptions:write and subscriptions:read.
//	@Param     tenant    path    string  true  "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true  "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  true  "ETag of what was read"  example("7")
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,409,412,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/approve [post]
func (a *API) ApproveSubscription(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	seen, err := a.seen(c)
	if err != nil {
		return err
	}
	if _, err := a.Subscriptions.Approve(c.Request().Context(), guard.Actor(c), c.Param("id"), seen); err != nil {
		return late(err)
	}
	return a.ReadSubscription(c)
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
