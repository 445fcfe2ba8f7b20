package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/keys"
	"gatehouse/internal/testkit"
)

// R18: somebody without an account reports what they found. The page says the same
// whatever it was, shows no token again, and the owner reads where it was.
func TestSomebodyFindsAToken(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	finder := k.Visitor()
	expect(t, finder.Get("/docs"), http.StatusOK, `href="/found"`)
	expect(t, finder.Get("/found"), http.StatusOK, "I found a token", `name="secret"`)
	secret, unknown := p.Secret.Reveal(), keys.Derive(keys.Access, "port", [32]byte{8}).Reveal()
	for name, form := range map[string]url.Values{
		"nothing":           {"secret": {""}, "where": {"in a log"}},
		"half a token":      {"secret": {secret[:30]}, "where": {"in a log"}},
		"too long a where":  {"secret": {secret}, "where": {"in a log" + strings.Repeat("x", 300)}},
		"a token elsewhere": {"secret": {"x"}, "where": {"in a log, " + secret}},
	} {
		a := finder.Post("/found", form)
		expect(t, a, http.StatusUnprocessableEntity, `role="alert"`, "in a log")
		if strings.Contains(a.Body, secret[9:]) || strings.Contains(a.Body, secret[9:30]) {
			t.Errorf("%s: the answer shows the token again", name)
		}
	}
	thanks := ""
	for name, text := range map[string]string{"unknown": unknown, "live, in a line of a log": "curl -H 'Authorization: Bearer " + secret + "' https://x.example\n"} {
		a := finder.Post("/found", url.Values{"secret": {text}, "where": {"https://paste.example/<b>\n?t=" + secret}})
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/found/thanks" {
			t.Fatalf("%s: %d %s", name, a.StatusCode, a.Body)
		}
		page := finder.Get("/found/thanks")
		expect(t, page, http.StatusOK, "Thank you")
		body := strings.ReplaceAll(page.Body, page.Header.Get("Gatehouse-Request-Id"), "")
		if thanks == "" {
			thanks = body
		}
		if body != thanks {
			t.Errorf("%s: thanked otherwise", name)
		}
	}
	m := k.Mail(p.Partner.User.Email, "A token was found in public")
	if !strings.Contains(m.Text, "Somebody who gave no name") || !strings.Contains(m.Text, "https://paste.example/<b> ?t=gth_port_…"+secret[len(secret)-4:]) {
		t.Errorf("its owner reads:\n%s", m.Text)
	}
	testkit.Eventually(t, "the gateway refuses it", func() bool { return call(t, k, p, http.MethodGet, secret) == http.StatusUnauthorized })
	expect(t, p.Admin.Get("/t/port/admin/audit"), http.StatusOK, "on a report by anonymous")
	expect(t, p.Partner.Get("/notifications"), http.StatusOK, "A token was found in public: ci", "paste.example/&lt;b&gt;")
	expect(t, finder.Get("/found?secret="+secret), http.StatusOK) // by mistake: the log must not have it
	for _, text := range []string{secret, unknown} {
		if files := k.Grep(text); len(files) > 0 {
			t.Errorf("a token stands in %v", files)
		}
	}
}
