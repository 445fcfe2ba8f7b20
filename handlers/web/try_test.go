package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R103, R105: the document of the try page has what is tried and nothing else, and
// sends calls to the gateway or its mock alone.
func TestWhatTheTryPageWorksOn(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	const base = "/t/port/apis/orders/v1"
	const manager = "/t/port/admin/apis/orders/versions/v1"
	expect(t, p.Partner.Get(base+"/try?operation=get-orders&to=mock"), http.StatusOK, "counts against your plan") // there is none
	expect(t, p.Manager.Post(manager+"/mock", url.Values{"on": {"yes"}}), http.StatusSeeOther)
	expect(t, p.Manager.Get(manager), http.StatusOK, "Switch the mock off", "/-/mock/port/orders/v1")
	expect(t, p.Partner.Get(base+"/operations/get-orders"), http.StatusOK, "/-/mock/port/orders/v1", "Try the mock")
	samplesOfTheMock(t, p.Partner, base+"/operations/get-orders")
	page := p.Partner.Get(base + "/try?operation=get-orders&to=mock")
	expect(t, page, http.StatusOK, "These calls go to the mock", base+"/try/token?to=mock")
	if csp := page.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "script-src 'self'") {
		t.Errorf("the policy is %q", csp)
	}
	for query, server := range map[string]string{"operation=get-orders": "/port/orders/v1", "operation=get-orders&to=mock": "/-/mock/port/orders/v1"} {
		a := p.Partner.Get(base + "/try/openapi.json?" + query)
		expect(t, a, http.StatusOK)
		var d struct {
			Servers []struct{ URL string }
			Paths   map[string]map[string]any
		}
		if err := json.Unmarshal([]byte(a.Body), &d); err != nil || len(d.Servers) != 1 || d.Servers[0].URL != strings.TrimSuffix(k.GatewayURL.String(), "/")+server {
			t.Errorf("%s: %v %+v", query, err, d.Servers)
		}
		if len(d.Paths) != 1 || d.Paths["/orders"]["get"] == nil || d.Paths["/orders"]["post"] != nil {
			t.Errorf("%s: %v", query, d.Paths)
		}
	}
	expect(t, p.Partner.Get(base+"/try/openapi.json?operation=nothing"), http.StatusNotFound)
	expect(t, p.Partner.Get(base+"/try?operation=get-orders&tag=nothing"), http.StatusOK, "Try “List orders”")
	// A stranger comes back to exactly this.
	const here = base + "/try?operation=get-orders&to=mock"
	expect(t, k.Visitor().Get(here), http.StatusOK, "Sign in to try it", "/login?"+url.Values{"next": {here}}.Encode())
	newcomer := k.Person("Newcomer", models.NotStaff)
	expect(t, newcomer.Get(here), http.StatusOK, "Calls are made by teams", "Subscribe")
	expect(t, newcomer.Get(base+"/try?operation=get-orders"), http.StatusOK, "You need a subscription")
}

// A team with no access yet makes a token for the mock; one that could do nothing at
// all is none.
func TestATokenForMocks(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	form := tokenForm(p, "k")
	for name := range form {
		if strings.HasPrefix(name, "access-") {
			form.Set(name, "none")
		}
	}
	expect(t, p.Partner.Post("/t/port/tokens", form), http.StatusUnprocessableEntity, "a token that may do nothing is of no use")
	expect(t, p.Manager.Post("/t/port/admin/apis/orders/versions/v1/mock", url.Values{"on": {"yes"}}), http.StatusSeeOther)
	form.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
	expect(t, p.Partner.Post("/t/port/tokens", form), http.StatusCreated, "is ready")
}

// The reader finds what their teams called, and tries, without knowing of a token.
func TestOwnUsage(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	expect(t, p.Manager.Post("/t/port/admin/apis/orders/versions/v1/mock", url.Values{"on": {"yes"}}), http.StatusSeeOther)
	send := func(path, secret string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, k.GatewayURL.String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	tried := p.Partner.Do(http.MethodPost, "/t/port/apis/orders/v1/try/token", strings.NewReader("tenant=port"), "Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json")
	var got struct{ Token string }
	if err := json.Unmarshal([]byte(tried.Body), &got); err != nil {
		t.Fatal(err)
	}
	send("/port/orders/v1/orders/live", p.Secret.Reveal())
	send("/port/orders/v1/orders/tried", got.Token)
	send("/-/mock/port/orders/v1/orders/mocked", got.Token)
	for query, shown := range map[string]string{"": "live tried", "?calls=tries": "tried", "?calls=mock": "mocked", "?calls=tries&range=7d&version=" + p.Version.ID: "tried"} {
		testkit.Eventually(t, "the calls are listed", func() bool {
			body := p.Partner.Get("/t/port/usage" + query).Body
			for _, call := range []string{"live", "tried", "mocked"} {
				if strings.Contains(body, "/orders/"+call) != strings.Contains(shown, call) {
					return false
				}
			}
			return strings.Contains(body, "badge-plain") || shown == "live"
		})
	}
	expect(t, p.Admin.Get("/t/port/usage"), http.StatusForbidden)
	expect(t, p.Partner.Get("/t/port/usage?before=nonsense"), http.StatusUnprocessableEntity)
}

// samplesOfTheMock reads code that calls the mock in place of the API, as the address
// has it: that goes along with the language wherever the page leads.
func samplesOfTheMock(t *testing.T, reader *testkit.Browser, page string) {
	t.Helper()
	const live, mocked = "/port/orders/v1/orders&#34;, nil)", "/-/mock/port/orders/v1/orders&#34;, nil)"
	has(t, reader.Get(page+"?lang=go"), http.StatusOK, live, `href="`+page+`?lang=go&amp;to=mock"`)
	got := reader.Get(page + "?lang=go&to=mock")
	has(t, got, http.StatusOK, mocked, `href="`+page+`?lang=go"`, `href="`+page+`?lang=java&amp;to=mock"`,
		`<input type="hidden" name="to" value="mock">`, `<input type="hidden" name="lang" value="go">`)
	has(t, reader.Get(page+"?lang=go&to=mock&q=orders"), http.StatusOK, `class="hit" href="`+page+`?lang=go&amp;to=mock"`)
}
