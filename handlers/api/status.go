package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
)

// statusJSON is how an API is, as the gateway sees it. It holds no number of calls.
type statusJSON struct {
	Versions []versionStatusJSON `json:"versions"` // live ones, the newest first
} // @name APIStatus

// versionStatusJSON is how one version is and was.
type versionStatusJSON struct {
	Version    string      `json:"version" example:"v1"`
	Now        string      `json:"now" enums:"operational,degraded,down,no_calls"` // the last 15 minutes
	Uptime24h  *float64    `json:"uptime_24h" example:"0.9998"`                    // mean share of calls that did not fail, of the minutes with calls; null without calls
	Uptime7d   *float64    `json:"uptime_7d" example:"0.9998"`                     // of the hours
	Uptime30d  *float64    `json:"uptime_30d" example:"0.9998"`                    // of the days
	Uptime90d  *float64    `json:"uptime_90d" example:"0.9998"`                    // of the days
	LatencyP50 *float64    `json:"latency_p50_ms" example:"12.5"`                  // of the last 24 hours; null without calls
	LatencyP95 *float64    `json:"latency_p95_ms" example:"48"`
	Days       []healthDay `json:"days"` // 90 in UTC, the oldest first, today last
} // @name VersionStatus

// healthDay is how a version was on one day.
type healthDay struct {
	Day    string   `json:"day" example:"2026-11-26"`
	Status string   `json:"status" enums:"operational,degraded,down,no_calls"`
	Uptime *float64 `json:"uptime" example:"0.9998"` // null without calls
} // @name StatusDay

func versionStatusFrom(v portal.VersionStatus) versionStatusJSON {
	out := versionStatusJSON{Version: v.Version.Name, Now: string(v.Now), Days: []healthDay{}}
	for i, into := range []**float64{&out.Uptime24h, &out.Uptime7d, &out.Uptime30d, &out.Uptime90d} {
		*into = shareOf(v.Spans[i].Share, v.Spans[i].Known)
	}
	if v.P50 > 0 {
		out.LatencyP50, out.LatencyP95 = new(milliseconds(v.P50)), new(milliseconds(v.P95))
	}
	for _, d := range v.Days {
		out.Days = append(out.Days, healthDay{d.Start.Format(time.DateOnly), string(d.Health), shareOf(d.Share, d.Health != portal.HealthQuiet)})
	}
	return out
}

// shareOf is a share to four digits, so that it tells little of how many calls it is made of.
func shareOf(share float64, known bool) *float64 {
	if !known {
		return nil
	}
	return new(float64(int(share*10000+1e-6)) / 10000)
}

// APIStatus shows how an API is.
//
//	@Summary   Status of an API
//	@ID        readAPIStatus
//	@Tags      apis
//	@Description  How the live versions of an API are and were, as the gateway sees it: shares, and no numbers of calls. A call failed where the API's own server or the gateway is to blame. Degraded from 2 % of failed calls on, down from 50 %. Renewed every minute. Scope: apis:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string  true  "slug of the API"  example(berths)
//	@Success   200  {object}  statusJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/status [get]
func (a *API) APIStatus(c echo.Context) error {
	_, list, err := a.APIs.Status(c.Request().Context(), guard.Actor(c), c.Param("api"))
	if err != nil {
		return err
	}
	out := statusJSON{Versions: []versionStatusJSON{}}
	for _, v := range list {
		out.Versions = append(out.Versions, versionStatusFrom(v))
	}
	return c.JSON(http.StatusOK, out)
}
