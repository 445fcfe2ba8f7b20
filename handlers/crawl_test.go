package handlers_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R39: reading changes nothing. Every address that answers GET is opened by
// strangers and by those who see the most; all rows of all tables are as they
// were, the audit log among them.
//
// R107: nothing of it holds the upstream's credential or a token, nor do the
// figures for operators.
func TestReadingChangesNothing(t *testing.T) {
	k := testkit.New(t)
	a, b := newScene(t, k, "aa", true), newScene(t, k, "bb", false)
	visitor = k.Visitor()
	readers := []caller{
		{"stranger", k.Visitor(), ""}, {"partner", a.Partner, ""}, {"admin", a.Admin, ""}, {"support", granted(k, a, models.GrantManage), ""},
		{"operator", k.Person("operator", models.StaffOperator), ""}, {"management token", nil, a.ManagementSecret.Reveal()},
	}
	secrets := secretsOf(a, b, readers)
	before, opened := contents(t, k, ""), 0
	for _, row := range handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL}) {
		if row.Method != http.MethodGet {
			continue
		}
		path := fill(row.Path, a)
		for _, c := range readers {
			if (row.Rule.By == guard.Management) != (c.token != "") {
				continue
			}
			browser, header := c.browser, []string{}
			if c.token != "" {
				browser, header = visitor, []string{"Authorization", "Bearer " + c.token}
			}
			answers := map[string]testkit.Answer{"as a page": browser.Do(http.MethodGet, path, nil, header...)}
			switch c.name {
			case "admin": // what differs by how it is asked for does not differ by who asks
				answers["in part"] = browser.Do(http.MethodGet, path, nil, "HX-Request", "true")
			case "partner":
				answers["by its head"] = browser.Do(http.MethodHead, path, nil)
			}
			for how, answer := range answers {
				if answer.StatusCode == http.StatusOK {
					opened++
				}
				for what, secret := range secrets {
					if holds(answer, secret) {
						t.Errorf("%s %s, opened by %s, shows %s", path, how, c.name, what)
					}
				}
			}
		}
	}
	if after := contents(t, k, ""); after != before {
		t.Errorf("reading changed:\n%s", difference(before, after))
	}
	if t.Logf("%d answers were 200", opened); opened < 250 {
		t.Error("that is too few to show anything")
	}
	figures, err := http.Get(k.OpsURL.String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer figures.Body.Close()
	body, err := io.ReadAll(figures.Body)
	for what, secret := range secrets {
		if err != nil || holds(testkit.Answer{Response: figures, Body: string(body)}, secret) {
			t.Errorf("the figures show %s, %v", what, err)
		}
	}
	a.Admin.Post("/account", url.Values{"name": {"Renamed"}})
	if contents(t, k, "") == before { // the control: a change is seen
		t.Error("a write changed nothing")
	}
}
