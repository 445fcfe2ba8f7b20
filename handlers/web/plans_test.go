package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testkit"
)

// Other limits are saved by who has seen what they would have refused: the page
// shows that first, and keeps what was typed.
func TestAPlanIsSavedAfterItsPreview(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m, at := p.Manager, "/t/nq/admin/apis/orders/plans/"+p.Plan.ID
	form := url.Values{"name": {"Tight"}, "rate_1_calls": {"50"}, "rate_1_seconds": {"1"}, "rate_1_of": {"token"}, "rate_2_calls": {"90"}, "rate_2_seconds": {"60"},
		"quota_calls": {"5,000"}, "quota_period": {"month"}, "quota_day": {"31"}, "op_2_key": {"GET /orders"}, "op_2_cost": {"5"},
		"op_3_key": {"GET /gone"}, "op_3_cost": {"0"}, "op_3_calls": {"7"}, "op_3_seconds": {"3600"}, "revision": {"1"}}
	shown := m.Post(at, form)
	has(t, shown, 200, "What this would have refused last week", "0 calls of 1 team passed", `value="Tight"`, `value="5,000"`, "No published version has the operation GET /gone")
	has(t, m.Get(at), 200, `value="Standard"`) // nothing was saved
	seen := func(page testkit.Answer) url.Values {
		next := maps.Clone(form)
		next.Set("seen", seenField.FindStringSubmatch(page.Body)[1])
		return next
	}
	other := seen(shown)
	other.Set("rate_2_calls", "80") // not what was seen
	has(t, m.Post(at, other), 200, "What this would have refused last week")
	has(t, m.Post(at, seen(shown)), 303)
	has(t, m.Get(at), 200, `value="Tight"`, `<option value="token" selected>`, `<option value="31" selected>`, `value="GET /orders"`, "No published version has the operation GET /gone")
	has(t, m.Get("/t/nq/admin/apis/orders"), 200, "50 calls a second with each token and 90 a minute, 5,000 calls a month from day 31",
		"GET /orders counts as 5 calls; GET /gone not counted, at most 7 calls an hour")
	has(t, p.Partner.Get("/t/nq/subscriptions"), 200, "GET /orders: counts as 5 calls", "0 of 5,000 this month")

	form.Set("revision", "2")
	form.Set("summary", "For small programs.")
	has(t, m.Post(at, form), 303) // no limit changes: there is nothing to see first
	for field, tt := range map[string]struct {
		change url.Values
		says   string
	}{
		"tokens alone":   {url.Values{"rate_2_of": {"token"}, "quota_calls": {""}, "quota_period": {""}}, "more tokens would be more calls without end"},
		"rates twice":    {url.Values{"rate_2_seconds": {"1"}, "rate_2_of": {"token"}}, "count over the same time"},
		"too dear":       {url.Values{"op_2_cost": {"51"}}, "could never be made"},
		"a cost of text": {url.Values{"op_2_cost": {"much"}}, "counts 0 to 1,000 calls"},
		"named twice":    {url.Values{"op_3_key": {"GET /orders"}}, "is there twice"},
		"no such day":    {url.Values{"quota_day": {"32"}}, "1 to 31"},
	} {
		t.Run(field, func(t *testing.T) {
			bad := maps.Clone(form)
			maps.Copy(bad, tt.change)
			bad.Set("revision", "3")
			has(t, m.Post(at, bad), 422, tt.says, `value="Tight"`)
		})
	}
}

// What passed last week is held against the new limits before they hold.
func TestThePreviewCountsCalls(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	for range 12 {
		if status := call(t, k, p, http.MethodGet, p.Secret.Reveal()); status != 200 {
			t.Fatal(status)
		}
	}
	if err := k.Usage.Folder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := p.Manager.Post("/t/nq/admin/apis/orders/plans/"+p.Plan.ID, url.Values{"name": {"Standard"}, "rate_1_calls": {"10,000"}, "rate_1_seconds": {"60"},
		"quota_calls": {"5"}, "quota_period": {"day"}, "revision": {"1"}})
	has(t, page, 200, "At least 7 of 12 calls", "Team of nq", "the quota of the day", "Save anyway")
}

// An exception is given on a form, listed with its reason and end, told to the team
// on its own pages, and ended by a button.
func TestAnExceptionFromBeginToEnd(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m, at := p.Manager, "/t/nq/admin/apis/orders/plans/"+p.Plan.ID
	has(t, m.Get(at), 200, "One team can have other limits for some time", at+"/exceptions/new")
	has(t, m.Get(at+"/exceptions/new"), 200, "Team of nq", `value="10000"`, `type="date"`)
	last := time.Now().UTC().AddDate(0, 0, 3).Format(time.DateOnly)
	form := url.Values{"team": {p.Team.ID}, "last_day": {last}, "reason": {"Their <launch> week."}, "rate_1_calls": {"99"}, "rate_1_seconds": {"1"}}
	for field, value := range map[string]string{"team": "nobody", "last_day": "2001-01-01", "reason": "", "rate_1_calls": "many"} {
		bad := maps.Clone(form)
		bad.Set(field, value)
		has(t, m.Post(at+"/exceptions/new", bad), 422, `role="alert"`)
	}
	has(t, m.Post(at+"/exceptions/new", form), 303)
	page := m.Get(at)
	has(t, page, 200, "Team of nq", "Their &lt;launch&gt; week.", "99 calls a second", "Runs", "End now")
	has(t, p.Partner.Get("/t/nq/subscriptions"), 200, "Your own limits until", "99 calls a second")
	has(t, p.Partner.Get("/notifications"), 200, "other limits hold until", "Their &lt;launch&gt; week.")
	path := page.Body[strings.Index(page.Body, at+"/exceptions/0"):]
	has(t, m.Post(path[:strings.IndexByte(path, '"')], nil), 303)
	has(t, m.Get(at), 200, "Ended")
	hasNot(t, p.Partner.Get("/t/nq/subscriptions"), "Your own limits until")
}
