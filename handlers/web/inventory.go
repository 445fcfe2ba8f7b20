package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
	"gatehouse/views/ui"
)

// AllTokenList is the inventory of a tenant's tokens.
func (w *Web) AllTokenList(c echo.Context) error {
	return w.showInventory(c, http.StatusOK, tokenQuery(c), "", nil)
}

func (w *Web) showInventory(c echo.Context, status int, q portal.TokenQuery, name string, problems []fault.Field) error {
	page, err := w.AllTokens.List(c.Request().Context(), guard.Actor(c), q)
	if err != nil {
		return err
	}
	base := allTokensURL(c)
	l := tokenList(c, base, q, page, w.Clock.Now())
	l.Title, l.Lead, l.Admin = "All tokens", "Every token that opens something of "+guard.Actor(c).Tenant().Name+".", true
	l.Inventory = inventory(c, base, q, page)
	l.Inventory.Name, l.Inventory.Problems = name, problems
	l.Filters = l.Inventory.Filtered
	return render(c, status, l.Page(w.page(c, "All tokens")))
}

func inventory(c echo.Context, base string, q portal.TokenQuery, page portal.TokenPage) tokens.Inventory {
	actor := guard.Actor(c)
	i := tokens.Inventory{
		Tenant: actor.Tenant().Slug, Base: base, Total: page.Total, Filter: q.Filter(), Kind: q.Kind, Access: q.Access, Cause: q.Cause,
		Kinds:     []ui.Option{{Label: "Any"}, {Value: "access", Label: "Calls APIs"}, {Value: "management", Label: "Management"}},
		MayExport: actor.Can(models.TokenExport), MayKeep: actor.Can(models.ViewKeep), Filtered: q.Filter() != "", ClearURL: base,
		ExportURL: base + "/export?" + q.Filter(),
	}
	i.Fields, i.Hidden = filterFields(q, page)
	narrow := q
	narrow.View, narrow.API, narrow.Text, narrow.Owner, narrow.Team = "", "", "", "", ""
	i.Open = narrow.Filter() != ""
	for _, r := range models.TokenRisks {
		i.Risks = append(i.Risks, tokens.Risk{RiskWords: r, Chosen: hasRisk(q, r.Risk)})
	}
	for _, b := range page.Bulks {
		i.Receipts = append(i.Receipts, ui.Link{Text: bulkWords[b.Verb] + " " + ui.Exact(b.CreatedAt), URL: base + "/bulk/" + b.ID})
	}
	for _, v := range page.Views {
		i.Views = append(i.Views, tokens.View{ID: v.ID, Name: v.Name, URL: base + "?" + v.Query, Current: v.Query == i.Filter})
	}
	if actor.Can(models.TokenRevokeAny) && page.Total > 0 {
		for _, verb := range []models.BulkVerb{models.BulkPause, models.BulkResume, models.BulkRevoke} {
			i.Stops = append(i.Stops, ui.Link{Text: stopWords[verb], URL: base + "/bulk?verb=" + string(verb) + "&" + i.Filter})
		}
	}
	return i
}

var bulkWords = map[models.BulkVerb]string{models.BulkPause: "Paused", models.BulkResume: "Resumed", models.BulkRevoke: "Revoked"}

var stopWords = map[models.BulkVerb]string{models.BulkPause: "Pause all…", models.BulkResume: "Resume all…", models.BulkRevoke: "Revoke all…"}

func hasRisk(q portal.TokenQuery, r models.TokenRisk) bool {
	return slices.Contains(q.Risks, string(r))
}

// filterFields are the filters that are typed. A person or team that a link has
// chosen by its id is no text to type: it is kept hidden and named.
func filterFields(q portal.TokenQuery, page portal.TokenPage) (fields, hidden []ui.Control) {
	if models.IsID(q.Owner) {
		hidden = append(hidden, ui.Control{Name: "owner", Value: q.Owner, Label: "of " + orUnknown(page.Owner.Name)})
	} else {
		fields = append(fields, ui.Control{Name: "owner", Label: "Owner", Value: q.Owner, Help: "Name or e-mail address, or a part of it."})
	}
	if models.IsID(q.Team) {
		hidden = append(hidden, ui.Control{Name: "team", Value: q.Team, Label: "in " + orUnknown(page.Team.Name)})
	} else {
		fields = append(fields, ui.Control{Name: "team", Label: "Team", Value: q.Team, Help: "Its name, or a part of it."})
	}
	return append(fields,
		ui.Control{Name: "scope", Label: "Scope", Value: q.Scope, Help: "As it is written, like orders:read."},
		ui.Control{Name: "operation", Label: "Operation", Value: q.Operation, Help: "As tokens name it, like GET /orders."},
		ui.Control{Name: "older", Label: "Older than, days", Value: q.Older},
		ui.Control{Name: "newer", Label: "Made within, days", Value: q.Newer},
		ui.Control{Name: "unused", Label: "Unused for, days", Value: q.Unused, Help: "Or never."},
		ui.Control{Name: "used", Label: "Used within, days", Value: q.Used},
	), hidden
}

func orUnknown(name string) string {
	if name == "" {
		return "somebody who is not here"
	}
	return name
}

// filterWords says in words what a filter finds.
func filterWords(q portal.TokenQuery) string {
	if q.Filter() == "" {
		return "Every token of the tenant."
	}
	named := map[string]string{"q": "text", "older": "older than, days", "newer": "made within, days", "unused": "unused for, days", "used": "used within, days"}
	var words []string
	for name, values := range q.Values() {
		switch {
		case name == "sort" || name == "after":
			continue
		case name == "risk":
			values = riskWords(q)
		}
		words = append(words, cmp.Or(named[name], name)+": "+strings.Join(values, ", "))
	}
	return "Filter: " + strings.Join(slices.Sorted(slices.Values(words)), "; ") + "."
}

func riskWords(q portal.TokenQuery) (words []string) {
	for _, r := range models.TokenRisks {
		if hasRisk(q, r.Risk) {
			words = append(words, r.Word)
		}
	}
	return words
}

// SaveView keeps the filter of a list under a name.
func (w *Web) SaveView(c echo.Context) error {
	filter, name := c.FormValue("filter"), c.FormValue("name")
	view, err := w.AllTokens.SaveView(c.Request().Context(), guard.Actor(c), name, filter)
	if problems, ok := fieldsOf(err); err != nil && ok {
		return w.showInventory(c, formStatus(err), filterQuery(filter), name, problems)
	}
	if err != nil {
		return err
	}
	return done(c, "The view was saved.", allTokensURL(c)+"?"+view.Query)
}

// DeleteView forgets a view.
func (w *Web) DeleteView(c echo.Context) error {
	if err := w.AllTokens.DeleteView(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, "The view was deleted.", allTokensURL(c))
}
