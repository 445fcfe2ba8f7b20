package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
)

// refusalJSON is why a call was refused.
type refusalJSON struct {
	ID           string           `json:"id" example:"0198c1f27a3e4b8c9d2f5b7e01a4c001"` // the request id
	At           time.Time        `json:"at" format:"date-time"`
	Code         string           `json:"code" example:"rate_limited"` // its page is /docs/errors/{code}
	Status       int              `json:"status" example:"429"`
	Title        string           `json:"title" example:"Rate limit reached"`
	Rule         string           `json:"rule,omitempty" example:"The plan Standard allows 600 calls a minute to Berths v1, for all tokens of the team together. They were used up."`
	WhatToDo     string           `json:"what_to_do" example:"Wait as long as Retry-After says."`
	ResetsAt     *time.Time       `json:"resets_at,omitempty" format:"date-time"` // when the same call would pass
	Limits       []spentLimitJSON `json:"limits"`                                 // that were used up
	Scope        string           `json:"scope,omitempty" example:"berths:write"` // that was missing
	Token        string           `json:"token" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Team         string           `json:"team" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	API          string           `json:"api,omitempty" example:"berths"`
	Version      string           `json:"version,omitempty" example:"v1"`
	Subscription string           `json:"subscription,omitempty" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Operation    string           `json:"operation,omitempty" example:"GET /berths"`
	Method       string           `json:"method" example:"GET"`
	Path         string           `json:"path,omitempty" example:"/northquay/berths/v1/berths"` // absent where it may have held a secret
	ClientIP     string           `json:"client_ip" example:"192.0.2.7"`
	UserAgent    string           `json:"user_agent,omitempty" example:"curl/8.5.0"`
} // @name Refusal

// spentLimitJSON is a limit of a plan.
type spentLimitJSON struct {
	Name    string `json:"name" example:"minute"`
	Calls   int64  `json:"calls" example:"600"`
	Seconds int64  `json:"seconds,omitempty" example:"60"` // of a rate; absent for a quota, which counts by the calendar
} // @name SpentLimit

// ReadRefusal says why a call was refused.
//
//	@Summary   Why a call was refused
//	@ID        readRefusal
//	@Tags      usage
//	@Description  Which rule, limit, window or state refused the call with a request id, when that ends and what to do. The id is in the header Gatehouse-Request-Id of the answer, and in its instance. Kept for 7 days, for calls with tokens of this tenant. Scope: usage:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "request id"  example(0198c1f27a3e4b8c9d2f5b7e01a4c001)
//	@Success   200  {object}  refusalJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/refusals/{id} [get]
func (a *API) ReadRefusal(c echo.Context) error {
	x, err := a.Refusals.Explain(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	if !x.Refused {
		return fault.Missing("request")
	}
	out := refusalJSON{ID: x.RequestID, At: x.Start, Code: x.Code.Name, Status: x.Status, Title: x.Code.Title, Rule: x.Rule, WhatToDo: x.Code.Help,
		Limits: []spentLimitJSON{}, Scope: x.Refusal.Scope, Token: x.Request.Token, Team: x.Request.Team, API: x.API.Slug, Version: x.Version.Name,
		Subscription: x.Request.Subscription, Operation: x.Operation, Method: x.Method, Path: x.Path, ClientIP: x.IP.Unmap().String(), UserAgent: x.UserAgent}
	if !x.ResetsAt.IsZero() {
		out.ResetsAt = &x.ResetsAt
	}
	for _, l := range x.Refusal.Limits {
		out.Limits = append(out.Limits, spentLimitJSON{l.Name, l.Calls, l.Seconds})
	}
	return c.JSON(http.StatusOK, out)
}
