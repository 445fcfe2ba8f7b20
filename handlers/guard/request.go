package guard

import (
	"crypto/rand"

	"github.com/labstack/echo/v4"

	"gatehouse/models"
)

const requestKey = "guard.request"

// Stamp gives each request an id of our own making (R129) and notes where it
// came from. It must run before everything else.
func Stamp(clientIP func(echo.Context) string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := models.Request{ID: "req-" + rand.Text(), ClientIP: clientIP(c), UserAgent: c.Request().UserAgent()}
			c.Set(requestKey, r)
			c.Response().Header().Set("Gatehouse-Request-Id", r.ID)
			return next(c)
		}
	}
}

// Request of which the caller is the author.
func Request(c echo.Context) models.Request {
	r, _ := c.Get(requestKey).(models.Request)
	return r
}
