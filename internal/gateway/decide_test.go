package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
)

// Each line breaks one more thing than the ones below it could excuse: what is
// refused first is DESIGN §5's order.
func TestOrderOfRefusal(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		method, target string
		headers        []string
		status         int
		code           string
	}{
		"an unknown method goes before everything":         {"PROPFIND", "/../x", nil, 501, "method_unknown"},
		"an ambiguous path goes before a missing token":    {"GET", "/north-quay/berths/v1/../x", nil, 400, "ambiguous_path"},
		"an ambiguous query goes before a missing token":   {"GET", "/north-quay/berths/v1/berths?a=1;b=2", nil, 400, "ambiguous_query"},
		"a long target goes before a missing token":        {"GET", "/" + strings.Repeat("x", 9000), nil, 414, "target_too_long"},
		"too many headers go before a missing token":       {"GET", "/north-quay/berths/v1/berths", strings.Split(strings.Repeat("A: b\n", 100)+"A: b", "\n"), 431, "headers_too_large"},
		"no token goes before an unknown path":             {"GET", "/nobody/nothing/v9/x", nil, 401, "authentication_required"},
		"a bad token goes before an unknown path":          {"GET", "/nobody/nothing/v9/x", []string{bearer(revoked)}, 401, "invalid_token"},
		"two tokens go before an unknown path":             {"GET", "/nobody/nothing/v9/x", []string{bearer(good), bearer(good)}, 400, "invalid_request"},
		"an unknown tenant is not there":                   {"GET", "/nobody/berths/v1/berths", []string{bearer(good)}, 404, "api_not_found"},
		"an unknown API is not there":                      {"GET", "/north-quay/nothing/v1/berths", []string{bearer(good)}, 404, "api_not_found"},
		"an unknown version is not there":                  {"GET", "/north-quay/berths/v9/berths", []string{bearer(good)}, 404, "api_not_found"},
		"another tenant's private API is not there":        {"GET", "/north-quay/berths/v1/berths", []string{bearer(foreign)}, 404, "api_not_found"},
		"an unknown operation goes before no subscription": {"GET", "/north-quay/berths/v1/nothing", []string{bearer(undecid)}, 404, "operation_not_found"},
		"a wrong method goes before no subscription":       {"DELETE", "/north-quay/berths/v1/berths", []string{bearer(undecid)}, 405, "method_not_allowed"},
		"a pending subscription goes before the scope":     {"GET", "/north-quay/berths/v1/berths", []string{bearer(undecid)}, 403, "subscription_pending"},
		"a scope goes before the address":                  {"POST", "/north-quay/berths/v1/berths", []string{bearer(reader)}, 403, "insufficient_scope"},
		"an address goes before the limits":                {"GET", "/north-quay/berths/v1/berths", []string{bearer(bound)}, 403, "address_not_allowed"},
		"a management token opens no API":                  {"GET", "/north-quay/berths/v1/berths", []string{bearer(manager)}, 401, "invalid_token"},
		"the version alone is no operation":                {"GET", "/north-quay/berths/v1", []string{bearer(good)}, 404, "operation_not_found"},
		"a slash more is another path":                     {"GET", "/north-quay/berths/v1/berths/", []string{bearer(good)}, 404, "operation_not_found"},
		"what is allowed passes":                           {"GET", "/north-quay/berths/v1/berths", []string{bearer(good)}, 200, ""},
		"HEAD is GET where it is not declared":             {"HEAD", "/north-quay/berths/v1/berths", []string{bearer(good)}, 200, ""},
		"a declared OPTIONS is a call":                     {"OPTIONS", "/north-quay/berths/v1/berths", []string{bearer(good)}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.call(tt.method, tt.target, tt.headers...)
			a.t = t
			a.want(tt.status, tt.code)
			if r := w.last(); r.Status != tt.status || tt.code != "" && r.Outcome != tt.code || tt.code == "" && r.Outcome != gateway.OutcomeOK {
				t.Errorf("recorded %d %q", r.Status, r.Outcome)
			}
		})
	}
	if n := len(w.upstream.requests()); n != 3 {
		t.Errorf("the upstream got %d calls, want the 3 allowed ones", n)
	}
}

// Before the first snapshot, and when the feed was not read for too long, nothing passes.
func TestClosedWhenNotSure(t *testing.T) {
	w := newWorld(t)
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(200, "")
	w.clock.Advance(10*time.Second + 1)
	a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
	a.want(503, "verdict_unavailable")
	if a.Header.Get("Retry-After") != "5" || w.g.Ready() {
		t.Errorf("Retry-After %q, ready %v", a.Header.Get("Retry-After"), w.g.Ready())
	}
	w.g.SetFresh(w.clock.Now())
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(200, "")

	empty := gateway.New(gateway.Config{Clock: w.clock, Limiter: limit.NewMemory(w.clock.Now())})
	empty.SetFresh(w.clock.Now())
	var v gateway.Verdict
	empty.Decide(context.Background(), &gateway.Request{Method: "GET", Target: "/a/b/c/d", Header: http.Header{}, Secure: true}, &v)
	if v.Code != gateway.VerdictUnavailable {
		t.Errorf("an empty gateway says %v", v.Code)
	}
}

// R15, R14: expiry is compared at use; what is removed is refused at once.
func TestEndOfAToken(t *testing.T) {
	w := newWorld(t)
	get := func() *answer {
		w.g.SetFresh(w.clock.Now())
		return w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
	}
	w.clock.Advance(time.Hour - time.Second)
	get().want(200, "")
	w.clock.Advance(time.Second)
	get().want(401, "token_expired")
	w.clock.Advance(-time.Minute)
	get().want(200, "")
	w.g.Tokens.Remove(keys.Digest(pepper, good.SHA256()))
	get().want(401, "invalid_token")
}

// R66: a subscription is none from its end on, by the gateway's own clock: nobody
// has to tell it.
func TestEndOfASubscription(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.version.Subscriptions[0].Ends = time.Now().Add(time.Minute).Truncate(time.Second) })
	get := func() *answer { return w.call("GET", "/north-quay/berths/v1/berths", bearer(good)) }
	end := w.version.Subscriptions[0].Ends
	w.clock.Advance(end.Sub(w.clock.Now()) - time.Nanosecond)
	w.g.SetFresh(w.clock.Now())
	get().want(200, "")
	w.clock.Advance(time.Nanosecond)
	get().want(403, "subscription_required")
	w.version.Subscriptions[0].Ends = end.Add(time.Second)
	w.publish(w.version, false)
	get().want(200, "")
}

// R12: the challenge says no more than the caller knows already.
func TestChallenges(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		method    string
		headers   []string
		challenge string
	}{
		"none was sent":           {"GET", nil, `Bearer realm="gatehouse"`},
		"an unknown one was sent": {"GET", []string{bearer(revoked)}, `Bearer realm="gatehouse", error="invalid_token"`},
		"two were sent":           {"GET", []string{bearer(good), bearer(good)}, `Bearer realm="gatehouse", error="invalid_request"`},
		"it lacks write":          {"POST", []string{bearer(reader)}, `Bearer realm="gatehouse", error="insufficient_scope", scope="berths:write"`},
		"no subscription":         {"GET", []string{bearer(undecid)}, `Bearer realm="gatehouse", error="insufficient_scope"`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := w.call(tt.method, "/north-quay/berths/v1/berths", tt.headers...).Header.Get("WWW-Authenticate"); got != tt.challenge {
				t.Errorf("got %s", got)
			}
		})
	}
	a := w.call("PUT", "/north-quay/berths/v1/berths/1", bearer(reader))
	if got := a.Header.Get("WWW-Authenticate"); !strings.HasSuffix(got, `scope="berths:admin"`) {
		t.Errorf("the document's own scope is not named: %s", got)
	}
	if a := w.call("DELETE", "/north-quay/berths/v1/berths", bearer(good)); a.Header.Get("Allow") != "GET, HEAD, POST, OPTIONS" {
		t.Errorf("Allow: %s", a.Header.Get("Allow"))
	}
}

// R8-R10: one way to send a token, and everything else is refused without a trace.
func TestCredentials(t *testing.T) {
	w := newWorld(t)
	secret := good.Reveal()
	for name, tt := range map[string]struct {
		target  string
		headers []string
		status  int
		code    string
	}{
		"Bearer":                        {"", []string{"Authorization: Bearer " + secret}, 200, ""},
		"bearer in lower case":          {"", []string{"Authorization: bearer " + secret}, 200, ""},
		"BEARER in capitals":            {"", []string{"Authorization: BEARER " + secret}, 200, ""},
		"two spaces":                    {"", []string{"Authorization: Bearer  " + secret}, 401, "invalid_token"},
		"the scheme alone":              {"", []string{"Authorization: Bearer"}, 401, "invalid_token"},
		"the scheme of GitHub":          {"", []string{"Authorization: token " + secret}, 401, "bearer_required"},
		"the token alone":               {"", []string{"Authorization: " + secret}, 401, "bearer_required"},
		"Basic":                         {"", []string{"Authorization: Basic eDp5"}, 401, "bearer_required"},
		"an API key header":             {"", []string{"X-Api-Key: " + secret}, 401, "bearer_required"},
		"a token header and a key":      {"", []string{bearer(good), "X-Api-Key: 1"}, 400, "invalid_request"},
		"access_token in the query":     {"?access_token=" + secret, nil, 401, "bearer_required"},
		"api_key in the query":          {"?API_KEY=x", nil, 401, "bearer_required"},
		"under any name in the query":   {"?x=1&q=" + secret, nil, 401, "bearer_required"},
		"escaped in the query":          {"?q=%67" + secret[1:], nil, 401, "bearer_required"},
		"in the query and in a header":  {"?access_token=" + secret, []string{bearer(good)}, 400, "invalid_request"},
		"in a cookie":                   {"", []string{"Cookie: token=" + secret}, 401, "bearer_required"},
		"two in one field":              {"", []string{"Authorization: Bearer " + secret + "," + secret}, 401, "invalid_token"},
		"percent-encoded":               {"", []string{"Authorization: Bearer gth%5f" + secret[4:]}, 401, "invalid_token"},
		"overlong":                      {"", []string{"Authorization: Bearer " + strings.Repeat("a", 600)}, 401, "invalid_token"},
		"not ASCII":                     {"", []string{"Authorization: Bearer gth_é"}, 401, "invalid_token"},
		"an empty field":                {"", []string{"Authorization: "}, 401, "bearer_required"},
		"something like one in a query": {"?q=gth_nq_short", []string{bearer(good)}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.call("GET", "/north-quay/berths/v1/berths"+tt.target, tt.headers...)
			a.t = t
			a.want(tt.status, tt.code)
			if r := w.last(); strings.Contains(r.Path, "gth_") || tt.target != "" && r.Path != "" && strings.Contains(r.Path, "?") {
				t.Errorf("recorded the path %q", r.Path)
			}
		})
	}
	if strings.Contains(w.log.String(), secret[8:]) {
		t.Error("a token is in the log")
	}
}

// R11: who has no valid token learns nothing from how it is refused.
func TestUniformRefusal(t *testing.T) {
	w := newWorld(t)
	var first string
	for _, secret := range []string{
		revoked.Reveal(), "gth_nq_x", "nonsense", manager.Reveal(), keys.Derive(keys.Access, "zz", [32]byte{9}).Reveal(),
		good.Reveal()[:len(good.Reveal())-1] + "!", strings.Replace(foreign.Reveal(), "gth_gr", "gth_nq", 1),
	} {
		a := w.call("GET", "/north-quay/berths/v1/berths", "Authorization: Bearer "+secret)
		id := a.Header.Get("Gatehouse-Request-Id")
		a.Header.Del("Gatehouse-Request-Id")
		a.Header.Del("Date")
		var b strings.Builder
		_ = a.Header.Write(&b)
		got := a.Status + b.String() + strings.ReplaceAll(string(a.body), id, "")
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%q is refused otherwise:\n%s\n%s", secret, got, first)
		}
	}
}

// A digest that was filed under another tenant than its code says opens nothing.
func TestTokenOfAnotherTenantsCode(t *testing.T) {
	w := newWorld(t)
	w.g.Tokens.Put(keys.Digest(pepper, revoked.SHA256()), gateway.TokenRecord{ID: uuid(99), Tenant: grid, Team: carriers, Expires: w.clock.Now().Add(time.Hour)})
	w.call("GET", "/north-quay/berths/v1/berths", bearer(revoked)).want(401, "invalid_token")
}

// R130: failures of an address end in 429; a good token from there goes on.
func TestFailuresOfOneAddress(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.config.Failures = 3 })
	for range 3 {
		w.call("GET", "/x", bearer(revoked)).want(401, "invalid_token")
	}
	a := w.call("GET", "/x", bearer(revoked))
	a.want(429, "too_many_failures")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	w.call("GET", "/x").want(401, "authentication_required")
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(200, "")
}

// A public tenant's APIs can be seen by everybody with a token, and need a subscription.
func TestVisibility(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.public = true })
	w.call("GET", "/north-quay/berths/v1/berths", bearer(foreign)).want(403, "subscription_required")
	w.call("GET", "/north-quay/berths/v1/nothing", bearer(foreign)).want(404, "operation_not_found")
	w.call("GET", "/north-quay/hidden/v1/x", bearer(foreign)).want(404, "api_not_found")
}

// R150: a token over plain http is refused, and recorded so that it can be flagged.
func TestTokenOverPlainHTTP(t *testing.T) {
	w := newWorld(t)
	var v gateway.Verdict
	w.g.Decide(context.Background(), &gateway.Request{Method: "GET", Target: "/north-quay/berths/v1/berths", Header: http.Header{"Authorization": {"Bearer " + good.Reveal()}}}, &v)
	if v.Code != gateway.TokenOverHTTP || v.Token.ID == (gateway.ID{}) {
		t.Errorf("%v %v", v.Code, v.Token.ID)
	}
}

type broken struct{}

func (broken) Take(context.Context, limit.Subject, limit.Part, *limit.Plan, time.Time) (limit.Result, error) {
	return limit.Result{}, errors.New("not reachable")
}

// SECURITY §4: a limiter that cannot decide lets nothing through.
func TestLimiterFails(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.config.Limiter = broken{} })
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(503, "verdict_unavailable")
}
