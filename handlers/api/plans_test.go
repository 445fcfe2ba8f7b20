package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testkit"
)

// What a change would have refused is asked for, and nothing is changed by it.
func TestWhatIf(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		at := p.path + "/apis/orders/plans/" + p.Plan.ID
		before := p.manager.want(http.StatusOK, "GET", at, "")
		what := p.manager.want(http.StatusOK, "POST", at+"/what-if", `{"quota_calls":3,"quota_period":"day"}`)
		if what.body["teams"] != float64(1) || what.body["refused"] != float64(0) || what.body["minutes_since"] == nil || !strings.Contains(what.raw, `"items":[]`) {
			t.Errorf("%s", what.raw)
		}
		if a := p.manager.want(http.StatusUnprocessableEntity, "POST", at+"/what-if", `{"rates":[]}`); a.fields()["rates"] == "" {
			t.Errorf("%s", a.raw)
		}
		if after := p.manager.want(http.StatusOK, "GET", at, ""); after.raw != before.raw {
			t.Error("the plan has changed")
		}
		_, narrow := k.ManagementToken(p.Place, p.Manager, "apis:read", "apis:write")
		client{t, p.manager.base, narrow.Reveal()}.want(http.StatusForbidden, "POST", at+"/what-if", `{}`)
	})
}

// An exception is made, read, seen in the limits of the subscription, and ended.
func TestExceptions(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		m, at, limits := p.manager, p.path+"/apis/orders/plans/"+p.Plan.ID+"/exceptions", p.path+"/subscriptions/"+p.Subscription.ID+"/limits"
		if l := m.want(http.StatusOK, "GET", limits, ""); l.body["exception_until"] != nil || !strings.Contains(l.raw, `"left":1000000`) {
			t.Errorf("limits: %s", l.raw)
		}
		until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		body := `{"team":"` + p.Team.ID + `","rates":[{"calls":9,"seconds":1}],"quota_calls":70,"quota_period":"day","reason":"Their launch week.","ends_at":"` + until + `"}`
		made := m.want(http.StatusCreated, "POST", at, body)
		if made.body["running"] != true || made.body["ends_at"] != until {
			t.Errorf("made: %s", made.raw)
		}
		if l := m.want(http.StatusOK, "GET", limits, ""); l.body["exception_until"] != until || !strings.Contains(l.raw, `"left":70`) {
			t.Errorf("limits: %s", l.raw)
		}
		for field, bad := range map[string]string{"team": strings.Replace(body, p.Team.ID, p.Plan.ID, 1), "ends_at": strings.Replace(body, until, "2001-01-01T00:00:00Z", 1),
			"reason": strings.Replace(body, "Their launch week.", "", 1), "rates": strings.Replace(body, `"calls":9`, `"calls":0`, 1)} {
			if a := m.want(http.StatusUnprocessableEntity, "POST", at, bad); a.fields()[field] == "" {
				t.Errorf("%s: %s", field, a.raw)
			}
		}
		end := at + "/" + made.body["id"].(string) + "/end"
		if over := m.want(http.StatusOK, "POST", end, ""); over.body["running"] != false {
			t.Errorf("ended: %s", over.raw)
		}
		if a := m.want(http.StatusConflict, "POST", end, ""); a.code() != "exception_over" {
			t.Errorf("ended again: %s", a.raw)
		}
		if all := m.want(http.StatusOK, "GET", at, ""); strings.Count(all.raw, `"running":false`) != 1 {
			t.Errorf("list: %s", all.raw)
		}
	})
}
