package web

import (
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
)

// BeginStepUp asks the person to confirm one action on one object (R24).
func (w *Web) BeginStepUp(c echo.Context) error {
	return options(c)(w.Accounts.BeginStepUp(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash(),
		c.FormValue("action"), c.FormValue("object")))
}

// FinishStepUp gives the page a proof to send along with its form. The session's
// id changes with it (R36).
func (w *Web) FinishStepUp(c echo.Context) error {
	response, err := answerOf(c)
	if err != nil {
		return err
	}
	s := guard.Session(c)
	proof, err := w.Accounts.FinishStepUp(c.Request().Context(), guard.Actor(c), s.Hash(), response, func() ([]byte, error) {
		err := s.Renew(c.Response(), c.Request())
		return s.Hash(), err
	})
	if err != nil {
		return err
	}
	return answer(c, map[string]string{"proof": proof})
}
