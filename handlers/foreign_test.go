package handlers_test

import (
	"regexp"
	"strings"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/testkit"
)

// R52: an id of another tenant is an id that does not exist. Every route of
// tenant a is asked with ids of b, and with ids of nothing, by those who may
// use it with ids of their own; the two answers must be the same.
func TestForeignIDs(t *testing.T) {
	k := testkit.New(t)
	a, b := k.Place("aa", true), k.Place("bb", true)
	visitor = k.Visitor()
	asked := 0
	for _, row := range handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL}) {
		if unasked[row.Method+" "+row.Path] || !strings.Contains(row.Path, "/:tenant") {
			continue
		}
		own := fill(row.Path, a)
		foreign := strings.Replace(fill(row.Path, b), b.Slug, a.Slug, 1)
		nothing := replaceIDs(row.Path, own)
		if foreign == own || nothing == own {
			continue // its ids are names, which both tenants may have
		}
		for _, c := range insiders(a) {
			if (row.Rule.By == guard.Management) != (c.token != "") {
				continue
			}
			asked++
			if x, y := tell(c, row.Method, foreign), tell(c, row.Method, nothing); x != y {
				t.Errorf("%s %s by %s: an id of another tenant is told from one that does not exist\n%s\n%s", row.Method, row.Path, c.name, x, y)
			}
		}
	}
	if asked < 50 {
		t.Errorf("only %d questions were asked", asked)
	}
}

func insiders(p *testkit.Place) []caller {
	return []caller{
		{"partner", p.Partner, ""}, {"API manager", p.Manager, ""}, {"auditor", p.Auditor, ""}, {"admin", p.Admin, ""},
		{"management token", nil, p.ManagementSecret.Reveal()},
	}
}

var changing = regexp.MustCompile(`req-[A-Z0-9]+|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// tell is an answer without what differs by nature: request ids and the ids that were asked with.
func tell(c caller, method, path string) string {
	header := []string{"Accept", "application/json"}
	browser := c.browser
	if c.token != "" {
		header, browser = append(header, "Authorization", "Bearer "+c.token), visitor
	}
	answer := browser.Ask(method, path, header...)
	return answer.Status + " " + changing.ReplaceAllString(answer.Header.Get("Location")+" "+answer.Body, "…")
}
