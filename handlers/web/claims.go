package web

import (
	"crypto/rand"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/views/teams"
	"gatehouse/views/tokens"
	"gatehouse/views/ui"
)

// PrepareTokenForm is the form of a token that somebody of a team will make.
func (w *Web) PrepareTokenForm(c echo.Context) error {
	return w.showPrepare(c, http.StatusOK, tokens.Form{}, portal.NewToken{Key: rand.Text()}, c.QueryParam("service"))
}

func (w *Web) showPrepare(c echo.Context, status int, f tokens.Form, in portal.NewToken, service string) error {
	can, person, err := w.Claims.Form(c.Request().Context(), guard.Actor(c), c.Param("id"), c.Param("user"), service)
	if err != nil {
		return err
	}
	team := allTeamsURL(c) + "/" + can.Team.ID
	f.For, f.Action, f.Cancel = person.Name, team+"/members/"+person.ID+"/tokens", team
	f.Look = f.Action
	f.Crumbs = []ui.Link{{Text: "Teams", URL: allTeamsURL(c)}, {Text: can.Team.Name, URL: team}, {Text: "Prepare a token"}}
	f.Services = servicesOf(can, f.Action+"?", "Their own")
	return w.showTokenForm(c, status, f, in, can)
}

// PrepareToken keeps what was filled in, and sends the link to whom it is for. With
// "do" it only shows the form again, as its buttons ask.
func (w *Web) PrepareToken(c echo.Context) error {
	ctx, actor, user := c.Request().Context(), guard.Actor(c), c.Param("user")
	can, person, err := w.Claims.Form(ctx, actor, c.Param("id"), user, c.FormValue("service"))
	if err != nil {
		return err
	}
	in := newToken(c, can.APIs)
	in.Team = can.Team.ID
	f := tokens.Form{Expires: c.FormValue("expires"), Date: c.FormValue("date")}
	if do := c.QueryParam("do"); do != "" {
		problems, ok := fieldsOf(w.Claims.Check(ctx, actor, user, in))
		if ok {
			f.Problems = slices.DeleteFunc(problems, func(p fault.Field) bool { return p.Message == "" || unfilled(p.Name, in) })
		}
		return w.showPrepare(c, lookStatus(f.Problems), f, in, c.FormValue("service"))
	}
	if _, err := w.Claims.Prepare(ctx, actor, user, in); err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		f.Problems = problems
		return w.showPrepare(c, formStatus(err), f, in, c.FormValue("service"))
	}
	return done(c, "The link is on its way to "+person.Name+". It works once, for 24 hours.", allTeamsURL(c)+"/"+can.Team.ID)
}

// WithdrawPrepared ends a prepared token that nobody made yet.
func (w *Web) WithdrawPrepared(c echo.Context) error {
	if err := w.Claims.Withdraw(c.Request().Context(), guard.Actor(c), c.Param("id"), c.Param("claim")); err != nil {
		return err
	}
	return done(c, "The prepared token was withdrawn; its link works no more.", allTeamsURL(c)+"/"+c.Param("id"))
}

// Prepared shows a prepared token to the person it is for. Only a POST uses the link
// up (R34).
func (w *Web) Prepared(c echo.Context) error { return w.showPrepared(c, http.StatusOK, nil) }

func (w *Web) showPrepared(c echo.Context, status int, problems []fault.Field) error {
	p, err := w.Claims.Show(c.Request().Context(), guard.Actor(c), c.Param("secret"))
	if err != nil {
		return err
	}
	d := teams.Prepared{Tenant: guard.Actor(c).Tenant().Slug, Claim: p.Claim, By: p.By.Name, Team: p.ClaimTeam.Name, Service: p.Service.Name,
		Purpose: p.In.Purpose, Description: p.In.Description, Expires: p.Token.ExpiresAt, URL: c.Request().URL.Path, Problems: problems, Now: w.Clock.Now()}
	d.Summary = may(p.TokenRow)
	if p.Problem != nil {
		ok := false
		if d.Broken, ok = fieldsOf(p.Problem); !ok {
			d.Broken = []fault.Field{{Message: fault.From(p.Problem).Message}}
		}
	}
	page := w.page(c, "A token for you")
	page.Path = "/t/" + d.Tenant + "/tokens" // the page's own address is a secret, and stands nowhere on it but in its form
	c.Response().Header().Set("Cache-Control", "no-store")
	return render(c, status, d.Page(page))
}

// MakePrepared makes the prepared token and shows its secret, once (R4, R59).
func (w *Web) MakePrepared(c echo.Context) error {
	token, secret, err := w.Claims.Make(c.Request().Context(), guard.Actor(c), c.Param("secret"))
	if err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showPrepared(c, status, problems)
		}
		return err
	}
	return w.showCreated(c, token.ID, secret)
}
