package handlers_test

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/testkit"
)

// inside is the tenant of an address, "" outside of tenants.
func inside(path string) string {
	if m := regexp.MustCompile(`^/t/([^/?#]+)`).FindStringSubmatch(path); m != nil {
		return m[1]
	}
	return ""
}

// saysItsTenant holds a page to R47 and R60: every form in it that writes into a tenant
// names that tenant in a hidden field, once; whatever htmx sends without a form does,
// too; and staff read on it and in its head in which tenant they act.
func (m *matrix) saysItsTenant(row handlers.Row, c caller, answer testkit.Answer) {
	m.t.Helper()
	tenant := inside(fill(row.Path, m.place))
	acting := slices.Contains([]string{"support view", "support support", "support manage"}, c.name) && tenant != "" && row.Rule.By == guard.Browser
	if got := answer.Header.Get(guard.ActingTenant); acting && got != tenant || !acting && got != "" {
		m.t.Errorf("%s %s by %s: %s is %q", row.Method, row.Path, c.name, guard.ActingTenant, got)
	}
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		return
	}
	root, err := html.Parse(strings.NewReader(answer.Body))
	if err != nil {
		m.t.Fatal(err)
	}
	bar := false
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		bar = bar || strings.Contains(attribute(n, "class"), "tenant-bar")
		for _, to := range sends(n) {
			m.sent++
			if slug := inside(to); slug != "" && !slices.Equal(tenantFields(n), []string{slug}) {
				m.t.Errorf("%s by %s: the form to %s names the tenants %q", row.Path, c.name, to, tenantFields(n))
			}
		}
	}
	if whole := strings.HasPrefix(answer.Body, "<!"); whole && bar != acting && c.name != "support" && c.name != "operator" {
		m.t.Errorf("%s %s by %s: is the bar of the tenant there: %v", row.Method, row.Path, c.name, bar)
	}
}

// sends are the addresses that an element writes to.
func sends(n *html.Node) (to []string) {
	if n.Data == "form" && strings.EqualFold(attribute(n, "method"), "post") {
		to = append(to, attribute(n, "action"))
	}
	for _, name := range []string{"formaction", "hx-post", "hx-put", "hx-patch", "hx-delete"} {
		if at := attribute(n, name); at != "" && (name != "formaction" || strings.EqualFold(attribute(formOf(n), "method"), "post")) {
			to = append(to, at)
		}
	}
	return to
}

// formOf is the form that an element belongs to, or the element itself.
func formOf(n *html.Node) *html.Node {
	if id := attribute(n, "form"); id != "" {
		root := n
		for root.Parent != nil {
			root = root.Parent
		}
		for other := range root.Descendants() {
			if other.Data == "form" && attribute(other, "id") == id {
				return other
			}
		}
	}
	for at := n; at != nil; at = at.Parent {
		if at.Type == html.ElementNode && at.Data == "form" {
			return at
		}
	}
	return n
}

// tenantFields are the values of the hidden fields that name a tenant.
func tenantFields(n *html.Node) (values []string) {
	for in := range formOf(n).Descendants() {
		if in.Data == "input" && attribute(in, "name") == "tenant" && attribute(in, "type") == "hidden" {
			values = append(values, attribute(in, "value"))
		}
	}
	return values
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
