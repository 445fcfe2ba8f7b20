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

var tick = regexp.MustCompile(`name="pick" value="([^"]+)"`)

// Several requests are decided at once, or none of them; who could not be decided
// is named, and what was typed stays.
func TestDecidingSeveralRequests(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	for _, name := range []string{"Ada One", "Bob Two", "Cy Three"} {
		expect(t, k.Person(name, models.NotStaff).Post("/t/port/apis/orders/v1/subscribe",
			url.Values{"plan": {"standard"}, "team_name": {"Team " + name}, "purpose": {"To print labels."}}), http.StatusSeeOther)
	}
	const inbox = "/t/port/admin/requests"
	var picks []string
	for _, m := range tick.FindAllStringSubmatch(p.Admin.Get(inbox).Body, -1) {
		picks = append(picks, m[1])
	}
	if len(picks) != 3 {
		t.Fatalf("%d boxes to tick", len(picks))
	}
	send := func(status int, decision, reason string, picks []string, words ...string) testkit.Answer {
		t.Helper()
		a := p.Admin.Post(inbox, url.Values{"decision": {decision}, "reason": {reason}, "pick": picks})
		expect(t, a, status, words...)
		return a
	}
	ticked := `value="` + picks[1] + `" checked`
	send(422, "approve", "kept words", nil, "Nothing was decided", "Tick at least one request.", "kept words</textarea>")
	send(422, "deny", "no", picks[1:], `href="#f-reason-many"`, ">no</textarea>", ticked, `<details open`)
	send(422, "", "For a reason.", picks[1:], "Choose Approve ticked or Deny ticked.", ticked)
	send(422, "delete", "For a reason.", picks[1:], "Choose Approve ticked", ticked)
	if n := strings.Count(p.Admin.Get(inbox).Body, `name="pick"`); n != 3 {
		t.Fatalf("%d wait", n)
	}

	gone := models.NewID()
	send(303, "deny", "Not this year.", []string{gone + " x", picks[0]})
	expect(t, p.Admin.Get(inbox), 200, "1 request decided. 1 could not be. Request "+gone+": There is no such", "notice-warn")
	send(303, "approve", "", []string{picks[0], picks[1]})
	expect(t, p.Admin.Get(inbox), 200, "1 request decided. 1 could not be. Team ", ", Orders v1: Somebody was quicker", "notice-warn")
	send(303, "approve", "", picks[2:])
	page := p.Admin.Get(inbox)
	expect(t, page, 200, "1 request decided.", "notice-ok")
	hasNot(t, page, "could not be")
}
