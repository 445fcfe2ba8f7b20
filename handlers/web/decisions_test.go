package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

var seenField = regexp.MustCompile(`name="seen" value="([^"]+)"`)

// asked is where the admins find somebody's request, and the state in which it was shown.
func asked(t *testing.T, p *testkit.Place, by *testkit.Browser, team string) (at, seen string) {
	t.Helper()
	expect(t, by.Post("/t/"+p.Slug+"/apis/orders/v1/subscribe", url.Values{"plan": {"standard"}, "team_name": {team}, "purpose": {"To print labels."}}), http.StatusSeeOther)
	page := p.Admin.Get("/t/" + p.Slug + "/admin/requests")
	expect(t, page, http.StatusOK, team+" asks for Orders v1")
	return regexp.MustCompile(`/t/` + p.Slug + `/admin/requests/[0-9a-f-]{36}`).FindString(page.Body), seenField.FindStringSubmatch(page.Body)[1]
}

// From asking to the end, as the people see it.
func TestDecisions(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	t.Run("are about what was seen", func(t *testing.T) { decideOnAnOldPage(t, k, p) })
	t.Run("reach the partner", func(t *testing.T) { decisionsReachThePartner(t, k, p) })
}

// R64: a plan that was changed while the request was open on an admin's screen is
// looked at again before anything is decided.
func decideOnAnOldPage(t *testing.T, k *testkit.Kit, p *testkit.Place) {
	at, seen := asked(t, p, k.Person("Somebody First", models.NotStaff), "First")
	plan := "/t/port/admin/apis/orders/plans/" + p.Plan.ID
	form := url.Values{"name": {"Standard"}, "rate_1_calls": {"77,000"}, "rate_1_seconds": {"60"}, "revision": {"1"}}
	shown := p.Manager.Post(plan, form) // what it would have refused
	expect(t, shown, http.StatusOK, "Save plan")
	form.Set("seen", seenField.FindStringSubmatch(shown.Body)[1])
	expect(t, p.Manager.Post(plan, form), http.StatusSeeOther)
	for _, decision := range []string{"/approve", "/deny"} {
		page := p.Admin.Post(at+decision, url.Values{"seen": {seen}, "reason": {"Kept while looking."}})
		expect(t, page, http.StatusConflict, "changed since you opened it", "77,000 calls a minute", "Kept while looking.")
		if again := seenField.FindStringSubmatch(page.Body); again == nil || again[1] == seen {
			t.Errorf("%s: the page does not show the request anew", decision)
		}
	}
	many := p.Admin.Post("/t/port/admin/requests", url.Values{"pick": {at[len(at)-36:] + " " + seen}, "decision": {"approve"}})
	expect(t, many, http.StatusSeeOther)
	page := p.Admin.Get("/t/port/admin/requests")
	expect(t, page, http.StatusOK, "1 could not be", "First asks for Orders v1")
	expect(t, p.Admin.Post(at+"/approve", url.Values{"seen": {seenField.FindStringSubmatch(page.Body)[1]}}), http.StatusSeeOther)
}

// R63, R69: what becomes of a request or of an access reaches whom it concerns
// on their pages and by mail, with the words of who decided, and nobody else.
func decisionsReachThePartner(t *testing.T, k *testkit.Kit, p *testkit.Place) {
	asks, late := k.Person("Somebody New", models.NotStaff), k.Person("Somebody Late", models.NotStaff)
	standing := "/t/port/admin/requests/" + p.Subscription.ID
	at, seen := asked(t, p, asks, "Ours")
	for _, step := range []struct {
		path   string
		form   url.Values
		to     *testkit.Browser
		word   string
		reason string
		page   string // what the partner's subscriptions say
	}{
		{at + "/deny", url.Values{"seen": {seen}}, asks, "denied", "No berth is left for <you>.", "Denied"},
		{standing + "/pause", nil, p.Partner, "paused", "Calls at night & on Sundays.", "Paused"},
		{standing + "/resume", nil, p.Partner, "resumed", "", "Approved"},
		{standing + "/end", nil, p.Partner, "ended", "The contract has \"ended\".", "Ended"},
	} {
		form := url.Values{"reason": {step.reason}}
		for name, values := range step.form {
			form[name] = values
		}
		expect(t, p.Admin.Post(step.path, form), http.StatusSeeOther)
		mail := k.Mail(step.to.User.Email, "Access "+step.word+": Orders v1")
		if !strings.Contains(mail.Text, step.reason) || !strings.Contains(mail.Text, p.Admin.User.Name) || !strings.HasPrefix(k.LinkIn(mail), "/t/port/subscriptions/") {
			t.Errorf("%s: the mail says %s", step.word, mail.Text)
		}
		said := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;").Replace(step.reason)
		expect(t, step.to.Get("/notifications"), http.StatusOK, "Orders v1, plan Standard: "+step.word, said)
		expect(t, step.to.Get("/t/port/subscriptions"), http.StatusOK, step.page, said)
	}
	at, _ = asked(t, p, late, "Theirs")
	expect(t, late.Post("/t/port/subscriptions/"+at[len(at)-36:]+"/withdraw", nil), http.StatusSeeOther)
	expect(t, p.Admin.Get("/notifications"), http.StatusOK, "Orders v1, plan Standard: withdrawn by Theirs")
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusForbidden { // R66
		t.Errorf("a call after the end: %d", got)
	}
	told := map[string]bool{asks.User.Email: true, p.Partner.User.Email: true, "somebody-first@test.example": true}
	for _, m := range k.Mailbox.Messages() {
		if decided := strings.HasPrefix(m.Subject, "Access ") && !strings.HasPrefix(m.Subject, "Access asked for"); decided && !told[m.To] {
			t.Errorf("%s got %q", m.To, m.Subject)
		}
	}
	for _, b := range []*testkit.Browser{late, p.Manager, p.Auditor} {
		if page := b.Get("/notifications").Body; strings.Contains(page, "No berth is left") || strings.Contains(page, "Calls at night") {
			t.Errorf("%s reads what was told to others", b.User.Name)
		}
	}
}
