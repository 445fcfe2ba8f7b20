package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/publish"
	"gatehouse/views/ui"
)

// Grouping shows what a version's operations are, and what its manager says of them.
func (w *Web) Grouping(c echo.Context) error {
	return w.grouping(c, http.StatusOK, publish.GroupForm{}, nil)
}

func (w *Web) grouping(c echo.Context, status int, form publish.GroupForm, effect *publish.GroupEffect) error {
	actor, api, name := guard.Actor(c), c.Param("api"), c.Param("version")
	r, err := w.APIs.Regrouping(c.Request().Context(), actor, api, name)
	if err != nil {
		return err
	}
	form.Revision = r.Grouping.Revision
	base := versionURL(c, name)
	g := publish.Groups{Tenant: actor.Tenant().Slug, List: tenantBase(c) + "/admin/apis", APIURL: tenantBase(c) + "/admin/apis/" + api, Base: base,
		Action: base + "/operations", API: r.API, Version: r.Version, May: actor.Can(models.APIManage), Total: len(r.Operations), Lost: r.Lost(),
		Find: strings.TrimSpace(c.QueryParam("q")), Form: form, Effect: effect, Scopes: groupScopes(r)}
	g.Own = len(r.Grouping.Rules) - len(g.Lost)
	g.Tags = groupTags(r, g, c.QueryParam("tag"))
	return render(c, status, publish.ShowGroups(w.page(c, r.API.Name+" "+name+" · Permissions"), g))
}

// groupTags are the operations by tag, in the order of the document. Where there
// are many, those of one tag, those that are searched for and those with a tick
// are listed.
func groupTags(r portal.Regrouping, g publish.Groups, tag string) (tags []publish.GroupTag) {
	at, now, ticked := map[string]int{}, r.Effective(), setOf(g.Form.Operations)
	many := len(r.Operations) > longList
	for i, o := range r.Operations {
		if g.Find != "" && !strings.Contains(strings.ToLower(o.Key+" "+o.Summary+" "+o.Tag), strings.ToLower(g.Find)) {
			continue
		}
		j, ok := at[o.Tag]
		if !ok {
			j = len(tags)
			at[o.Tag], tags = j, append(tags, publish.GroupTag{Name: o.Tag, Open: !many || g.Find != "" || o.Tag == tag})
		}
		t := &tags[j]
		t.Count++
		chosen := ticked[o.Slug]
		if many && g.Find == "" && o.Tag != tag && !chosen {
			t.URL = g.Action + "?" + url.Values{"tag": {o.Tag}}.Encode()
			continue
		}
		t.Items = append(t.Items, publish.GroupRow{Slug: o.Slug, Method: o.Method, Path: o.Path, Title: titleOf(o), Risk: o.Risk,
			Says: rightsText(o), Now: rightsText(now[i]), Chosen: chosen})
	}
	return tags
}

// rightsText is what an operation asks for: "write, orders:write".
func rightsText(o models.Operation) string {
	if len(o.Scopes) == 0 {
		return string(o.Class)
	}
	return string(o.Class) + ", " + o.ScopeText()
}

// groupScopes are the scopes that operations ask for, and what they open.
func groupScopes(r portal.Regrouping) (out []publish.GroupScope) {
	opens, words := map[string]int{}, map[string]string{}
	for _, o := range r.Effective() {
		for _, name := range o.ScopeNames() {
			opens[name]++
		}
	}
	for _, s := range r.Outline.Scopes {
		words[s.Name] = spec.Line(s.Description)
	}
	own := map[string]bool{}
	for _, s := range r.Grouping.Scopes {
		words[s.Name], own[s.Name] = s.Description, true
	}
	for name, n := range opens {
		out = append(out, publish.GroupScope{Name: name, Words: words[name], Opens: n, Own: own[name]})
	}
	slices.SortFunc(out, func(a, b publish.GroupScope) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Regroup says of the ticked operations what they are. It asks again where tokens
// that work now would lose something.
func (w *Web) Regroup(c echo.Context) error {
	ctx, actor, api, name := c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")
	r, err := w.APIs.Regrouping(ctx, actor, api, name)
	if err != nil {
		return err
	}
	params, err := c.FormParams()
	if err != nil {
		return err
	}
	form := publish.GroupForm{Operations: params["op"], Tags: params["tag"], Access: c.FormValue("access"), Mode: c.FormValue("mode"),
		Scope: strings.TrimSpace(c.FormValue("scope")), Description: strings.TrimSpace(c.FormValue("description")), Revision: number(c, "revision")}
	next, keys, problems := regrouped(r, form)
	if len(problems) > 0 {
		form.Problems = problems
		return w.grouping(c, http.StatusUnprocessableEntity, form, nil)
	}
	effect, err := w.APIs.WeighGrouping(ctx, actor, api, name, next)
	if err == nil && effect.Tokens > 0 && c.FormValue("seen") != effect.Seen {
		return w.grouping(c, http.StatusOK, form, effectOf(effect))
	}
	if err == nil {
		_, err = w.APIs.Regroup(ctx, actor, api, name, next)
	}
	if problems, ok := fieldsOf(err); ok {
		form.Problems = problems
		return w.grouping(c, http.StatusUnprocessableEntity, form, nil)
	}
	if err != nil {
		return err
	}
	return done(c, "Saved for "+ui.Plural(keys, "operation")+". It is in force.", versionURL(c, name)+"/operations")
}

func effectOf(e portal.GroupingEffect) *publish.GroupEffect {
	out := &publish.GroupEffect{Seen: e.Seen, Tokens: e.Tokens, Wider: e.Wider, Calls: e.Calls, Least: e.Least}
	for _, t := range e.Teams {
		out.Teams = append(out.Teams, publish.GroupTeam{Name: t.Team.Name, Tokens: t.Tokens, Calls: t.Calls})
	}
	return out
}

// regrouped is the grouping with what a form says of operations, and how many
// these are.
func regrouped(r portal.Regrouping, form publish.GroupForm) (next models.Grouping, keys int, problems []fault.Field) {
	var p fault.Problems
	next = r.Grouping
	next.Revision = form.Revision
	p.Add(form.Mode == "named" && form.Scope == "", "scope", "Name the permission, or leave it as it is.")
	p.Add(form.Access == "" && form.Mode == "", "access", "Say what the ticked operations are: read, write, or a permission of their own.")
	p.Add(!slices.Contains([]string{"", "document", "read", "write"}, form.Access), "access", "Choose one of the list.")
	p.Add(!slices.Contains([]string{"", "document", "named"}, form.Mode), "mode", "Choose one of the list.")
	rules, slugs, tags := map[string]models.OperationRule{}, setOf(form.Operations), setOf(form.Tags)
	for _, rule := range next.Rules {
		rules[rule.Operation] = rule
	}
	for _, o := range r.Operations {
		if !slugs[o.Slug] && !(o.Tag != "" && tags[o.Tag]) {
			continue
		}
		keys++
		rule := next.Rule(o.Key)
		switch form.Access {
		case "document":
			rule.Class = ""
		case "read", "write":
			rule.Class = models.OperationClass(form.Access)
		}
		switch form.Mode {
		case "document":
			rule.Scope = ""
		case "named":
			rule.Scope = form.Scope
		}
		rules[o.Key] = rule
	}
	next.Rules = slices.Collect(maps.Values(rules))
	p.Add(keys == 0, "op", "Tick the operations, or all of a tag.")
	if form.Mode == "named" {
		next.Scopes = describe(next.Scopes, form.Scope, form.Description)
	}
	return next, keys, p
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// describe adds a permission; one that exists keeps its words unless there are new ones.
func describe(all []models.NamedScope, name, words string) []models.NamedScope {
	all = slices.Clone(all)
	for i := range all {
		if all[i].Name == name {
			if words != "" {
				all[i].Description = words
			}
			return all
		}
	}
	return append(all, models.NamedScope{Name: name, Description: words})
}
