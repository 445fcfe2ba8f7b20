package testkit_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/internal/testkit"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// call sends one call through the gateway.
func call(t testing.TB, k *testkit.Kit, method, path, secret string) (status int, header http.Header, body string) {
	t.Helper()
	r, err := http.NewRequest(method, k.GatewayURL.String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(raw)
}

// The purpose, without a browser: a call goes through, is seen in the usage,
// and after the revocation the next one is refused (R13: 0 s in one process).
func TestFromTokenToGraph(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, p := context.Background(), k.Place("nq", true)
		status, header, body := call(t, k, http.MethodGet, "/nq/orders/v1/orders?page=2", p.Secret.Reveal())
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		if header.Get("Ratelimit") == "" || header.Get("Gatehouse-Token-Expiration") == "" {
			t.Errorf("limits or expiry are missing: %v", header)
		}
		seen := k.Upstream.Calls()[0]
		if seen.Target != "/base/orders?page=2" || seen.Header.Get("X-Upstream-Key") != testkit.UpstreamCredential {
			t.Errorf("the upstream saw %+v", seen)
		}
		if strings.Contains(seen.Header.Get("Authorization"), "gth_") { // R81
			t.Error("the token reached the upstream")
		}
		if err := k.Usage.Folder.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		s, err := k.Usage.Series(ctx, p.Tenant.ID, usage.Filter{Token: p.Token.ID}, usage.LastHour)
		if err != nil || s.Total.Calls != 1 {
			t.Errorf("the graph shows %d calls, %v", s.Total.Calls, err)
		}
		if err := k.Portal.Tokens.Revoke(ctx, k.Actor(p.Partner, "nq"), p.Token.ID, models.CauseUnneeded, "No longer needed."); err != nil {
			t.Fatal(err)
		}
		if status, _, _ := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal()); status != http.StatusUnauthorized {
			t.Errorf("after the revocation: %d", status)
		}
	})
}

// R16, R66: what a token rests on ends its calls at once, and the token's row stays as it is.
func TestWhatATokenRestsOn(t *testing.T) {
	k := testkit.New(t)
	ctx := context.Background()
	for name, tt := range map[string]struct {
		end  func(t *testing.T, p *testkit.Place)
		want int
	}{
		"the subscription is paused": {func(t *testing.T, p *testkit.Place) {
			_, err := k.Portal.Subscriptions.Pause(ctx, k.Actor(p.Admin, p.Slug), p.Subscription.ID, "Too many calls at night.")
			must(t, err)
		}, http.StatusForbidden},
		"the subscription is ended": {func(t *testing.T, p *testkit.Place) {
			_, err := k.Portal.Subscriptions.End(ctx, k.Actor(p.Admin, p.Slug), p.Subscription.ID, "The contract has ended.")
			must(t, err)
		}, http.StatusForbidden},
		"the token is paused": {func(t *testing.T, p *testkit.Place) {
			must(t, k.Portal.Tokens.Pause(ctx, k.Actor(p.Partner, p.Slug), p.Token.ID, "Holidays."))
		}, http.StatusUnauthorized},
		"an admin revokes it": {func(t *testing.T, p *testkit.Place) {
			must(t, k.Portal.AllTokens.Revoke(ctx, k.Actor(p.Admin, p.Slug), p.Token.ID, models.CauseLeaked, "Seen in public."))
		}, http.StatusUnauthorized},
		"the upstream moves and its credential is detached": {func(t *testing.T, p *testkit.Place) { // R108
			actor := k.Actor(p.Manager, p.Slug)
			bench, err := k.Portal.APIs.Workbench(ctx, actor, "orders", "v1")
			must(t, err)
			change := bench.Version
			change.Upstream = "http://127.0.0.2:9"
			_, err = k.Portal.APIs.SetUpstream(ctx, actor, "orders", "v1", change)
			must(t, err)
		}, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			slug := map[bool]string{true: "x", false: "y"}[len(name)%2 == 0] + strings.ToLower(models.NewID()[30:])
			p := k.Place(slug, true)
			if status, _, body := call(t, k, http.MethodGet, "/"+slug+"/orders/v1/orders", p.Secret.Reveal()); status != http.StatusOK {
				t.Fatalf("before: %d %s", status, body)
			}
			before := len(k.Upstream.Calls())
			tt.end(t, p)
			if status, _, body := call(t, k, http.MethodGet, "/"+slug+"/orders/v1/orders", p.Secret.Reveal()); status != tt.want {
				t.Errorf("after: %d, want %d: %s", status, tt.want, body)
			}
			if after := len(k.Upstream.Calls()); after != before {
				t.Error("the upstream was called")
			}
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// R3, R4, R126: nothing that is kept holds a secret in clear: databases and their
// logs, the spool, the key file, and the program's log at debug level.
func TestSecretsAreNotKept(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal())
	call(t, k, http.MethodGet, "/nq/orders/v1/orders?access_token="+p.Secret.Reveal(), "nothing")
	const link = "canaryOfAOneTimeLink4711"
	for _, b := range []*testkit.Browser{p.Partner, k.Visitor()} {
		for _, path := range []string{"/t/nq/", "/api/v1/token/", "/api/v1/tenants/nq/", "/api/v1/tenants/nq/tokens/", "/nowhere/"} {
			b.Get(path + p.Secret.Reveal())
			b.Get(path + p.ManagementSecret.Reveal())
			b.Get(path + "?token=" + p.Secret.Reveal())
		}
		for _, path := range []string{"/link/", "//link/", "/LINK/", "/link//", "/Link/%2e/"} {
			b.Get(path + link)
			b.Post(path+link+"/accept", nil)
		}
	}
	must(t, k.Usage.Folder.Flush(context.Background()))
	k.Stop()
	for what, text := range map[string]string{
		"the access token": p.Secret.Reveal(), "its random part": p.Secret.Reveal()[7:37],
		"the management token": p.ManagementSecret.Reveal(), "a one-time link": link, "the upstream's credential": testkit.UpstreamCredential,
	} {
		if files := k.Grep(text); len(files) > 0 {
			t.Errorf("%s stands in %v", what, files)
		}
	}
	for _, text := range []string{p.Team.Name, "/nowhere/"} { // the control runs: in the data, in the log
		if files := k.Grep(text); len(files) == 0 {
			t.Errorf("the search does not find %q", text)
		}
	}
}

// A restart goes on with the same tokens and the same used quota (R132).
func TestRestart(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		left := func() string {
			_, header, _ := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal())
			_, quota, _ := strings.Cut(header.Get("Ratelimit"), `"quota-month";r=`)
			quota, _, _ = strings.Cut(quota, ";")
			return quota
		}
		if got := left(); got != "999999" {
			t.Fatalf("quota left: %s", got)
		}
		if page := p.Partner.Get("/t/nq/tokens/" + p.Token.ID); !strings.Contains(page.Body, " of 1,000,000, ") {
			t.Error("the token's page says nothing of the quota")
		}
		k.Stop()
		k.Start()
		if got := left(); got != "999998" {
			t.Errorf("quota left after the restart: %s", got)
		}
	})
}

// R132: ending a subscription and asking again is no new allowance, before and
// after a restart, and another plan in between changes nothing.
func TestAskingAgainIsNoNewQuota(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, p := context.Background(), k.Place("nq", true)
		_, err := k.Portal.Plans.Create(ctx, k.Actor(p.Manager, "nq"), "orders", models.Plan{Slug: "small", Name: "Small", AutoApprove: true,
			Rates: []models.Rate{{Calls: 600, Seconds: 60}}, QuotaCalls: 3, QuotaPeriod: models.QuotaMonth})
		must(t, err)
		get := func(want int) {
			t.Helper()
			if status, _, body := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal()); status != want {
				t.Fatalf("%d, want %d: %s", status, want, body)
			}
		}
		again := func() {
			t.Helper()
			must(t, k.Usage.Folder.Flush(ctx))
			_, err := k.Portal.Subscriptions.Leave(ctx, k.Actor(p.Partner, "nq"), p.Subscription.ID)
			must(t, err)
			get(http.StatusForbidden)
			row, err := k.Portal.Subscriptions.Request(ctx, k.Actor(p.Partner, "nq"), portal.NewSubscription{API: "orders", Version: "v1", Plan: "small", Purpose: "To try whether it begins anew."})
			must(t, err)
			p.Subscription = row.Subscription
		}
		get(http.StatusOK) // under the large plan; it counts
		again()
		get(http.StatusOK)
		k.Stop()
		k.Start()
		get(http.StatusOK)
		get(http.StatusTooManyRequests)
		again()
		get(http.StatusTooManyRequests)
		k.Stop()
		k.Start()
		get(http.StatusTooManyRequests)
		rows, err := k.Portal.Subscriptions.Own(ctx, k.Actor(p.Partner, "nq"))
		must(t, err)
		for _, row := range rows {
			if row.Open() && row.Used != 3 {
				t.Errorf("the page shows %d calls used, want 3", row.Used)
			}
		}
	})
}

// Each state of a subscription is refused in its own words, at once.
func TestTheGatewayKnowsEveryStanding(t *testing.T) {
	k := testkit.New(t)
	ctx, p := context.Background(), k.Place("nq", true)
	says := func(code string) {
		t.Helper()
		if _, _, body := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal()); !strings.Contains(body, "/docs/errors/"+code+`"`) {
			t.Errorf("want %s: %s", code, body)
		}
	}
	admin := k.Actor(p.Admin, "nq")
	_, err := k.Portal.Subscriptions.Pause(ctx, admin, p.Subscription.ID, "Too many calls at night.")
	must(t, err)
	says("subscription_paused")
	_, err = k.Portal.Subscriptions.End(ctx, admin, p.Subscription.ID, "The contract has ended.")
	must(t, err)
	says("subscription_required")
	row, err := k.Portal.Subscriptions.Request(ctx, k.Actor(p.Partner, "nq"), portal.NewSubscription{API: "orders", Version: "v1", Plan: p.Plan.Slug, Purpose: "To go on with the orders."})
	must(t, err)
	says("subscription_pending")
	_, err = k.Portal.Subscriptions.Withdraw(ctx, k.Actor(p.Partner, "nq"), row.ID)
	must(t, err)
	says("subscription_required")
}

// A second server on the same data is told so.
func TestSecondServer(t *testing.T) {
	k := testkit.New(t)
	err := k.Another()
	if err == nil || !strings.Contains(err.Error(), "another Gatehouse server runs on") {
		t.Errorf("%v", err)
	}
}

// R13: while calls go on, none that began after the answer to the revocation is let through.
func TestRevocationUnderLoad(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	type outcome struct {
		start time.Time
		ok    bool
	}
	var mu sync.Mutex
	var seen []outcome
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				start := time.Now()
				status, _, _ := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal())
				mu.Lock()
				seen = append(seen, outcome{start, status == http.StatusOK})
				mu.Unlock()
			}
		})
	}
	calls := func() int { mu.Lock(); defer mu.Unlock(); return len(seen) }
	for calls() < 40 {
		time.Sleep(time.Millisecond) // until the load is there
	}
	must(t, k.Portal.Tokens.Revoke(context.Background(), k.Actor(p.Partner, "nq"), p.Token.ID, models.CauseLeaked, "Leaked."))
	revoked, before := time.Now(), calls()
	for calls() < before+40 {
		time.Sleep(time.Millisecond)
	}
	stop()
	wg.Wait()
	passed := 0
	for _, o := range seen {
		if o.ok && o.start.After(revoked) {
			t.Errorf("a call that began %v after the revocation was let through", o.start.Sub(revoked))
		}
		if o.ok {
			passed++
		}
	}
	if passed == 0 {
		t.Error("no call was let through before")
	}
}

// R107: no page shows the upstream's credential.
func TestNoPageShowsTheCredential(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	var all bytes.Buffer
	for _, path := range []string{"/t/nq/admin/apis", "/t/nq/admin/apis/orders", "/t/nq/admin/apis/orders/versions/v1", "/t/nq/admin/audit"} {
		all.WriteString(p.Manager.Get(path).Body)
		all.WriteString(p.Admin.Get(path).Body)
	}
	if strings.Contains(all.String(), testkit.UpstreamCredential) {
		t.Error("a page shows the credential")
	}
}
