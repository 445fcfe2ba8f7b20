package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// filterJSON says which tokens: those that all of it fits. Its values are those of
// the list's parameters.
type filterJSON struct {
	View      string   `json:"view,omitempty" enums:"active,expiring,paused,ended,pending"`
	API       string   `json:"api,omitempty" example:"orders"`
	Text      string   `json:"q,omitempty"`
	Kind      string   `json:"kind,omitempty" enums:"access,management"`
	Owner     string   `json:"owner,omitempty" example:"partner@shipper.example"`
	Team      string   `json:"team,omitempty" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Access    string   `json:"access,omitempty" enums:"read,write,custom,none"`
	Scope     string   `json:"scope,omitempty"`
	Operation string   `json:"operation,omitempty"`
	Older     string   `json:"older,omitempty"`
	Newer     string   `json:"newer,omitempty"`
	Unused    string   `json:"unused,omitempty" example:"90"`
	Used      string   `json:"used,omitempty"`
	Risk      []string `json:"risk,omitempty"`
	Cause     string   `json:"cause,omitempty"`
} // @name TokenFilter

func (f filterJSON) query() portal.TokenQuery {
	q := portal.ParseTokenQuery(url.Values{"risk": f.Risk})
	q.View, q.API, q.Text, q.Kind, q.Owner, q.Team, q.Access, q.Scope = f.View, f.API, f.Text, f.Kind, f.Owner, f.Team, f.Access, f.Scope
	q.Operation, q.Older, q.Newer, q.Unused, q.Used, q.Cause = f.Operation, f.Older, f.Newer, f.Unused, f.Used, f.Cause
	return q
}

// bulkJSON asks for a change of many tokens.
type bulkJSON struct {
	Filter   filterJSON `json:"filter" binding:"required"`
	Expected *int64     `json:"expected,omitempty" example:"17"` // how many tokens that is, from a dry run; required without one
	DryRun   bool       `json:"dry_run,omitempty"`               // changes nothing and counts
	Cause    string     `json:"cause,omitempty" enums:"unneeded,lost,leaked,left"`
	Reason   string     `json:"reason,omitempty" example:"A laptop was stolen."`
} // @name TokenBulk

// bulkDoneJSON is what became of it.
type bulkDoneJSON struct {
	DryRun   bool   `json:"dry_run"`
	Matched  int64  `json:"matched" example:"17"`                                                  // tokens that are changed, or would be
	Done     int64  `json:"done" example:"17"`                                                     // of them changed, each for good
	Complete bool   `json:"complete"`                                                              // nothing is left
	Bulk     string `json:"bulk,omitempty" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`         // id of its receipt
	Change   int64  `json:"change,omitempty" example:"4711"`                                       // number of the last change, which gateways have applied
	Receipt  string `json:"receipt,omitempty" example:"/t/northquay/admin/tokens/bulk/0198c1f2-…"` // page of the portal
} // @name TokenBulkResult

// RevokeTokens ends all tokens of a filter.
//
//	@Summary   Revoke many tokens
//	@ID        revokeTokens
//	@Tags      tokens
//	@Description  Ends all tokens of a filter for good, with a cause and a reason that their owners read. Send dry_run first: it counts. Then send that count as expected: where another number fits, nothing is done. It is done in parts, each for good; where complete is false, count and send it again. Scope: tokens:write and tokens:read.
//	@Param     tenant  path  string    true  "slug of the tenant"  example(northquay)
//	@Param     body    body  bulkJSON  true  "which tokens, and why"
//	@Success   200  {object}  bulkDoneJSON
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/revoke [post]
func (a *API) RevokeTokens(c echo.Context) error { return a.changeMany(c, models.BulkRevoke) }

// PauseTokens makes all tokens of a filter refused for a while.
//
//	@Summary   Pause many tokens
//	@ID        pauseTokens
//	@Tags      tokens
//	@Description  Makes all tokens of a filter refused until an admin resumes them, with a reason that their owners read. Works as revoking many does, without a cause. Scope: tokens:write and tokens:read.
//	@Param     tenant  path  string    true  "slug of the tenant"  example(northquay)
//	@Param     body    body  bulkJSON  true  "which tokens, and why"
//	@Success   200  {object}  bulkDoneJSON
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/pause [post]
func (a *API) PauseTokens(c echo.Context) error { return a.changeMany(c, models.BulkPause) }

// ResumeTokens makes all paused tokens of a filter work again.
//
//	@Summary   Resume many tokens
//	@ID        resumeTokens
//	@Tags      tokens
//	@Description  Makes all paused tokens of a filter work again, whoever paused them. Works as revoking many does, without a cause. Scope: tokens:write and tokens:read.
//	@Param     tenant  path  string    true  "slug of the tenant"  example(northquay)
//	@Param     body    body  bulkJSON  true  "which tokens"
//	@Success   200  {object}  bulkDoneJSON
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/tokens/resume [post]
func (a *API) ResumeTokens(c echo.Context) error { return a.changeMany(c, models.BulkResume) }

func (a *API) changeMany(c echo.Context, verb models.BulkVerb) error {
	var in bulkJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	ctx, actor, q := c.Request().Context(), guard.Actor(c), in.Filter.query()
	if err := actor.May(models.TokenReadAll); err != nil {
		return err
	}
	if in.DryRun {
		p, err := a.AllTokens.Preview(ctx, actor, verb, q)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, bulkDoneJSON{DryRun: true, Matched: p.Expected})
	}
	if in.Expected == nil {
		return invalid("expected", "Say how many tokens that is; send dry_run first to count them.")
	}
	bulk, err := a.AllTokens.ChangeMany(ctx, actor, portal.NewBulk{Verb: verb, Filter: q.Filter(), Expected: *in.Expected, Cause: models.TokenCause(in.Cause), Reason: in.Reason})
	if bulk.ID == "" {
		return err
	}
	r, failed := a.AllTokens.Receipt(ctx, actor, bulk.ID, "")
	if failed != nil {
		return failed
	}
	return c.JSON(http.StatusOK, bulkDoneJSON{Matched: bulk.Expected, Done: r.Sum.Tokens, Complete: err == nil, Bulk: bulk.ID, Change: r.Sum.LastSeq,
		Receipt: "/t/" + actor.Tenant().Slug + "/admin/tokens/bulk/" + bulk.ID})
}
