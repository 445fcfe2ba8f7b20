package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// A form that somebody else outran keeps what was typed, says what is stored now,
// and stores what was typed when it is sent again.
func TestAnOutrunFormCanBeSentAgain(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	m, api := p.Manager, "/t/nq/admin/apis/orders"
	revision := regexp.MustCompile(`name="revision" value="(\d+)"`)
	for path, tt := range map[string]struct {
		who   *testkit.Browser
		form  url.Values
		field string // that the two of them change
		says  string // of what was stored first
	}{
		api:                                    {m, url.Values{"name": {"Orders"}, "description": {"kept text"}}, "summary", "It is now: first"},
		api + "/versions/v1":                   {m, url.Values{"upstream": {"https://up.example/base"}}, "body_limit", "It is now: 3"},
		api + "/plans/standard":                {m, url.Values{"name": {"Standard"}, "rate_1_calls": {"10,000"}, "rate_1_seconds": {"60"}, "quota_calls": {"1,000,000"}, "quota_period": {"month"}, "quota_day": {"1"}}, "summary", "It is now: first"},
		"/t/nq/admin/settings":                 {p.Admin, url.Values{"escalate_days": {"3"}, "public": {"on"}}, "token_days", "It is now: 3"},
		"/t/nq/tokens/" + p.Token.ID + "/edit": {p.Partner, url.Values{"name": {"ci"}, "access-" + p.Version.ID: {"write"}}, "description", "It is now: first"},
	} {
		t.Run(path, func(t *testing.T) {
			path = strings.Replace(path, "/plans/standard", "/plans/"+p.Plan.ID, 1)
			first, second := "first words", "second words"
			if tt.field == "body_limit" || tt.field == "token_days" {
				first, second = "3", "4"
			}
			send := func(value string, page testkit.Answer) testkit.Answer {
				t.Helper()
				found := revision.FindStringSubmatch(page.Body)
				if found == nil {
					t.Fatal("the form has no revision")
				}
				form := url.Values{"revision": {found[1]}, "body_limit": {"10"}}
				for name, values := range tt.form {
					form[name] = values
				}
				form.Set(tt.field, value)
				return tt.who.Post(path, form)
			}
			before := tt.who.Get(path)
			has(t, send(first, before), 303)
			again := send(second, before)
			if again.StatusCode != 422 && again.StatusCode != 409 {
				t.Fatalf("the second: %d", again.StatusCode)
			}
			has(t, again, again.StatusCode, "Somebody else changed this", tt.says, second)
			has(t, send(second, again), 303)
			has(t, tt.who.Get(path), 200, second)
		})
	}
}
