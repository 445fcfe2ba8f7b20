package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
)

// usageJSON is what was called over a range.
type usageJSON struct {
	Range       string          `json:"range" enums:"1h,24h,7d,30d,90d"`
	From        time.Time       `json:"from" format:"date-time"`
	To          time.Time       `json:"to" format:"date-time"`       // the end of the slot that is running
	SlotSeconds int64           `json:"slot_seconds" example:"1800"` // length of a slot
	Total       countsJSON      `json:"total"`
	Slots       []slotJSON      `json:"slots"`          // from the oldest on, without a gap
	Operations  []operationJSON `json:"top_operations"` // the most called, at most 20; none for a whole tenant
} // @name Usage

// countsJSON counts calls.
type countsJSON struct {
	Calls      uint64    `json:"calls" example:"1200"`
	ByStatus   classJSON `json:"by_status"`
	Refused    uint64    `json:"refused" example:"3"` // by the gateway; also in by_status
	BytesIn    uint64    `json:"bytes_in" example:"52000"`
	BytesOut   uint64    `json:"bytes_out" example:"1900000"`
	LatencyP50 float64   `json:"latency_p50_ms" example:"12.5"` // what callers waited, milliseconds
	LatencyP95 float64   `json:"latency_p95_ms" example:"48"`
	LatencyP99 float64   `json:"latency_p99_ms" example:"110"`
} // @name UsageCounts

// classJSON counts calls by the class of their status.
type classJSON struct {
	OK       uint64 `json:"2xx"`
	Redirect uint64 `json:"3xx"`
	Client   uint64 `json:"4xx"`
	Server   uint64 `json:"5xx"`
	None     uint64 `json:"no_answer"`
} // @name StatusClasses

// slotJSON is one bar of a graph.
type slotJSON struct {
	Start  time.Time `json:"start" format:"date-time"`
	NoData bool      `json:"no_data,omitempty"` // nobody counted, or the thing was not there yet
	countsJSON
} // @name UsageSlot

// operationJSON counts the calls of one operation.
type operationJSON struct {
	Operation string `json:"operation" example:"GET /berths"`
	Calls     uint64 `json:"calls" example:"900"`
	Errors    uint64 `json:"errors" example:"2"`
} // @name OperationUsage

func countsFrom(n portal.Counts, l portal.Latency) countsJSON {
	return countsJSON{Calls: n.Calls, ByStatus: classJSON{n.Status[2], n.Status[3], n.Status[4], n.Status[5], n.Status[0]},
		Refused: n.Refused, BytesIn: n.BytesIn, BytesOut: n.BytesOut,
		LatencyP50: milliseconds(l.P50), LatencyP95: milliseconds(l.P95), LatencyP99: milliseconds(l.P99)}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func usageFrom(r portal.Report) usageJSON {
	out := usageJSON{Range: r.Range, From: r.From, To: r.To, SlotSeconds: int64(r.Slot.Seconds()),
		Total: countsFrom(r.Total, r.Latency), Slots: []slotJSON{}, Operations: []operationJSON{}}
	for _, s := range r.Slots {
		out.Slots = append(out.Slots, slotJSON{s.Start, s.NoData, countsFrom(s.Counts, s.Latency)})
	}
	for _, o := range r.Top {
		out.Operations = append(out.Operations, operationJSON{o.Operation, o.Calls, o.Errors()})
	}
	return out
}

// TenantUsage shows what was called of all APIs.
//
//	@Summary   Usage of a tenant
//	@ID        readTenantUsage
//	@Tags      usage
//	@Description  Calls to all of the tenant's APIs over a range, by time. Scope: usage:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     range   query  string  false  "up to now"  enums(1h,24h,7d,30d,90d)  default(24h)
//	@Success   200  {object}  usageJSON
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/usage [get]
func (a *API) TenantUsage(c echo.Context) error {
	r, err := a.Usage.Tenant(c.Request().Context(), guard.Actor(c), c.QueryParam("range"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, usageFrom(r))
}

// APIUsage shows what was called of one API.
//
//	@Summary   Usage of an API
//	@ID        readAPIUsage
//	@Tags      usage
//	@Description  Calls to all versions of an API over a range, by time, and its most called operations. Scope: usage:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     api     path   string  true   "slug of the API"  example(berths)
//	@Param     range   query  string  false  "up to now"  enums(1h,24h,7d,30d,90d)  default(24h)
//	@Success   200  {object}  usageJSON
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/usage [get]
func (a *API) APIUsage(c echo.Context) error {
	r, err := a.Usage.API(c.Request().Context(), guard.Actor(c), c.Param("api"), c.QueryParam("range"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, usageFrom(r))
}

// TokenUsage shows what was called with one token.
//
//	@Summary   Usage of a token
//	@ID        readTokenUsage
//	@Tags      usage
//	@Description  Calls with a token over a range, by time, and its most called operations. Whose tokens a caller sees, their usage they see. Scope: usage:read, and tokens:read for tokens of others.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     id      path   string  true   "id of the token"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     range   query  string  false  "up to now"  enums(1h,24h,7d,30d,90d)  default(24h)
//	@Success   200  {object}  usageJSON
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/{id}/usage [get]
func (a *API) TokenUsage(c echo.Context) error {
	r, err := a.Usage.Token(c.Request().Context(), guard.Actor(c), c.Param("id"), c.QueryParam("range"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, usageFrom(r))
}
