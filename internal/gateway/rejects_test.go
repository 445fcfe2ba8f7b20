package gateway_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
)

// decide asks about a call without a connection.
func (w *world) decide(authorization string) *gateway.Code {
	var v gateway.Verdict
	r := &gateway.Request{Method: "GET", Target: "/north-quay/berths/v1/berths", Header: http.Header{}, Peer: netip.MustParseAddr("192.0.2.1"), Secure: true}
	if authorization != "" {
		r.Header["Authorization"] = []string{authorization}
	}
	w.g.Decide(context.Background(), r, &v)
	return v.Code
}

// R2: 10,000 tokens with one character changed are refused one by one by their
// checksum alone; nothing is looked up for them (the gateway has no database, and
// the counter of what was looked up in vain stays).
func TestFlippedTokens(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.config.Failures = 1 << 40 })
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	secret := good.Reveal()
	random := len("gth_nq_")
	for i := range 10_000 {
		at := random + i%(len(secret)-random)
		other := alphabet[(strings.IndexByte(alphabet, secret[at])+1+i/len(secret)%61)%62]
		if code := w.decide("Bearer " + secret[:at] + string(other) + secret[at+1:]); code != gateway.InvalidToken {
			t.Fatalf("%d: with another character at %d the answer is %v", i, at, code)
		}
	}
	for why, n := range w.g.Refusals() {
		if want := map[string]uint64{"checksum": 10_000}[why]; n != want {
			t.Errorf("%s: %d, want %d", why, n, want)
		}
	}
}

// Why nobody was recognised is counted.
func TestRefusalsAreCounted(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.config.Failures = 8 })
	for why, authorization := range map[string]string{
		"no_token": "", "misplaced": "Basic eDp5", "checksum": "Bearer gth_nq_x", "kind": "Bearer " + manager.Reveal(), "unknown": "Bearer " + revoked.Reveal(),
	} {
		before := w.g.Refusals()[why]
		if w.decide(authorization) == nil || w.g.Refusals()[why] != before+1 {
			t.Errorf("%s: %v", why, w.g.Refusals())
		}
	}
	w.clock.Advance(time.Hour)
	w.g.SetFresh(w.clock.Now())
	if w.decide("Bearer "+good.Reveal()) != gateway.TokenExpired || w.g.Refusals()["expired"] != 1 {
		t.Errorf("an expired one: %v", w.g.Refusals())
	}
	for range 20 {
		w.decide("Bearer x")
	}
	if w.g.Refusals()["throttled"] == 0 {
		t.Errorf("too many: %v", w.g.Refusals())
	}
}

// R135: what is expired for long leaves the table by itself.
func TestExpiredTokensAreForgotten(t *testing.T) {
	w := newWorld(t)
	try := keys.Derive(keys.Access, "nq", [32]byte{50})
	w.g.Tokens.Put(keys.Digest(pepper, try.SHA256()), gateway.TokenRecord{ID: uuid(90), Tenant: northQ, Team: carriers, Kind: gateway.TryToken, Expires: w.clock.Now().Add(time.Hour)})
	all := w.g.Tokens.Len()
	w.clock.Advance(time.Hour + 5*time.Minute)
	w.g.Sweep()
	if n := w.g.Tokens.Len(); n != all-1 {
		t.Errorf("%d of %d tokens are left, the try token alone should be gone", n, all)
	}
	w.g.SetFresh(w.clock.Now())
	if code := w.decide("Bearer " + good.Reveal()); code != gateway.TokenExpired {
		t.Errorf("the holder of an expired token is told %v", code)
	}
	w.clock.Advance(24 * time.Hour)
	w.g.Sweep()
	if n := w.g.Tokens.Len(); n != 0 {
		t.Errorf("%d tokens are left", n)
	}
}

// R102: a tenant that could not be read gets 503, and the others go on.
func TestClosedTenant(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.public = true })
	closed := w.g.Published().Closed(gateway.Tenant{ID: grid})
	w.g.Publish(w.g.Published().With(closed))
	w.call("GET", "/grid/x/v1/y", bearer(good)).want(503, "verdict_unavailable")
	a := w.call("GET", "/north-quay/berths/v1/berths", bearer(foreign))
	a.want(503, "verdict_unavailable")
	if a.Header.Get("Retry-After") != "5" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(200, "")
	if w.g.Published().Closed(gateway.Tenant{ID: uuid(77)}) != nil {
		t.Error("a tenant that was never known has an address")
	}
}
