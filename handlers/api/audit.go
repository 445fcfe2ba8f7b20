package api

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/audit"
	"gatehouse/internal/portal"
)

// eventJSON is one link of the tenant's audit chain.
type eventJSON struct {
	Seq        uint64          `json:"seq" example:"42"` // 1, 2, 3 … without a gap
	At         time.Time       `json:"at" format:"date-time"`
	Actor      string          `json:"actor" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"` // id of a person, or a job
	ActorName  string          `json:"actor_name" example:"Admin"`                           // as it was then
	ActingAs   string          `json:"acting_as,omitempty"`                                  // how somebody of the staff was in the tenant
	Action     string          `json:"action" example:"token.revoke"`
	ObjectKind string          `json:"object_kind" example:"token"`
	ObjectID   string          `json:"object_id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Details    json.RawMessage `json:"details,omitempty" swaggertype:"object"` // what changed
	RequestID  string          `json:"request_id"`
	ClientIP   string          `json:"client_ip" example:"192.0.2.7"`
	Hash       string          `json:"hash"` // in hex; the next event is chained to it
} // @name AuditEvent

func eventFrom(e audit.Event) eventJSON {
	return eventJSON{e.Seq, e.At, e.Actor, e.ActorName, e.ActingAs, e.Action, e.ObjectKind, e.ObjectID, e.Details,
		e.RequestID, e.ClientIP, hex.EncodeToString(e.Hash)}
}

// ListAuditEvents shows who changed what.
//
//	@Summary   List audit events
//	@ID        listAuditEvents
//	@Tags      audit
//	@Description  The tenant's audit log, the newest first. Scope: audit:read.
//	@Param     tenant       path   string  true   "slug of the tenant"  example(northquay)
//	@Param     action       query  string  false  "only this action, like token.revoke"
//	@Param     actor        query  string  false  "only of this person; an id"
//	@Param     object_kind  query  string  false  "only about this kind of thing, like token"
//	@Param     object_id    query  string  false  "only about this thing"
//	@Param     after        query  string  false  "next of the page before"
//	@Param     limit        query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[eventJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/audit-events [get]
func (a *API) ListAuditEvents(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	f := portal.AuditFilter{Action: c.QueryParam("action"), Actor: c.QueryParam("actor"), ObjectKind: c.QueryParam("object_kind"),
		ObjectID: c.QueryParam("object_id"), Limit: limit + 1}
	if after := c.QueryParam("after"); after != "" {
		if f.Before, err = strconv.ParseUint(after, 10, 63); err != nil || f.Before == 0 {
			return notNext()
		}
	}
	events, err := a.Audit.List(c.Request().Context(), guard.Actor(c), f)
	if err != nil {
		return err
	}
	shown := events[:min(len(events), limit)]
	next := last(shown, len(events) > limit, func(e audit.Event) string { return strconv.FormatUint(e.Seq, 10) })
	return c.JSON(http.StatusOK, listOf(shown, eventFrom, next))
}
