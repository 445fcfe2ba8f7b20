package web

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/portal"
)

// What passkey.js asks and is told, see static/src/js/passkey.js.

// options answers the begin of a ceremony.
func options(c echo.Context) func(json.RawMessage, error) error {
	return func(publicKey json.RawMessage, err error) error {
		if err != nil {
			return err
		}
		return answer(c, map[string]json.RawMessage{"publicKey": publicKey})
	}
}

// goTo answers the finish of a ceremony with the page that follows.
func goTo(c echo.Context, location string) error {
	return answer(c, map[string]string{"location": location})
}

// answer saves the session and writes JSON that no cache keeps.
func answer(c echo.Context, v any) error {
	if err := saveSession(c); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, v)
}

// answerOf reads the browser's answer to a ceremony; the use case judges it.
func answerOf(c echo.Context) ([]byte, error) {
	return io.ReadAll(io.LimitReader(c.Request().Body, portal.AnswerMaxLen+1))
}
