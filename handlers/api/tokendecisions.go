package api

import (
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
)

// ApproveToken makes a token work that waited, or lets it do what was asked for.
//
//	@Summary   Approve a token
//	@ID        approveToken
//	@Tags      tokens
//	@Description  Makes a pending token work, or gives a token the rights in its requested. Nobody decides about a token of their own or of their team. Gateways know before the answer comes. Scope: tokens:write and tokens:read.
//	@Param     tenant    path    string  true  "slug of the tenant"  example(northquay)
//	@Param     id        path    string  true  "id of the token"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string  true  "ETag of what was read"  example("7")
//	@Success   200  {object}  tokenJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,409,412,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/{id}/approve [post]
func (a *API) ApproveToken(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	seen, err := a.seenToken(c)
	if err != nil {
		return err
	}
	if err := a.AllTokens.Approve(c.Request().Context(), guard.Actor(c), c.Param("id"), seen); err != nil {
		return late(err)
	}
	return a.ReadToken(c)
}

// DenyToken ends a token that waited, or leaves it as it was.
//
//	@Summary   Deny a token
//	@ID        denyToken
//	@Tags      tokens
//	@Description  Ends a pending token for good, or leaves a token without the rights in its requested, with a reason that its people read. Scope: tokens:write and tokens:read.
//	@Param     tenant    path    string      true  "slug of the tenant"  example(northquay)
//	@Param     id        path    string      true  "id of the token"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     If-Match  header  string      true  "ETag of what was read"  example("7")
//	@Param     body      body    reasonJSON  true  "why"
//	@Success   200  {object}  tokenJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,409,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/{id}/deny [post]
func (a *API) DenyToken(c echo.Context) error {
	var in reasonJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	seen, err := a.seenToken(c)
	if err != nil {
		return err
	}
	if err := a.AllTokens.Deny(c.Request().Context(), guard.Actor(c), c.Param("id"), seen, in.Reason); err != nil {
		return late(err)
	}
	return a.ReadToken(c)
}

// seenToken is the state of the token that the client names in If-Match: a
// decision is about what was seen (R64).
func (a *API) seenToken(c echo.Context) (string, error) {
	if err := guard.Actor(c).May(models.TokenReadAll); err != nil {
		return "", err
	}
	r, err := a.AllTokens.Request(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return "", err
	}
	return r.Seen(), unchanged(c, r.Seen())
}
