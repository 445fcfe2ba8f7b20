package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R56, issue section 3: every form of every page that a person writes into is sent
// with text that no field takes. It comes back with all of it, says what is wrong,
// and writes nothing.
func TestEveryFormKeepsWhatWasTyped(t *testing.T) {
	k := testkit.New(t)
	p := newScene(t, k, "aa", true)
	asks := k.Person("Newcomer", models.NotStaff)
	operator := k.Person("Operator", models.StaffOperator)
	for range 2 { // so that the inbox has several to decide
		b := k.Person("Asks "+models.NewID()[30:], models.NotStaff)
		a := b.Post("/t/aa/apis/orders/v1/subscribe", url.Values{"plan": {"standard"}, "team_name": {"Team of " + b.User.ID[30:]}, "purpose": {"To print labels."}})
		if a.StatusCode != http.StatusSeeOther {
			t.Fatal(a.StatusCode, a.Body)
		}
	}
	sent := map[string]bool{}
	for _, row := range handlers.Sitemap(handlers.Options{Portal: k.PortalURL, Gateway: k.GatewayURL}) {
		if row.Method != http.MethodGet || row.Rule.By != guard.Browser {
			continue
		}
		for _, b := range []*testkit.Browser{p.Partner, p.Admin, asks, operator} {
			page := b.Get(strings.Replace(fill(row.Path, p), ":slug", p.Slug, 1))
			if page.StatusCode != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
				continue
			}
			for _, f := range formsOf(t, page.Body) {
				for _, address := range f.addresses {
					if len(f.typed) == 0 || sent[address] || strings.HasSuffix(address, "/approve") { // approving takes no words
						continue
					}
					sent[address] = true
					f.check(t, k, p.Place, b, address)
				}
			}
		}
	}
	if len(sent) < 20 {
		t.Errorf("only %d forms were sent", len(sent))
	}
}

// form is what a browser would send, and which of it a person types.
type form struct {
	addresses []string
	values    url.Values
	typed     []string
}

// wrong is longer than any field takes, and is no address, number or slug either.
const wrong = `typed "words" ☂`

func (f form) check(t *testing.T, k *testkit.Kit, p *testkit.Place, b *testkit.Browser, address string) {
	t.Helper()
	values := url.Values{}
	for name, v := range f.values {
		values[name] = v
	}
	for _, name := range f.typed {
		values.Set(name, wrong+name+strings.Repeat("x", 5000))
	}
	before := written(t, k, p, b)
	a := b.Post(address, values)
	switch a.StatusCode {
	case http.StatusUnprocessableEntity, http.StatusForbidden, http.StatusConflict:
	default:
		t.Errorf("POST %s: %d", address, a.StatusCode)
	}
	if strings.Contains(a.Body, `class="big-code"`) {
		t.Errorf("POST %s answers with a page of its own: %.200s", address, a.Body[strings.Index(a.Body, "big-code"):])
		return
	}
	for _, name := range f.typed {
		if !strings.Contains(a.Body, html.EscapeString(wrong+name)+"x") {
			t.Errorf("POST %s loses %s", address, name)
		}
	}
	if !strings.Contains(a.Body, `role="alert"`) {
		t.Errorf("POST %s does not say what is wrong", address)
	}
	if after := written(t, k, p, b); after != before && !(strings.HasSuffix(address, "/document") && after == before+2) { // an upload is noted, and that it was refused
		t.Errorf("POST %s wrote %d events", address, after-before)
	}
}

// written counts what stands in the audit logs.
func written(t *testing.T, k *testkit.Kit, p *testkit.Place, b *testkit.Browser) (n uint64) {
	t.Helper()
	for _, actor := range []models.Actor{k.Actor(p.Admin, p.Slug), k.Actor(b, "")} {
		err := k.Store.As(t.Context(), actor, func(r store.Tenant) error {
			head, err := r.AuditHead()
			n += head.Seq
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// secrets are typed, too, and come back in no answer.
var secrets = []string{"client_secret", "credential_value", "secret", "recovery_code"}

// formsOf are the forms of a page that write something.
func formsOf(t *testing.T, page string) (forms []form) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Data != "form" || attr(n, "method") != "post" || attr(n, "action") == "" || has(n, "data-passkey") {
			continue
		}
		f := form{values: url.Values{}, addresses: []string{attr(n, "action")}}
		for c := range n.Descendants() {
			f.add(c)
		}
		forms = append(forms, f)
	}
	return forms
}

// add takes in one control, as a browser that was only typed into would send it.
func (f *form) add(c *html.Node) {
	name, kind := attr(c, "name"), attr(c, "type")
	switch {
	case c.Data == "button" && attr(c, "formaction") != "":
		f.addresses = append(f.addresses, attr(c, "formaction"))
	case name == "" || slices.Contains(secrets, name):
	case c.Data == "button":
		f.values.Set(name, attr(c, "value")) // the last one: in the inbox, deny
	case c.Data == "textarea":
		f.typed = append(f.typed, name)
	case c.Data == "option" && c.Parent != nil:
	case c.Data == "select":
		for o := range c.Descendants() {
			if o.Data == "option" && (has(o, "selected") || !f.values.Has(name)) {
				f.values.Set(name, attr(o, "value"))
			}
		}
	case c.Data != "input" || kind == "file":
	case kind == "radio":
		if has(c, "checked") {
			f.values.Set(name, attr(c, "value"))
		}
	case kind == "checkbox":
		f.values.Set(name, attr(c, "value"))
	case kind == "hidden":
		f.values.Set(name, attr(c, "value"))
	default:
		f.typed = append(f.typed, name)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
