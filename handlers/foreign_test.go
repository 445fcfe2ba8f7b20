package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R52: an id of another tenant is an id that does not exist, in an address, in a
// query and in a form; and whatever is asked, the other tenant stays as it was.
func TestForeignIDs(t *testing.T) {
	k := testkit.New(t)
	a, b := newScene(t, k, "aa", true), newScene(t, k, "bb", true)
	alone := onlyHere(t, k, b)
	before := contents(t, k, b.Tenant.ID)
	visitor = k.Visitor()
	t.Run("in addresses", func(t *testing.T) { foreignAddresses(t, k, a, b, alone) })
	t.Run("in forms", func(t *testing.T) { foreignForms(t, a, b) })
	if after := contents(t, k, b.Tenant.ID); after != before {
		t.Errorf("the other tenant has changed:\n%s", difference(before, after))
	}
}

// foreignAddresses asks every route of tenant a with ids and names of b, one after
// the other and all at once, and with those of nothing, as those who may use it
// with their own; the two answers must be the same.
func foreignAddresses(t *testing.T, k *testkit.Kit, a, b *scene, alone map[string]string) {
	asked := 0
	for _, row := range handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL}) {
		if unasked[row.Method+" "+row.Path] || !strings.Contains(row.Path, "/:tenant") && !strings.Contains(row.Path, "/passkeys/:id") {
			continue
		}
		names, own, theirs := strings.Split(row.Path, "/"), strings.Split(fill(row.Path, a), "/"), strings.Split(fill(row.Path, b), "/")
		for _, places := range swaps(names) {
			foreign, nothing := slices.Clone(own), slices.Clone(own)
			for _, i := range places {
				foreign[i], nothing[i] = theirs[i], models.NewID()
				if name, ok := alone[names[i]]; ok {
					foreign[i], nothing[i] = name, "nowhere"
				}
			}
			for _, c := range insiders(a) {
				if row.Rule.By == guard.Operator || (row.Rule.By == guard.Management) != (c.token != "") {
					continue
				}
				asked++
				x, y := tell(c, row.Method, strings.Join(foreign, "/"), nil), tell(c, row.Method, strings.Join(nothing, "/"), nil)
				if x != y {
					t.Errorf("%s %s by %s: an id of another tenant is told from one that does not exist\n%s", row.Method, strings.Join(foreign, "/"), c.name, parting(x, y))
				}
			}
		}
	}
	if t.Logf("%d questions", asked); asked < 200 {
		t.Error("that is too few to show anything")
	}
}

// swaps are the places of a path at which something foreign can stand: each
// alone, and all together.
func swaps(names []string) (out [][]int) {
	var all []int
	for i, n := range names {
		if slices.Contains(made, n) || n == ":api" || n == ":version" {
			all = append(all, i)
			out = append(out, []int{i})
		}
	}
	if len(all) > 1 {
		out = append(out, all)
	}
	return out
}

// onlyHere publishes an API in a place, under names that no other place has.
func onlyHere(t *testing.T, k *testkit.Kit, p *scene) map[string]string {
	t.Helper()
	ctx, manager := context.Background(), k.Actor(p.Manager, p.Slug)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, revision, _, err := k.Portal.APIs.PutDocument(ctx, manager, "harbour", "v7", []byte(testkit.Document))
	must(err)
	_, err = k.Portal.Plans.Create(ctx, manager, "harbour", models.Plan{Slug: "harbour-plan", Name: "Harbour plan", Rates: []models.Rate{{Calls: 1, Seconds: 1}}})
	must(err)
	w, err := k.Portal.APIs.Workbench(ctx, manager, "harbour", "v7")
	must(err)
	w.Version.Upstream = k.Upstream.URL
	_, err = k.Portal.APIs.SetUpstream(ctx, manager, "harbour", "v7", w.Version)
	must(err)
	_, err = k.Portal.APIs.Publish(ctx, manager, "harbour", "v7", revision.ID)
	must(err)
	return map[string]string{":api": "harbour", ":version": "v7"}
}

// foreignForms does the same with what a form or a query says.
func foreignForms(t *testing.T, a, b *scene) {
	random := models.NewID()
	partner, manager, admin := caller{"partner", a.Partner, "", ""}, caller{"API manager", a.Manager, "", ""}, caller{"admin", a.Admin, "", ""}
	program := caller{"management token", nil, a.ManagementSecret.Reveal(), ""}
	const purpose = "To print labels."
	for name, tt := range map[string]struct {
		who                  caller
		method, path, form   string // with %s where the id stands
		own, theirs, nothing string
	}{
		"the team that asks": {partner, "POST", "/t/aa/apis/orders/v1/subscribe", "plan=standard&purpose=" + purpose + "&team=%s", a.Team.ID, b.Team.ID, random},
		"the plan that is asked for": {partner, "POST", "/t/aa/apis/orders/v1/subscribe", "team=" + a.Team.ID + "&purpose=" + purpose + "&plan=%s",
			"standard", "harbour-plan", "nowhere"},
		"the team of a new token":        {partner, "POST", "/t/aa/tokens", "name=ci&expires=30&access-" + a.Version.ID + "=read&team=%s", a.Team.ID, b.Team.ID, random},
		"the version of a new token":     {partner, "POST", "/t/aa/tokens", "name=ci&expires=30&team=" + a.Team.ID + "&access-%s=read", a.Version.ID, b.Version.ID, random},
		"the team of the form":           {partner, "GET", "/t/aa/tokens/new?team=%s", "", a.Team.ID, b.Team.ID, random},
		"the token that is tested":       {partner, "POST", "/t/aa/tokens/%s/test", "secret=" + b.Secret.Reveal(), a.Token.ID, b.Token.ID, random},
		"an alert about a token":         {partner, "POST", "/t/aa/tokens/" + a.Token.ID + "/alerts", "alert=%s", a.alert, b.alert, random},
		"an API as a filter":             {partner, "GET", "/t/aa/tokens?api=%s", "", "orders", "harbour", "nowhere"},
		"an API as a filter of all":      {admin, "GET", "/t/aa/admin/tokens?api=%s", "", "orders", "harbour", "nowhere"},
		"the end of a secret":            {admin, "GET", "/t/aa/admin/tokens?q=%s", "", a.Token.Hint, b.Token.Hint, "nothing"},
		"an API in a search":             {partner, "GET", "/t/aa/apis?q=%s", "", "orders", "harbour", "nowhere"},
		"the page behind an API":         {partner, "GET", "/t/aa/apis?after=%s", "", "orders", "harbour", "nowhere"},
		"a request among many":           {admin, "POST", "/t/aa/admin/requests", "decision=approve&pick=%s 1.1", a.Subscription.ID, b.Subscription.ID, random},
		"the document to publish":        {manager, "POST", "/t/aa/admin/apis/orders/versions/v1/publish", "revision=%s", a.Revision.ID, b.Revision.ID, random},
		"an invitation to withdraw":      {admin, "POST", "/t/aa/admin/members/withdraw", "email=%s", "guest@aa.example", "guest@bb.example", "nobody@bb.example"},
		"the page behind a member":       {admin, "GET", "/t/aa/admin/members?after=%s", "", a.Admin.User.ID, b.Admin.User.ID, random},
		"an object of the audit log":     {admin, "GET", "/t/aa/admin/audit?id=%s", "", a.Subscription.ID, b.Subscription.ID, random},
		"a program's filter by API":      {program, "GET", "/api/v1/tenants/aa/tokens?api=%s", "", "orders", "harbour", "nowhere"},
		"a program's page behind an API": {program, "GET", "/api/v1/tenants/aa/apis?after=%s", "", "orders", "harbour", "nowhere"},
		"a program's search":             {program, "GET", "/api/v1/tenants/aa/apis?q=%s", "", "orders", "harbour", "nowhere"},
		"a program's object":             {program, "GET", "/api/v1/tenants/aa/audit-events?object_id=%s", "", a.Subscription.ID, b.Subscription.ID, random},
		"a program's actor":              {program, "GET", "/api/v1/tenants/aa/audit-events?actor=%s", "", "user:" + a.Admin.User.ID, "user:" + b.Admin.User.ID, "user:" + random},
		"a program's document":           {program, "POST", "/api/v1/tenants/aa/apis/orders/versions/v1/publish", `{"revision":"%s"}`, a.Revision.ID, b.Revision.ID, random},
	} {
		t.Run(name, func(t *testing.T) {
			with := func(id string) string {
				form := strings.ReplaceAll(tt.form, "%s", id)
				told := tell(tt.who, tt.method, strings.ReplaceAll(tt.path, "%s", url.QueryEscape(id)), &form)
				return strings.ReplaceAll(told, id, "…") // where it comes back in the form
			}
			foreign, absent := with(tt.theirs), with(tt.nothing)
			if foreign != absent {
				t.Errorf("what is another tenant's is told from what does not exist\n%s", parting(foreign, absent))
			}
			if own := with(tt.own); own == foreign { // the control: the question can be answered
				t.Errorf("one's own is answered in the same way: %.300s", own)
			}
		})
	}
}

// insiders are who may use every route of a tenant between them.
func insiders(p *scene) []caller {
	return []caller{{"partner", p.Partner, "", ""}, {"admin", p.Admin, "", ""}, {"management token", nil, p.ManagementSecret.Reveal(), ""}}
}

var changing = regexp.MustCompile(`req-[A-Z0-9]+|\b[0-9a-f]{32}\b|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|\b(harbour|nowhere|v7)\b|name="key" value="[^"]+"`)

// tell is an answer, and the page that it leads to, without what differs by
// nature: request ids and the ids and names that were asked with.
func tell(c caller, method, path string, form *string) string {
	header := []string{"Accept", "application/json"}
	browser := c.browser
	if c.token != "" {
		header, browser = append(header, "Authorization", "Bearer "+c.token), visitor
	}
	if form == nil {
		return told(browser.Ask(method, path, header...))
	}
	if strings.HasPrefix(*form, "{") {
		return told(browser.Do(method, path, strings.NewReader(*form), append(header, "Content-Type", "application/json")...))
	}
	if method == http.MethodGet {
		return told(browser.Do(method, path, nil, header...))
	}
	values, _ := url.ParseQuery(*form)
	answer := browser.Post(path, values)
	if to := answer.Header.Get("Location"); to != "" {
		return told(answer) + told(browser.Get(to))
	}
	return told(answer)
}

func told(a testkit.Answer) string {
	return a.Status + " " + changing.ReplaceAllString(a.Header.Get("Location")+" "+a.Body, "…")
}

// parting shows where two answers part.
func parting(x, y string) string {
	at := 0
	for at < len(x) && at < len(y) && x[at] == y[at] {
		at++
	}
	from := max(0, at-100)
	return fmt.Sprintf("…%.300s\n…%.300s", x[from:], y[from:])
}
