package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/keys"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// asker is a registered client.
type asker struct {
	t          *testing.T
	base       string
	id, secret string
}

func askerOf(t *testing.T, k *testkit.Kit, c models.Client, secret keys.Secret) asker {
	return asker{t, k.PortalURL.String(), c.ID, secret.Reveal()}
}

// post sends a form; "" is who names no credential.
func (a asker) post(path, form string, header ...string) answer {
	a.t.Helper()
	req, err := http.NewRequest(http.MethodPost, a.base+path, strings.NewReader(form))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a.id != "" {
		req.SetBasicAuth(url.QueryEscape(a.id), url.QueryEscape(a.secret))
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	out := answer{Response: resp, raw: string(raw)}
	_ = json.Unmarshal(raw, &out.body)
	return out
}

func (a asker) introspect(token string, more ...string) answer {
	a.t.Helper()
	form := url.Values{"token": {token}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Add(more[i], more[i+1])
	}
	return a.post("/oauth/introspect", form.Encode())
}

const inactive = `{"active":false}`

// minted stores a token of the place's partner, past the forms.
func minted(t *testing.T, k *testkit.Kit, p *testkit.Place, change func(*models.Token), permissions ...models.Permission) (models.Token, string) {
	t.Helper()
	secret := keys.Mint(keys.Access, p.Code)
	digest, keyID, err := k.Keys.Digest(t.Context(), p.Tenant.ID, secret)
	if err != nil {
		t.Fatal(err)
	}
	token := models.Token{ID: models.NewID(), Kind: models.TokenAccess, UserID: p.Partner.User.ID, TeamID: &p.Team.ID, Name: "minted", State: models.TokenActive,
		Digest: digest, KeyID: keyID, Hint: secret.Hint(), ExpiresAt: k.Store.Now().Add(24 * time.Hour)}
	if change != nil {
		change(&token)
	}
	if len(permissions) == 0 {
		permissions = []models.Permission{{VersionID: p.Version.ID, Access: models.AccessWrite}}
	}
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		if err := tx.InsertToken(&token, permissions); err != nil {
			return err
		}
		return tx.Changed(models.ChangeToken, token.ID)
	})
	return token, secret.Reveal()
}

// called says how the gateway answers a call with a token.
func called(t *testing.T, k *testkit.Kit, p *testkit.Place, token string) int {
	t.Helper()
	return client{t, k.GatewayURL.String(), token}.do("GET", "/"+p.Slug+"/orders/v1/orders", "").StatusCode
}

// R66: whatever changes, introspection says what the gateway does, and a token that
// the gateway does not know at all hears nothing about itself either. R137: what is
// not good is told in the same bytes.
func TestIntrospectionAgreesWithTheGateway(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		subscription := func(state models.SubscriptionState) func(*testing.T, *testkit.Place, models.Token) {
			return func(t *testing.T, p *testkit.Place, _ models.Token) {
				k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
					sub, err := tx.Subscription(p.Subscription.ID)
					if err != nil {
						return err
					}
					before := sub.State
					sub.State = state
					if err := tx.MoveSubscription(sub, before); err != nil {
						return err
					}
					return tx.Changed(models.ChangeTenant, p.Tenant.ID)
				})
			}
		}
		token := func(change func(*models.Token)) func(*testing.T, *testkit.Place, models.Token) {
			return func(t *testing.T, p *testkit.Place, token models.Token) {
				k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
					now, err := tx.LockToken(token.ID)
					if err != nil {
						return err
					}
					change(&now)
					if err := tx.UpdateToken(now); err != nil {
						return err
					}
					return tx.Changed(models.ChangeToken, token.ID)
				})
			}
		}
		for i, tt := range []struct {
			name   string
			change func(*testing.T, *testkit.Place, models.Token)
			good   bool
			self   int
		}{
			{"nothing", func(*testing.T, *testkit.Place, models.Token) {}, true, 200},
			{"the token is paused", token(func(t *models.Token) { t.State = models.TokenPaused }), false, 401},
			{"the token is revoked", token(func(t *models.Token) { at := t.CreatedAt; t.State, t.RevokedAt = models.TokenRevoked, &at }), false, 401},
			{"the subscription is paused", subscription(models.SubscriptionPaused), false, 200},
			{"the subscription has ended", subscription(models.SubscriptionEnded), false, 200},
			{"the subscription's time is up", func(t *testing.T, p *testkit.Place, _ models.Token) {
				k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
					sub, err := tx.Subscription(p.Subscription.ID)
					if err != nil {
						return err
					}
					at := tx.Now()
					sub.EndsAt = &at
					if err := tx.MoveSubscription(sub, sub.State); err != nil {
						return err
					}
					return tx.Changed(models.ChangeTenant, p.Tenant.ID)
				})
			}, false, 200},
			{"the owner has left the team", func(t *testing.T, p *testkit.Place, _ models.Token) {
				k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
					if err := tx.InsertMembership(p.Team.ID, p.Admin.User.ID, models.TeamOwner); err != nil {
						return err
					}
					if err := tx.DeleteMembership(p.Team.ID, p.Partner.User.ID); err != nil {
						return err
					}
					return tx.Changed(models.ChangeMembership, p.Partner.User.ID)
				})
			}, false, 401},
			{"the owner is disabled", func(t *testing.T, p *testkit.Place, _ models.Token) {
				k.Write(p.Partner, models.Tenant{}, func(tx *store.Tx) error {
					gone := p.Partner.User
					gone.State = models.UserDisabled
					if err := tx.UpdateUser(gone); err != nil {
						return err
					}
					return tx.Changed(models.ChangeMembership, gone.ID)
				})
			}, false, 401},
			{"the version is retired", func(t *testing.T, p *testkit.Place, _ models.Token) {
				k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
					v, err := tx.VersionsByID([]string{p.Version.ID})
					if err != nil {
						return err
					}
					retired := v[p.Version.ID]
					retired.State = models.VersionRetired
					if err := tx.UpdateVersion(retired); err != nil {
						return err
					}
					return tx.Changed(models.ChangeTenant, p.Tenant.ID)
				})
			}, false, 200},
			{"the tenant is suspended", func(t *testing.T, p *testkit.Place, _ models.Token) {
				operator := k.Person(p.Slug+" judge", models.StaffOperator)
				_, err := k.Portal.Tenants.SetState(t.Context(), k.Proven(k.Actor(operator, ""), models.TenantSuspend, p.Slug), p.Slug, portal.TenantChange{To: models.TenantSuspended, Reason: "Invoice 12 is open.", Typed: p.Name})
				if err != nil {
					t.Fatal(err)
				}
			}, false, 401},
		} {
			t.Run(tt.name, func(t *testing.T) {
				p := k.Place("p"+string(rune('a'+i)), true)
				asks := askerOf(t, k, p.Client, p.ClientSecret)
				row, secret := minted(t, k, p, nil)
				if called(t, k, p, secret) != 200 || asks.introspect(secret).body["active"] != true {
					t.Fatal("it is no good to begin with")
				}
				tt.change(t, p, row)
				if good := called(t, k, p, secret) == 200; good != tt.good {
					t.Errorf("the gateway lets it through: %v", good)
				}
				told := asks.introspect(secret)
				if good := told.body["active"] == true; told.StatusCode != 200 || good != tt.good {
					t.Errorf("introspection: %d %s", told.StatusCode, told.raw)
				}
				if !tt.good && strings.TrimSpace(told.raw) != inactive {
					t.Errorf("it says more than that it is not good: %s", told.raw)
				}
				self := client{t, k.PortalURL.String(), secret}.do("GET", "/api/v1/token", "")
				if self.StatusCode != tt.self {
					t.Errorf("about itself: %d %s", self.StatusCode, self.raw)
				}
			})
		}
	})
}

// R137: only a registered client of the same tenant is told anything, and of what it
// is registered for alone.
func TestWhatAClientIsTold(t *testing.T) {
	k := testkit.New(t)
	a, b := k.Place("aa", true), k.Place("bb", true)
	asks, foreign := askerOf(t, k, a.Client, a.ClientSecret), askerOf(t, k, b.Client, b.ClientSecret)
	read, reads := minted(t, k, a, nil, models.Permission{VersionID: a.Version.ID, Access: models.AccessRead})
	_, custom := minted(t, k, a, nil, models.Permission{VersionID: a.Version.ID, Access: models.AccessCustom, Scopes: []string{"orders:audit"}, Operations: []string{"GET /orders"}})
	_, nothing := minted(t, k, a, nil, models.Permission{VersionID: a.Version.ID, Access: models.AccessNone})
	_, expired := minted(t, k, a, func(t *models.Token) { t.ExpiresAt = k.Store.Now().Add(-time.Second) })
	_, bound := minted(t, k, a, func(t *models.Token) { t.AllowedIPs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	_, revision, _, err := k.Portal.APIs.PutDocument(t.Context(), k.Actor(a.Manager, "aa"), "yard", "v1", []byte(testkit.Document))
	if err != nil {
		t.Fatal(err)
	}
	other, otherSecret := k.Client(a, "Yard server", true, revision.VersionID)
	elsewhere := askerOf(t, k, other, otherSecret)

	told := asks.introspect(reads)
	if told.StatusCode != 200 || told.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(told.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%d %v", told.StatusCode, told.Header)
	}
	want := map[string]any{"active": true, "scope": "orders:read", "client_id": a.Team.ID, "sub": a.Partner.User.ID, "token_type": "Bearer",
		"exp": float64(read.ExpiresAt.Unix()), "iat": float64(read.CreatedAt.Unix()), "nbf": float64(read.CreatedAt.Unix()),
		"aud": []any{"aa/orders/v1"}, "iss": k.PortalURL.String(), "jti": read.ID,
		"authorization_details": []any{map[string]any{"type": "gatehouse_api", "locations": []any{"aa/orders/v1"}, "actions": []any{"read"}}}}
	if got, _ := json.Marshal(told.body); string(got) != string(must(json.Marshal(want))) {
		t.Errorf("told %s", got)
	}
	if got := asks.introspect(custom).body["scope"]; got != "orders:audit" {
		t.Errorf("scopes of a custom permission: %v", got)
	}
	if got := asks.introspect(bound, "client_ip", "192.0.2.7").body["active"]; got != true {
		t.Errorf("from an address that is allowed: %v", got)
	}
	if got, _ := asks.introspect(bound).body["allowed_ips"].([]any); len(got) != 1 || got[0] != "192.0.2.0/24" {
		t.Errorf("a client that names no address hears of none: %v", got)
	}
	for name, tt := range map[string]struct {
		who   asker
		token string
		more  []string
	}{
		"of another tenant, asked here":   {asks, b.Secret.Reveal(), nil},
		"of here, asked from elsewhere":   {foreign, reads, nil},
		"unknown":                         {asks, keys.Mint(keys.Access, "aa").Reveal(), nil},
		"malformed":                       {asks, reads[:len(reads)-1], nil},
		"no token at all":                 {asks, "hello", nil},
		"a management token":              {asks, a.ManagementSecret.Reveal(), nil},
		"the client's own secret":         {asks, a.ClientSecret.Reveal(), nil},
		"expired":                         {asks, expired, nil},
		"may do nothing":                  {asks, nothing, nil},
		"not for this client":             {elsewhere, reads, nil},
		"from an address not allowed":     {asks, bound, []string{"client_ip", "198.51.100.1"}},
		"longer than anything":            {asks, strings.Repeat("a", 10_000), nil},
		"a hint about another kind of it": {asks, expired, []string{"token_type_hint", "refresh_token"}},
	} {
		if got := tt.who.introspect(tt.token, tt.more...); got.StatusCode != 200 || strings.TrimSpace(got.raw) != inactive {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.raw)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// RFC 7662 §2.3, RFC 7009 §2.2.1, RFC 6749 §5.2: what is no question gets an error,
// in the form of OAuth.
func TestErrorsOfOAuth(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	asks := askerOf(t, k, p.Client, p.ClientSecret)
	only, onlySecret := k.Client(p, "Asks only", false, p.Version.ID)
	good := "token=" + p.Secret.Reveal()
	for name, tt := range map[string]struct {
		who        asker
		path, form string
		header     []string
		status     int
		code       string
	}{
		"nobody asks":                   {asker{t, asks.base, "", ""}, "/oauth/introspect", good, nil, 401, "invalid_client"},
		"with a token":                  {asker{t, asks.base, "", ""}, "/oauth/introspect", good, []string{"Authorization", "Bearer " + p.Secret.Reveal()}, 401, "invalid_client"},
		"a wrong secret":                {asker{t, asks.base, asks.id, keys.Mint(keys.Client, "aa").Reveal()}, "/oauth/introspect", good, nil, 401, "invalid_client"},
		"a secret of another client":    {asker{t, asks.base, asks.id, onlySecret.Reveal()}, "/oauth/introspect", good, nil, 401, "invalid_client"},
		"a token as the secret":         {asker{t, asks.base, asks.id, p.Secret.Reveal()}, "/oauth/introspect", good, nil, 401, "invalid_client"},
		"two credentials":               {asks, "/oauth/introspect", good, []string{"Authorization", "Bearer " + p.Secret.Reveal()}, 400, "invalid_request"},
		"no token":                      {asks, "/oauth/introspect", "token_type_hint=access_token", nil, 400, "invalid_request"},
		"two tokens":                    {asks, "/oauth/introspect", good + "&" + good, nil, 400, "invalid_request"},
		"two hints":                     {asks, "/oauth/introspect", good + "&token_type_hint=a&token_type_hint=b", nil, 400, "invalid_request"},
		"the token in the address":      {asks, "/oauth/introspect?" + good, "", nil, 400, "invalid_request"},
		"the token in both":             {asks, "/oauth/introspect?" + good, good, nil, 400, "invalid_request"},
		"no address":                    {asks, "/oauth/introspect", good + "&client_ip=here", nil, 400, "invalid_request"},
		"too much":                      {asks, "/oauth/introspect", good + "&x=" + strings.Repeat("x", 300<<10), nil, 413, "invalid_request"},
		"no form":                       {asks, "/oauth/introspect", "%zz", nil, 400, "invalid_request"},
		"revoking without the right":    {askerOf(t, k, only, onlySecret), "/oauth/revoke", good, nil, 400, "unauthorized_client"},
		"revoking a management token":   {asks, "/oauth/revoke", "token=" + p.ManagementSecret.Reveal(), nil, 400, "unsupported_token_type"},
		"revoking a secret of a client": {asks, "/oauth/revoke", "token=" + p.ClientSecret.Reveal(), nil, 400, "unsupported_token_type"},
		"revoking by nobody":            {asker{t, asks.base, "", ""}, "/oauth/revoke", good, nil, 401, "invalid_client"},
		"revoking nothing":              {asks, "/oauth/revoke", "", nil, 400, "invalid_request"},
		"revoking in the address":       {asks, "/oauth/revoke?" + good, "", nil, 400, "invalid_request"},
	} {
		got := tt.who.post(tt.path, tt.form, tt.header...)
		if got.StatusCode != tt.status || got.body["error"] != tt.code || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.raw)
		}
		if challenge := got.Header.Get("WWW-Authenticate"); (tt.status == 401) != strings.HasPrefix(challenge, `Basic realm="`) {
			t.Errorf("%s: WWW-Authenticate %q", name, challenge)
		}
		if got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: may be kept", name)
		}
		for _, c := range got.raw {
			if c > 0x7e {
				t.Errorf("%s: RFC 6749 5.2 does not allow %q", name, c)
			}
		}
	}
	json := asks.post("/oauth/introspect", `{"token":"x"}`, "Content-Type", "application/json")
	if json.StatusCode != 400 {
		t.Errorf("JSON: %d", json.StatusCode)
	}
	get := client{t, asks.base, ""}.do("GET", "/oauth/introspect", "")
	if get.StatusCode != 405 || !strings.Contains(get.Header.Get("Allow"), "POST") || get.body["error"] != "invalid_request" {
		t.Errorf("GET: %d %q %s", get.StatusCode, get.Header.Get("Allow"), get.raw)
	}
	if called(t, k, p, p.Secret.Reveal()) != 200 {
		t.Error("one of them revoked the token")
	}
}

// RFC 7662: where nothing can be known, nothing is said.
func TestIntrospectionWithoutADatabase(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	asks := askerOf(t, k, p.Client, p.ClientSecret)
	if asks.introspect(p.Secret.Reveal()).StatusCode != 200 {
		t.Fatal("it is no good to begin with")
	}
	away := k.Config.Database + ".away"
	if err := os.Rename(k.Config.Database, away); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/oauth/introspect", "/oauth/revoke"} {
		got := asks.post(path, "token="+p.Secret.Reveal())
		if got.StatusCode != 503 || got.Header.Get("Retry-After") == "" || got.body["error"] != "temporarily_unavailable" || got.body["active"] != nil {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.raw)
		}
	}
	if got := (client{t, k.PortalURL.String(), p.Secret.Reveal()}).do("GET", "/api/v1/token", ""); got.StatusCode != 503 {
		t.Errorf("about itself: %d", got.StatusCode)
	}
	if err := os.Rename(away, k.Config.Database); err != nil {
		t.Fatal(err)
	}
	if got := asks.introspect(p.Secret.Reveal()); got.body["active"] != true {
		t.Errorf("afterwards: %s", got.raw)
	}
}
