package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// alertJSON is something that somebody has to look at.
type alertJSON struct {
	ID        string     `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Kind      string     `json:"kind" enums:"retired_token,exposed_token,leaked_token"`
	Title     string     `json:"title" example:"A replaced token was used"`
	Detail    string     `json:"detail,omitempty" example:"A newer token took its place, and something still uses the old one."`
	TokenID   *string    `json:"token_id,omitempty" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c000"`
	ClientIP  string     `json:"client_ip,omitempty" example:"192.0.2.7"` // of who caused it
	UserAgent string     `json:"user_agent,omitempty" example:"eta-worker/1.8"`
	RequestID string     `json:"request_id,omitempty" example:"req-2SGQ…"` // of the first sighting
	Sightings int64      `json:"sightings" example:"3"`
	FirstAt   time.Time  `json:"first_at" format:"date-time"`
	LastAt    time.Time  `json:"last_at" format:"date-time"`
	ClosedAt  *time.Time `json:"closed_at,omitempty" format:"date-time"` // absent while it is open
	Note      string     `json:"note,omitempty" example:"The nightly job had the old one."`
} // @name Alert

func alertFrom(a portal.AlertRow) alertJSON {
	return alertJSON{a.ID, string(a.Kind), a.Title, a.Detail, a.TokenID, a.ClientIP, a.UserAgent, a.RequestID, a.Sightings, a.FirstAt, a.LastAt, a.ClosedAt, a.Note}
}

// noteJSON is what somebody found who looked.
type noteJSON struct {
	Note string `json:"note,omitempty" example:"The nightly job had the old one."`
} // @name Note

// ListAlerts shows what somebody has to look at.
//
//	@Summary   List alerts
//	@ID        listAlerts
//	@Tags      alerts
//	@Description  What was seen of the tenant's tokens that somebody has to look at, the newest first; open ones unless all are asked for. Scope: tokens:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     show    query  string  false  "open ones, or closed ones too"  enums(open,all)  default(open)
//	@Param     kind    query  string  false  "only of this kind"  enums(retired_token,exposed_token,leaked_token)
//	@Param     after   query  string  false  "next of the page before"
//	@Param     limit   query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[alertJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/alerts [get]
func (a *API) ListAlerts(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	behind, err := after(c)
	if err != nil {
		return err
	}
	show, kind := c.QueryParam("show"), c.QueryParam("kind")
	if show != "" && show != "open" && show != "all" {
		return invalid("show", "Choose open or all.")
	}
	if kind != "" && !slices.Contains(models.AlertKinds, models.AlertKind(kind)) {
		return invalid("kind", "There is no such kind of alerts.")
	}
	page, err := a.Alerts.List(c.Request().Context(), guard.Actor(c), portal.AlertQuery{All: show == "all", Kind: kind, After: behind, Limit: limit})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(page.Rows, alertFrom, last(page.Rows, page.More, func(r portal.AlertRow) string { return r.ID })))
}

// ReadAlert shows one alert.
//
//	@Summary   Read an alert
//	@ID        readAlert
//	@Tags      alerts
//	@Description  What was seen, from where, how often. Scope: tokens:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     alert   path  string  true  "id of the alert"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  alertJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/alerts/{alert} [get]
func (a *API) ReadAlert(c echo.Context) error {
	row, err := a.Alerts.Show(c.Request().Context(), guard.Actor(c), c.Param("alert"))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, strconv.Itoa(row.Revision), alertFrom(row))
}

// CloseAlert says that somebody has looked at an alert.
//
//	@Summary   Close an alert
//	@ID        closeAlert
//	@Tags      alerts
//	@Description  Says that somebody has looked at it, with what they found. If the same is seen again, there is a new alert. Scope: tokens:write and tokens:read.
//	@Param     tenant    path    string    true   "slug of the tenant"  example(northquay)
//	@Param     alert     path    string    true   "id of the alert"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string    false  "ETag of what was read"  example("1")
//	@Param     body      body    noteJSON  true   "what was found"
//	@Success   200  {object}  alertJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/alerts/{alert}/close [post]
func (a *API) CloseAlert(c echo.Context) error {
	var in noteJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.AlertRead); err != nil {
		return err
	}
	if err := a.Alerts.AsSeen(seenIn(c)...).Close(c.Request().Context(), guard.Actor(c), c.Param("alert"), in.Note); err != nil {
		return late(err)
	}
	return a.ReadAlert(c)
}
