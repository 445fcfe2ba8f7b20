package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// groupingJSON is what the manager of a version says of its operations beside the document.
type groupingJSON struct {
	Rules     []operationRuleJSON `json:"rules"`
	Scopes    []namedScopeJSON    `json:"scopes"`
	UpdatedAt *time.Time          `json:"updated_at,omitempty" format:"date-time"`
} // @name OperationRules

// groupingChangeJSON replaces all that was said.
type groupingChangeJSON struct {
	Rules  []operationRuleJSON `json:"rules"`
	Scopes []namedScopeJSON    `json:"scopes,omitempty"` // words for the scopes that rules name; others are dropped
} // @name OperationRulesChange

// operationRuleJSON is what is said of one operation.
type operationRuleJSON struct {
	Operation string `json:"operation" example:"POST /berths/search"` // method and path, as the document has them
	Access    string `json:"access,omitempty" enums:"read,write"`     // left out, it goes by the method
	Scope     string `json:"scope,omitempty" example:"berths:search"` // that opens it; left out, what the document asks for does
} // @name OperationRule

// namedScopeJSON is a permission that the manager made.
type namedScopeJSON struct {
	Name        string `json:"name" example:"berths:search"`
	Description string `json:"description" example:"Search berths"`
} // @name NamedScope

// groupingEffectJSON is what a change would do to tokens that work now.
type groupingEffectJSON struct {
	Tokens int   `json:"tokens" example:"2"`    // could call less
	Calls  int64 `json:"calls" example:"1200"`  // that these made in the last 30 days of what would be refused
	Least  bool  `json:"least" example:"false"` // there were too many to count the calls of all
	Wider  int   `json:"wider" example:"0"`     // tokens that could call more
} // @name OperationRulesEffect

func groupingFrom(g models.Grouping) groupingJSON {
	out := groupingJSON{Rules: []operationRuleJSON{}, Scopes: []namedScopeJSON{}}
	for _, r := range g.Rules {
		out.Rules = append(out.Rules, operationRuleJSON{r.Operation, string(r.Class), r.Scope})
	}
	for _, s := range g.Scopes {
		out.Scopes = append(out.Scopes, namedScopeJSON{s.Name, s.Description})
	}
	if g.Revision > 0 {
		out.UpdatedAt = &g.UpdatedAt
	}
	return out
}

func (in groupingChangeJSON) on(g models.Grouping) models.Grouping {
	g.Rules, g.Scopes = nil, nil
	for _, r := range in.Rules {
		g.Rules = append(g.Rules, models.OperationRule{Operation: r.Operation, Class: models.OperationClass(r.Access), Scope: r.Scope})
	}
	for _, s := range in.Scopes {
		g.Scopes = append(g.Scopes, models.NamedScope{Name: s.Name, Description: s.Description})
	}
	return g
}

// ReadGrouping shows what is said of a version's operations.
//
//	@Summary   Read operation rules
//	@ID        readOperationRules
//	@Tags      apis
//	@Description  What the version's manager says of its operations where the document is not right for tokens: read or write, and a permission of its own. Scope: apis:read.
//	@Param     tenant   path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string  true  "slug of the API"  example(berths)
//	@Param     version  path  string  true  "name of the version"  example(v1)
//	@Success   200  {object}  groupingJSON
//	@Header    200  {string}  ETag  "its state, for If-Match"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/operation-rules [get]
func (a *API) ReadGrouping(c echo.Context) error {
	g, err := a.APIs.Regrouping(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	return groupingAnswer(c, g.Grouping)
}

func groupingAnswer(c echo.Context, g models.Grouping) error {
	c.Response().Header().Set("ETag", etag(strconv.Itoa(g.Revision)))
	return c.JSON(http.StatusOK, groupingFrom(g))
}

// PutGrouping replaces what is said of a version's operations.
//
//	@Summary   Replace operation rules
//	@ID        putOperationRules
//	@Tags      apis
//	@Description  Says of operations what they are: all that was said before goes. It is in force at the gateway at once, for tokens that exist too; ask what-if first. Scope: apis:write and apis:read.
//	@Param     tenant    path    string              true  "slug of the tenant"  example(northquay)
//	@Param     api       path    string              true  "slug of the API"  example(berths)
//	@Param     version   path    string              true  "name of the version"  example(v1)
//	@Param     If-Match  header  string              true  "ETag of what was read"  example("3")
//	@Param     body      body    groupingChangeJSON  true  "all rules"
//	@Success   200  {object}  groupingJSON
//	@Header    200  {string}  ETag  "its state from now on"
//	@Failure   400,401,403,404,408,412,413,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/operation-rules [put]
func (a *API) PutGrouping(c echo.Context) error {
	g, in, err := a.groupingChange(c)
	if err != nil {
		return err
	}
	if err := unchanged(c, strconv.Itoa(g.Grouping.Revision)); err != nil {
		return err
	}
	after, err := a.APIs.Regroup(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), in.on(g.Grouping))
	if err != nil {
		return late(err)
	}
	return groupingAnswer(c, after)
}

// WeighGrouping says what a change of the rules would do.
//
//	@Summary   What operation rules would change
//	@ID        whatIfOperationRules
//	@Tags      apis
//	@Description  How many tokens that work now could call less, and how many calls they made in the last 30 days of what would be refused. It changes nothing. Scope: apis:write and apis:read.
//	@Param     tenant   path  string              true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string              true  "slug of the API"  example(berths)
//	@Param     version  path  string              true  "name of the version"  example(v1)
//	@Param     body     body  groupingChangeJSON  true  "all rules"
//	@Success   200  {object}  groupingEffectJSON
//	@Failure   400,401,403,404,408,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/operation-rules/what-if [post]
func (a *API) WeighGrouping(c echo.Context) error {
	g, in, err := a.groupingChange(c)
	if err != nil {
		return err
	}
	e, err := a.APIs.WeighGrouping(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), in.on(g.Grouping))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, groupingEffectJSON{e.Tokens, e.Calls, e.Least, e.Wider})
}

// groupingChange is what there is, and what the body makes of it.
func (a *API) groupingChange(c echo.Context) (g portal.Regrouping, in groupingChangeJSON, err error) {
	if g, err = a.APIs.Regrouping(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")); err != nil {
		return g, in, err
	}
	return g, in, decode(c, &in)
}
