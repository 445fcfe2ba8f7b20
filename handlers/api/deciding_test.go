package api_test

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R64: an outside system decides with all that a person has: it reads what waits,
// asks, approves on terms, decides about another plan, sets an end, hands over.
func TestDecidingFromOutside(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		ctx, s := t.Context(), k.Portal.Subscriptions
		for slug, calls := range map[string]string{"small": `{"calls":1,"seconds":3600}`, "large": `{"calls":1000000,"seconds":1}`} {
			p.manager.want(http.StatusCreated, "POST", p.path+"/apis/orders/plans", `{"slug":"`+slug+`","name":"`+slug+`","rates":[`+calls+`]}`)
		}
		asks, theirs := k.Person("Somebody", models.NotStaff), models.Team{ID: models.NewID(), Name: "Theirs"}
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.InsertTeam(&theirs, asks.User.ID) })
		end := k.Store.Now().AddDate(0, 2, 0)
		row, err := s.Request(ctx, k.Actor(asks, "acme"), portal.NewSubscription{API: "orders", Version: "v1", Plan: "standard", Team: theirs.ID,
			Purpose: "To sail by machine.", ExpectedCalls: 5000, WishedEnd: &end})
		if err != nil {
			t.Fatal(err)
		}
		one, partner := p.path+"/subscriptions/"+row.ID, k.Actor(asks, "acme")
		waiting := p.admin.want(http.StatusOK, "GET", p.path+"/subscriptions?waiting=true", "").items()
		if len(waiting) != 1 || waiting[0].(map[string]any)["expected_calls"] != 5000.0 || waiting[0].(map[string]any)["wished_end"] == nil {
			t.Fatalf("waiting: %v", waiting)
		}
		for query, field := range map[string]string{"?waiting=yes": "waiting", "?waiting=true&state=pending": "waiting"} {
			if a := p.admin.want(http.StatusUnprocessableEntity, "GET", p.path+"/subscriptions"+query, ""); a.fields()[field] == "" {
				t.Errorf("%s: %s", query, a.raw)
			}
		}
		tag := func() string { return p.admin.want(http.StatusOK, "GET", one, "").Header.Get("ETag") }
		before := tag()
		p.admin.want(http.StatusCreated, "POST", one+"/messages", `{"message":"Which machine?"}`)
		if _, err := s.Answer(ctx, partner, row.ID, "All of them."); err != nil {
			t.Fatal(err)
		}
		said := p.admin.want(http.StatusOK, "GET", one+"/messages", "").items()
		if len(said) != 2 || said[1].(map[string]any)["from_team"] != true || said[1].(map[string]any)["by"] != asks.User.Email {
			t.Errorf("said: %v", said)
		}
		p.admin.want(http.StatusPreconditionFailed, "POST", one+"/approve", "", "If-Match", before)
		for body, field := range map[string]string{`{"plan":"large"}`: "plan", `{"plan_etag":"x"}`: "plan_etag", `{"ends_at":"2001-01-01T00:00:00Z"}`: "ends_at"} {
			if a := p.admin.want(http.StatusUnprocessableEntity, "POST", one+"/approve", body, "If-Match", tag()); a.fields()[field] == "" {
				t.Errorf("%s: %s", body, a.raw)
			}
		}
		p.admin.want(http.StatusPreconditionFailed, "POST", one+"/approve", `{"plan":"small","plan_etag":"9"}`, "If-Match", tag())
		approved := p.admin.want(http.StatusOK, "POST", one+"/approve", `{"plan":"small","plan_etag":"1","advice":"Begin small."}`, "If-Match", tag())
		if approved.body["plan"] != "small" || approved.body["ends_at"] == nil || approved.body["reason"] != "Begin small." {
			t.Errorf("approved: %s", approved.raw)
		}
		wish := func() {
			t.Helper()
			if _, err := s.ChangePlan(ctx, partner, row.ID, "large", "More ships than ever."); err != nil {
				t.Fatal(err)
			}
		}
		wish()
		waiting = p.admin.want(http.StatusOK, "GET", p.path+"/subscriptions?waiting=true", "").items()
		if len(waiting) != 1 || waiting[0].(map[string]any)["plan_wish"].(map[string]any)["plan"] != "large" {
			t.Errorf("waiting: %v", waiting)
		}
		p.admin.want(http.StatusPreconditionRequired, "POST", one+"/plan-wish/approve", "")
		denied := p.admin.want(http.StatusOK, "POST", one+"/plan-wish/deny", `{"reason":"Not so many."}`, "If-Match", tag())
		if denied.body["plan"] != "small" || denied.body["plan_wish"] != nil {
			t.Errorf("denied: %s", denied.raw)
		}
		wish()
		if a := p.admin.want(http.StatusOK, "POST", one+"/plan-wish/approve", "", "If-Match", tag()); a.body["plan"] != "large" {
			t.Errorf("approved: %s", a.raw)
		}
		if a := p.admin.want(http.StatusOK, "POST", one+"/end-date", `{}`); a.body["ends_at"] != nil {
			t.Errorf("without an end: %s", a.raw)
		}
		p.admin.want(http.StatusUnprocessableEntity, "POST", one+"/end-date", `{"ends_at":"2001-01-01T00:00:00Z"}`)
		if a := p.admin.want(http.StatusOK, "POST", one+"/end-date", `{"ends_at":"`+end.Format(time.RFC3339)+`"}`); a.body["ends_at"] == nil {
			t.Errorf("with an end: %s", a.raw)
		}
		p.admin.want(http.StatusUnprocessableEntity, "POST", one+"/transfer", `{"team":"nobody"}`)
		p.admin.want(http.StatusConflict, "POST", one+"/transfer", `{"team":"`+p.Team.ID+`"}`) // which has one of its own
		p.admin.want(http.StatusOK, "POST", p.path+"/subscriptions/"+p.Subscription.ID+"/end", `{"reason":"To make room."}`)
		if a := p.admin.want(http.StatusOK, "POST", one+"/transfer", `{"team":"`+p.Team.ID+`"}`); a.body["team"].(map[string]any)["id"] != p.Team.ID {
			t.Errorf("handed over: %s", a.raw)
		}
	})
}

// R7, R64: a program weighs a request by what a person sees beside it, as far as
// its scopes reach: the team's alerts of 90 days, its calls, what the version opens.
func TestTheEvidenceBesideARequest(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		now := k.Store.Now()
		for kind, at := range map[models.AlertKind]time.Time{models.AlertExposed: now.AddDate(0, 0, -89), models.AlertRetired: now.AddDate(0, 0, -91)} {
			k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
				return tx.InsertAlert(&models.Alert{TenantID: p.Tenant.ID, ID: models.NewID(), Kind: kind, TokenID: &p.Token.ID, Sightings: 2, FirstAt: at, LastAt: at})
			})
		}
		at := p.path + "/subscriptions/" + p.Subscription.ID + "/evidence"
		operations := func(a answer) map[string]any { return a.body["operations"].(map[string]any) }
		all := p.admin.want(http.StatusOK, "GET", at, "")
		if all.body["alerts"] != 1.0 || all.body["past"] == nil || all.body["domain"] == "" || operations(all)["read"] == 0.0 || operations(all)["write"] == 0.0 {
			t.Errorf("with all scopes: %s", all.raw)
		}
		_, secret := k.ManagementToken(p.Place, p.Admin, "subscriptions:read")
		few := client{t, k.PortalURL.String(), secret.Reveal()}.want(http.StatusOK, "GET", at, "")
		for _, more := range []string{"alerts", "past"} {
			if few.body[more] != nil {
				t.Errorf("%s without its scope: %s", more, few.raw)
			}
		}
		if by := p.manager.want(http.StatusOK, "GET", at, ""); by.body["alerts"] != nil || by.body["past"] == nil {
			t.Errorf("an API manager: %s", by.raw)
		}
	})
}
