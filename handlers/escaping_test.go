package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// short is a text that breaks out of attributes and of texts where it is not
// escaped, and that can be told: m07 is the mark of column 7.
func short(mark int) string {
	return fmt.Sprintf(`m%02d'"></title></textarea><img src=x onerror=x()>`, mark)
}

// long is short with more ways to try the same.
func long(mark int) string {
	return short(mark) + ` ' autofocus onfocus=x() --><svg/onload=x()><script>x()</script><iframe src=javascript:x()></iframe>` +
		`&lt;script&gt;x()&lt;/script&gt; \u003cscript\u003e [l](javascript:x()) {{x()}}`
}

// columns are the texts that people fill in, by mark.
var columns = map[int]string{
	1: "the tenant's name", 2: "the tenant's tagline", 3: "an API's name", 4: "an API's summary", 5: "an API's description",
	6: "a plan's name", 7: "a plan's summary", 8: "a partner's name", 9: "a team's name", 10: "the purpose of a request", 11: "the reason of a denial",
	12: "a token's name", 13: "a token's description", 14: "the reason why a token is paused", 15: "a management token's name", 16: "a management token's description",
	17: "a passkey's name", 18: "the reason of a grant", 19: "the reason of a pause", 20: "the reason of a suspension", 21: "an admin's name",
	22: "a document's title", 24: "a summary in a document", 25: "a tag in a document",
	27: "the reason of an exception", 28: "an operation that a plan names", 29: "a client's name",
	30: "a question about a request", 31: "the reason for another plan",
	32: "a token's purpose", 33: "a colleague's name",
	34: "the client of an alert", 35: "what somebody found about an alert",
	36: "a guide's title", 37: "a guide's text", 38: "a home page's welcome", 39: "a home page's help", 40: "a link at the foot",
}

// No page shows these, today.
const documentDescription, browserName = 23, 26

// R20, R46: what people filled in is text on every page that shows it, and so is what
// a query or a form says: nothing of it becomes an element, a handler or a script.
func TestWhatPeopleWriteIsText(t *testing.T) {
	k := testkit.New(t)
	p := newScene(t, k, "aa", true)
	operator, staff := k.Person("Operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
	denied, seen := seedTexts(t, k, p, operator, staff), map[int]bool{}
	rows := handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL, Demo: true})
	scan(t, "a management token's page", p.Admin.Get("/t/aa/admin/tokens/"+p.Management.ID), seen)
	scan(t, "a denial", denied.Get("/t/aa/subscriptions"), seen)
	scan(t, "a visit by support", staff.Get("/t/aa"), seen)
	people := []*testkit.Browser{p.Partner, p.Admin, operator}
	answers, fields := 0, url.Values{}
	for _, name := range strings.Fields("q state api before after lang range show next back colour version plan team operation action object id " +
		"name slug code tagline email admin_email summary description purpose reason state_reason archive_reason confirm give_reason give_minutes minutes team_name upstream body_limit " +
		"credential_header credential_value document date expires token_days revision rate_1_calls rate_1_seconds quota_calls quota_period key level role secret seen pick theme unused_days pause_days revoke_days rotate_days leak keep when last_day op_1_key op_1_cost quota_day message why until expected_calls deputy from daily escalate_days advice ips person like scopes operations do find look issuer client_id client_secret groups_claim roles sign_up enabled welcome help sender link_1_text link_1_url banner contact") {
		fields.Set(name, long(0))
	}
	for _, row := range rows {
		if row.Rule.By == guard.Management || row.Rule.By == guard.Operator || unasked[row.Method+" "+row.Path] || strings.HasSuffix(row.Path, "/suspend") {
			continue
		}
		for i, b := range people {
			path, where := fill(row.Path, p), fmt.Sprintf("%s %s by %s", row.Method, row.Path, b.User.Email)
			var answer testkit.Answer
			if row.Method == http.MethodGet {
				answer = b.Get(path)
			} else {
				form := maps.Clone(fields)
				form.Set("tenant", p.Slug)
				answer = b.Post(path, form)
			}
			scan(t, where, answer, seen)
			answers++
			if answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusNotFound {
				continue
			}
			if row.Method == http.MethodGet {
				join := map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]
				scan(t, where+", asked with it", b.Get(path+join+fields.Encode()), seen)
				if inParts.MatchString(row.Path) {
					scan(t, where+", in part", b.Do(http.MethodGet, path, nil, "HX-Request", "true"), seen)
				}
			}
			if i > 0 || !strings.HasPrefix(row.Path, "/t/") {
				break // what others see of it is the same page
			}
		}
	}
	for mark, what := range columns {
		if !seen[mark] { // the control: the page that would be broken was there
			t.Errorf("no page shows %s", what)
		}
	}
	t.Logf("%d addresses were asked", answers)
}

// inParts are the pages of which htmx asks for a part.
var inParts = regexp.MustCompile(`/apis/:api/:version|/docs/api|/tokens/:id$|^/support$`)

var marked = regexp.MustCompile(`m(\d\d)'`)

// urls are attributes that lead somewhere, or load something.
var urls = []string{"href", "src", "srcset", "action", "formaction", "data", "poster", "ping", "xlink:href", "hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"}

// scan reads an answer as a browser does.
func scan(t *testing.T, where string, a testkit.Answer, seen map[int]bool) {
	t.Helper()
	if a.StatusCode >= 500 {
		t.Errorf("%s: %s", where, a.Status)
	}
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return
	}
	root, err := html.Parse(strings.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"<img src=x", "<svg/onload", "<script>x", "<iframe src=java"} {
		if strings.Contains(a.Body, raw) {
			t.Errorf("%s: %s stands in it", where, raw)
		}
	}
	for n := range root.Descendants() {
		look(t, where, n)
		texts := []string{n.Data}
		for _, attr := range n.Attr {
			texts = append(texts, attr.Val)
		}
		for _, text := range texts {
			for _, m := range marked.FindAllStringSubmatch(text, -1) {
				mark, _ := strconv.Atoi(m[1])
				seen[mark] = true
			}
		}
	}
}

// look fails for what none of our pages has: handlers, scripts in the page, styles other
// than a mail's, frames in which something runs.
func look(t *testing.T, where string, n *html.Node) {
	t.Helper()
	if n.Type != html.ElementNode {
		return
	}
	at := map[string]string{}
	for _, a := range n.Attr {
		at[a.Key] = a.Val
		value := strings.ToLower(strings.TrimSpace(a.Val))
		leads := slices.Contains(urls, a.Key) && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") || strings.HasPrefix(value, "vbscript:"))
		if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || a.Key == "style" && !strings.Contains(where, "/preview/mail") || a.Key == "srcdoc" || strings.ContainsAny(a.Key, `"'<`) || leads {
			t.Errorf("%s: <%s %s=%.80q>", where, n.Data, a.Key, a.Val)
		}
	}
	switch n.Data {
	case "script":
		if !strings.HasPrefix(at["src"], "/static/") {
			t.Errorf("%s: a script of %q", where, at["src"])
		}
	case "img":
		if !strings.HasPrefix(at["src"], "/") {
			t.Errorf("%s: a picture from %q", where, at["src"])
		}
	case "iframe":
		if !strings.HasPrefix(at["src"], "/t/") || at["sandbox"] != "allow-same-origin" {
			t.Errorf("%s: a frame of %q, sandbox %q", where, at["src"], at["sandbox"])
		}
	case "frame", "object", "embed", "applet", "base", "style", "math":
		t.Errorf("%s: <%s>", where, n.Data)
	}
}

// seedTexts fills in every column through the pages, and makes whoever filled in
// most of them the partner of the scene. It returns somebody whose request was denied.
func seedTexts(t *testing.T, k *testkit.Kit, p *scene, operator, staff *testkit.Browser) *testkit.Browser {
	t.Helper()
	post := func(b *testkit.Browser, path string, status int, form url.Values) testkit.Answer {
		t.Helper()
		a := b.Post(path, form)
		if a.StatusCode != status {
			t.Fatalf("%s: %d, want %d: %.500s", path, a.StatusCode, status, a.Body)
		}
		return a
	}
	const base, api = "/t/aa", "/t/aa/admin/apis/orders"
	post(p.Admin, "/account", 303, url.Values{"name": {short(21)}})
	look := url.Values{"name": {short(1)}, "tagline": {short(2)}, "colour": {"#0f766e"}, "welcome": {long(38)}, "help": {long(39)},
		"link_1_text": {"m40'\"><img src=x onerror=x()>"}, "link_1_url": {"https://aa.example/?m40'\"><img/src=x>"}, "revision": {"0"}}
	post(p.Admin, base+"/admin/settings/look", 303, look)
	post(p.Admin, base+"/admin/settings/look/publish", 303, url.Values{"revision": {"1"}, "seen": {""}})
	look.Set("tagline", short(2)+" again")
	post(p.Admin, base+"/admin/settings/look", 303, look)
	post(p.Manager, api, 303, url.Values{"name": {short(3)}, "summary": {short(4)}, "description": {long(5)}, "revision": {"1"}})
	post(p.Manager, api+"/plans/"+p.Plan.ID, 303, url.Values{"name": {short(6)}, "summary": {short(7)}, "rate_1_calls": {"10,000"}, "rate_1_seconds": {"60"}, "quota_calls": {"1,000,000"}, "quota_period": {"month"}, "quota_day": {"1"}, "revision": {"1"}})
	document := strings.NewReplacer("title: Orders", "title: "+quoted(22)+", description: "+quoted(documentDescription), "summary: List orders", "summary: "+quoted(24)+"\n      tags: ["+quoted(25)+"]").Replace(testkit.Document)
	made := post(p.Manager, api+"/versions/v1/document", 303, url.Values{"document": {document}})
	p.Revision.ID = made.Header.Get("Location")[strings.LastIndexByte(made.Header.Get("Location"), '/')+1:]
	post(p.Manager, api+"/versions/v1/publish", 303, url.Values{"revision": {p.Revision.ID}})

	asks := func(name string, mark int) (b *testkit.Browser, request string) {
		b = k.Person(name, models.NotStaff)
		post(b, "/account", 303, url.Values{"name": {short(mark)}})
		post(b, base+"/apis/orders/v1/subscribe", 303, url.Values{"plan": {"standard"}, "team_name": {short(9)}, "purpose": {long(10)}})
		own, err := k.Portal.Subscriptions.Own(t.Context(), k.Actor(b, "aa"))
		if err != nil || len(own) != 1 {
			t.Fatal(own, err)
		}
		return b, own[0].ID
	}
	if err := k.Portal.Alerts.Sight(t.Context(), portal.Sighting{Kind: models.AlertRetired, Tenant: p.Tenant.ID, Token: p.Token.ID, IP: "192.0.2.66", UserAgent: long(34), At: k.Store.Now()}); err != nil {
		t.Fatal(err)
	}
	post(p.Admin, base+"/admin/alerts/"+p.alert, 303, url.Values{"note": {long(35)}})
	denied, request := asks("Denied", 8)
	post(p.Admin, base+"/admin/requests/"+request+"/deny", 303, url.Values{"seen": {"1.2"}, "reason": {long(11)}})
	b, request := asks("Partner", 8)
	post(p.Admin, base+"/admin/requests/"+request+"/messages", 303, url.Values{"message": {long(30)}})
	post(p.Admin, base+"/admin/requests/"+request+"/approve", 303, url.Values{"seen": {"2.2"}})
	post(p.Manager, base+"/admin/guides/"+p.guide, 303, url.Values{"title": {short(36)}, "slug": {"partner"}, "body": {long(37)}, "do": {"publish"}, "revision": {"1"}})
	post(p.Manager, api+"/plans/new", 303, url.Values{"name": {"Fast"}, "slug": {"fast"}, "summary": {""}, "rate_1_calls": {"1000000"}, "rate_1_seconds": {"1"}})
	post(b, base+"/subscriptions/"+request+"/plan", 303, url.Values{"plan": {"fast"}, "why": {long(31)}})
	team := k.Actor(b, "aa").Teams()[0]
	plan := url.Values{"name": {short(6)}, "summary": {short(7)}, "rate_1_calls": {"9"}, "rate_1_seconds": {"60"}, "op_1_key": {short(28)}, "op_1_cost": {"2"}, "revision": {"2"}}
	shown := post(p.Manager, api+"/plans/"+p.Plan.ID, 200, plan)
	plan.Set("seen", seenField.FindStringSubmatch(shown.Body)[1])
	post(p.Manager, api+"/plans/"+p.Plan.ID, 303, plan)
	post(p.Manager, api+"/plans/"+p.Plan.ID+"/exceptions/new", 303, url.Values{"team": {team}, "last_day": {time.Now().AddDate(0, 0, 3).Format(time.DateOnly)},
		"reason": {long(27)}, "rate_1_calls": {"9"}, "rate_1_seconds": {"60"}})
	mate := k.Person("Colleague", models.NotStaff)
	post(mate, "/account", 303, url.Values{"name": {short(33)}})
	k.Write(b, p.Tenant, func(tx *store.Tx) error { return tx.InsertMembership(team, mate.User.ID, models.TeamMember) })
	form := url.Values{"team": {team}, "key": {"k"}, "name": {short(12)}, "purpose": {short(32)}, "description": {long(13)}, "expires": {"30"}, "person": {mate.User.ID}, "access-" + p.Version.ID: {"read"},
		"step_up": {b.StepUp(models.TokenCreate, team)}}
	scan(t, "the secret's page", post(b, base+"/tokens", 201, form), map[int]bool{})
	list := b.Get(base + "/tokens").Body
	p.Token.ID = regexp.MustCompile(`/tokens/([0-9a-f-]{36})`).FindStringSubmatch(list)[1]
	post(p.Admin, base+"/admin/tokens/"+p.Token.ID+"/pause", 303, url.Values{"reason": {long(14)}})
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		tenant := k.Actor(p.Admin, "aa").Tenant()
		tenant.TokenPolicy.Approval = true
		return tx.UpdateTenant(tenant)
	})
	post(b, base+"/tokens/"+p.Token.ID+"/edit", 303, url.Values{"name": {short(12)}, "purpose": {short(32)}, "description": {long(13)}, "person": {mate.User.ID},
		"access-" + p.Version.ID: {"write"}, "revision": {"2"}, "step_up": {b.StepUp(models.TokenWiden, p.Token.ID)}})
	post(p.Admin, base+"/admin/management-tokens", 201, url.Values{"name": {short(15)}, "description": {long(16)}, "expires": {"7"}, "scope-usage:read": {"on"},
		"key": {"m"}, "step_up": {p.Admin.StepUp(models.ManagementTokenCreate, p.Tenant.ID)}})
	p.Management.ID = regexp.MustCompile(`/management-tokens/([0-9a-f-]{36})`).FindStringSubmatch(p.Admin.Get(base + "/admin/management-tokens").Body)[1]
	post(p.Admin, base+"/admin/clients", 201, url.Values{"name": {short(29)}, "version-" + p.Version.ID: {"on"}, "key": {"c"},
		"step_up": {p.Admin.StepUp(models.ClientManage, p.Tenant.ID)}})
	if a := b.AddPasskey(short(17), b.StepUp(models.AccountUse, "passkey.add")); a.StatusCode != http.StatusOK {
		t.Fatal(a.Status, a.Body)
	}
	post(staff, "/support/tenants/aa", 303, url.Values{"reason": {short(18)}, "minutes": {"60"}, "step_up": {staff.StepUp(models.GrantTake, "aa")}})
	post(p.Admin, base+"/admin/requests/"+request+"/pause", 303, url.Values{"reason": {long(19)}})
	tenant, err := k.Store.TenantBySlug(t.Context(), "aa")
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"/suspend", "/resume"} {
		post(operator, "/support/tenants/aa"+state, 303, url.Values{"state_reason": {long(20)}, "confirm": {tenant.Name}, "step_up": {operator.StepUp(models.TenantSuspend, "aa")}})
	}
	elsewhere := b.Elsewhere()
	answer := elsewhere.Assert(elsewhere.Post("/login/begin", nil))
	if a := elsewhere.Do(http.MethodPost, "/login/finish", strings.NewReader(answer), "Content-Type", "application/json", "User-Agent", short(browserName)); a.StatusCode != http.StatusOK {
		t.Fatal(a.Status, a.Body)
	}
	p.Partner, p.Team.ID, p.Subscription.ID = b, team, request
	return denied
}

// quoted is a text of a column as YAML has it.
func quoted(mark int) string { return "'" + strings.ReplaceAll(short(mark), "'", "''") + "'" }
