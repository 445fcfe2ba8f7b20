package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/session"
	"gatehouse/models"
	"gatehouse/views/account"
)

// RecoveryCodes says how many codes are left, and makes new ones.
func (w *Web) RecoveryCodes(c echo.Context) error { return w.showCodes(c, http.StatusOK, nil) }

func (w *Web) showCodes(c echo.Context, status int, problems []fault.Field) error {
	d, err := w.codesData(c)
	if err != nil {
		return err
	}
	d.Problems = problems
	return render(c, status, account.RecoveryCodes(w.page(c, "Recovery codes"), d))
}

func (w *Web) codesData(c echo.Context) (d account.CodesData, err error) {
	left, err := w.Accounts.RecoveryCodes(c.Request().Context(), guard.Actor(c))
	d = account.CodesData{Email: guard.Actor(c).Account().Email, Portal: w.Origin.String(), Now: w.Clock.Now()}
	d.Safety.CodesLeft, d.Safety.CodesOf, d.Safety.CodesMade = left.Left, left.Of, left.MadeAt
	return d, err
}

// MakeRecoveryCodes shows new codes, this once.
func (w *Web) MakeRecoveryCodes(c echo.Context) error {
	codes, err := w.Accounts.MakeRecoveryCodes(c.Request().Context(), guard.Actor(c))
	if err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showCodes(c, status, problems)
		}
		return err
	}
	d, err := w.codesData(c)
	if err != nil {
		return err
	}
	for _, code := range codes {
		d.Codes = append(d.Codes, code.Reveal())
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	p := w.page(c, "Your recovery codes")
	p.Scripts = []string{"save.js"}
	return render(c, http.StatusCreated, account.NewRecoveryCodes(p, d))
}

// RecoverPage asks for a recovery code.
func (w *Web) RecoverPage(c echo.Context) error { return w.showRecover(c, http.StatusOK, nil) }

func (w *Web) showRecover(c echo.Context, status int, problems []fault.Field) error {
	return render(c, status, account.Recover(w.gate(c, "Recover your account", ""), problems))
}

// Recover begins a recovery session for whose code it was. The code is not shown
// again where it was refused: it is a secret (R4).
func (w *Web) Recover(c echo.Context) error {
	user, err := w.Accounts.Recover(c.Request().Context(), guard.Actor(c), c.FormValue("recovery_code"))
	if err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		status := formStatus(err)
		if fault.Is(err, fault.BadRequest) {
			status = http.StatusBadRequest
		}
		return w.showRecover(c, status, problems)
	}
	return w.recovering(c, user)
}

// recovering gives the person a session that is good for a new passkey alone (R33).
func (w *Web) recovering(c echo.Context, user models.User) error {
	if err := guard.Session(c).SignIn(c.Response(), c.Request(), user.ID, session.Recovery, from(c)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, guard.RecoveryPage)
}

// RecoverPasskey is the one page of a recovery session.
func (w *Web) RecoverPasskey(c echo.Context) error {
	return render(c, http.StatusOK, account.RecoverPasskey(w.gate(c, "Make a new passkey", ""), guard.Actor(c).Account().Email))
}

// BeginRecovery asks the browser for the new passkey.
func (w *Web) BeginRecovery(c echo.Context) error {
	return options(c)(w.Accounts.BeginRecovery(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash(), c.FormValue("name")))
}

// FinishRecovery stores it. The session is over; the person signs in.
func (w *Web) FinishRecovery(c echo.Context) error {
	response, err := answerOf(c)
	if err != nil {
		return err
	}
	s := guard.Session(c)
	if err := w.Accounts.FinishRecovery(c.Request().Context(), guard.Actor(c), s.Hash(), response); err != nil {
		return err
	}
	if err := s.SignOut(c.Response(), c.Request()); err != nil {
		return err
	}
	return goTo(c, "/login?done=recovered&next=%2Faccount")
}

// StopOwnRecovery ends a recovery of one's own account that an admin began.
func (w *Web) StopOwnRecovery(c echo.Context) error {
	if err := w.Accounts.StopRecovery(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, "The recovery was stopped. Nothing was changed, and what was sent for it works no more.", "/account")
}

// RecoverByLink begins a recovery session by the link of an admin's recovery.
func (w *Web) RecoverByLink(c echo.Context) error {
	user, err := w.Accounts.RecoverByLink(c.Request().Context(), guard.Actor(c), c.Param("secret"))
	if fault.Is(err, fault.Gone) || fault.Is(err, fault.NotFound) {
		return w.linkOver(c, err)
	}
	if err != nil {
		return err
	}
	return w.recovering(c, user)
}

// StopByLink stops a recovery for whoever has the mail about it.
func (w *Web) StopByLink(c echo.Context) error {
	err := w.Accounts.StopByLink(c.Request().Context(), guard.Actor(c), c.Param("secret"))
	if fault.Is(err, fault.Gone) || fault.Is(err, fault.NotFound) {
		return w.linkOver(c, err)
	}
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, account.LinkOver(w.linkPage(c, "The recovery was stopped"), "The recovery was stopped",
		"Nothing was changed, and nobody gets a link. If you still can’t sign in, use a recovery code."))
}
