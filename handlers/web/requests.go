package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/requests"
	"gatehouse/views/ui"
)

// inboxRows is how many requests the inbox lists at once.
const inboxRows = 25

func requestsURL(c echo.Context) string { return tenantBase(c) + "/admin/requests" }

// Requests is the approval inbox, with one request opened.
func (w *Web) Requests(c echo.Context) error {
	return w.showRequests(c, http.StatusOK, c.Param("id"), func(*requests.Inbox) {})
}

// showRequests shows the inbox; with puts in what was typed and what is wrong.
func (w *Web) showRequests(c echo.Context, status int, id string, with func(*requests.Inbox)) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	i := requests.Inbox{
		Tenant: actor.Tenant().Slug, Base: requestsURL(c), View: inboxView(c), MayDecide: actor.Can(models.SubscriptionDecide),
		Many: requests.Many{Before: c.FormValue("before")}, Now: w.Clock.Now(),
	}
	if actor.Can(models.RequestsHear) {
		i.Deciding = tenantBase(c) + "/admin/requests/deciding"
	}
	rows, waiting, more, err := w.Subscriptions.Inbox(ctx, actor, portal.RequestView(i.View), i.Many.Before, inboxRows)
	if err != nil {
		return err
	}
	i.Waiting = int(waiting)
	for _, r := range rows {
		i.Rows = append(i.Rows, requestRow(c, r, i.View))
	}
	if more {
		i.Next = i.Base + "?" + url.Values{"show": {i.View}, "before": {rows[len(rows)-1].ID}}.Encode()
	}
	if id == "" && len(rows) > 0 {
		id = rows[0].ID
	}
	if i.One, err = w.oneRequest(c, id, i.View); err != nil {
		return err
	}
	i.Views = inboxViews(i)
	if actor.Can(models.TokenReadAll) {
		if i.Asking, err = w.askingTokens(c); err != nil {
			return err
		}
	}
	with(&i)
	return render(c, status, i.Page(w.page(c, "Requests")))
}

// askingTokens are those that wait for an admin's approval.
func (w *Web) askingTokens(c echo.Context) (requests.Asking, error) {
	n, newest, err := w.AllTokens.Waiting(c.Request().Context(), guard.Actor(c))
	a := requests.Asking{Tokens: int(n), URL: allTokensURL(c) + "?state=pending"}
	if n == 1 {
		a.URL = allTokensURL(c) + "/" + newest + "/request"
	}
	return a, err
}

func inboxView(c echo.Context) string {
	show := c.FormValue("show")
	if show == "decided" || show == "all" {
		return show
	}
	return string(portal.RequestsWaiting)
}

func inboxViews(i requests.Inbox) (links []ui.SegLink) {
	for _, v := range []struct{ name, text string }{{"waiting", "Waiting"}, {"decided", "Decided"}, {"all", "All"}} {
		l := ui.SegLink{Text: v.text, URL: i.Base + "?show=" + v.name, Current: v.name == i.View}
		if v.name == "waiting" {
			l.Count = ui.Number(i.Waiting)
		}
		links = append(links, l)
	}
	return links
}

func requestRow(c echo.Context, r portal.SubscriptionRow, view string) requests.Row {
	return requests.Row{
		Subscription: r.Subscription, Seen: r.Seen(), API: r.API.Name, Version: r.Version.Name, Team: r.Team.Name, Plan: r.Plan,
		By: r.By.Name, Email: r.By.Email, Decider: r.Decider.Name, URL: requestsURL(c) + "/" + r.ID + query("show", view),
		Wanted: r.Wanted, WantedOf: r.WantedOf.Name,
	}
}

// oneRequest is what is known of one request, nil without an id.
func (w *Web) oneRequest(c echo.Context, id, view string) (*requests.Detail, error) {
	if id == "" {
		return nil, nil
	}
	ctx, actor := c.Request().Context(), guard.Actor(c)
	r, err := w.Subscriptions.Inspect(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	e, err := w.Subscriptions.Weigh(ctx, actor, r)
	if err != nil {
		return nil, err
	}
	d := &requests.Detail{
		Row: requestRow(c, r.SubscriptionRow, ""), Domain: r.By.EmailDomain(), Domains: r.Domains, Members: len(r.Members), Since: r.Team.CreatedAt,
		Self: r.Self, Used: int64(r.Used), Role: map[models.TeamRole]string{models.TeamOwner: "Owner", models.TeamMember: "Member"}[r.Role],
		Calls: e.Past.Calls, Errors: e.Past.Errors(), Refused: e.Past.Refused, Alerts: e.Alerts, Reads: e.Reads, Writes: e.Writes, Personal: e.Personal, Advice: e.Advice(),
		Smaller: r.Smaller, Takers: r.Takers, Said: said(r.Messages, r.Team.Name, actor.Tenant().Name),
	}
	d.LastDay, d.Until = dayBefore(r.WishedEnd), dayBefore(r.EndsAt)
	if guard.Actor(c).Can(models.TokenReadAll) {
		d.TokensURL = allTokensURL(c) + "?team=" + r.TeamID
	}
	for _, o := range r.Others {
		d.Others = append(d.Others, requestRow(c, o, view))
	}
	return d, nil
}

// decide carries out one decision and goes on to what waits, or shows the
// request again with what was wrong.
func (w *Web) decide(c echo.Context, did string, act func(context.Context, models.Actor, string) (portal.SubscriptionRow, error)) error {
	row, err := act(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if problems, ok := fieldsOf(err); ok {
		return w.showRequests(c, formStatus(err), c.Param("id"), func(i *requests.Inbox) {
			i.Problems = renamed(problems, map[string]string{"ends_at": "last_day"})
			i.One.Reason, i.One.Typed.Plan, i.One.Advised = c.FormValue("reason"), c.FormValue("plan"), c.FormValue("advice") != ""
			i.One.LastDay = orElse(c.FormValue("last_day"), i.One.LastDay)
		})
	}
	if err != nil {
		return err
	}
	return done(c, row.Team.Name+", "+row.API.Name+" "+row.Version.Name+": "+did+". They are told here and by e-mail.", requestsURL(c))
}

// ApproveRequest lets a team in.
func (w *Web) ApproveRequest(c echo.Context) error {
	return w.decide(c, "approved", func(ctx context.Context, a models.Actor, id string) (portal.SubscriptionRow, error) {
		ends, err := endOf(c.FormValue("last_day"), "last_day")
		if err != nil {
			return portal.SubscriptionRow{}, err
		}
		terms := portal.Terms{Ends: ends, Advice: strings.TrimSpace(c.FormValue("reason") + "\n" + c.FormValue("advice"))}
		slug, revision, _ := strings.Cut(c.FormValue("plan"), " ")
		terms.Plan = slug
		terms.Seen, _ = strconv.Atoi(revision) // 0 is any
		return w.Subscriptions.ApproveOn(ctx, a, id, c.FormValue("seen"), &terms)
	})
}

// DenyRequest refuses a request.
func (w *Web) DenyRequest(c echo.Context) error {
	return w.decide(c, "denied", func(ctx context.Context, a models.Actor, id string) (portal.SubscriptionRow, error) {
		return w.Subscriptions.Deny(ctx, a, id, c.FormValue("seen"), c.FormValue("reason"))
	})
}

// PauseSubscription stops a team's calls for a while.
func (w *Web) PauseSubscription(c echo.Context) error {
	return w.decide(c, "paused", func(ctx context.Context, a models.Actor, id string) (portal.SubscriptionRow, error) {
		return w.Subscriptions.Pause(ctx, a, id, c.FormValue("reason"))
	})
}

// ResumeSubscription lets them through again.
func (w *Web) ResumeSubscription(c echo.Context) error {
	return w.decide(c, "resumed", w.Subscriptions.Resume)
}

// EndAnySubscription stops a team's calls for good.
func (w *Web) EndAnySubscription(c echo.Context) error {
	return w.decide(c, "ended", func(ctx context.Context, a models.Actor, id string) (portal.SubscriptionRow, error) {
		return w.Subscriptions.End(ctx, a, id, c.FormValue("reason"))
	})
}

// Overview is what those who run a tenant look at first.
func (w *Web) ShowOverview(c echo.Context) error {
	actor := guard.Actor(c)
	d, err := w.Overview.Show(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	o := requests.Overview{
		Tenant: actor.Tenant().Slug, Waiting: int(d.Waiting), Live: int(d.Live), Soon: int(d.SoonAll), Alerts: d.Alerts, Dormant: int(d.Dormant), Orphaned: int(d.Orphaned), Broad: int(d.Broad), APIs: d.APIs,
		Tokens: d.TokensOK, Usage: actor.Can(models.UsageReadAll), Now: w.Clock.Now(),
		Calls: int64(d.Series.Total.Calls), Before: int64(d.Series.Previous.Calls), Errors: failedShare(d.Series),
	}
	for _, r := range d.Newest {
		o.Newest = append(o.Newest, requestRow(c, r, ""))
	}
	for _, t := range d.Soon {
		o.Expiring = append(o.Expiring, requests.Expiring{Name: t.Name, Owner: t.Owner.Name, URL: allTokensURL(c) + "/" + t.ID, At: t.ExpiresAt})
	}
	if o.Tokens {
		if o.Asking, err = w.askingTokens(c); err != nil {
			return err
		}
	}
	if o.Usage {
		o.Graph = graph("Traffic of all APIs", "last 24 hours", d.Series, nil)
	}
	p := w.page(c, "Overview")
	p.Scripts = []string{"graph.js"}
	return render(c, http.StatusOK, o.Page(p))
}
