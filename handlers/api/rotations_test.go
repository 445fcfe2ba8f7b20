package api_test

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

const rotate = "/api/v1/token/rotate"

// R6, R17: a token makes its own successor, no wider and for no longer than it was
// made to live; the answer is the only place where the secret stands, and its people
// hear of it.
func TestATokenRotatesItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		for name, secret := range map[string]string{"an access token": p.Secret.Reveal(), "a management token": p.ManagementSecret.Reveal()} {
			c := client{t, k.PortalURL.String(), secret}
			a := c.want(http.StatusCreated, "POST", rotate, `{"overlap":"1h"}`, "Idempotency-Key", "run-7")
			next, _ := a.body["token"].(string)
			if a.Header.Get("Cache-Control") != "no-store" || next == secret || !strings.HasPrefix(next, secret[:5]) {
				t.Errorf("%s: %s", name, a.raw)
			}
			if again := c.want(http.StatusConflict, "POST", rotate, `{"overlap":"1h"}`, "Idempotency-Key", "run-7"); again.code() != "already_created" || strings.Contains(again.raw, next) {
				t.Errorf("%s, a repeated request: %s", name, again.raw)
			}
			if again := c.want(http.StatusConflict, "POST", rotate, `{}`); again.code() != "not_rotatable" {
				t.Errorf("%s, one that is leaving: %s", name, again.raw)
			}
			pair := func(part string, other string) {
				t.Helper()
				r, _ := c.want(http.StatusOK, "GET", "/api/v1/token", "").body["rotation"].(map[string]any)
				if r["part"] != part || r["other"] != other || r["retires_at"] == nil || r["until_idle"] != false {
					t.Errorf("%s, the %s one sees of the rotation: %v", name, part, r)
				}
			}
			pair("old", next[len(next)-4:])
			c.token = next
			pair("new", secret[len(secret)-4:])
			last := c.want(http.StatusCreated, "POST", rotate, `{"overlap":"0"}`)
			c.want(http.StatusUnauthorized, "POST", rotate, `{}`)
			c.token = secret
			c.want(http.StatusUnauthorized, "POST", rotate, `{}`) // of three the first is gone
			if found := k.Grep(next); len(found) > 0 {
				t.Errorf("%s: the secret stands in %v", name, found)
			}
			id, _ := last.body["id"].(string)
			var token models.Token
			var rights []models.Permission
			k.Write(p.Admin, p.Tenant, func(tx *store.Tx) (err error) { token, rights, err = tx.Token(id); return err })
			was := p.Token
			if strings.HasPrefix(secret, "gthm_") {
				was = p.Management
			}
			if token.UserID != was.UserID || token.Family != was.ID || token.Span() != was.Span() || len(token.Scopes) != len(was.Scopes) ||
				was.Kind == models.TokenAccess && (len(rights) != 1 || rights[0].Access != models.AccessWrite || rights[0].VersionID != p.Version.ID) {
				t.Errorf("%s: the successor is %+v with %+v", name, token, rights)
			}
		}
		k.Mail(p.Partner.User.Email, "Token rotated")
		k.Mail(p.Admin.User.Email, "Token rotated")
		if page := p.Partner.Get("/notifications"); !strings.Contains(page.Body, "It rotated itself from address 127.0.0.1") {
			t.Error("the owner did not hear from where")
		}
		events := p.Admin.Get("/t/port/admin/audit").Body
		if !strings.Contains(events, "token.rotate") {
			t.Error("no audit event")
		}
	})
}

// R6: what a token cannot have by rotating itself.
func TestWhatATokenDoesNotGet(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	c := client{t, k.PortalURL.String(), p.Secret.Reveal()}
	late := p.Token.ExpiresAt.Add(time.Hour).Format(time.RFC3339)
	for name, tt := range map[string]struct {
		status int
		body   string
		code   string
	}{
		"a longer life":          {422, `{"expires_at":"` + late + `"}`, "invalid_input"},
		"an end in the past":     {422, `{"expires_at":"2001-01-01T00:00:00Z"}`, "invalid_input"},
		"another overlap":        {422, `{"overlap":"73h"}`, "invalid_input"},
		"more scopes":            {422, `{"scopes":["tokens:write"]}`, "invalid_input"},
		"something else to make": {422, `{"name":"another"}`, "invalid_input"},
		"what is no JSON":        {400, `overlap=0`, "malformed_json"},
	} {
		if a := c.do("POST", rotate, tt.body); a.StatusCode != tt.status || a.code() != tt.code {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.raw)
		}
	}
	for name, header := range map[string][]string{
		"no credential":    {"Authorization", ""},
		"as Basic":         {"Authorization", "Basic " + p.Secret.Reveal() + ":x-oauth-basic"},
		"what is no token": {"Authorization", "Bearer gth_port_nothing"},
		"of another kind":  {"Authorization", "Bearer gthc_port_nothing"},
	} {
		if a := c.do("POST", rotate, `{}`, header...); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.raw)
		}
	}
	if a := p.Partner.Do("POST", rotate, strings.NewReader(`{}`), "Content-Type", "application/json"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("by a session: %d", a.StatusCode)
	}
	// With the actor of a rotation nothing else becomes possible.
	actor, err := k.Portal.Actors.OfBearer(t.Context(), p.ManagementSecret.Reveal(), models.Request{})
	if err != nil {
		t.Fatal(err)
	}
	for action := models.Action(1); action < models.TokenSelf; action++ {
		if actor.Can(action) {
			t.Errorf("it can %s", action)
		}
	}
}

// Exactly what the gateway lets through may rotate itself: no token that is paused,
// of whose owner the team knows nothing, from another address, or of a stopped tenant.
func TestOnlyWhatWorksRotatesItself(t *testing.T) {
	k := testkit.New(t)
	change := func(p *testkit.Place, with func(*models.Token)) {
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			token, err := tx.LockToken(p.Token.ID)
			if err != nil {
				return err
			}
			with(&token)
			return tx.UpdateToken(token)
		})
	}
	for name, stop := range map[string]func(p *testkit.Place){
		"paused":  func(p *testkit.Place) { change(p, func(t *models.Token) { t.State = models.TokenPaused }) },
		"pending": func(p *testkit.Place) { change(p, func(t *models.Token) { t.State = models.TokenPending }) },
		"elsewhere": func(p *testkit.Place) {
			change(p, func(t *models.Token) { t.AllowedIPs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
		},
		"ownerless": func(p *testkit.Place) {
			k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
				gone := p.Partner.User
				gone.State = models.UserDisabled
				return tx.UpdateUser(gone)
			})
		},
		"suspended": func(p *testkit.Place) {
			k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
				tenant := p.Tenant
				tenant.State = models.TenantSuspended
				return tx.UpdateTenant(tenant)
			})
		},
	} {
		p := k.Place(name, true)
		stop(p)
		c := client{t, k.PortalURL.String(), p.Secret.Reveal()}
		if a := c.do("POST", rotate, `{}`); a.StatusCode != http.StatusUnauthorized || a.code() != "invalid_token" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.raw)
		}
	}
	p := k.Place("policy", true)
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		tenant := p.Tenant
		tenant.TokenPolicy.SelfRotation = false
		return tx.UpdateTenant(tenant)
	})
	c := client{t, k.PortalURL.String(), p.Secret.Reveal()}
	if a := c.want(http.StatusForbidden, "POST", rotate, `{}`); a.code() != "self_rotation_off" {
		t.Error(a.raw)
	}
}

// Twenty at once make one successor, and a loop is held up.
func TestSelfRotationIsBounded(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		var mu sync.Mutex
		var all sync.WaitGroup
		made := []string{}
		for range 20 {
			all.Go(func() {
				c := client{t, k.PortalURL.String(), p.Secret.Reveal()}
				a := c.do("POST", rotate, `{"overlap":"24h"}`)
				mu.Lock()
				defer mu.Unlock()
				if token, ok := a.body["token"].(string); ok {
					made = append(made, token)
				} else if a.code() != "not_rotatable" {
					t.Errorf("%d %s", a.StatusCode, a.raw)
				}
			})
		}
		all.Wait()
		if len(made) != 1 {
			t.Fatalf("%d successors", len(made))
		}
		c := client{t, k.PortalURL.String(), made[0]}
		for range models.SelfRotationsMost {
			a := c.do("POST", rotate, `{}`)
			if a.StatusCode == http.StatusTooManyRequests {
				if a.code() != "rotates_too_often" || a.Header.Get("Retry-After") == "" {
					t.Error(a.raw)
				}
				return
			}
			c.token, _ = a.body["token"].(string)
		}
		t.Error("it went on and on")
	})
}

// Alerts by API: read, narrowed, closed as they were seen, once.
func TestAlertsByAPI(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	c := client{t, k.PortalURL.String(), p.ManagementSecret.Reveal()}
	const alerts = "/api/v1/tenants/port/alerts"
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		for _, kind := range models.AlertKinds {
			a := models.Alert{ID: models.NewID(), Kind: kind, TokenID: &p.Token.ID, ClientIP: "192.0.2.7", Sightings: 2, FirstAt: tx.Now(), LastAt: tx.Now()}
			if err := tx.InsertAlert(&a); err != nil {
				return err
			}
		}
		return nil
	})
	if items, _ := c.want(200, "GET", alerts, "").body["items"].([]any); len(items) != 3 {
		t.Fatalf("%d alerts", len(items))
	}
	page := c.want(200, "GET", alerts+"?limit=1", "")
	if items, _ := c.want(200, "GET", alerts+"?after="+page.body["next"].(string), "").body["items"].([]any); len(items) != 2 {
		t.Errorf("%d alerts on the second page", len(items))
	}
	one := c.want(200, "GET", alerts+"?kind=leaked_token", "").body["items"].([]any)[0].(map[string]any)
	at := alerts + "/" + one["id"].(string)
	tag := c.want(200, "GET", at, "").Header.Get("ETag")
	c.want(http.StatusPreconditionFailed, "POST", at+"/close", `{}`, "If-Match", `"7"`)
	closed := c.want(200, "POST", at+"/close", `{"note":"It is revoked."}`, "If-Match", tag)
	if closed.body["closed_at"] == nil || closed.body["note"] != "It is revoked." {
		t.Error(closed.raw)
	}
	c.want(http.StatusConflict, "POST", at+"/close", `{}`)
	if items, _ := c.want(200, "GET", alerts, "").body["items"].([]any); len(items) != 2 {
		t.Errorf("%d are open", len(items))
	}
	c.want(422, "GET", alerts+"?kind=none", "")
	c.want(422, "GET", alerts+"?show=closed", "")
}
