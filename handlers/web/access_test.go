package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

var secretShape = regexp.MustCompile(`gthm?_[0-9a-z]+_[0-9A-Za-z]{36}`)

func expect(t *testing.T, a testkit.Answer, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: %d, want %d: %.600s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("%s %s does not say %q", a.Request.Method, a.Request.URL.Path, w)
		}
	}
}

// tokenForm is what the form of a new token sends.
func tokenForm(p *testkit.Place, key string) url.Values {
	return url.Values{"team": {p.Team.ID}, "key": {key}, "name": {"Crane watch"}, "expires": {"30"}, "access-" + p.Version.ID: {"read"}}
}

// unneeded is what the form of a revocation sends.
var unneeded = url.Values{"cause": {"unneeded"}}

// call calls the place's API through the gateway.
func call(t *testing.T, k *testkit.Kit, p *testkit.Place, method, secret string) int {
	t.Helper()
	r, err := http.NewRequest(method, k.GatewayURL.String()+"/"+p.Slug+"/orders/v1/orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode
}

// The order of a list stands in its address, and in its heads for those who hear the page.
func TestSortedTokens(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	for at, b := range map[string]*testkit.Browser{"/t/port/tokens": p.Partner, "/t/port/admin/tokens": p.Admin} {
		expect(t, b.Get(at), http.StatusOK, `aria-sort="descending"><a href="`+at+`?sort=created">`, `<a href="`+at+`?sort=name">`, "the newest first")
		expect(t, b.Get(at+"?sort=name&q=c"), http.StatusOK, `aria-sort="ascending"><a href="`+at+`?q=c&amp;sort=-name">`, `name="sort" value="name"`, "by name, from A")
		expect(t, b.Get(at+"?sort=-expires"), http.StatusOK, `aria-sort="descending"><a href="`+at+`?sort=expires">`)
		expect(t, b.Get(at+"?sort=digest"), http.StatusOK, "the newest first")
	}
}

// R4, R5, R13, R24: a token is made with a step-up, shown once, tested, used and revoked.
func TestATokenFromFormToRevocation(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		b, base := p.Partner, "/t/port/tokens"
		expect(t, b.Get(base+"/new"), http.StatusOK, `data-stepup="token.create"`, `data-object="`+p.Team.ID+`"`, "List orders", "Orders")
		if a := b.Post(base, tokenForm(p, "one")); a.StatusCode != http.StatusForbidden || secretShape.MatchString(a.Body) {
			t.Fatalf("without a step-up: %d", a.StatusCode)
		}
		form := tokenForm(p, "one")
		form.Set("step_up", b.StepUp(models.TokenCreate, p.Team.ID))
		made := b.Post(base, form)
		expect(t, made, http.StatusCreated, "Copy the secret now", "PORT_TOKEN")
		secret := secretShape.FindString(made.Body)
		if secret == "" || made.Header.Get("Cache-Control") != "no-store" || made.Header.Get("Location") != "" {
			t.Fatalf("%q, %v", secret, made.Header)
		}
		if again := b.Post(base, form); again.StatusCode != http.StatusConflict || secretShape.MatchString(again.Body) {
			t.Errorf("sent twice: %d", again.StatusCode)
		}
		url := base + "/" + madeID(t, b.Get(base).Body, "Crane watch")
		expect(t, b.Get(url), http.StatusOK, "Crane watch", secret[len(secret)-4:])
		for _, path := range []string{base, url, url + "?range=7d", url + "/edit", "/notifications"} {
			if strings.Contains(b.Get(path).Body, secret) {
				t.Errorf("%s shows the secret", path)
			}
		}
		if files := k.Grep(secret); len(files) > 0 {
			t.Errorf("the secret stands in %v", files)
		}
		testIt(t, k, p, b, url, secret)
		if got := call(t, k, p, http.MethodPost, secret); got != http.StatusForbidden {
			t.Errorf("a token that may read writes: %d", got)
		}
		expect(t, b.Get(url+"/revoke"), http.StatusOK, "Revoke Crane watch?")
		expect(t, b.Post(url+"/revoke", unneeded), http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusUnauthorized {
			t.Errorf("the first call after revoking: %d", got)
		}
		expect(t, b.Post(url+"/revoke", unneeded), http.StatusSeeOther)
	})
}

func testIt(t *testing.T, k *testkit.Kit, p *testkit.Place, b *testkit.Browser, at, secret string) {
	t.Helper()
	before := len(k.Upstream.Calls())
	a := b.Post(at+"/test", url.Values{"secret": {secret}})
	expect(t, a, http.StatusOK, "It works", "GET /port/orders/v1/orders")
	if a.Header.Get("Cache-Control") != "no-store" || len(k.Upstream.Calls()) != before+1 {
		t.Errorf("%d calls reached the upstream", len(k.Upstream.Calls())-before)
	}
	if strings.Contains(a.Body, secret) {
		t.Error("the page of the test shows the secret again")
	}
	expect(t, a, http.StatusOK, "The secret is not shown again", `href="`+at+`"`)
	form := url.Values{"tenant": {"port"}, "secret": {secret}}
	panel := b.Do(http.MethodPost, at+"/test", strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded", "HX-Request", "true")
	expect(t, panel, http.StatusOK, "It works", "Run again", `value="`+secret+`"`)
	expect(t, b.Post(at+"/test", url.Values{"secret": {p.Secret.Reveal()}}), http.StatusUnprocessableEntity)
	expect(t, b.Post(at+"/test", url.Values{"secret": {"x"}}), http.StatusUnprocessableEntity)
}

// madeID is the id of a token by its name in the list.
func madeID(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`/tokens/([0-9a-f-]{36})">` + name).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("%s is not in the list", name)
	}
	return m[1]
}

// Bad input comes back with the field, the reason and everything that was typed.
func TestFormsKeepWhatWasTyped(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	form := tokenForm(p, "k")
	form.Set("name", "")
	form.Set("description", "typed <b>words</b>")
	form.Set("expires", "date")
	form.Set("date", "9999-12-31")
	expect(t, p.Partner.Post("/t/port/tokens", form), http.StatusUnprocessableEntity,
		"Give the token a name", "typed &lt;b&gt;words&lt;/b&gt;", "At most 90 days", `value="9999-12-31"`, "2 things need a look")
	form = tokenForm(p, "k")
	form.Set("description", "kept description")
	form.Set("access-"+p.Version.ID, "write")
	expect(t, p.Partner.Post("/t/port/tokens", form), http.StatusForbidden, "Confirm this with your passkey", "kept description", `value="write" checked`)
	expect(t, p.Admin.Post("/t/port/admin/members/"+p.Manager.User.ID, url.Values{"role": {"auditor"}}), http.StatusForbidden,
		"Confirm this with your passkey", "The role was not changed", `value="auditor" checked`)
	operator := k.Person("Operator", models.StaffOperator)
	expect(t, operator.Post("/support/tenants/port", url.Values{"reason": {"kept reason"}, "minutes": {"30"}}), http.StatusForbidden,
		"Confirm this with your passkey", "kept reason")
	stranger := k.Person("Somebody New", models.NotStaff)
	expect(t, stranger.Get("/t/port/apis/orders/subscribe"), http.StatusOK, "Name of your team", "10,000 calls a minute, 1,000,000 calls a month")
	expect(t, stranger.Post("/t/port/apis/orders/v1/subscribe", url.Values{"plan": {"standard"}, "team_name": {"Ours"}, "purpose": {"short"}}),
		http.StatusUnprocessableEntity, "Write at least 10 characters", `value="Ours"`, ">short</textarea>")
	expect(t, p.Admin.Post("/t/port/admin/management-tokens", url.Values{"name": {"bot"}, "expires": {"7"}}),
		http.StatusUnprocessableEntity, "Choose at least one scope", `value="bot"`)
}

// R69: who asks too often is told when to come back, and loses no words.
func TestTheFourthRequestOfADayKeepsItsPurpose(t *testing.T) {
	k := testkit.New(t)
	k.Place("port", true)
	asks := k.Person("Somebody New", models.NotStaff)
	form := url.Values{"plan": {"standard"}, "team_name": {"Ours"}, "purpose": {"To print labels."}}
	for range 3 {
		expect(t, asks.Post("/t/port/apis/orders/v1/subscribe", form), http.StatusSeeOther)
		at := regexp.MustCompile(`/t/port/subscriptions/[0-9a-f-]{36}/withdraw`).FindString(asks.Get("/t/port/subscriptions").Body)
		expect(t, asks.Post(at, nil), http.StatusSeeOther)
	}
	a := asks.Post("/t/port/apis/orders/v1/subscribe", form)
	expect(t, a, http.StatusTooManyRequests, "asked for this API 3 times in a day", ">To print labels.</textarea>")
	if a.Header.Get("Retry-After") == "" {
		t.Error("nobody says when")
	}
}

// Who sends a form after their session ended is told that it was not saved, and
// comes back to the page of the form; to no other site.
func TestAFormSentAfterTheSessionEnded(t *testing.T) {
	k := testkit.New(t)
	k.Place("port", true)
	form := "tenant=port&plan=standard&purpose=To+print+labels."
	for from, next := range map[string]string{
		k.PortalURL.String() + "/t/port/apis/orders/subscribe?version=v1": "next=%2Ft%2Fport%2Fapis%2Forders%2Fsubscribe%3Fversion%3Dv1",
		k.PortalURL.String() + "//evil.example":                           "",
		"https://evil.example/t/port":                                     "",
		"":                                                                "",
	} {
		for _, header := range []string{"Referer", "HX-Current-URL"} {
			v := k.Visitor()
			a := v.Do(http.MethodPost, "/account", strings.NewReader(form), "Content-Type", "application/x-www-form-urlencoded",
				header, from, map[bool]string{true: "HX-Request", false: "X-None"}[header != "Referer"], "true")
			to := a.Header.Get("Location") + a.Header.Get("HX-Redirect")
			want := "/login?lost=1"
			if next != "" {
				want += "&" + next
			}
			if to != want {
				t.Errorf("sent from %q: to %q, want %q", from, to, want)
			}
			expect(t, v.Get(to), http.StatusOK, "What you sent was not saved")
		}
	}
}

// R63: an admin decides from the inbox; who comes later is told who was quicker.
func TestTheInbox(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		asks := k.Person("Somebody New", models.NotStaff)
		expect(t, asks.Post("/t/port/apis/orders/v1/subscribe", url.Values{"plan": {"standard"}, "team_name": {"Ours"}, "purpose": {"To print labels."}}), http.StatusSeeOther)
		page := p.Admin.Get("/t/port/admin/requests")
		expect(t, page, http.StatusOK, "Ours asks for Orders v1", "test.example</strong> is verified", "To print labels.", "10,000 calls a minute")
		at := regexp.MustCompile(`/t/port/admin/requests/[0-9a-f-]{36}`).FindString(page.Body)
		seen := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(page.Body)[1]
		expect(t, p.Admin.Post(at+"/deny", url.Values{"seen": {seen}}), http.StatusUnprocessableEntity, "Say why")
		expect(t, p.Admin.Post(at+"/approve", url.Values{"seen": {seen}}), http.StatusSeeOther)
		expect(t, p.Admin.Post(at+"/deny", url.Values{"seen": {seen}, "reason": {"Too late."}}), http.StatusConflict, "Somebody was quicker", "by "+p.Admin.User.Name)
		expect(t, asks.Get("/t/port/subscriptions"), http.StatusOK, "Approved", "0 of 1,000,000")
		expect(t, p.Auditor.Get("/t/port/admin/requests?show=all"), http.StatusOK, "Ours")
		expect(t, p.Auditor.Post(at+"/end", url.Values{"reason": {"No right to."}}), http.StatusForbidden)
		expect(t, p.Admin.Post(at+"/pause", url.Values{"reason": {"Looks odd."}}), http.StatusSeeOther)
		expect(t, p.Admin.Get(at), http.StatusOK, "Resume", "Paused")
		expect(t, p.Admin.Post("/t/port/admin/requests", url.Values{"pick": {at[len(at)-36:] + " " + seen}, "decision": {"approve"}}), http.StatusSeeOther)
		expect(t, p.Admin.Get("/t/port/admin"), http.StatusOK, "Waiting requests", "1 could not be")
	})
}

// The token of a try page works, is asked for by our own script only, and by who has access.
func TestTheTryToken(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	ask := func(b *testkit.Browser) testkit.Answer {
		return b.Do(http.MethodPost, "/t/port/apis/orders/v1/try/token", strings.NewReader("tenant=port"), "Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json")
	}
	a := ask(p.Partner)
	expect(t, a, http.StatusOK)
	var got struct {
		Token     string `json:"token"`
		ExpiresAt string `json:"expires_at"`
	}
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Header.Get("Cache-Control") != "no-store" || got.ExpiresAt == "" {
		t.Fatalf("%v %s", err, a.Body)
	}
	if status := call(t, k, p, http.MethodGet, got.Token); status != http.StatusOK {
		t.Errorf("the call: %d", status)
	}
	expect(t, ask(p.Admin), http.StatusForbidden)
	cross := p.Partner.Do(http.MethodPost, "/t/port/apis/orders/v1/try/token", strings.NewReader("tenant=port"), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	expect(t, cross, http.StatusForbidden)
}

// R20: what people named things is text wherever it is shown.
func TestNamesAreText(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	const name = `"><img src=x onerror=alert(1)>`
	form := tokenForm(p, "k")
	form.Set("name", name)
	form.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
	made := p.Partner.Post("/t/port/tokens", form)
	expect(t, made, http.StatusCreated)
	for who, a := range map[string]testkit.Answer{
		"the created page": made, "the list": p.Partner.Get("/t/port/tokens"), "the inventory": p.Admin.Get("/t/port/admin/tokens"),
	} {
		if strings.Contains(a.Body, "<img src=x") || !strings.Contains(a.Body, "&lt;img src=x") {
			t.Errorf("%s does not show the name as text", who)
		}
	}
}

// Every page of this vertical opens for those who use it, whole and, where it
// renews itself, in part.
func TestPagesOpen(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	token, subscription := "/"+p.Token.ID, "/"+p.Subscription.ID
	for path, b := range map[string]*testkit.Browser{
		"/subscriptions": p.Partner, "/subscriptions" + subscription + "/end": p.Partner, "/apis/orders/subscribe": p.Partner,
		"/tokens": p.Partner, "/tokens?state=active&api=orders&q=c": p.Partner, "/tokens?state=tries": p.Partner, "/tokens/new": p.Partner,
		"/tokens" + token + "?range=1h": p.Partner, "/tokens" + token + "/edit": p.Partner, "/tokens" + token + "/pause": p.Partner, "/tokens" + token + "/revoke": p.Partner,
		"/admin": p.Admin, "/admin/requests?show=decided": p.Admin, "/admin/requests" + subscription: p.Admin, "/admin/tokens": p.Admin,
		"/admin/tokens" + token: p.Admin, "/admin/tokens" + token + "/pause": p.Admin, "/admin/tokens" + token + "/revoke": p.Admin,
		"/admin/tokens/" + p.Management.ID: p.Admin, "/admin/management-tokens": p.Admin, "/admin/management-tokens/new": p.Manager,
		"/admin/management-tokens/" + p.Management.ID + "/revoke": p.Admin,
	} {
		expect(t, b.Get("/t/port"+path), http.StatusOK, "</html>")
	}
	part := p.Partner.Do(http.MethodGet, "/t/port/tokens"+token, nil, "HX-Request", "true", "Gatehouse-Poll", "1")
	expect(t, part, http.StatusOK, `id="live"`)
	if strings.Contains(part.Body, "<html") {
		t.Error("the live part is a whole page")
	}
}
