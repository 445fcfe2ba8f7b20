package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
	"gatehouse/views/ui"
)

// tokenRows is how many tokens a list shows at once.
const tokenRows = 50

func tokensURL(c echo.Context) string { return tenantBase(c) + "/tokens" }

// TokenList is the list of one's teams' tokens.
func (w *Web) TokenList(c echo.Context) error {
	page, err := w.Tokens.List(c.Request().Context(), guard.Actor(c), tokenQuery(c))
	if err != nil {
		return err
	}
	l := tokenList(c, tokensURL(c), tokenQuery(c), page, w.Clock.Now())
	l.Title, l.Lead = "Tokens", "Keys that your programs send to the APIs of "+guard.Actor(c).Tenant().Name+"."
	return render(c, http.StatusOK, l.Page(w.page(c, "Tokens")))
}

func tokenQuery(c echo.Context) portal.TokenQuery {
	q := portal.ParseTokenQuery(c.QueryParams())
	q.Sort, q.Watch, q.Limit = tokenSort(q.Sort), tokenWatch(q.Watch), tokenRows
	return q
}

// tokenSorts are what a list can be sorted by, as it stands in the page's address,
// with words for it.
var tokenSorts = map[string]string{
	"": "the newest first", "created": "the oldest first", "name": "by name, from A", "-name": "by name, from Z",
	"expires": "what ends first", "-expires": "what ends last", "-used": "what was used last", "used": "what was used longest ago",
}

// tokenSort is the order of a list; an address with one that there is not shows the first.
func tokenSort(asked string) string {
	if tokenSorts[asked] == "" {
		return ""
	}
	return asked
}

// tokenHead is a column by which a list can be sorted: as it is asked for first,
// and the other way round.
func tokenHead(name, sort, first, other string, address func(sort string) string) tokens.Sorting {
	direction := map[bool]string{true: "descending", false: "ascending"}
	switch sort {
	case first:
		return tokens.Sorting{Name: name, Direction: direction[first == "" || first[0] == '-'], URL: address(other)}
	case other:
		return tokens.Sorting{Name: name, Direction: direction[other == "" || other[0] == '-'], URL: address(first)}
	}
	return tokens.Sorting{Name: name, URL: address(first)}
}

// tokenViews are the filters by state.
var tokenViews = []struct{ name, text string }{
	{"", "All"}, {"active", "Active"}, {"pending", "Waiting"}, {"expiring", "Expiring"}, {"paused", "Paused"}, {"ended", "Ended"}, {"tries", "Tries"},
}

// tokenWatches are what somebody should look at, among all tokens of a tenant.
var tokenWatches = []struct{ name, text string }{
	{"", "Any"}, {"dormant", "Dormant"}, {"orphaned", "Owner gone"}, {"broad", "Too broad"},
}

// tokenWatch is one of them; an address with one that there is not shows all.
func tokenWatch(asked string) string {
	for _, v := range tokenWatches {
		if v.name == asked {
			return asked
		}
	}
	return ""
}

func tokenList(c echo.Context, base string, q portal.TokenQuery, page portal.TokenPage, now time.Time) tokens.List {
	l := tokens.List{Tenant: guard.Actor(c).Tenant().Slug, Base: base, View: q.View, Watch: q.Watch, Text: q.Text, API: q.API, Sort: q.Sort, Sorted: tokenSorts[q.Sort], Now: now}
	address := func(state, sort, after string) string {
		q := q
		q.View, q.Sort, q.After = state, sort, after
		return strings.TrimSuffix(base+"?"+q.Values().Encode(), "?")
	}
	for _, v := range tokenViews {
		l.Views = append(l.Views, ui.SegLink{Text: v.text, URL: address(v.name, q.Sort, ""), Current: v.name == q.View})
	}
	for _, v := range tokenWatches {
		watched := q
		watched.Watch, watched.After = v.name, ""
		l.Watches = append(l.Watches, ui.SegLink{Text: v.text, URL: strings.TrimSuffix(base+"?"+watched.Values().Encode(), "?"), Current: v.name == q.Watch})
	}
	l.APIs = []ui.Option{{Label: "All APIs"}}
	for _, a := range page.APIs {
		l.APIs = append(l.APIs, ui.Option{Value: a.Slug, Label: a.Name})
	}
	by := func(sort string) string { return address(q.View, sort, "") }
	l.ByName = tokenHead("Name", q.Sort, "name", "-name", by)
	l.ByAge = tokenHead("Created", q.Sort, "", "created", by)
	l.ByEnd = tokenHead("Expires", q.Sort, "expires", "-expires", by)
	l.ByUse = tokenHead("Last used", q.Sort, "-used", "used", by)
	for _, r := range page.Rows {
		l.Rows = append(l.Rows, tokenRow(c, base, r))
	}
	if page.More {
		l.Next = address(q.View, q.Sort, page.Rows[len(page.Rows)-1].ID)
	}
	if q.After != "" {
		l.First = address(q.View, q.Sort, "")
	}
	return l
}

func tokenRow(c echo.Context, base string, r portal.TokenRow) tokens.Row {
	row := tokens.Row{Token: r.Token, Code: guard.Actor(c).Tenant().Code, URL: base + "/" + r.ID, Owner: r.Owner.Name, Maker: r.Maker.Name, Team: r.Team.Name, LastAt: r.Last.At}
	if r.Last.IP.IsValid() {
		row.LastFrom = r.Last.IP.Unmap().String()
	}
	row.Pair = pairOf(r)
	for _, p := range r.Permissions {
		name := p.API.Name + " " + p.Version.Name
		if p.Access == models.AccessCustom {
			name += " (" + portal.AccessWords(p.Permission) + ")"
		}
		row.APIs = append(row.APIs, name)
	}
	for _, known := range models.TokenRisks {
		if slices.Contains(r.Risks, known.Risk) {
			row.Risks = append(row.Risks, known.Word)
		}
	}
	for _, d := range r.Days {
		row.Days = append(row.Days, ui.SparkPoint{Calls: int64(d.Calls), Errors: int64(d.Errors)})
	}
	return row
}

// may says in words what a token may do.
func may(r portal.TokenRow) (out []string) {
	writes := false
	for _, p := range r.Permissions {
		what := p.API.Name + " " + p.Version.Name
		switch p.Access {
		case models.AccessRead:
			out = append(out, "Reads "+what)
		case models.AccessWrite:
			out = append(out, "Reads and changes "+what)
		case models.AccessCustom:
			out = append(out, what+": "+sentence(p.Opened, p.Permission))
		}
		_, changing := titles(p.Opened)
		writes = writes || p.Access == models.AccessWrite || len(changing) > 0
	}
	if !writes && len(r.Permissions) > 0 {
		out = append(out, "Changes nothing")
	}
	if len(r.AllowedIPs) > 0 {
		out = append(out, "From "+portal.FromWords(models.Rights{AllowedIPs: r.AllowedIPs})+" only")
	}
	for _, s := range models.ManagementScopes {
		for _, has := range r.Scopes {
			if has == s.Name {
				out = append(out, s.Allows)
			}
		}
	}
	return out
}

// ShowToken is the page of one token, or for htmx its live part.
func (w *Web) ShowToken(c echo.Context) error {
	d, err := w.Tokens.Show(c.Request().Context(), guard.Actor(c), c.Param("id"), c.QueryParam("range"))
	if err != nil {
		return err
	}
	page := w.tokenDetail(c, tokensURL(c), d)
	page.MayChange = true
	w.sharing(c, &page.Rights, d.TokenRow)
	return w.showToken(c, d.Token, page, w.Tokens.Life)
}

func (w *Web) showToken(c echo.Context, token models.Token, d tokens.Detail, life lifeOf) error {
	if isHTMX(c) {
		return render(c, http.StatusOK, d.Live())
	}
	if err := addLife(c, &d, life); err != nil {
		return err
	}
	stopped, err := w.Tokens.StoppedBy(c.Request().Context(), guard.Actor(c), token)
	if err != nil {
		return err
	}
	d.RulesFrom, d.RulesSay = stopped.From, stopped.Rules
	p := w.page(c, d.Name+" · Tokens")
	p.Scripts = []string{"graph.js"}
	return render(c, http.StatusOK, d.Page(p))
}

func (w *Web) tokenDetail(c echo.Context, base string, d portal.TokenDetail) tokens.Detail {
	page := tokens.Detail{
		Tenant: guard.Actor(c).Tenant().Slug, Base: base, Row: tokenRow(c, base, d.TokenRow), Rights: tokenRights(d.TokenRow), Revoker: d.Revoker.Name, Gateways: d.Proof,
		Calls24: int64(d.Today.Total.Calls), Before24: int64(d.Today.Previous.Calls), Errors24: failedShare(d.Today), Now: w.Clock.Now(),
	}
	for _, p := range d.Permissions {
		if e := w.ending(c, p.API, p.Version, models.Version{}); e.Retired || !e.Deprecated.IsZero() {
			e.Notice = ""
			page.Endings = append(page.Endings, e)
		}
	}
	addKin(c, &page, base, d)
	if len(d.Quotas) > 0 {
		q := d.Quotas[0]
		page.Quota = &tokens.Quota{API: q.API.Name + " " + q.Version.Name, Plan: q.Plan, Used: int64(q.Used), Share: q.Share()}
	}
	links, words := rangeLinks(page.URL, d.Range)
	page.Graph, page.PollURL = graph("Traffic", words, d.Series, links), page.URL+"?range="+d.Range
	for _, e := range d.Errors {
		bar := ui.Bar{Text: outcome(e.Outcome), Code: fmt.Sprint(e.Status, " ", e.Outcome), Value: int64(e.Calls), Warn: true}
		if e.Outcome == "ok" {
			bar.Text, bar.Code = http.StatusText(e.Status), fmt.Sprint(e.Status, ", the upstream’s answer")
		}
		page.Errors = append(page.Errors, bar)
	}
	for _, o := range d.Top {
		method, path, _ := strings.Cut(o.Operation, " ")
		bar := ui.Bar{Method: method, Text: d.Names[o.Operation], Value: int64(o.Calls)}
		if bar.Text == "" {
			bar.Text = path
		}
		page.Top = append(page.Top, bar)
	}
	for _, r := range d.Request {
		page.Requests = append(page.Requests, requestLine(c, r, page.Now))
	}
	return page
}

// requestLine is a call as lists show it.
func requestLine(c echo.Context, r portal.Request, now time.Time) ui.Request {
	row := ui.Request{At: r.Start, Method: r.Method, Path: r.Path, Status: r.Status, Took: r.Took, From: r.IP.Unmap().String(), ID: r.RequestID,
		Try: r.Try, Mock: r.Mock}
	if portal.Explained(r, now) {
		row.Explain = answersURL(c) + "/" + r.RequestID
	}
	return row
}
