// Package handlers is the portal's outside: every address that it answers to
// is in routes*.go, every error it shows goes through errors.go.
package handlers

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/api"
	"gatehouse/handlers/guard"
	"gatehouse/handlers/web"
	"gatehouse/internal/fault"
	"gatehouse/internal/logging"
)

// Options of the portal's HTTP side.
type Options struct {
	Portal         *url.URL // the exact origin under which people reach it
	Gateway        *url.URL // the gateway's, which the try page may call
	TrustedProxies []netip.Prefix
	Demo           bool // serves /dev, answers on 127.0.0.1 by leading to localhost

	// Served is the slug of the tenant whose pages a host of its own has; it may be nil.
	Served func(host string) (slug string, ok bool)
}

// New assembles the portal's HTTP side. It panics on a route that does not say
// who may use it: such a program must not start (R50).
func New(o Options, w *web.Web, a *api.API, g *guard.Guard) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = extractor(o.TrustedProxies)
	e.HTTPErrorHandler = errorsOf(o, w).answer
	e.Pre(
		guard.Stamp(func(c echo.Context) string { return c.RealIP() }),
		securityHeaders(o),
		recovered,
		hostCheck(o),
		sameOrigin(o),
	)
	for _, r := range Routes(o, w, a) {
		if r.rule.By == 0 || r.handler == nil {
			panic("route without a rule or a handler: " + r.method + " " + r.path)
		}
		enforce := g.Enforce(r.rule, limited(r.bodyLimit()))
		own := onOwnHost(o, r)
		e.Add(r.method, r.path, r.handler, own, enforce)
		if r.method == http.MethodGet {
			e.Add(http.MethodHead, r.path, r.handler, own, enforce) // R141
		}
	}
	return e
}

// extractor reads X-Forwarded-For from the right, as far as proxies of ours
// wrote it; without any, the peer's address counts (R77).
func extractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	opts := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		opts = append(opts, echo.TrustIPRange(ipNet(p)))
	}
	return echo.ExtractIPFromXFFHeader(opts...)
}

// recovered makes a panic an internal fault (R102). Echo's own would print the stack as text.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				slog.ErrorContext(c.Request().Context(), "panic", "request_id", guard.Request(c).ID, "panic", fmt.Sprint(v), "stack", logging.Stack())
				err = fault.From(fmt.Errorf("panic: %v", v))
			}
		}()
		return next(c)
	}
}
