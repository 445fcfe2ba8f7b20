// Package api is the management API: it reads JSON, calls one use case, and
// writes JSON. A change is answered with what it made, so who may not read that
// hears so before anything is changed. The shapes that it shows are contracts and live here, beside
// their handlers.
package api

import (
	"net/url"

	"gatehouse/internal/clock"
	"gatehouse/internal/portal"
)

// API holds what its handlers need.
type API struct {
	*portal.Portal
	Clock    clock.Clock
	Scanners Scanners
	Origin   *url.URL // of the portal: who issues tokens
	Gateway  *url.URL // where tokens are good
}
