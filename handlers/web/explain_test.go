package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// refusal is an answer of the gateway.
type refusal struct {
	status            int
	id, explain, code string
	body              string
}

func callGateway(t *testing.T, k *testkit.Kit, method, path, token string) (r refusal) {
	t.Helper()
	req, err := http.NewRequest(method, k.GatewayURL.String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var d struct{ Type, Explain, Instance string }
	if resp.StatusCode >= 400 {
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatalf("%s: %s", resp.Status, raw)
		}
	}
	r = refusal{resp.StatusCode, resp.Header.Get("Gatehouse-Request-Id"), d.Explain, d.Type[strings.LastIndexByte(d.Type, '/')+1:], string(raw)}
	if resp.StatusCode >= 400 && d.Instance != r.id {
		t.Errorf("the request id is %s in the header and %s in the body", r.id, d.Instance)
	}
	return r
}

// tokenOf stores a token of the place's partner, past the forms.
func tokenOf(t *testing.T, k *testkit.Kit, p *testkit.Place, change func(*models.Token, *models.Permission)) string {
	t.Helper()
	secret := keys.Mint(keys.Access, p.Code)
	digest, keyID, err := k.Keys.Digest(t.Context(), p.Tenant.ID, secret)
	if err != nil {
		t.Fatal(err)
	}
	token := models.Token{ID: models.NewID(), Kind: models.TokenAccess, UserID: p.Partner.User.ID, TeamID: &p.Team.ID, Name: "minted", State: models.TokenActive,
		Digest: digest, KeyID: keyID, Hint: secret.Hint(), ExpiresAt: k.Store.Now().Add(24 * time.Hour)}
	permission := models.Permission{VersionID: p.Version.ID, Access: models.AccessWrite}
	change(&token, &permission)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		if err := tx.InsertToken(&token, []models.Permission{permission}); err != nil {
			return err
		}
		return tx.Changed(models.ChangeToken, token.ID)
	})
	return secret.Reveal()
}

// Every refusal can be explained: the answer links to the page that names the rule,
// and says what to do.
func TestRefusalsAreExplained(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p, b := k.Place("aa", true), k.Place("bb", true)
		plan := func(rates []models.Rate, quota int64, period models.QuotaPeriod) func() {
			return func() {
				changed := p.Plan
				changed.Rates, changed.QuotaCalls, changed.QuotaPeriod = rates, quota, period
				k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
					now, err := tx.Plan(p.Plan.ID)
					if err != nil {
						return err
					}
					changed.Revision = now.Revision
					if err := tx.UpdatePlan(changed); err != nil {
						return err
					}
					return tx.Changed(models.ChangePlan, p.Plan.ID)
				})
			}
		}
		subscription := func(state models.SubscriptionState, reason string) func() {
			return func() {
				k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
					sub, err := tx.Subscription(p.Subscription.ID)
					if err != nil {
						return err
					}
					before := sub.State
					sub.State, sub.Reason = state, reason
					if err := tx.MoveSubscription(sub, before); err != nil {
						return err
					}
					return tx.Changed(models.ChangeSubscription, sub.ID)
				})
			}
		}
		nothing := func() {}
		read := tokenOf(t, k, p, func(_ *models.Token, p *models.Permission) { p.Access = models.AccessRead })
		bound := tokenOf(t, k, p, func(t *models.Token, _ *models.Permission) {
			t.AllowedIPs = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
		})
		paused := tokenOf(t, k, p, func(t *models.Token, _ *models.Permission) {
			t.State, t.Reason = models.TokenPaused, "Holidays of the kiosk."
		})
		good := p.Secret.Reveal()
		for _, tt := range []struct {
			name                string
			before, after       func()
			method, path, token string
			code                string
			says                []string
			ended               bool // the answer does not show that the token is known
		}{
			{"a scope is missing", nothing, nothing, "POST", "/aa/orders/v1/orders", read, "insufficient_scope",
				[]string{"The operation needs orders:write. For Orders v1 the token has read.", "Edit the token on its page"}, false},
			{"another address", nothing, nothing, "GET", "/aa/orders/v1/orders", bound, "address_not_allowed",
				[]string{"The call came from 127.0.0.1, and the token may be used from 198.51.100.0/24 only."}, false},
			{"no such operation", nothing, nothing, "GET", "/aa/orders/v1/none", good, "operation_not_found", []string{"its reference in the portal lists all of them"}, false},
			{"no such method", nothing, nothing, "DELETE", "/aa/orders/v1/orders", good, "method_not_allowed", []string{"This path takes GET, HEAD, POST", "and the call was DELETE."}, false},
			{"no such API", nothing, nothing, "GET", "/aa/none/v1/orders", good, "api_not_found", []string{"Check tenant, API and version in the address"}, false},
			{"no such tenant", nothing, nothing, "GET", "/nowhere/none/v1/orders", good, "api_not_found", []string{"/nowhere/none/v1/orders"}, false},
			{"another tenant's API", nothing, nothing, "GET", "/bb/orders/v1/orders", good, "subscription_required", []string{"The team had no approved subscription to this version."}, false},
			{"a subscription that was paused", subscription(models.SubscriptionPaused, "Too much at night."), subscription(models.SubscriptionApproved, ""), "GET", "/aa/orders/v1/orders", good,
				"subscription_paused", []string{"subscription to Orders v1 was paused", "Now it is approved."}, false},
			{"a paused token", nothing, nothing, "GET", "/aa/orders/v1/orders", paused, "invalid_token", []string{"The token was paused", "Reason: Holidays of the kiosk."}, true},
			{"a rate", plan([]models.Rate{{Calls: 1, Seconds: 60}}, 0, models.NoQuota), plan(p.Plan.Rates, p.Plan.QuotaCalls, p.Plan.QuotaPeriod), "GET", "/aa/orders/v1/orders", good,
				"rate_limited", []string{"The plan Standard allows 1 call a minute to Orders v1, for all tokens of the team together. They were used up.", "The same call"}, false},
			{"a quota", plan(p.Plan.Rates, 1, models.QuotaDay), plan(p.Plan.Rates, p.Plan.QuotaCalls, p.Plan.QuotaPeriod), "GET", "/aa/orders/v1/orders", good,
				"quota_exceeded", []string{"1 call a calendar day (UTC)", "A larger plan can be asked for"}, false},
		} {
			t.Run(tt.name, func(t *testing.T) {
				tt.before()
				got := callGateway(t, k, tt.method, tt.path, tt.token)
				for n := 0; got.status < 400 && n < 5; n++ { // the first ones may pass
					got = callGateway(t, k, tt.method, tt.path, tt.token)
				}
				tt.after()
				if got.code != tt.code {
					t.Fatalf("refused with %s: %s", got.code, got.body)
				}
				address := k.PortalURL.String() + "/t/aa/requests/" + got.id
				if want := map[bool]string{false: address}[tt.ended]; got.explain != want {
					t.Errorf("explained at %q, want %q", got.explain, want)
				}
				if err := k.Usage.Folder.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				page := p.Partner.Get("/t/aa/requests/" + got.id)
				for _, words := range append(tt.says, "/docs/errors/"+tt.code, got.id) {
					if page.StatusCode != 200 || !strings.Contains(page.Body, words) {
						t.Errorf("%d: the page does not say %q", page.StatusCode, words)
					}
				}
				for who, b := range map[string]*testkit.Browser{"admin": p.Admin, "auditor": p.Auditor} {
					if a := b.Get("/t/aa/requests/" + got.id); a.StatusCode != 200 {
						t.Errorf("the %s meets %d", who, a.StatusCode)
					}
				}
				if a := b.Admin.Get("/t/bb/requests/" + got.id); a.StatusCode != 404 {
					t.Errorf("the admin of the other tenant meets %d", a.StatusCode)
				}
			})
		}
	})
}

// What is explained to nobody: calls of nobody, other tenants' calls at one's own
// address, what is too old, and what never was; all in the same way.
func TestWhatIsNotExplained(t *testing.T) {
	k := testkit.New(t)
	p, b := k.Place("aa", true), k.Place("bb", true)
	unknown := callGateway(t, k, "GET", "/aa/orders/v1/orders", keys.Mint(keys.Access, "aa").Reveal())
	foreign := callGateway(t, k, "GET", "/aa/orders/v1/orders", b.Secret.Reveal())
	fine := callGateway(t, k, "GET", "/aa/orders/v1/orders", p.Secret.Reveal())
	if unknown.status != 401 || unknown.explain != "" || foreign.status != 403 || !strings.Contains(foreign.explain, "/t/bb/requests/") {
		t.Fatal(unknown, foreign)
	}
	id := func(s string) [16]byte { return uuid.MustParse(s) }
	record := func(age time.Duration) string {
		at := time.Now().Add(-age)
		r := gateway.Record{Start: at, Tenant: id(p.Tenant.ID), Home: id(p.Tenant.ID), Token: id(p.Token.ID), Team: id(p.Team.ID), Method: "GET", Path: "/aa/none",
			Status: 404, Outcome: "api_not_found", RequestID: gateway.RequestID(at)}
		if err := k.Usage.Folder.Fold(t.Context(), func(yield func(gateway.Record) bool) { yield(r) }); err != nil {
			t.Fatal(err)
		}
		return r.RequestID
	}
	young, old := record(7*24*time.Hour-time.Hour), record(7*24*time.Hour+time.Hour)
	if err := k.Usage.Folder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := p.Partner.Get("/t/aa/requests/" + young); a.StatusCode != 200 || !strings.Contains(a.Body, "No such API") {
		t.Errorf("after nearly 7 days: %d", a.StatusCode)
	}
	if a := p.Partner.Get("/t/aa/requests/" + fine.id); a.StatusCode != 200 || !strings.Contains(a.Body, "The gateway let this call through") {
		t.Errorf("a call that was let through: %d", a.StatusCode)
	}
	other := k.Person("Other", models.NotStaff)
	k.Write(other, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertTeam(&models.Team{ID: models.NewID(), Name: "Others"}, other.User.ID)
	})
	bodies := map[string]string{}
	for name, tt := range map[string]struct {
		who *testkit.Browser
		id  string
	}{
		"a call of nobody": {p.Admin, unknown.id}, "another tenant's call at our address": {p.Admin, foreign.id}, "too old": {p.Partner, old},
		"never was": {p.Partner, gateway.RequestID(time.Now())}, "no id": {p.Partner, "hello"}, "of another team": {other, young},
	} {
		a := tt.who.Get("/t/aa/requests/" + tt.id)
		if a.StatusCode != 404 || !strings.Contains(a.Body, "There is no answer with this id that you may read.") {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
		bodies[name] = a.Body
	}
	if a := b.Partner.Get("/t/bb/requests/" + foreign.id); a.StatusCode != 200 || !strings.Contains(a.Body, "/aa/orders/v1/orders") {
		t.Errorf("to the token's own people: %d", a.StatusCode)
	}
	found := p.Partner.Get("/t/aa/requests?id=%20" + strings.ToUpper(young) + "%20")
	if found.StatusCode != 303 || found.Header.Get("Location") != "/t/aa/requests/"+young {
		t.Errorf("the search leads to %q", found.Header.Get("Location"))
	}
	line := p.Partner.Get("/t/aa/tokens/" + p.Token.ID).Body
	if !strings.Contains(line, `href="/t/aa/requests/`+young+`"`) || strings.Contains(line, `href="/t/aa/requests/`+old+`"`) || strings.Contains(line, `href="/t/aa/requests/`+fine.id+`"`) {
		t.Error("the last requests of the token link to the wrong ones")
	}
}
