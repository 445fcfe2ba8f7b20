package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
)

// lock is a gateway with tokens and no listener.
type lock struct {
	*Gateway
	now time.Time
}

func newLock(t testing.TB, peppers ...Pepper) *lock {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	g := New(Config{Clock: clock.NewManual(now), Limiter: limit.NewMemory(now), Failures: 1 << 40})
	c, err := Compile(Tenant{ID: ID{1}, Slug: "nq", Code: "nq", Peppers: peppers, Versions: []Version{{
		ID: ID{2}, APISlug: "a", Name: "v1", Upstream: "https://up.example", Operations: []Operation{{Key: "get", Method: "GET", Path: "/x"}},
		Plans: []Plan{{ID: ID{3}}}, Subscriptions: []Subscription{{ID: ID{4}, Team: ID{5}, Plan: ID{3}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	g.Publish(NewSnapshot(c))
	g.SetFresh(now)
	return &lock{g, now}
}

func (l *lock) put(digest [32]byte) {
	l.Tokens.Put(digest, TokenRecord{ID: ID{6}, Tenant: ID{1}, Team: ID{5}, Expires: l.now.Add(time.Hour), Rights: &Rights{Grants: []Grant{{Version: ID{2}, Access: Read}}}})
}

func (l *lock) try(authorization ...string) Verdict {
	var v Verdict
	l.Decide(context.Background(), &Request{Method: "GET", Target: "/nq/a/v1/x", Header: http.Header{"Authorization": authorization}, Peer: netip.MustParseAddr("192.0.2.1"), Secure: true}, &v)
	return v
}

// R3: who can write digests into the database and has no pepper makes no token;
// two peppers may live, and a token of either is good.
func TestPeppers(t *testing.T) {
	newer, older := Pepper{"k2", []byte(strings.Repeat("n", 32))}, Pepper{"k1", []byte(strings.Repeat("o", 32))}
	l := newLock(t, newer, older)
	secret := func(n byte) keys.Secret { return keys.Derive(keys.Access, "nq", [32]byte{n}) }
	l.put(keys.Digest(newer.Secret, secret(1).SHA256()))
	l.put(keys.Digest(older.Secret, secret(2).SHA256()))
	l.put(secret(3).SHA256()) // plain SHA-256
	l.put(keys.Digest(nil, secret(4).SHA256()))
	for n, want := range map[byte]struct {
		code  *Code
		keyID string
	}{1: {nil, "k2"}, 2: {nil, "k1"}, 3: {InvalidToken, ""}, 4: {InvalidToken, ""}} {
		if v := l.try("Bearer " + secret(n).Reveal()); v.Code != want.code || v.KeyID != want.keyID {
			t.Errorf("token %d: %v under %q, want %v under %q", n, v.Code, v.KeyID, want.code, want.keyID)
		}
	}
}

// R10: whatever stands in the Authorization field, it is refused in one of the
// known ways, unless it is exactly the one token that there is.
func FuzzCredential(f *testing.F) {
	pepper := Pepper{"k", []byte(strings.Repeat("p", 32))}
	l := newLock(f, pepper)
	secret := keys.Derive(keys.Access, "nq", [32]byte{1})
	l.put(keys.Digest(pepper.Secret, secret.SHA256()))
	good := secret.Reveal()
	for _, s := range []string{"", "Bearer", "Bearer ", "Bearer " + good, "bearer " + good, "Bearer  " + good, "Bearer " + good + " ", "Bearer " + good + "," + good, "Basic " + good, "token " + good, good,
		"Bearer gth%5f" + good[4:], "Bearer gthm_" + good[4:], "Bearer \x00", "Bearer é", "Bearer\t" + good, "Bearer " + strings.Repeat("a", 600)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		v := l.try(field)
		scheme, token, _ := strings.Cut(field, " ")
		if exact := strings.EqualFold(scheme, "Bearer") && token == good; (v.Code == nil) != exact {
			t.Fatalf("%q is answered %v", field, v.Code)
		}
		if v.Code != nil && v.Code != InvalidToken && v.Code != BearerRequired {
			t.Fatalf("%q is refused with %s", field, v.Code.Name)
		}
		if v := l.try(field, field); v.Code != InvalidRequest {
			t.Fatalf("%q twice is answered %v", field, v.Code)
		}
	})
}
