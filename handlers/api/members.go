package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// memberJSON is a person with a role in the tenant.
type memberJSON struct {
	ID    string    `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Name  string    `json:"name" example:"Ada Byron"`
	Email string    `json:"email" example:"ada@northquay.example"`
	Role  string    `json:"role" enums:"auditor,api_manager,admin"`
	Since time.Time `json:"since" format:"date-time"`
} // @name Member

// invitationJSON is an invitation that nobody used.
type invitationJSON struct {
	Email     string    `json:"email" example:"grace@northquay.example"`
	Role      string    `json:"role" enums:"auditor,api_manager,admin,partner"`
	SentAt    time.Time `json:"sent_at" format:"date-time"`
	ExpiresAt time.Time `json:"expires_at" format:"date-time"` // in the past where it lapsed
} // @name Invitation

func memberFrom(row portal.MemberRow) memberJSON {
	return memberJSON{ID: row.UserID, Name: row.User.Name, Email: row.User.Email, Role: string(row.Role), Since: row.CreatedAt}
}

func invitationFrom(l models.Link) invitationJSON {
	return invitationJSON{Email: l.Email, Role: string(l.Role), SentAt: l.CreatedAt, ExpiresAt: l.ExpiresAt}
}

// ListMembers shows who has a role.
//
//	@Summary   List members
//	@ID        listMembers
//	@Tags      members
//	@Description  The people with a role in the tenant, in pages. Roles are changed in the portal only, with a passkey. Scope: members:read.
//	@Param     tenant  path   string   true   "slug of the tenant"  example(northquay)
//	@Param     limit   query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Param     after   query  string  false  "next of the page before"
//	@Success   200  {object}  listJSON[memberJSON]
//	@Failure   400,401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/members [get]
func (a *API) ListMembers(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	behind, err := after(c)
	if err != nil {
		return err
	}
	page, err := a.Members.List(c.Request().Context(), guard.Actor(c), behind, limit)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(page.Members, memberFrom, page.Next))
}

// ListInvitations shows who is invited.
//
//	@Summary   List invitations
//	@ID        listInvitations
//	@Tags      members
//	@Description  The invitations to the tenant that nobody used, the newest first, and behind them those that lapsed in the last 30 days; at most 100 of each, all on one page. Scope: members:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Success   200  {object}  listJSON[invitationJSON]
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/invitations [get]
func (a *API) ListInvitations(c echo.Context) error {
	page, err := a.Members.List(c.Request().Context(), guard.Actor(c), "", 1)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(append(page.Invited, page.Lapsed...), invitationFrom, ""))
}
