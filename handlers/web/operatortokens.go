package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/support"
)

const operatorTokensURL = installationURL + "/tokens"

// ListOperatorTokens are the tokens of all operators.
func (w *Web) ListOperatorTokens(c echo.Context) error {
	rows, err := w.OperatorTokens.List(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	d := support.OperatorTokens{Now: w.Clock.Now()}
	for _, r := range rows {
		d.Rows = append(d.Rows, support.OperatorToken{OperatorToken: r.OperatorToken, Owner: r.Owner.Name})
	}
	return render(c, http.StatusOK, d.Page(w.console(c, "Tokens for programs")))
}

// NewOperatorToken is the form of a new one.
func (w *Web) NewOperatorToken(c echo.Context) error {
	return w.showOperatorForm(c, http.StatusOK, support.OperatorTokenForm{})
}

func (w *Web) showOperatorForm(c echo.Context, status int, f support.OperatorTokenForm) error {
	now := w.Clock.Now()
	f.Choices, f.MinDate, f.MaxDate = lifetimes(now, models.OperatorTokenDaysMost)
	f.Expires = lifetimeChosen(f.Expires, models.OperatorTokenDaysMost)
	for _, s := range models.OperatorScopes {
		f.Scopes = append(f.Scopes, support.Scope{Name: s.Name, Allows: s.Allows, Chosen: c.FormValue(scopeField+s.Name) != ""})
	}
	return render(c, status, f.Page(w.console(c, "New token for a program")))
}

// CreateOperatorToken answers the form with the only page that shows the secret (R4).
func (w *Web) CreateOperatorToken(c echo.Context) error {
	f := support.OperatorTokenForm{Name: c.FormValue("name"), Expires: c.FormValue("expires"), Date: c.FormValue("date")}
	in := portal.NewOperatorToken{Name: f.Name, Expires: onDate(f.Expires, f.Date), Scopes: []string{}}
	for _, s := range models.OperatorScopes {
		if c.FormValue(scopeField+s.Name) != "" {
			in.Scopes = append(in.Scopes, s.Name)
		}
	}
	token, secret, err := w.OperatorTokens.Create(c.Request().Context(), guard.Actor(c), in)
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		f.Problems = problems
		return w.showOperatorForm(c, status, f)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	page := support.OperatorTokenMade{OperatorToken: token, Secret: secret.Reveal(), Origin: w.Origin.String()}
	return render(c, http.StatusCreated, page.Page(w.console(c, token.Name)))
}

// RevokeOperatorToken ends one for good.
func (w *Web) RevokeOperatorToken(c echo.Context) error {
	token, err := w.OperatorTokens.Revoke(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return done(c, token.Name+" is revoked; whatever used it is refused from now on.", operatorTokensURL)
}
