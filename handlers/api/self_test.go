package api_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// A token is told what it is, what it may do and what is left, and never its secret.
func TestATokenAboutItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", false)
		token, secret := minted(t, k, p, func(t *models.Token) { t.AllowedIPs = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
		for range 3 {
			if got := called(t, k, p, p.Secret.Reveal()); got != 200 {
				t.Fatal(got)
			}
		}
		if err := k.Usage.Folder.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		me := client{t, k.PortalURL.String(), secret}
		got := me.want(200, "GET", "/api/v1/token", "")
		resets := got.body["subscriptions"].([]any)[0].(map[string]any)["quota"].(map[string]any)["resets_at"]
		want := map[string]any{
			"id": token.ID, "kind": "access", "name": "minted", "description": "", "hint": token.Hint, "state": "expires_soon", "tenant": "aa",
			"owner": p.Partner.User.Email, "team": map[string]any{"id": p.Team.ID, "name": p.Team.Name}, "scopes": []any{},
			"permissions": []any{map[string]any{"api": "orders", "version": "v1", "access": "write", "url": k.GatewayURL.String() + "/aa/orders/v1"}},
			"allowed_ips": []any{"127.0.0.0/8"}, "created_at": token.CreatedAt.Format(time.RFC3339Nano), "expires_at": token.ExpiresAt.Format(time.RFC3339Nano),
			"subscriptions": []any{map[string]any{"api": "orders", "version": "v1", "state": "approved", "plan": "standard",
				"rates": []any{map[string]any{"calls": 10_000, "seconds": 60}},
				"quota": map[string]any{"calls": 1_000_000, "period": "month", "used": 3, "left": 999_997, "resets_at": resets}}},
		}
		if a, b := string(must(json.Marshal(got.body))), string(must(json.Marshal(want))); a != b {
			t.Errorf("told\n%s, want\n%s", a, b)
		}
		if strings.Contains(got.raw, secret) || got.Header.Get("Cache-Control") != "no-store" {
			t.Error("the answer holds the secret, or may be kept")
		}
		if at, err := time.Parse(time.RFC3339, resets.(string)); err != nil || !at.After(time.Now()) || at.Day() != 1 {
			t.Errorf("the quota resets at %v", resets)
		}
		management := client{t, k.PortalURL.String(), p.ManagementSecret.Reveal()}.want(200, "GET", "/api/v1/token", "")
		if management.body["kind"] != "management" || len(management.body["scopes"].([]any)) != len(models.ManagementScopes) || len(management.body["subscriptions"].([]any)) != 0 {
			t.Errorf("a management token is told %s", management.raw)
		}
	})
}

// R11: what is not good is refused in the same bytes, and as the gateway does; only
// the holder of a token that ended by itself hears that.
func TestATokenThatIsNoGoodAboutItself(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	_, paused := minted(t, k, p, func(t *models.Token) { t.State = models.TokenPaused })
	_, pausedAndOver := minted(t, k, p, func(t *models.Token) { t.State, t.ExpiresAt = models.TokenPaused, k.Store.Now().Add(-time.Hour) })
	_, expired := minted(t, k, p, func(t *models.Token) { t.ExpiresAt = k.Store.Now().Add(-time.Second) })
	bodies := map[string]string{}
	for name, secret := range map[string]string{
		"paused": paused, "paused, and its time is over": pausedAndOver, "unknown": keys.Mint(keys.Access, "aa").Reveal(), "of a tenant that is not": keys.Mint(keys.Access, "zz").Reveal(),
		"malformed": "gth_aa_hello", "an unknown management token": keys.Mint(keys.Management, "aa").Reveal(), "a client's": p.ClientSecret.Reveal(),
	} {
		got := client{t, k.PortalURL.String(), secret}.want(401, "GET", "/api/v1/token", "")
		if got.code() != "invalid_token" || got.Header.Get("WWW-Authenticate") != `Bearer realm="Gatehouse", error="invalid_token"` {
			t.Errorf("%s: %s %q", name, got.code(), got.Header.Get("WWW-Authenticate"))
		}
		bodies[strings.ReplaceAll(got.raw, got.body["instance"].(string), "")] = name
	}
	if len(bodies) != 1 {
		t.Errorf("they are told apart: %v", bodies)
	}
	over := client{t, k.PortalURL.String(), expired}
	if got := over.want(401, "GET", "/api/v1/token", ""); got.code() != "token_expired" {
		t.Errorf("expired: %s", got.code())
	}
	over.want(401, "DELETE", "/api/v1/token", "")
	nobody := client{t, k.PortalURL.String(), ""}.want(401, "GET", "/api/v1/token", "")
	if got := nobody.Header.Get("WWW-Authenticate"); got != `Bearer realm="Gatehouse"` {
		t.Errorf("without a credential: %q", got)
	}
}

// RFC 7009, R6: a token can end itself, and its owner is told; nothing else.
func TestATokenEndsItself(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	access, management := client{t, k.PortalURL.String(), p.Secret.Reveal()}, client{t, k.PortalURL.String(), p.ManagementSecret.Reveal()}
	access.want(400, "DELETE", "/api/v1/token", "{}")
	for name, me := range map[string]client{"an access token": access, "a management token": management} {
		me.want(200, "GET", "/api/v1/token", "")
		if got := me.want(204, "DELETE", "/api/v1/token", ""); got.raw != "" {
			t.Errorf("%s: %q", name, got.raw)
		}
		me.want(401, "GET", "/api/v1/token", "")
		me.want(401, "DELETE", "/api/v1/token", "")
	}
	if called(t, k, p, p.Secret.Reveal()) != 401 {
		t.Error("the gateway lets it through after the answer")
	}
	k.Mail(p.Partner.User.Email, "Token revoked")
	k.Mail(p.Admin.User.Email, "Token revoked")
	err := k.Store.As(t.Context(), k.Actor(p.Admin, "aa"), func(r store.Tenant) error {
		events, err := r.AuditEvents(store.AuditFilter{ObjectID: p.Token.ID, Limit: 10})
		if len(events) == 0 || events[0].Actor != "token:"+p.Token.ID || events[0].ActorName != "the token itself" {
			t.Errorf("the audit log holds %+v", events)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A token asks about itself 60 times a minute, whatever the others do; addresses
// that try secrets are slowed down, and good ones behind them are not (R130).
func TestHowOftenATokenAsksAboutItself(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	_, secret := minted(t, k, p, nil)
	me, other := client{t, k.PortalURL.String(), secret}, client{t, k.PortalURL.String(), p.Secret.Reveal()}
	var refused answer
	for n := 0; refused.Response == nil; n++ {
		if got := me.do("GET", "/api/v1/token", ""); got.StatusCode != 200 {
			refused = got
			if n < 60 {
				t.Errorf("refused after %d times", n)
			}
		}
		if n > 200 {
			t.Fatal("never refused")
		}
	}
	if refused.StatusCode != 429 || refused.code() != "asks_too_often" || refused.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", refused.StatusCode, refused.raw)
	}
	for n := 0; ; n++ {
		got := client{t, k.PortalURL.String(), keys.Mint(keys.Access, "aa").Reveal()}.do("GET", "/api/v1/token", "")
		if got.StatusCode == 429 && got.code() == "too_many_failures" {
			break
		}
		if got.StatusCode != 401 || n > 3000 {
			t.Fatalf("after %d: %d %s", n, got.StatusCode, got.raw)
		}
	}
	other.want(200, "GET", "/api/v1/token", "")
}

// Why a call was refused is readable by programs, too.
func TestARefusalIsExplainedToPrograms(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "aa")
	_, reads := minted(t, k, p.Place, nil, models.Permission{VersionID: p.Version.ID, Access: models.AccessRead})
	refused := client{t, k.GatewayURL.String(), reads}.want(403, "POST", "/aa/orders/v1/orders", "{}")
	fine := client{t, k.GatewayURL.String(), reads}.want(200, "GET", "/aa/orders/v1/orders", "")
	if err := k.Usage.Folder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := refused.Header.Get("Gatehouse-Request-Id")
	got := p.admin.want(200, "GET", p.path+"/refusals/"+id, "").body
	for name, want := range map[string]any{"id": id, "code": "insufficient_scope", "status": 403.0, "scope": "orders:write", "api": "orders", "version": "v1",
		"rule": "The operation needs orders:write. For Orders v1 the token has read.", "operation": "POST /orders", "method": "POST", "path": "/aa/orders/v1/orders",
		"team": p.Team.ID, "subscription": p.Subscription.ID, "client_ip": "127.0.0.1", "title": "The token does not allow this operation"} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	p.admin.want(404, "GET", p.path+"/refusals/"+fine.Header.Get("Gatehouse-Request-Id"), "")
	p.manager.want(403, "GET", p.path+"/refusals/"+id, "")
}
