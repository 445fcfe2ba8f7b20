package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// filledIn is what the form on a page would send, as it is shown.
func filledIn(t *testing.T, page string) url.Values {
	t.Helper()
	doc, err := xhtml.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	for n := range doc.Descendants() {
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		_, checked := at["checked"]
		switch {
		case at["name"] == "" || at["name"] == "key":
		case n.Data == "textarea" && n.FirstChild != nil:
			out.Add(at["name"], n.FirstChild.Data)
		case n.Data == "input" && (at["type"] == "radio" || at["type"] == "checkbox") && checked:
			out.Add(at["name"], at["value"])
		case n.Data == "input" && at["type"] == "" && at["value"] != "":
			out.Add(at["name"], at["value"])
		}
	}
	return out
}

// A link fills in the form and makes nothing. What it names and is not there is
// said, and left out.
func TestALinkToTheForm(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	publishAnew(t, k, p, scoped)
	access, scope, op := "access-"+p.Version.ID, "scope-"+p.Version.ID, "op-"+p.Version.ID
	for name, tt := range map[string]struct {
		query string
		want  url.Values // in the form
		says  []string   // is left out
	}{
		"nothing":                    {"", url.Values{"name": nil, access: {"none"}, "expires": {"30"}}, nil},
		"words":                      {"name=ETA&purpose=Tells+when&description=Kept+in+a+vault", url.Values{"name": {"ETA"}, "purpose": {"Tells when"}, "description": {"Kept in a vault"}}, nil},
		"days":                       {"expires=7", url.Values{"expires": {"7"}}, nil},
		"a date":                     {"expires=2027-01-02", url.Values{"expires": {"date"}, "date": nil}, nil},
		"days that are none":         {"expires=soon", url.Values{"expires": {"30"}}, []string{"“soon” is no number of days"}},
		"days that nobody offers":    {"expires=11", url.Values{"expires": {"30"}}, []string{"“11” days can’t be chosen"}},
		"more days than are allowed": {"expires=366", url.Values{"expires": {"30"}}, []string{"more than the 90 days"}},
		"read":                       {"scopes=orders:read", url.Values{access: {"read"}}, nil},
		"a version":                  {"scopes=orders/v1:write", url.Values{access: {"write"}}, nil},
		"a scope":                    {"scopes=orders:orders.read", url.Values{access: {"custom"}, scope: {"orders.read"}}, nil},
		"a list in two":              {"scopes=orders:orders.read&scopes=orders:orders.write,", url.Values{access: {"custom"}, scope: {"orders.read", "orders.write"}}, nil},
		"operations":                 {"operations=orders:get-orders,orders/v1:POST+/orders,orders:cancelOrder", url.Values{access: {"custom"}, op: {"delete-orders-id", "get-orders", "post-orders"}}, nil},
		"both":                       {"scopes=orders:orders.read&operations=orders:get-orders-id", url.Values{access: {"custom"}, scope: {"orders.read"}, op: {"get-orders-id"}}, nil},
		"the whole and a part":       {"scopes=orders:read&operations=orders:post-orders", url.Values{access: {"read"}, op: nil}, []string{"can’t go together"}},
		"a part and the whole":       {"scopes=orders:orders.read,orders:write", url.Values{access: {"custom"}}, []string{"can’t go together"}},
		"another API":                {"scopes=secrets:read,orders:read", url.Values{access: {"read"}}, []string{"“secrets:read”: your team has no access"}},
		"another version":            {"scopes=orders/v9:read", url.Values{access: {"none"}}, []string{"“orders/v9:read”"}},
		"a scope that is none":       {"scopes=orders:all", url.Values{access: {"none"}}, []string{"Orders v1 has no such scope"}},
		"an operation that is none":  {"operations=orders:GET+/all", url.Values{access: {"none"}}, []string{"Orders v1 has no such operation"}},
		"half an item":               {"scopes=orders,:&operations=:,orders:", url.Values{access: {"none"}}, []string{"“orders”", "“:”"}},
		"ranges":                     {"ips=192.0.2.0/24,2001:db8::1&ips=198.51.100.7", url.Values{"ips": {"192.0.2.0/24\n2001:db8::1\n198.51.100.7"}}, nil},
		"ranges that are none":       {"ips=here,192.0.2.1", url.Values{"ips": {"192.0.2.1"}}, []string{"“here” is no address"}},
		"a token that is not there":  {"like=" + models.NewID(), url.Values{access: {"none"}}, []string{"is not there, or not for you"}},
		"what nobody knows":          {"wings=2&state=active&key=mine", url.Values{access: {"none"}}, nil},
		"what is no text":            {"name=%ff%fea&scopes=%ff:read", url.Values{"name": {"a"}}, []string{"your team has no access"}},
		"a very long one":            {"scopes=" + strings.Repeat("x", 5000), url.Values{access: {"none"}}, []string{strings.Repeat("x", 80) + "…”"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := p.Partner.Get("/t/port/tokens/new?" + tt.query)
			expect(t, page, http.StatusOK, tt.says...)
			got := filledIn(t, page.Body)
			for field, want := range tt.want {
				values := slices.Sorted(slices.Values(got[field]))
				if want == nil && field == "date" {
					continue // a date field is no line of text
				}
				if !slices.Equal(values, slices.Sorted(slices.Values(want))) {
					t.Errorf("%s: %q, want %q", field, values, want)
				}
			}
			if said := strings.Contains(page.Body, "Not everything could be filled in"); said != (len(tt.says) > 0) {
				t.Errorf("something is said to be left out: %v", said)
			}
		})
	}
	if page, err := k.Portal.Tokens.List(t.Context(), k.Actor(p.Partner, "port"), portalQuery); err != nil || len(page.Rows) != 1 {
		t.Errorf("%d tokens, %v", len(page.Rows), err)
	}
}

var formLink = regexp.MustCompile(`<code id="form-link">([^<]+)</code>`)

// linked is the link to the form that stands on a page, without its origin.
func linked(t *testing.T, k *testkit.Kit, page string) string {
	t.Helper()
	found := formLink.FindStringSubmatch(page)
	if found == nil {
		t.Fatal("there is no link")
	}
	path, ours := strings.CutPrefix(html.UnescapeString(found[1]), k.PortalURL.String())
	if !ours {
		t.Fatalf("the link leads to %s", found[1])
	}
	return path
}

// The link to a form, and the copy of a token, lead to the same form again.
func TestTheSameFormAgain(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	publishAnew(t, k, p, scoped)
	form := url.Values{"team": {p.Team.ID}, "key": {"k"}, "name": {"ETA & co, «sync»"}, "purpose": {"Tells when"}, "description": {"100 % ours"}, "expires": {"7"}, "ips": {"192.0.2.0/24 2001:db8::1"},
		"access-" + p.Version.ID: {"custom"}, "scope-" + p.Version.ID: {"orders.read"}, "op-" + p.Version.ID: {"get-orders-id", "post-orders"}}
	looked := p.Partner.Post("/t/port/tokens/new?do=link", form)
	expect(t, looked, http.StatusOK)
	want := filledIn(t, looked.Body)
	want.Set("ips", "192.0.2.0/24\n2001:db8::1")
	same := func(what string, page testkit.Answer) {
		t.Helper()
		if got := filledIn(t, page.Body); got.Encode() != want.Encode() {
			t.Errorf("%s:\n%v\nwant\n%v", what, got, want)
		}
	}
	same("the link", p.Partner.Get(linked(t, k, looked.Body)))
	form.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
	expect(t, p.Partner.Post("/t/port/tokens", form), http.StatusCreated)
	at := "/t/port/tokens/" + madeID(t, p.Partner.Get("/t/port/tokens").Body, "ETA")
	page := p.Partner.Get(at)
	expect(t, page, http.StatusOK, "Copy settings", "new?like="+at[len("/t/port/tokens/"):])
	same("the copy", p.Partner.Get("/t/port/tokens/new?like="+at[len("/t/port/tokens/"):]))
	want.Set("expires", "30") // how long it lives is the new one's business
	same("the token's link", p.Partner.Get(linked(t, k, page.Body)))
	if strings.Contains(p.Admin.Get("/t/port/admin"+at[len("/t/port"):]).Body, "Copy settings") {
		t.Error("an admin is offered a copy, and has no team to make it in")
	}

	// What is no longer allowed is named.
	publishAnew(t, k, p, testkit.Document)
	expect(t, p.Partner.Get("/t/port/tokens/new?like="+at[len("/t/port/tokens/"):]), http.StatusOK, "Orders v1 has no scope orders.read any more", "These are the settings of ETA")
	expect(t, p.Partner.Get(at+"/edit"), http.StatusOK, "Orders v1 has no scope orders.read any more")
	if _, err := k.Portal.Subscriptions.Pause(t.Context(), k.Actor(p.Admin, "port"), p.Subscription.ID, "Looks odd."); err != nil {
		t.Fatal(err)
	}
	expect(t, p.Partner.Get("/t/port/tokens/new?like="+at[len("/t/port/tokens/"):]), http.StatusOK, "No API to call yet")
}
