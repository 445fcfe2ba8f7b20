package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// subscriptionJSON is a request for access, or access, as clients see it.
type subscriptionJSON struct {
	ID          string     `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	State       string     `json:"state" enums:"pending,approved,paused,denied,withdrawn,ended"`
	API         string     `json:"api" example:"berths"`
	Version     string     `json:"version" example:"v1"`
	Plan        string     `json:"plan" example:"standard"`
	Team        teamJSON   `json:"team"`
	Purpose     string     `json:"purpose" example:"Arrival boards in our terminals"` // what the API is wanted for
	RequestedBy string     `json:"requested_by" example:"partner@shipper.example"`
	RequestedAt time.Time  `json:"requested_at" format:"date-time"`
	DecidedBy   string     `json:"decided_by,omitempty" example:"admin@northquay.example"` // "plan" where the plan approves by itself
	DecidedAt   *time.Time `json:"decided_at,omitempty" format:"date-time"`
	Reason      string     `json:"reason,omitempty" example:"Please name the application that calls."` // of a denial, a pause or an end; advice, of an approval
	UpdatedAt   time.Time  `json:"updated_at" format:"date-time"`

	ExpectedCalls int64         `json:"expected_calls,omitempty" example:"10000"`  // a month, as the team expects
	WishedEnd     *time.Time    `json:"wished_end,omitempty" format:"date-time"`   // until when the team wants access
	EndsAt        *time.Time    `json:"ends_at,omitempty" format:"date-time"`      // when access ends by itself
	EscalatedAt   *time.Time    `json:"escalated_at,omitempty" format:"date-time"` // when all who decide were told that it waits too long
	PlanWish      *planWishJSON `json:"plan_wish,omitempty"`                       // another plan that waits for a decision
} // @name Subscription

// planWishJSON is a wish for another plan; the old one goes on until somebody decides.
type planWishJSON struct {
	Plan        string    `json:"plan" example:"large"`
	Reason      string    `json:"reason" example:"Two more terminals from May on."`
	RequestedBy string    `json:"requested_by" example:"partner@shipper.example"`
	RequestedAt time.Time `json:"requested_at" format:"date-time"`
} // @name PlanWish

// teamJSON names a team.
type teamJSON struct {
	ID   string `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Name string `json:"name" example:"Example Shipping"`
} // @name Team

// reasonJSON says why; the person concerned reads it.
type reasonJSON struct {
	Reason string `json:"reason" example:"Please name the application that calls."` // 5 to 500 characters
} // @name Reason

func subscriptionFrom(r portal.SubscriptionRow) subscriptionJSON {
	out := subscriptionJSON{ID: r.ID, State: string(r.State), API: r.API.Slug, Version: r.Version.Name, Plan: r.Plan.Slug,
		Team: teamJSON{r.Team.ID, r.Team.Name}, Purpose: r.Purpose, RequestedBy: r.By.Email, RequestedAt: r.RequestedAt,
		DecidedBy: r.Decider.Email, DecidedAt: r.DecidedAt, Reason: r.Reason, UpdatedAt: r.UpdatedAt,
		ExpectedCalls: r.ExpectedCalls, WishedEnd: r.WishedEnd, EndsAt: r.EndsAt, EscalatedAt: r.EscalatedAt}
	if r.WantedPlanID != nil {
		out.PlanWish = &planWishJSON{r.Wanted.Slug, r.WantedWhy, r.WantedOf.Email, *r.WantedAt}
	}
	if r.DecidedBy == models.DecidedByPlan {
		out.DecidedBy = models.DecidedByPlan
	}
	return out
}

var subscriptionStates = []models.SubscriptionState{"", models.SubscriptionPending, models.SubscriptionApproved, models.SubscriptionPaused,
	models.SubscriptionDenied, models.SubscriptionWithdrawn, models.SubscriptionEnded}

// ListSubscriptions shows who asked for what.
//
//	@Summary   List subscriptions
//	@ID        listSubscriptions
//	@Tags      subscriptions
//	@Description  Subscriptions and requests of all teams, the newest first; those that wait for a decision, requests and changes of plan, the oldest first. Scope: subscriptions:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     state   query  string  false  "only those in this state"  enums(pending,approved,paused,denied,withdrawn,ended)
//	@Param     waiting query  bool    false  "only those that wait for a decision"
//	@Param     after   query  string  false  "next of the page before"
//	@Param     limit   query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[subscriptionJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions [get]
func (a *API) ListSubscriptions(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	behind, err := after(c)
	if err != nil {
		return err
	}
	state := models.SubscriptionState(c.QueryParam("state"))
	if !slices.Contains(subscriptionStates, state) {
		return invalid("state", "Choose pending, approved, paused, denied, withdrawn or ended.")
	}
	waiting := c.QueryParam("waiting")
	switch {
	case waiting != "" && waiting != "true" && waiting != "false":
		return invalid("waiting", "Choose true or false.")
	case waiting == "true" && state != "":
		return invalid("waiting", "Ask for a state or for what waits, not for both.")
	case waiting == "true":
		rows, _, more, err := a.Subscriptions.Inbox(c.Request().Context(), guard.Actor(c), portal.RequestsWaiting, behind, limit)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, listOf(rows, subscriptionFrom, last(rows, more, func(r portal.SubscriptionRow) string { return r.ID })))
	}
	rows, more, err := a.Subscriptions.List(c.Request().Context(), guard.Actor(c), state, behind, limit)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(rows, subscriptionFrom, last(rows, more, func(r portal.SubscriptionRow) string { return r.ID })))
}

// ReadSubscription shows one subscription.
//
//	@Summary   Read a subscription
//	@ID        readSubscription
//	@Tags      subscriptions
//	@Description  One subscription or request. Its ETag changes with its plan too, so that what is decided is what was seen. Scope: subscriptions:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  subscriptionJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id} [get]
func (a *API) ReadSubscription(c echo.Context) error {
	d, err := a.Subscriptions.Inspect(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, d.Seen(), subscriptionFrom(d.SubscriptionRow))
}
