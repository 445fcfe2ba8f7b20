package handlers_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var update = flag.Bool("update", false, "write the golden files anew")

// caller is one kind of who may ask.
type caller struct {
	name    string
	browser *testkit.Browser // nil: by token alone
	token   string           // management or access token
}

// R50, R51: every route × every kind of caller, with real ids of a private
// tenant, answers as the reviewed table says. Allowed means that the guard and
// the use case let the caller through: what a form without its fields then says
// is another test's business.
func TestMatrix(t *testing.T) {
	k := testkit.New(t)
	a, b := k.Place("aa", false), k.Place("bb", true)
	rows := handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL})
	callers := everybody(k, a, b)
	var table strings.Builder
	cells := 0
	visitor = k.Visitor()
	for _, row := range rows {
		if unasked[row.Method+" "+row.Path] {
			continue
		}
		fmt.Fprintf(&table, "%s %s\n", row.Method, row.Path)
		outcomes := map[string][]string{}
		var order []string
		for _, c := range callers {
			got := outcome(t, c, row, fill(row.Path, a))
			if outcomes[got] == nil {
				order = append(order, got)
			}
			outcomes[got] = append(outcomes[got], c.name)
			cells++
		}
		for _, o := range order {
			fmt.Fprintf(&table, "\t%-10s %s\n", o, strings.Join(outcomes[o], ", "))
		}
	}
	t.Logf("%d routes × %d callers = %d cells", len(rows), len(callers), cells)
	golden(t, "testdata/matrix.golden", table.String())
}

// unasked are routes that would change who the callers are; tests of their own show them.
var unasked = map[string]bool{
	"POST /logout": true, "POST /t/:tenant/leave": true, "POST /account/sessions/end": true,
}

// everybody are the callers, all seen from tenant a.
func everybody(k *testkit.Kit, a, b *testkit.Place) []caller {
	member := k.Person("aa member", models.NotStaff)
	k.Write(a.Partner, a.Tenant, func(tx *store.Tx) error { return tx.InsertMembership(a.Team.ID, member.User.ID, models.TeamMember) })
	disabled := k.Person("aa disabled", models.NotStaff)
	k.Write(a.Partner, a.Tenant, func(tx *store.Tx) error {
		gone := disabled.User
		gone.State = models.UserDisabled
		if err := tx.InsertMembership(a.Team.ID, gone.ID, models.TeamOwner); err != nil {
			return err
		}
		return tx.UpdateUser(gone)
	})
	out := k.Person("aa signed out", models.NotStaff)
	out.Post("/logout", nil)
	_, narrow := k.ManagementToken(a, a.Manager, "usage:read")
	return []caller{
		{"stranger", k.Visitor(), ""},
		{"signed out", out, ""},
		{"disabled", disabled, ""},
		{"newcomer", k.Person("newcomer", models.NotStaff), ""},
		{"partner owner", a.Partner, ""},
		{"partner member", member, ""},
		{"partner of b", b.Partner, ""},
		{"auditor", a.Auditor, ""},
		{"API manager", a.Manager, ""},
		{"admin", a.Admin, ""},
		{"admin of b", b.Admin, ""},
		{"support", k.Person("support none", models.StaffSupport), ""},
		{"support view", granted(k, a, models.GrantView), ""},
		{"support support", granted(k, a, models.GrantSupport), ""},
		{"support manage", granted(k, a, models.GrantManage), ""},
		{"operator", k.Person("operator", models.StaffOperator), ""},
		{"access token", nil, a.Secret.Reveal()},
		{"management token", nil, a.ManagementSecret.Reveal()},
		{"management token usage:read", nil, narrow.Reveal()},
		{"management token of b", nil, b.ManagementSecret.Reveal()},
	}
}

func granted(k *testkit.Kit, p *testkit.Place, level models.GrantLevel) *testkit.Browser {
	s := k.Person("support "+string(level), models.StaffSupport)
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertGrant(&models.Grant{ID: models.NewID(), UserID: s.User.ID, Level: level, Reason: "ticket 1", GivenBy: p.Admin.User.ID,
			ExpiresAt: tx.Now().Add(models.GrantMax)})
	})
	return s
}

// fill puts real ids into a path.
func fill(path string, p *testkit.Place) string {
	ids := map[string]string{
		":tenant": p.Slug, ":api": p.API.Slug, ":version": p.Version.Name, ":plan": p.Plan.ID, ":subscription": p.Subscription.ID,
		":token": p.Token.ID, ":revision": p.Revision.ID, ":user": p.Admin.User.ID, ":operation": "get-orders",
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if id, ok := ids[s]; ok {
			segments[i] = id
			continue
		}
		if s == ":id" {
			segments[i] = idBehind(segments[i-1], p)
		}
	}
	return strings.ReplaceAll(strings.Join(segments, "/"), "*", "x")
}

// idBehind is the id of the collection that stands before it in the path.
func idBehind(collection string, p *testkit.Place) string {
	switch collection {
	case "subscriptions", "requests":
		return p.Subscription.ID
	case "tokens":
		return p.Token.ID
	case "management-tokens":
		return p.Management.ID
	case "plans":
		return p.Plan.ID
	}
	return models.NewID()
}

// outcome is what a caller met, in a word. Nothing may be a fault of ours.
func outcome(t *testing.T, c caller, row handlers.Row, path string) string {
	t.Helper()
	if safe := row.Method == http.MethodGet; !safe && destructive(row.Path) && row.Rule.Needs != 0 {
		// A write that would change the fixture for the next caller is asked for
		// with an id that does not exist: guards come first.
		path = replaceIDs(row.Path, path)
	}
	header := []string{"Accept", "application/json"}
	if c.token != "" {
		header = append(header, "Authorization", "Bearer "+c.token)
	}
	browser := c.browser
	if browser == nil {
		browser = visitor
	}
	answer := browser.Ask(row.Method, path, header...)
	if answer.StatusCode >= 500 && answer.StatusCode != http.StatusNotImplemented {
		t.Errorf("%s by %s: %d %.300s", row.Method+" "+path, c.name, answer.StatusCode, answer.Body)
	}
	switch {
	case answer.StatusCode == http.StatusUnauthorized:
		return "sign in"
	case answer.Code() == "not_allowed" || answer.Code() == "insufficient_scope":
		return "forbidden"
	case answer.StatusCode == http.StatusNotFound && answer.Detail() == "There is no such page.":
		return "not found"
	}
	return "allowed"
}

// visitor sends what tokens ask: without a cookie.
var visitor *testkit.Browser

func destructive(path string) bool {
	return slices.ContainsFunc([]string{"/:id", "/:token", "/:subscription", "/:plan", "/logout", "/leave"}, func(s string) bool { return strings.Contains(path, s) })
}

func replaceIDs(pattern, path string) string {
	segments, names := strings.Split(path, "/"), strings.Split(pattern, "/")
	for i, n := range names {
		if n == ":id" || n == ":token" || n == ":subscription" || n == ":plan" {
			segments[i] = models.NewID()
		}
	}
	return strings.Join(segments, "/")
}

// golden compares with a reviewed file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s differs in line %d; look at the change, then run go test ./handlers -run %s -update\ngot  %s\nwant %s",
				file, i+1, t.Name(), g[i], strings.Join(w[min(i, len(w)):min(i+1, len(w))], ""))
		}
	}
	t.Fatalf("%s has %d more lines", file, len(w)-len(g))
}

// R50: a route that does not say who may use it keeps the program from starting.
func TestUndeclaredRoute(t *testing.T) {
	for _, row := range handlers.Sitemap(handlers.Options{Demo: true}) {
		if row.Rule.By == 0 {
			t.Errorf("%s %s says nothing about who may use it", row.Method, row.Path)
		}
		if row.Rule.By == guard.Management && row.Rule.Needs == 0 && row.Path != "/api/v1/token" { // its view of itself
			t.Errorf("%s %s is open to every management token", row.Method, row.Path)
		}
	}
}
