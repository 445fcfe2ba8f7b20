package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/tokens"
)

func allTokensURL(c echo.Context) string { return tenantBase(c) + "/admin/tokens" }

// ShowAnyToken is the page of one of them, or for htmx its live part.
func (w *Web) ShowAnyToken(c echo.Context) error {
	d, err := w.AllTokens.Show(c.Request().Context(), guard.Actor(c), c.Param("id"), c.QueryParam("range"))
	if err != nil {
		return err
	}
	page := w.tokenDetail(c, allTokensURL(c), d)
	page.Admin, page.MayChange, page.MayDecide = true, guard.Actor(c).Can(models.TokenRevokeAny), guard.Actor(c).Can(models.TokenDecide)
	return w.showToken(c, d.Token, page, w.AllTokens.Life)
}

// ConfirmRevokeAnyToken says what revoking breaks.
func (w *Web) ConfirmRevokeAnyToken(c echo.Context) error {
	return w.showStop(c, http.StatusOK, allTokensURL(c), w.AllTokens.Impact, tokens.Stop{Revoke: true, Needed: true})
}

// RevokeAnyToken ends a token for good; its owner is told.
func (w *Web) RevokeAnyToken(c echo.Context) error {
	return w.stop(c, allTokensURL(c), w.AllTokens.Impact, w.AllTokens.Revoke, tokens.Stop{Revoke: true, Needed: true}, revoked)
}

// ConfirmPauseAnyToken says what pausing breaks.
func (w *Web) ConfirmPauseAnyToken(c echo.Context) error {
	return w.showStop(c, http.StatusOK, allTokensURL(c), w.AllTokens.Impact, tokens.Stop{Needed: true})
}

// PauseAnyToken stops a token until an admin resumes it; its owner is told.
func (w *Web) PauseAnyToken(c echo.Context) error {
	return w.stop(c, allTokensURL(c), w.AllTokens.Impact, noCause(w.AllTokens.Pause), tokens.Stop{Needed: true}, paused)
}

// ResumeAnyToken makes a paused token work again.
func (w *Web) ResumeAnyToken(c echo.Context) error {
	if err := w.AllTokens.Resume(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, resumed, allTokensURL(c)+"/"+c.Param("id"))
}
