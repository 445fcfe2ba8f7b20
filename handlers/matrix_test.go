package handlers_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var update = flag.Bool("update", false, "write the golden files anew")

// R50, R51: every route × every kind of caller, with real ids of a private
// tenant, answers as the reviewed table says. Allowed means that the guard and
// the use case let the caller through: what a form without its fields then says
// is another test's business.
//
// R39: whoever reads whatever, no row of any table changes, nor is one added to
// the audit log. R107: no answer holds the upstream's credential or a token.
func TestMatrix(t *testing.T) {
	k := testkit.New(t)
	a, b := newScene(t, k, "aa", false), newScene(t, k, "bb", true)
	m := &matrix{t: t, k: k, place: a, callers: everybody(t, k, a, b)}
	m.secrets = secretsOf(a, b, m.callers)
	visitor = k.Visitor()
	sitemap := handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL})
	cells := make([]string, len(sitemap))
	before := contents(t, k, "")
	for _, reads := range []bool{true, false} {
		for i, row := range sitemap {
			if (row.Method == http.MethodGet) == reads && !unasked[row.Method+" "+row.Path] {
				cells[i] = m.ask(row)
			}
		}
		if after := contents(t, k, ""); reads != (after == before) { // the control: writing changes something
			t.Errorf("reading: %v, and this has changed:\n%s", reads, difference(before, after))
		}
	}
	if m.sent < 1000 {
		t.Errorf("only %d forms were looked at", m.sent)
	}
	m.figures()
	t.Logf("%d routes × %d callers = %d cells", len(sitemap), len(m.callers), len(sitemap)*len(m.callers))
	golden(t, "testdata/matrix.golden", strings.Join(cells, ""))
}

type matrix struct {
	t       *testing.T
	k       *testkit.Kit
	place   *scene
	callers []caller
	secrets map[string]string // by what they are
	sent    int               // how many forms were looked at
}

// ask lets everybody ask for one route, and says what they met.
func (m *matrix) ask(row handlers.Row) string {
	m.t.Helper()
	outcomes, met := map[string][]string{}, map[string]string{}
	var order []string
	for _, c := range m.callers {
		got, answer := outcome(m.t, c, row, fill(row.Path, m.place))
		if outcomes[got] == nil {
			order = append(order, got)
		}
		outcomes[got], met[c.name] = append(outcomes[got], c.name), got
		m.tellsNothing(row.Method+" "+row.Path+" by "+c.name, answer)
		m.saysItsTenant(row, c, answer)
		if c.browser != nil && row.Method == http.MethodGet && (c.name == "admin" || c.name == "partner owner") {
			part := c.browser.Do(http.MethodGet, fill(row.Path, m.place), nil, "HX-Request", "true")
			m.tellsNothing("in part: "+row.Path+" by "+c.name, part)
			m.saysItsTenant(row, c, part)
		}
	}
	if met["expired session"] != met["signed out"] {
		m.t.Errorf("%s %s: after its end a session meets %q, no session meets %q", row.Method, row.Path, met["expired session"], met["signed out"])
	}
	cell := row.Method + " " + row.Path + "\n"
	for _, o := range order {
		cell += fmt.Sprintf("\t%-10s %s\n", o, strings.Join(outcomes[o], ", "))
	}
	return cell
}

// tellsNothing fails where an answer holds a secret.
func (m *matrix) tellsNothing(what string, answer testkit.Answer) {
	m.t.Helper()
	for name, secret := range m.secrets {
		if holds(answer, secret) {
			m.t.Errorf("%s shows %s", what, name)
		}
	}
}

// figures are for whoever runs the program, and hold no secret either.
func (m *matrix) figures() {
	m.t.Helper()
	answer, err := http.Get(m.k.OpsURL.String() + "/metrics")
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || len(body) == 0 {
		m.t.Error(err)
	}
	m.tellsNothing("/metrics", testkit.Answer{Response: answer, Body: string(body)})
}

// unasked are routes that would change who the callers are; tests of their own show them.
var unasked = map[string]bool{
	"POST /logout": true, "POST /t/:tenant/leave": true, "POST /account/sessions/end": true, "DELETE /api/v1/token": true,
}

// outcome is what a caller met, in a word. Nothing may be a fault of ours.
// Absent is a thing that is there and not for this caller, where "not found" is
// the whole tenant.
func outcome(t *testing.T, c caller, row handlers.Row, path string) (string, testkit.Answer) {
	t.Helper()
	safe, real := row.Method == http.MethodGet, c.name == otherTeam
	if !safe && !real && destructive(row.Path) && row.Rule.Needs != 0 {
		// A write that would change the fixture for the next caller is asked for
		// with an id that does not exist: guards come first.
		path = replaceIDs(row.Path, path)
	}
	header := []string{"Accept", "application/json"}
	if credential := c.credential(); credential != "" {
		header = append(header, "Authorization", credential)
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
		return "sign in", answer
	case answer.Code() == "recovery_only":
		return "recovering", answer
	case answer.Code() == "not_allowed" || answer.Code() == "insufficient_scope":
		return "forbidden", answer
	case answer.StatusCode == http.StatusNotFound && answer.Detail() == "There is no such page.":
		return "not found", answer
	case answer.StatusCode == http.StatusNotFound && (safe || real):
		return "absent", answer
	}
	return "allowed", answer
}

// visitor sends what tokens ask: without a cookie.
var visitor *testkit.Browser

func destructive(path string) bool {
	return slices.ContainsFunc([]string{"/:id", "/:token", "/:alert", "/:subscription", "/:plan", "/logout", "/leave"}, func(s string) bool { return strings.Contains(path, s) })
}

// made are the parts of addresses that are ids, which nobody can choose.
var made = []string{":id", ":token", ":alert", ":subscription", ":plan", ":revision", ":import", ":announcement", ":user"}

func replaceIDs(pattern, path string) string {
	segments, names := strings.Split(path, "/"), strings.Split(pattern, "/")
	for i, n := range names {
		if slices.Contains(made, n) {
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
		if program := row.Rule.By == guard.Management || row.Rule.By == guard.Operator || row.Rule.By == guard.Bearer || row.Rule.By == guard.Client; program && row.Rule.Needs == 0 {
			t.Errorf("%s %s is open to every secret", row.Method, row.Path)
		}
	}
}
