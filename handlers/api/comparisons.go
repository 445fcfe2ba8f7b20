package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// comparisonJSON is what changed between two documents.
type comparisonJSON struct {
	From       editionJSON  `json:"from"`
	To         editionJSON  `json:"to"`
	Breaking   int          `json:"breaking" example:"1"` // how many of the changes may stop callers' programs
	Added      int          `json:"added" example:"2"`
	Changed    int          `json:"changed" example:"3"`
	Deprecated int          `json:"deprecated" example:"0"`
	Removed    int          `json:"removed" example:"1"`
	Version    string       `json:"version_advice,omitempty" example:"From 1.4.0 to 1.4.1 is too small a step: an operation is new. 1.5.0 would fit."` // where the document's own number does not fit
	Fits       string       `json:"version_that_fits,omitempty" example:"1.5.0"`
	Incomplete []string     `json:"incomplete,omitempty"` // what was not compared, in words
	Changes    []changeJSON `json:"changes"`              // at most 5,000, those that break something first
} // @name Comparison

// editionJSON is one of the two documents.
type editionJSON struct {
	Name     string `json:"name" example:"v1:3"` // the version, and which of its documents where it is not the one in force
	Revision string `json:"revision" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Version  string `json:"version" example:"1.4.0"` // what the document calls itself
} // @name ComparedDocument

// changeJSON is one change.
type changeJSON struct {
	Operation string `json:"operation" example:"GET /berths/{id}"` // empty where it is of no single one
	Kind      string `json:"kind" enums:"added,changed,deprecated,removed"`
	Breaking  bool   `json:"breaking" example:"true"`
	Text      string `json:"text" example:"The operation was removed."`
	Rule      string `json:"rule" example:"api-removed-without-deprecation"`
} // @name DocumentChange

// CompareVersion says what changed between two documents.
//
//	@Summary   Compare two documents
//	@ID        compareVersion
//	@Tags      apis
//	@Description  What changed for callers from one document to another. Without from and to it is what the newest draft changes against what is in force: a pipeline stops where `breaking` is not 0. Documents are named by their version (v1: the one in force) and number (v1:3: its third). Scope: apis:read.
//	@Param     tenant   path   string  true   "slug of the tenant"  example(northquay)
//	@Param     api      path   string  true   "slug of the API"  example(berths)
//	@Param     version  path   string  true   "name of the version"  example(v1)
//	@Param     from     query  string  false  "the document before; without it the one in force"  example(v1)
//	@Param     to       query  string  false  "the document after; without it the newest of the version"  example(v1:3)
//	@Success   200  {object}  comparisonJSON
//	@Failure   401,403,404,422,503  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/comparison [get]
func (a *API) CompareVersion(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), answerMost)
	defer cancel()
	actor, api := guard.Actor(c), c.Param("api")
	w, err := a.APIs.Workbench(ctx, actor, api, c.Param("version"))
	if err != nil {
		return err
	}
	from, to := c.QueryParam("from"), c.QueryParam("to")
	if from == "" {
		from = w.Version.Name
	}
	if to == "" && len(w.Revisions) > 0 {
		to = portal.EditionName(w.Version, w.Revisions[0])
	}
	for _, name := range []string{from, to} {
		if version, _, _ := strings.Cut(name, ":"); version == "" {
			return invalid("to", "Upload a document first, or name one: v1 is the one in force of this version, v1:3 its third.")
		}
	}
	s, err := a.APIs.SideBySide(ctx, actor, api, from, to)
	switch {
	case err != nil:
		return err
	case s.Failure != "":
		return fault.New(fault.Invalid, "comparison_failed", "%s", s.Failure)
	case s.Late:
		return fault.New(fault.Unavailable, "comparison_waits", "The documents are still being compared. Try again in a moment.").After(portal.ComparisonPause)
	}
	return c.JSON(http.StatusOK, comparisonFrom(s))
}

func comparisonFrom(s portal.SideBySide) comparisonJSON {
	t := models.TallyOf(s.Changes)
	out := comparisonJSON{From: editionFrom(*s.From), To: editionFrom(*s.To), Breaking: t.Breaking, Added: t.Added, Changed: t.Changed, Deprecated: t.Deprecated, Removed: t.Removed, Changes: []changeJSON{}}
	if s.From.Version.ID == s.To.Version.ID && s.From.Name() == s.From.Version.Name {
		advice := models.AdviseVersion(s.From.Revision.DocVersion, s.To.Revision.DocVersion, t)
		out.Version, out.Fits = advice.Text, advice.Fits
	}
	for _, change := range s.Changes {
		if change.Rule == models.RuleIncomplete {
			out.Incomplete = append(out.Incomplete, change.Text)
			continue
		}
		out.Changes = append(out.Changes, changeJSON{change.Operation, string(change.Kind), change.Breaking, change.Text, change.Rule})
	}
	return out
}

func editionFrom(s portal.Side) editionJSON {
	return editionJSON{s.Name(), s.Revision.ID, s.Revision.DocVersion}
}
