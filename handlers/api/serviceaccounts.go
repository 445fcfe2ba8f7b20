package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
)

// serviceAccountJSON is what acts for a team and is no person.
type serviceAccountJSON struct {
	ID          string     `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Name        string     `json:"name" example:"Invoice run"`
	Purpose     string     `json:"purpose" example:"Writes invoices for last night's calls"`
	Team        teamJSON   `json:"team"`
	Responsible []string   `json:"responsible" example:"partner@shipper.example"` // who get all its notices; none: the team's owners
	CreatedAt   time.Time  `json:"created_at" format:"date-time"`
	DisabledAt  *time.Time `json:"disabled_at,omitempty" format:"date-time"` // its tokens are refused since then
} // @name ServiceAccount

func serviceAccountFrom(r portal.ServiceRow) serviceAccountJSON {
	out := serviceAccountJSON{ID: r.ID, Name: r.Name, Purpose: r.Purpose, Team: teamJSON{r.Team.ID, r.Team.Name}, Responsible: []string{},
		CreatedAt: r.CreatedAt, DisabledAt: r.DisabledAt}
	for _, u := range r.People {
		out.Responsible = append(out.Responsible, u.Email)
	}
	return out
}

// ListServiceAccounts shows what acts for teams and is no person.
//
//	@Summary   List service accounts
//	@ID        listServiceAccounts
//	@Tags      tokens
//	@Description  The service accounts of all teams, the oldest first. Their tokens are in the list of tokens, where owner narrows to one of them. Scope: tokens:read.
//	@Param     tenant  path   string  true   "slug of the tenant"  example(northquay)
//	@Param     after   query  string  false  "next of the page before"
//	@Param     limit   query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[serviceAccountJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/service-accounts [get]
func (a *API) ListServiceAccounts(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	behind, err := after(c)
	if err != nil {
		return err
	}
	rows, more, err := a.Services.All(c.Request().Context(), guard.Actor(c), behind, limit)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(rows, serviceAccountFrom, last(rows, more, func(r portal.ServiceRow) string { return r.ID })))
}
