package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// day is a day from today on, as forms have it.
func day(from int) string { return time.Now().UTC().AddDate(0, 0, from).Format(time.DateOnly) }

// The whole life of a subscription, as its people see it.
func TestALife(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	for name, limit := range map[string][2]string{"small": {"1", "3600"}, "large": {"1000000", "1"}} {
		made := url.Values{"name": {strings.ToUpper(name[:1]) + name[1:]}, "slug": {name}, "rate_1_calls": {limit[0]}, "rate_1_seconds": {limit[1]}}
		expect(t, p.Manager.Post("/t/port/admin/apis/orders/plans/new", made), http.StatusSeeOther)
	}
	asks := k.Person("Somebody New", models.NotStaff)
	form := url.Values{"plan": {"standard"}, "team_name": {"Ours"}, "purpose": {"To print labels."}, "expected_calls": {"many"}, "last_day": {day(40)}}
	expect(t, asks.Post("/t/port/apis/orders/v1/subscribe", form), http.StatusUnprocessableEntity, "Write a number, like 10000.", "many", day(40))
	form.Set("expected_calls", "20,000")
	form.Set("last_day", day(-1))
	expect(t, asks.Post("/t/port/apis/orders/v1/subscribe", form), http.StatusUnprocessableEntity, "This is over already.", "20,000")
	form.Set("last_day", day(40))
	expect(t, asks.Post("/t/port/apis/orders/v1/subscribe", form), http.StatusSeeOther)
	page := p.Admin.Get("/t/port/admin/requests")
	at := regexp.MustCompile(`/t/port/admin/requests/[0-9a-f-]{36}`).FindString(page.Body)
	own := "/t/port/subscriptions/" + at[len(at)-36:]
	seen := func() string { return seenField.FindStringSubmatch(p.Admin.Get(at).Body)[1] }
	expect(t, page, http.StatusOK, "20,000", "a month", "No calls in the last 90 days", "No alerts about its tokens", "2 operations read, 2 write", "value=\""+day(40)+"\"", "Please begin with tokens that only read")

	expect(t, p.Admin.Post(at+"/messages", url.Values{"message": {""}}), http.StatusUnprocessableEntity, "Write what you want to ask or say.")
	expect(t, p.Admin.Post(at+"/messages", url.Values{"message": {"Which printers?"}}), http.StatusSeeOther)
	mail := k.Mail(asks.User.Email, "Message about Orders v1")
	expect(t, asks.Get(k.LinkIn(mail)), http.StatusOK, "Which printers?", "Tenant port", "Waiting")
	expect(t, asks.Post(own+"/messages", url.Values{"message": {"All of them."}}), http.StatusSeeOther)
	expect(t, p.Admin.Get(at), http.StatusOK, "All of them.", "Ours")
	expect(t, p.Admin.Post(at+"/approve", url.Values{"seen": {"1.1"}, "plan": {"small 1"}, "last_day": {day(9)}, "reason": {"Kept."}, "advice": {"on"}}),
		http.StatusConflict, "changed since you opened it", "Kept.", `value="`+day(9)+`"`, `value="small 1" selected`)
	expect(t, p.Admin.Post(at+"/approve", url.Values{"seen": {seen()}, "plan": {"small 1"}, "last_day": {"soon"}}), http.StatusUnprocessableEntity, "Write a day, like")
	expect(t, p.Admin.Post(at+"/approve", url.Values{"seen": {seen()}, "plan": {"small 1"}, "last_day": {day(9)}, "reason": {"Welcome."}, "advice": {"Begin with reading."}}), http.StatusSeeOther)
	approved := k.Mail(asks.User.Email, "Access approved with this plan in place of Standard")
	if !strings.Contains(approved.Text, "Welcome.") || !strings.Contains(approved.Text, "Begin with reading.") {
		t.Error(approved.Text)
	}
	expect(t, asks.Get(own), http.StatusOK, "Small", "the end of", "Begin with reading.")

	expect(t, asks.Post(own+"/plan", url.Values{"plan": {"large"}, "why": {"short"}}), http.StatusUnprocessableEntity, "short", "at least 10 characters")
	expect(t, asks.Post(own+"/plan", url.Values{"plan": {"large"}, "why": {"We print more and more."}}), http.StatusSeeOther)
	expect(t, asks.Get(own), http.StatusOK, "Plan Large waits for a decision", "Keep the old plan")
	expect(t, p.Admin.Get("/t/port/admin/requests"), http.StatusOK, "Ours asks for another plan of Orders v1", "We print more and more.", "1 waits for you")
	expect(t, p.Admin.Post(at+"/plan/deny", url.Values{"seen": {seen()}, "reason": {""}}), http.StatusUnprocessableEntity, "Say why; the person concerned reads it.")
	expect(t, p.Admin.Post(at+"/plan/approve", url.Values{"seen": {seen()}}), http.StatusSeeOther)
	expect(t, asks.Get(own), http.StatusOK, "Large")

	expect(t, p.Admin.Post(at+"/until", url.Values{"until": {day(-3)}}), http.StatusUnprocessableEntity, "This is over already.", day(-3))
	expect(t, p.Admin.Post(at+"/until", url.Values{"until": {""}}), http.StatusSeeOther)
	expect(t, asks.Get(own), http.StatusOK, "ended by either side")
	expect(t, p.Admin.Post(at+"/team", url.Values{"team": {p.Team.ID}}), http.StatusConflict, "That team has asked for this version already.")
}

// A mail's button leads to the request's page, through signing in and back; no
// address that a mail can hold decides anything.
func TestMailsDecideNothing(t *testing.T) {
	k := testkit.New(t)
	for slug, public := range map[string]bool{"open": true, "closed": false} {
		p := k.Place(slug, public)
		row, err := k.Portal.Subscriptions.Inspect(t.Context(), k.Actor(p.Admin, slug), p.Subscription.ID)
		if err != nil {
			t.Fatal(err)
		}
		link := k.LinkIn(k.Mail(p.Admin.User.Email, "Access asked for"))
		if want := "/t/" + slug + "/admin/requests/" + row.ID; link != want {
			t.Fatalf("the mail leads to %s, not to %s", link, want)
		}
		next := "/login?next=" + url.QueryEscape(link)
		if answer := k.Visitor().Get(link); public && answer.Header.Get("Location") != next {
			t.Errorf("a stranger is led to %q", answer.Header.Get("Location"))
		} else if !public {
			expect(t, answer, http.StatusNotFound, next) // the page does not tell more, and its door leads back
		}
		tab := p.Admin.Elsewhere()
		done := tab.PostJSON("/login/finish?next="+url.QueryEscape(link), tab.Assert(tab.Post("/login/begin", nil)))
		expect(t, done, http.StatusOK, `{"location":"`+link+`"}`)
		expect(t, tab.Get(link), http.StatusOK, p.Team.Name)
		for _, verb := range []string{"approve", "deny", "pause", "resume", "end", "until", "team", "messages", "plan/approve", "plan/deny"} {
			if answer := tab.Get(link + "/" + verb + "?seen=" + row.Seen() + "&reason=By+a+link.&until=" + day(1)); answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != link {
				t.Errorf("%s by a link: %s to %s", verb, answer.Status, answer.Header.Get("Location"))
			}
		}
		after, err := k.Portal.Subscriptions.Inspect(t.Context(), k.Actor(p.Admin, slug), row.ID)
		if err != nil || after.Seen() != row.Seen() {
			t.Errorf("links changed the request from %s to %s: %v", row.Seen(), after.Seen(), err)
		}
	}
}

// How one hears of requests, and who decides while one is away.
func TestOnesPartInRequests(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	const at = "/t/port/admin/requests/deciding"
	expect(t, p.Admin.Get("/t/port/admin/requests"), http.StatusOK, at)
	expect(t, p.Admin.Post(at, url.Values{"daily": {"on"}}), http.StatusSeeOther)
	expect(t, p.Admin.Get(at), http.StatusOK, `value="on" checked`, "7:00 UTC")
	form := url.Values{"deputy": {p.Auditor.User.ID}, "from": {day(0)}, "until": {day(3)}}
	expect(t, p.Admin.Post(at+"/stand-in", form), http.StatusForbidden, "Confirm this with your passkey.", p.Auditor.User.Name, day(3))
	form.Set("until", day(-2))
	form.Set("step_up", p.Admin.StepUp(models.StandInName, p.Admin.User.ID))
	expect(t, p.Admin.Post(at+"/stand-in", form), http.StatusUnprocessableEntity, "This is over already.", day(-2))
	form.Set("until", day(3))
	expect(t, p.Auditor.Get(at), http.StatusForbidden)
	expect(t, p.Admin.Post(at+"/stand-in", form), http.StatusSeeOther)
	expect(t, p.Admin.Get(at), http.StatusOK, "End it now", p.Auditor.User.Email)
	request, _ := asked(t, p, k.Person("Somebody New", models.NotStaff), "Ours")
	expect(t, p.Auditor.Get("/notifications"), http.StatusOK, "You stand in for "+p.Admin.User.Name, "Ours asks for Orders v1")
	expect(t, p.Auditor.Get(at), http.StatusOK, "You stand in for "+p.Admin.User.Name)
	seen := seenField.FindStringSubmatch(p.Auditor.Get(request).Body)
	expect(t, p.Auditor.Post(request+"/approve", url.Values{"seen": {seen[1]}}), http.StatusSeeOther)
	expect(t, p.Admin.Get(request), http.StatusOK, "Approved by "+p.Auditor.User.Name)
	expect(t, p.Admin.Post(at+"/stand-in/end", nil), http.StatusSeeOther)
	expect(t, p.Auditor.Post(request+"/pause", url.Values{"reason": {"Once more."}}), http.StatusForbidden)
	expect(t, p.Admin.Get("/t/port/admin/audit"), http.StatusOK, "stand_in.name", "stand_in.end")
}
