package gateway_test

import (
	"testing"
	"time"

	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
)

// Every answer to a call in which a token was recognised says when the token ends,
// refusals too; where none was, nothing is said, and so with one that has ended
// before its time (R11).
func TestEveryAnswerSaysWhenTheTokenEnds(t *testing.T) {
	w := newWorld(t, func(s *setup) {
		s.version.Plans[0] = gateway.Plan{ID: planID, Rates: []limit.Rate{{Calls: 1, Window: time.Hour}}}
	})
	end := w.clock.Now().Add(time.Hour)
	old := keys.Derive(keys.Access, "nq", [32]byte{20})
	w.g.Tokens.Put(keys.Digest(pepper, old.SHA256()), gateway.TokenRecord{ID: uuid(120), Tenant: northQ, Team: carriers, Expires: w.clock.Now().Add(-time.Minute)})
	held := keys.Derive(keys.Access, "nq", [32]byte{21})
	w.g.Tokens.Put(keys.Digest(pepper, held.SHA256()), gateway.TokenRecord{ID: uuid(121), Tenant: northQ, Team: carriers, Expires: end, State: gateway.Held})
	const berths = "/north-quay/berths/v1/berths"
	for _, tt := range []struct {
		name, method, path string
		secret             keys.Secret
		status             int
		code               string
		end                time.Time
	}{
		{"an answer of the upstream", "GET", berths, good, 200, "", end},
		{"too many calls", "GET", berths, good, 429, "rate_limited", end},
		{"nothing there", "GET", "/north-quay/berths/v9/berths", good, 404, "api_not_found", end},
		{"no such operation", "GET", "/north-quay/berths/v1/cranes", good, 404, "operation_not_found", end},
		{"another method", "PATCH", berths, good, 405, "method_not_allowed", end},
		{"not allowed for", "POST", berths, reader, 403, "insufficient_scope", end},
		{"not subscribed yet", "GET", berths, undecid, 403, "subscription_pending", end},
		{"from elsewhere", "GET", berths, bound, 403, "address_not_allowed", end},
		{"expired", "GET", berths, old, 401, "token_expired", w.clock.Now().Add(-time.Minute)},
		{"paused", "GET", berths, held, 401, "invalid_token", time.Time{}},
		{"never there", "GET", berths, revoked, 401, "invalid_token", time.Time{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := w.call(tt.method, tt.path, bearer(tt.secret))
			if a.Response == nil || a.StatusCode != tt.status || tt.code != "" && a.code() != tt.code {
				t.Fatalf("answered %v %s", a.Response, a.body)
			}
			want := ""
			if !tt.end.IsZero() {
				want = tt.end.UTC().Format(time.RFC3339)
			}
			if got := a.Header.Get("Gatehouse-Token-Expiration"); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
