package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
)

// impactOf asks what ends with a token: one of one's own, or any.
type impactOf func(context.Context, models.Actor, string) (portal.Impact, error)

// stopToken carries out a pause or a revocation as the form says, and shows the
// page again where something is wrong.
type stopToken func(ctx context.Context, actor models.Actor, id string, cause models.TokenCause, reason string) error

// noCause is a stop that needs no cause: a pause.
func noCause(stop func(ctx context.Context, actor models.Actor, id, reason string) error) stopToken {
	return func(ctx context.Context, actor models.Actor, id string, _ models.TokenCause, reason string) error {
		return stop(ctx, actor, id, reason)
	}
}

func (w *Web) showStop(c echo.Context, status int, base string, impact impactOf, s tokens.Stop) error {
	i, err := impact(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	s.Tenant, s.Row, s.Back, s.Now = guard.Actor(c).Tenant().Slug, tokenRow(c, base, i.TokenRow), base+"/"+i.ID, w.Clock.Now()
	s.URL = s.Back + "/pause"
	if s.Revoke {
		s.URL = s.Back + "/revoke"
	}
	for _, o := range i.Operations {
		name := i.Names[o.Operation]
		if name == "" {
			name = o.Operation
		}
		s.Operations = append(s.Operations, name)
	}
	for _, u := range i.Callers {
		s.Callers = append(s.Callers, tokens.Caller{IP: u.IP.Unmap().String(), Agent: u.Agent, Last: u.Last, Calls: u.Calls})
	}
	return render(c, status, s.Page(w.page(c, s.Name)))
}

func (w *Web) stop(c echo.Context, base string, impact impactOf, act stopToken, s tokens.Stop, message string) error {
	s.Cause, s.Reason = c.FormValue("cause"), c.FormValue("reason")
	err := act(c.Request().Context(), guard.Actor(c), c.Param("id"), models.TokenCause(s.Cause), s.Reason)
	if problems, ok := fieldsOf(err); err != nil && ok {
		s.Problems = problems
		status := http.StatusUnprocessableEntity
		if fault.Is(err, fault.Conflict) {
			status = http.StatusConflict
		}
		return w.showStop(c, status, base, impact, s)
	}
	if err != nil {
		return err
	}
	return done(c, message, base+"/"+c.Param("id"))
}

const (
	revoked           = "The token is revoked. Calls with it are refused from now on; its page holds the receipt."
	revokedManagement = "The token is revoked. Calls with it are refused from now on."

	paused  = "The token is paused. Calls with it are refused until it is resumed."
	resumed = "The token works again."
)

// ConfirmRevokeToken says what revoking breaks.
func (w *Web) ConfirmRevokeToken(c echo.Context) error {
	return w.showStop(c, http.StatusOK, tokensURL(c), w.Tokens.Impact, tokens.Stop{Revoke: true})
}

// RevokeToken ends a token for good.
func (w *Web) RevokeToken(c echo.Context) error {
	return w.stop(c, tokensURL(c), w.Tokens.Impact, w.Tokens.Revoke, tokens.Stop{Revoke: true}, revoked)
}

// ConfirmPauseToken says what pausing breaks.
func (w *Web) ConfirmPauseToken(c echo.Context) error {
	return w.showStop(c, http.StatusOK, tokensURL(c), w.Tokens.Impact, tokens.Stop{})
}

// PauseToken stops a token for a while.
func (w *Web) PauseToken(c echo.Context) error {
	return w.stop(c, tokensURL(c), w.Tokens.Impact, noCause(w.Tokens.Pause), tokens.Stop{}, paused)
}

// ResumeToken makes a paused token work again.
func (w *Web) ResumeToken(c echo.Context) error {
	if err := w.Tokens.Resume(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, resumed, tokensURL(c)+"/"+c.Param("id"))
}

// TryToken gives the script of a try page its token. The answer is the only place
// where it ever stands.
func (w *Web) TryToken(c echo.Context) error {
	mint := w.Tries.Token
	if c.QueryParam("to") == "mock" {
		mint = w.Tries.MockToken
	}
	token, secret, err := mint(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]any{"token": secret.Reveal(), "expires_at": token.ExpiresAt})
}
