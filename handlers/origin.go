package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
)

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// hostCheck answers only under the portal's own name, and under those that tenants have
// proven to be theirs (R55). In the demo 127.0.0.1 leads to localhost, since passkeys
// know no addresses.
func hostCheck(o Options) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.URL.Host != "" { // absolute-form, whose host replaces the Host field
				return misdirected()
			}
			host := canonicalHost(r.Host)
			if host == canonicalHost(o.Portal.Host) {
				return next(c)
			}
			if own, ok := ownHost(o, host); ok {
				guard.ServeOn(c, own)
				return next(c)
			}
			if name, _, err := net.SplitHostPort(host); o.Demo && err == nil && (name == "127.0.0.1" || name == "::1") && safe(r.Method) {
				return c.Redirect(http.StatusTemporaryRedirect, o.Portal.Scheme+"://"+o.Portal.Host+r.URL.RequestURI())
			}
			return misdirected()
		}
	}
}

// ownHost is the tenant's own host of that canonical name, on the portal's scheme and port.
func ownHost(o Options, host string) (guard.Host, bool) {
	name, port := host, ""
	if n, p, err := net.SplitHostPort(host); err == nil {
		name, port = n, p
	}
	if o.Served == nil || port != o.Portal.Port() {
		return guard.Host{}, false
	}
	slug, ok := o.Served(name)
	return guard.Host{Name: name, Slug: slug, Origin: o.Portal.Scheme + "://" + host}, ok
}

// originOf is the origin that a request came in on.
func originOf(c echo.Context, o Options) string {
	if own, ok := guard.OwnHost(c); ok {
		return own.Origin
	}
	return o.Portal.Scheme + "://" + o.Portal.Host
}

// onOwnHost is what a route answers on a tenant's own host: another tenant's pages are
// not there, and what is not for such a host is on the portal's.
func onOwnHost(o Options, r route) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			own, ok := guard.OwnHost(c)
			if !ok {
				return next(c)
			}
			slug, request := c.Param("tenant"), c.Request()
			switch {
			case slug != "" && slug != own.Slug:
				return fault.Missing("page")
			case r.hosted:
				return next(c)
			case !safe(request.Method) || r.rule.By != guard.Browser || forPrograms(request.URL.Path):
				return fault.Missing("page")
			}
			elsewhere := o.Portal.Scheme + "://" + o.Portal.Host + request.URL.RequestURI()
			if request.Header.Get("HX-Request") == "true" {
				c.Response().Header().Set("HX-Redirect", elsewhere)
				return c.NoContent(http.StatusNoContent)
			}
			return c.Redirect(http.StatusSeeOther, elsewhere)
		}
	}
}

func misdirected() error {
	return fault.New(fault.Misdirected, "wrong_host", "This portal does not answer under that name.")
}

func canonicalHost(host string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return strings.TrimSuffix(strings.ToLower(host), ".")
	}
	return net.JoinHostPort(strings.TrimSuffix(strings.ToLower(name), "."), port)
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// sameOrigin refuses writes that another site makes a browser send (R39 as
// settled): Sec-Fetch-Site must say same-origin or none; without that header,
// Origin must be exactly ours; with neither, a browser's request is refused.
// What is for programs reads no cookie, so nothing can be forged there.
func sameOrigin(o Options) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if safe(r.Method) || forPrograms(r.URL.Path) || oauth(r) || ours(r, originOf(c, o)) {
				return next(c)
			}
			return fault.New(fault.Forbidden, "cross_origin", "This request came from another site. Nothing was changed.")
		}
	}
}

func ours(r *http.Request, origin string) bool {
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "same-origin", "none":
		return true
	case "":
		return r.Header.Get("Origin") == origin
	}
	return false
}

// securityHeaders stand on every answer, errors included (R41, R42). What a person
// or their token sees belongs into no cache, refusals too (R43): only what says
// otherwise itself, since its address names its content, is kept.
func securityHeaders(o Options) echo.MiddlewareFunc {
	policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'" +
		"; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	tryPolicy := strings.NewReplacer("img-src 'self'", "img-src 'self' data:",
		"connect-src 'self'", "connect-src 'self' "+o.Gateway.Scheme+"://"+o.Gateway.Host).Replace(policy)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Content-Security-Policy", policy)
			if path := c.Request().URL.Path; strings.HasPrefix(path, "/t/") && strings.HasSuffix(path, "/try") {
				h.Set("Content-Security-Policy", tryPolicy)
			}
			h.Set("Cache-Control", "no-store")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "publickey-credentials-create=(self), publickey-credentials-get=(self)")
			if o.Portal.Scheme == "https" {
				h.Set("Strict-Transport-Security", strictTransport(o, canonicalHost(c.Request().Host)))
			}
			return next(c)
		}
	}
}

// strictTransport is for the names under the portal's, too. Those under a tenant's own
// host are not ours: they may be its whole company.
func strictTransport(o Options, host string) string {
	if _, own := ownHost(o, host); own {
		return "max-age=63072000"
	}
	return "max-age=63072000; includeSubDomains"
}
