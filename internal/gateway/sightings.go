package gateway

import (
	"net/netip"
	"time"
)

// SightingKind says what somebody should hear of.
type SightingKind uint8

// The kinds of sightings.
const (
	SeenEnded   SightingKind = iota // a token that opens nothing any more: see its State
	SeenExposed                     // a token where others can read it
)

// Sighting is a use of a token that somebody should hear of.
type Sighting struct {
	Kind      SightingKind
	Token     TokenRecord
	At        time.Time
	IP        netip.Addr
	UserAgent string
	RequestID string
	Where     string // of an exposed one
}

// Where a token was exposed.
const (
	InAddress   = "address"
	InHeader    = "header" // one that proxies and logs do not take for a secret
	InCookie    = "cookie"
	InForm      = "form"
	InPlainHTTP = "plain_http"
)

// sight tells of what a refused call showed.
func (c *call) sight(code *Code) {
	v, tell := &c.verdict, c.g.config.Sightings
	if tell == nil {
		return
	}
	s := Sighting{At: c.record.Start, IP: c.record.ClientIP, UserAgent: c.record.UserAgent, RequestID: c.record.RequestID}
	switch {
	case v.Where != "":
		s.Kind, s.Token, s.Where = SeenExposed, v.Exposed, v.Where
	case v.Ended.State != Live:
		s.Kind, s.Token = SeenEnded, v.Ended
	case code == TokenExpired:
		s.Kind, s.Token = SeenEnded, v.Token
	case code == TokenOverHTTP:
		s.Kind, s.Token, s.Where = SeenExposed, v.Token, InPlainHTTP
	default:
		return
	}
	tell(s)
}
