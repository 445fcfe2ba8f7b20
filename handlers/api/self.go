package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
)

// selfJSON is a token's view of itself.
type selfJSON struct {
	ID            string            `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Kind          string            `json:"kind" enums:"access,management,try"`
	Name          string            `json:"name" example:"deploy"`
	Description   string            `json:"description" example:"Reads arrivals every minute"`
	Hint          string            `json:"hint" example:"9fK2"`                        // its last four characters
	State         string            `json:"state" enums:"active,expires_soon,rotating"` // another one is refused
	Tenant        string            `json:"tenant" example:"northquay"`
	Owner         string            `json:"owner" example:"manager@northquay.example"` // whose rights it has; "" where it is a service account's
	Service       *serviceRefJSON   `json:"service_account,omitempty"`
	Team          *teamJSON         `json:"team,omitempty"`                        // of an access token
	Scopes        []string          `json:"scopes" example:"apis:read,apis:write"` // of a management token
	Permissions   []selfAccessJSON  `json:"permissions"`                           // of an access token
	AllowedIPs    []string          `json:"allowed_ips" example:"192.0.2.0/24"`    // none is any
	CreatedAt     time.Time         `json:"created_at" format:"date-time"`
	ExpiresAt     time.Time         `json:"expires_at" format:"date-time"`
	Rotation      *selfRotationJSON `json:"rotation,omitempty"` // while two secrets work
	Subscriptions []selfBudgetJSON  `json:"subscriptions"`      // that calls of an access token count against
} // @name TokenSelf

// selfAccessJSON is what a token may do with one version, and where.
type selfAccessJSON struct {
	permissionJSON
	URL string `json:"url" example:"https://gateway.example/northquay/berths/v1"` // calls begin with it
} // @name SelfPermission

// selfRotationJSON is how a token stands to the other one of two that work while one
// takes the other's place.
type selfRotationJSON struct {
	Part      string     `json:"part" enums:"old,new"`          // which of the two this is
	Other     string     `json:"other" example:"9fK2"`          // last four characters of the other one
	RetiresAt *time.Time `json:"retires_at" format:"date-time"` // when the old one ends at the latest
	UntilIdle bool       `json:"until_idle"`                    // it ends a day after its last use, once the new one was seen
} // @name SelfRotation

// rotationFrom says which of two secrets a token is, nil where there is one.
func rotationFrom(row portal.TokenRow) *selfRotationJSON {
	if row.Other == nil {
		return nil
	}
	part, old := "new", *row.Other
	if row.RetireAt != nil {
		part, old = "old", row.Token
	}
	return &selfRotationJSON{Part: part, Other: row.Other.Hint, RetiresAt: old.RetireAt, UntilIdle: old.RetireIdle}
}

// selfBudgetJSON is what a team's subscription to a version allows, and what is left.
type selfBudgetJSON struct {
	API     string      `json:"api" example:"berths"`
	Version string      `json:"version" example:"v1"`
	State   string      `json:"state" enums:"pending,approved,paused"` // only approved ones let calls through
	Plan    string      `json:"plan" example:"standard"`
	Rates   []rateJSON  `json:"rates"`
	Quota   *budgetJSON `json:"quota,omitempty"`
} // @name SelfSubscription

// budgetJSON is a quota with what is used of it.
type budgetJSON struct {
	Calls    int64     `json:"calls" example:"100000"`
	Period   string    `json:"period" enums:"day,month"`
	Used     uint64    `json:"used" example:"1200"`
	Left     int64     `json:"left" example:"98800"`
	ResetsAt time.Time `json:"resets_at" format:"date-time"`
} // @name Budget

func (a *API) selfFrom(v portal.SelfView, tenant string) selfJSON {
	now := a.Clock.Now()
	t := tokenFrom(now)(v.TokenRow)
	out := selfJSON{ID: t.ID, Kind: t.Kind, Name: t.Name, Description: t.Description, Hint: t.Hint, State: t.State, Tenant: tenant, Owner: t.Owner, Service: t.Service,
		Team: t.Team, Scopes: t.Scopes, Permissions: []selfAccessJSON{}, AllowedIPs: t.AllowedIPs, CreatedAt: t.CreatedAt, ExpiresAt: v.Until(),
		Rotation: rotationFrom(v.TokenRow), Subscriptions: []selfBudgetJSON{}}
	for _, p := range t.Permissions {
		out.Permissions = append(out.Permissions, selfAccessJSON{p, fmt.Sprintf("%s/%s/%s/%s", a.Gateway, tenant, p.API, p.Version)})
	}
	for _, s := range v.Subscriptions {
		b := selfBudgetJSON{API: s.API.Slug, Version: s.Version.Name, State: string(s.State), Plan: s.Plan.Slug, Rates: ratesFrom(s.Plan.Rates)}
		if s.Plan.QuotaCalls > 0 {
			b.Quota = &budgetJSON{Calls: s.Plan.QuotaCalls, Period: string(s.Plan.QuotaPeriod), Used: s.Used,
				Left: max(0, s.Plan.QuotaCalls-int64(s.Used)), ResetsAt: s.Plan.Refill().End(now)}
		}
		out.Subscriptions = append(out.Subscriptions, b)
	}
	return out
}

// Self says what the token of the request is.
//
//	@Summary   What this token is
//	@ID        readSelf
//	@Tags      token
//	@Description  The access or management token that the request came with: what it may do, from where, until when, and what is left of the quotas that its calls count against; never its secret. A token that is paused, revoked or unknown is refused as the gateway refuses it. At most 60 times a minute.
//	@Success   200  {object}  selfJSON
//	@Failure   400,401,429  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/token [get]
func (a *API) Self(c echo.Context) error {
	actor := guard.Actor(c)
	v, err := a.Portal.Self.Show(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a.selfFrom(v, actor.Tenant().Slug))
}

// EndSelf revokes the token of the request.
//
//	@Summary   Revoke this token
//	@ID        revokeSelf
//	@Tags      token
//	@Description  Ends the access or management token that the request came with, for good. Gateways know before the answer comes, and its owner is told.
//	@Success   204
//	@Failure   400,401,429  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/token [delete]
func (a *API) EndSelf(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	if err := a.Portal.Self.Revoke(c.Request().Context(), guard.Actor(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
