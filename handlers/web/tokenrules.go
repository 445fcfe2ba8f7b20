package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/csvfile"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/settings"
	"gatehouse/views/ui"
)

// Rows of a what-if: beside the form, and on a page of its own.
const (
	rulesShown = 10
	rulesPage  = 100
)

// TokenRules is the page of who makes tokens, and what these must be.
func (w *Web) TokenRules(c echo.Context) error {
	tenant := guard.Actor(c).Tenant()
	what, err := w.TokenPolicies.RulesWhatIf(c.Request().Context(), guard.Actor(c), tenant.TokenPolicy.Rules)
	if err != nil {
		return err
	}
	return w.showRules(c, http.StatusOK, rulesForm(tenant), what)
}

func rulesForm(t models.Tenant) settings.Rules {
	r := t.TokenPolicy.Rules
	f := settings.Rules{Makers: string(r.Makers), Ranges: r.Ranges, Lifetime: r.LifetimeDays > 0, Grace: strconv.Itoa(models.GraceDaysDefault), Revision: strconv.Itoa(t.Revision)}
	if f.Makers == "" {
		f.Makers = string(models.MakersMembers)
	}
	return f
}

func (w *Web) showRules(c echo.Context, status int, f settings.Rules, what portal.RulesWhatIf) error {
	tenant := guard.Actor(c).Tenant()
	f.Slug, f.TokenDays, f.Now, f.At = tenant.Slug, tenant.TokenDays, tenant.TokenPolicy.Rules, w.Clock.Now()
	f.WhatIf = whatIfOf(c, what, 0, rulesShown)
	return render(c, status, f.Page(w.page(c, "Rules for tokens")))
}

func whatIfOf(c echo.Context, what portal.RulesWhatIf, from, most int) settings.WhatIf {
	r := what.Rules
	out := settings.WhatIf{Tokens: len(what.Rows), Teams: what.Teams, Looked: what.Looked, More: what.More, PerDay: what.PerDay(),
		Query: settings.RulesQuery(string(r.Makers), r.Ranges, r.LifetimeDays > 0)}
	for _, row := range what.Rows[min(from, len(what.Rows)):min(from+most, len(what.Rows))] {
		out.Rows = append(out.Rows, settings.RuleRow{Name: row.Name, URL: allTokensURL(c) + "/" + row.ID, Owner: row.Owner.Name, Team: row.Team.Name,
			Why: demands(r, row.Broken), PerDay: row.PerDay()})
	}
	return out
}

// demands are what some rules want, in one sentence.
func demands(r models.TokenRules, broken []models.TokenRule) string {
	words := make([]string, len(broken))
	for i, rule := range broken {
		words[i] = r.Demand(rule)
	}
	return strings.Join(words, "; ")
}

// rulesIn are the rules that a form or an address holds.
func rulesIn(c echo.Context) models.TokenRules {
	r := models.TokenRules{Makers: models.TokenMakers(c.FormValue("makers")), Ranges: c.FormValue("ranges") != ""}
	if c.FormValue("lifetime") != "" {
		r.LifetimeDays = guard.Actor(c).Tenant().TokenDays
	}
	return r
}

// SetTokenRules saves rules. Where they would stop tokens that the rules of now do
// not stop, the page says so first, and saves what it has said.
func (w *Web) SetTokenRules(c echo.Context) error {
	ctx, actor, rules := c.Request().Context(), guard.Actor(c), rulesIn(c)
	f := settings.Rules{Makers: string(rules.Makers), Ranges: rules.Ranges, Lifetime: rules.LifetimeDays > 0, Grace: c.FormValue("grace_days"), Revision: c.FormValue("revision")}
	revision, _ := strconv.Atoi(f.Revision) // 0 is never the present one
	what, err := w.TokenPolicies.RulesWhatIf(ctx, actor, rules)
	if err == nil {
		err = models.CheckGrace(daysOf(f.Grace))
	}
	if err == nil {
		chosen := settings.RulesQuery(f.Makers, f.Ranges, f.Lifetime)
		if what.NewOnes > 0 && c.FormValue("seen") != chosen {
			f.Seen = chosen
			return w.showRules(c, http.StatusOK, f, what)
		}
		_, err = w.TokenPolicies.SetRules(ctx, actor, rules, daysOf(f.Grace), revision)
	}
	if err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		f.Problems = problems
		if now := rulesForm(actor.Tenant()); outrun(err) {
			f.Revision, f.Problems = now.Revision, meanwhile(entry{"makers", f.Makers, now.Makers}, entry{"ranges", onOff(f.Ranges), onOff(now.Ranges)},
				entry{"lifetime", onOff(f.Lifetime), onOff(now.Lifetime)})
		}
		return w.showRules(c, formStatus(err), f, what)
	}
	message := "The rules were saved. New tokens follow from now on."
	if len(what.Rows) > 0 {
		message += " The people of " + ui.Plural(len(what.Rows), "token") + " are told by which date to change theirs."
	}
	return done(c, message, tenantBase(c)+"/admin/settings/tokens/rules")
}

// TokenRulesWhatIf lists all tokens that do not keep to rules.
func (w *Web) TokenRulesWhatIf(c echo.Context) error {
	what, err := w.TokenPolicies.RulesWhatIf(c.Request().Context(), guard.Actor(c), rulesIn(c))
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(c.QueryParam("from")) // 0 is the first
	from = max(from, 0)
	f := settings.Rules{Slug: guard.Actor(c).Tenant().Slug, WhatIf: whatIfOf(c, what, from, rulesPage)}
	base := tenantBase(c) + "/admin/settings/tokens/rules/what-if?" + f.WhatIf.Query
	if from > 0 {
		f.WhatIf.First = base
	}
	if from+rulesPage < len(what.Rows) {
		f.WhatIf.Next = base + "&from=" + strconv.Itoa(from+rulesPage)
	}
	return render(c, http.StatusOK, f.List(w.page(c, "Tokens against these rules")))
}

// TokenRulesCSV is that list as a file. It names tokens and teams and no people, whom
// the program itself tells: what holds people's data is an export, and asks for a
// passkey (R24, R119).
func (w *Web) TokenRulesCSV(c echo.Context) error {
	what, err := w.TokenPolicies.RulesWhatIf(c.Request().Context(), guard.Actor(c), rulesIn(c))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="tokens-against-rules.csv"`)
	h.Set("Cache-Control", "no-store")
	out := csvfile.NewWriter(c.Response())
	_ = out.Write("token_id", "token", "team", "why", "calls_in_7_days") // Flush has the first error
	for _, r := range what.Rows {
		_ = out.Write(r.ID, r.Name, r.Team.Name, demands(what.Rules, r.Broken), strconv.FormatInt(r.Calls, 10))
	}
	return out.Flush()
}
