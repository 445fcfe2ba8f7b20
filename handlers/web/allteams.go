package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/teams"
	"gatehouse/views/ui"
)

// teamRows is how many teams a list shows at once.
const teamRows = 50

func allTeamsURL(c echo.Context) string { return tenantBase(c) + "/admin/teams" }

var teamViews = []struct {
	view, text string
}{{portal.TeamsAll, "All"}, {portal.TeamsOwnerless, "Without owner"}, {portal.TeamsEmpty, "Without members"}}

// AllTeams lists the teams of the tenant.
func (w *Web) AllTeams(c echo.Context) error {
	actor := guard.Actor(c)
	q := portal.TeamQuery{Text: c.QueryParam("q"), After: c.QueryParam("after"), Limit: teamRows}
	address := func(view, after string) string {
		v := url.Values{}
		for name, value := range map[string]string{"q": q.Text, "view": view, "after": after} {
			if value != "" {
				v.Set(name, value)
			}
		}
		if len(v) == 0 {
			return allTeamsURL(c)
		}
		return allTeamsURL(c) + "?" + v.Encode()
	}
	d := teams.All{Tenant: actor.Tenant().Slug, Base: allTeamsURL(c), Text: q.Text, MayConfigure: actor.Can(models.TenantConfigure), Now: w.Clock.Now()}
	for _, v := range teamViews {
		if c.QueryParam("view") == v.view {
			q.View, d.View = v.view, v.view
		}
	}
	for _, v := range teamViews {
		d.Views = append(d.Views, ui.SegLink{Text: v.text, URL: address(v.view, ""), Current: v.view == q.View})
	}
	page, err := w.Teams.All(c.Request().Context(), actor, q)
	if err != nil {
		return err
	}
	d.Founding = page.Founding
	for _, r := range page.Rows {
		d.Rows = append(d.Rows, teams.Row{ID: r.ID, Name: r.Name, Since: r.CreatedAt, Domains: domainNames(r), Members: r.Members, Subscriptions: r.Subscriptions, Tokens: r.Tokens, Services: r.Services})
	}
	if page.More {
		last := page.Rows[len(page.Rows)-1]
		d.Next = address(d.View, last.Name+" "+last.ID)
	}
	if q.After != "" {
		d.First = address(d.View, "")
	}
	return render(c, http.StatusOK, d.Page(w.page(c, "Teams")))
}

// SetFounding says whether partners may found teams.
func (w *Web) SetFounding(c echo.Context) error {
	on := c.FormValue("on") == "on"
	if err := w.Teams.SetFounding(c.Request().Context(), guard.Actor(c), on); err != nil {
		return err
	}
	message := "Partners found no teams from now on. Those that are there stay."
	if on {
		message = "Partners can found teams from now on."
	}
	return done(c, message, allTeamsURL(c))
}

// WholeTeam is one team as those who run the tenant see it.
func (w *Web) WholeTeam(c echo.Context) error { return w.showWholeTeam(c, http.StatusOK, nil) }

func (w *Web) showWholeTeam(c echo.Context, status int, problems []fault.Field) error {
	actor := guard.Actor(c)
	t, err := w.Teams.Whole(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	now := w.Clock.Now()
	d := teams.Whole{Data: teams.Data{Tenant: actor.Tenant().Slug, Now: now}, Team: teamOf(c, t.TeamPage), Base: allTeamsURL(c), Problems: problems, Owned: t.Owned,
		MayManage: actor.Can(models.TeamAdminister), MayPrepare: actor.Can(models.TokenPrepare), MayDecide: actor.Can(models.SubscriptionReadAll), Tokens: t.Counts.Tokens, TokensURL: allTokensURL(c) + "?team=" + t.ID}
	for i, s := range t.Services {
		d.Team.Services[i].URL, d.Team.Services[i].Tokens = allTokensURL(c)+"?owner="+s.ID, len(s.Tokens)
	}
	for _, s := range t.Subscriptions {
		d.Subscriptions = append(d.Subscriptions, teams.Subscription{Name: s.Title(), State: string(s.State), Since: s.RequestedAt, URL: tenantBase(c) + "/admin/requests/" + s.ID})
	}
	for _, r := range t.Claims {
		d.Claims = append(d.Claims, teams.ClaimRow{ID: r.Claim.ID, Name: r.Claim.Name, For: r.For.Name, By: r.By.Name, Service: r.Service.Name, State: r.Shown(now), Until: r.ExpiresAt, At: r.Claim.CreatedAt})
	}
	return render(c, status, d.Page(w.page(c, t.Name)))
}

// ConfirmExpel says what ends when somebody is taken out of a team.
func (w *Web) ConfirmExpel(c echo.Context) error { return w.showExpel(c, http.StatusOK, nil) }

func (w *Web) showExpel(c echo.Context, status int, problems []fault.Field) error {
	actor := guard.Actor(c)
	p, err := w.Teams.Parting(c.Request().Context(), actor, c.Param("id"), c.Param("user"))
	if err != nil {
		return err
	}
	g := goodbye(c, p)
	g.Back, g.Crumb, g.Object, g.Problems = allTeamsURL(c)+"/"+p.TeamID, "Teams", p.TeamID, problems
	return render(c, status, teams.Confirm(w.page(c, p.Team.Name), g))
}

// Expel takes somebody out of a team.
func (w *Web) Expel(c echo.Context) error {
	if err := w.Teams.Expel(c.Request().Context(), guard.Actor(c), c.Param("id"), c.Param("user")); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showExpel(c, status, problems)
		}
		return err
	}
	return done(c, "They are not in the team any more; their own tokens of it work no more.", allTeamsURL(c)+"/"+c.Param("id"))
}

// NameOwnerForm asks who owns a team that has no owner.
func (w *Web) NameOwnerForm(c echo.Context) error {
	return w.showNameOwner(c, http.StatusOK, "", "", nil)
}

func (w *Web) showNameOwner(c echo.Context, status int, user, email string, problems []fault.Field) error {
	t, err := w.Teams.Whole(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	d := teams.OwnerForm{Tenant: guard.Actor(c).Tenant().Slug, Team: t.Name, ID: t.ID, Base: allTeamsURL(c), User: user, Email: email, Owned: t.Owned, Problems: problems}
	for _, p := range t.People {
		if p.User.State == models.UserActive {
			d.People = append(d.People, ui.Option{Value: p.UserID, Label: p.User.Name, Note: p.User.Email})
		}
	}
	return render(c, status, d.Page(w.page(c, t.Name)))
}

// NameOwner gives a team an owner that has none.
func (w *Web) NameOwner(c echo.Context) error {
	user, email := c.FormValue("user"), c.FormValue("email")
	if err := w.Teams.NameOwner(c.Request().Context(), guard.Actor(c), c.Param("id"), user, email); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showNameOwner(c, status, user, email, problems)
		}
		return err
	}
	message := "The team has an owner again."
	if user == "" {
		message = "The invitation is on its way to " + email + "."
	}
	return done(c, message, allTeamsURL(c)+"/"+c.Param("id"))
}
