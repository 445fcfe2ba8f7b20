package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/testkit"
)

// What a revocation breaks is said before, in the callers' own words, and why it
// happens is asked; after it stands the receipt: the change number, what each
// gateway has applied, and the first call that was refused.
func TestTheReceiptOfARevocation(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		for who, b := range map[string]*testkit.Browser{"/t/port/tokens/": p.Partner, "/t/port/admin/tokens/": p.Admin} {
			expect(t, b.Get(who+p.Token.ID+"/revoke"), http.StatusOK, "It is port partner’s, in the team Team of port.", "Nothing used this token in the last 24 hours.")
		}
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
			t.Fatal(got)
		}
		if err := k.Usage.Folder.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		at := "/t/port/tokens/" + p.Token.ID
		expect(t, p.Partner.Get(at+"/revoke"), http.StatusOK, "1 caller used it in the last 24 h, last from 127.0.0.1 with client Go-http-client/1.1.",
			"What they called in the last 24 h: List orders", `value="leaked"`)
		for _, wrong := range []url.Values{{"reason": {"Seen in a log."}}, {"reason": {"Seen in a log."}, "cause": {"rotated"}}} {
			expect(t, p.Partner.Post(at+"/revoke", wrong), http.StatusUnprocessableEntity, "Choose why: unneeded, lost, leaked or left.", "Seen in a log.")
		}
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
			t.Fatalf("not revoked, and refused: %d", got)
		}
		expect(t, p.Partner.Post(at+"/revoke", url.Values{"reason": {"Seen in a log."}, "cause": {"leaked"}}), http.StatusSeeOther)
		for _, b := range []*testkit.Browser{p.Partner, p.Admin} {
			page := at
			if b == p.Admin {
				page = "/t/port/admin/tokens/" + p.Token.ID
			}
			testkit.Eventually(t, "every gateway has it", func() bool { return strings.Contains(b.Get(page).Body, "Applied by every gateway") })
			expect(t, b.Get(page), http.StatusOK, `id="receipt"`, "Receipt of the revocation", "port partner", "Leaked: somebody else has it, or could have.", "Seen in a log.",
				"No call since.", "Change number", "Gateway 1 (")
		}
		events, err := k.Portal.Audit.List(t.Context(), k.Actor(p.Admin, "port"), portal.AuditFilter{Action: "token.revoke", ObjectID: p.Token.ID, ObjectKind: "token", Limit: 5})
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		number := regexp.MustCompile(`"change":(\d+)`).FindSubmatch(events[0].Details)
		if number == nil || !strings.Contains(p.Partner.Get(at).Body, `<span class="num">`+string(number[1])+`</span>`) {
			t.Errorf("the record says %s", events[0].Details)
		}
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
			t.Fatal(got)
		}
		testkit.Eventually(t, "the refused call", func() bool { return !strings.Contains(p.Partner.Get(at).Body, "No call since.") })
		if page := p.Partner.Get(at); !regexp.MustCompile(`href="/t/port/requests/([0-9a-f]{32})"><code>`).MatchString(page.Body[strings.Index(page.Body, "First refused call"):]) {
			t.Errorf("the receipt does not name the refused call: %.600s", page.Body[strings.Index(page.Body, "First refused call"):])
		}
	})
}
