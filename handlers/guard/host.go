package guard

import (
	"github.com/labstack/echo/v4"

	"gatehouse/internal/session"
)

const hostKey = "guard.host"

// Host is a tenant's own, under which its pages are served.
type Host struct {
	Name   string // without a port
	Slug   string // of the tenant
	Origin string
}

// ServeOn notes that a request came in on a tenant's own host. It must run before any
// session is looked for.
func ServeOn(c echo.Context, h Host) {
	c.Set(hostKey, h)
	c.SetRequest(c.Request().WithContext(session.OnHost(c.Request().Context(), h.Name)))
}

// OwnHost is the tenant's own host that a request came in on; ok is false on the portal's.
func OwnHost(c echo.Context) (h Host, ok bool) {
	h, ok = c.Get(hostKey).(Host)
	return h, ok
}
