package api

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
)

// tokenPolicyJSON is how a tenant treats its tokens.
type tokenPolicyJSON struct {
	MaxDays      int    `json:"max_days" example:"90"`                             // how long a new token may live at most
	UnusedDays   int    `json:"unused_days" example:"90"`                          // unused for so long, its people are told
	PauseDays    int    `json:"pause_days" example:"14"`                           // so many days after that notice it is paused
	RevokeDays   int    `json:"revoke_days" example:"365"`                         // unused for so long, it is revoked
	RotateDays   int    `json:"rotate_days" example:"0"`                           // a secret older than that is paused, after notices; 0 demands no rotation
	SelfRotation bool   `json:"self_rotation" example:"true"`                      // whether a token may rotate itself
	Approval     bool   `json:"approval" example:"false"`                          // whether an admin approves each token before it works
	Leak         string `json:"leak" enums:"revoke,pause,notify" example:"revoke"` // what becomes of a token that was found in public
	Makers       string `json:"makers" enums:"members,owners" example:"members"`   // who of a team makes its access tokens
	Ranges       bool   `json:"ranges" example:"false"`                            // whether each access token names the addresses that it may be used from
	LifetimeDays int    `json:"lifetime_days" example:"0"`                         // how long an access token may have been made to live that is there already; 0 is no such rule
} // @name TokenPolicy

func tokenPolicyFrom(t models.Tenant) tokenPolicyJSON {
	p := t.TokenPolicy
	return tokenPolicyJSON{t.TokenDays, p.UnusedDays, p.PauseDays, p.RevokeDays, p.RotateDays, p.SelfRotation, p.Approval, string(p.Leak), string(cmp.Or(p.Rules.Makers, models.MakersMembers)), p.Rules.Ranges, p.Rules.LifetimeDays}
}

// ReadTokenPolicy shows what becomes of tokens by themselves.
//
//	@Summary   Read the token policy
//	@ID        readTokenPolicy
//	@Tags      tokens
//	@Description  How long tokens may live, what becomes of them by themselves, and what they may do with themselves. Admins change it in the portal: no token loosens the rules that bind it. Scope: tokens:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Success   200  {object}  tokenPolicyJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/token-policy [get]
func (a *API) ReadTokenPolicy(c echo.Context) error {
	tenant, err := a.TokenPolicies.Read(guard.Actor(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, tokenPolicyFrom(tenant))
}
