package testkit_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/gateway"
	"gatehouse/internal/portal"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// plan changes the place's plan, as the management API does.
func plan(t *testing.T, k *testkit.Kit, p *testkit.Place, change func(*models.Plan)) {
	t.Helper()
	_, now, err := k.Portal.Plans.Show(t.Context(), k.Actor(p.Manager, p.Slug), "orders", p.Plan.ID)
	must(t, err)
	change(&now)
	p.Plan, err = k.Portal.Plans.Update(t.Context(), k.Actor(p.Manager, p.Slug), "orders", p.Plan.ID, now)
	must(t, err)
}

// R132: rates of each token are bounded by what the team shares, what an operation
// costs is taken of both and of the quota, and a restart gives nothing back.
func TestLimitsOfTeamsTokensAndOperations(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, p := context.Background(), k.Place("nq", true)
		plan(t, k, p, func(plan *models.Plan) {
			plan.Rates = []models.Rate{{Calls: 5, Seconds: 86400, PerToken: true}, {Calls: 100, Seconds: 86400}}
			plan.QuotaCalls, plan.QuotaPeriod, plan.QuotaDay = 12, models.QuotaMonth, 31
			plan.Operations = []models.OperationLimit{{Operation: "GET /orders/{id}", Cost: 3}, {Operation: "DELETE /orders/{id}"}}
		})
		_, second, err := k.Portal.Tokens.Create(ctx, k.Proven(k.Actor(p.Partner, p.Slug), models.TokenCreate, p.Team.ID), portal.NewToken{
			Team: p.Team.ID, Name: "second", Expires: "30", Access: map[string]models.Access{p.Version.ID: models.AccessWrite}})
		must(t, err)
		step := func(method, path, secret string, status int, left ...string) {
			t.Helper()
			got, header, body := call(t, k, method, "/nq/orders/v1/"+path, secret)
			var r []string
			for _, part := range strings.Split(header.Get("Ratelimit"), ", ") {
				r = append(r, strings.Split(part, ";")[1])
			}
			if got != status || !slices.Equal(r, left) {
				t.Fatalf("%s %s: %d with %v, want %d with %v: %s", method, path, got, r, status, left, body)
			}
		}
		one, two := p.Secret.Reveal(), second.Reveal()
		step("GET", "orders", one, 200, "r=4", "r=99", "r=11")
		step("GET", "orders/7", one, 200, "r=1", "r=96", "r=8")
		step("GET", "orders/7", one, 429, "r=1", "r=96", "r=8")
		step("DELETE", "orders/7", one, 200, "r=1", "r=96", "r=8")
		step("GET", "orders/7", two, 200, "r=2", "r=93", "r=5") // another token, the same team
		must(t, k.Usage.Folder.Flush(ctx))
		k.Stop()
		k.Start() // rates begin anew, as the docs say; the quota does not
		step("GET", "orders/7", two, 200, "r=2", "r=97", "r=2")
		step("GET", "orders/7", one, 429, "r=5", "r=97", "r=2")
		step("GET", "orders", one, 200, "r=4", "r=96", "r=1")
		must(t, k.Usage.Folder.Flush(ctx))
		rows, err := k.Portal.Subscriptions.Own(ctx, k.Actor(p.Partner, "nq"))
		must(t, err)
		if rows[0].Used != 11 {
			t.Errorf("the page shows %d calls used, want 11", rows[0].Used)
		}
	})
}

// An exception holds from the next call on, is told, shown and ended; the plan's own
// limits hold for everybody else.
func TestExceptionForOneTeam(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, p := context.Background(), k.Place("nq", true)
		manager := k.Actor(p.Manager, "nq")
		policy := func(want string) {
			t.Helper()
			if _, header, _ := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal()); header.Get("Ratelimit-Policy") != want {
				t.Errorf("policy %s, want %s", header.Get("Ratelimit-Policy"), want)
			}
		}
		ends := time.Now().Add(48 * time.Hour)
		in := portal.NewException{Team: p.Team.ID, Reason: "Their launch week.", EndsAt: ends,
			Limits: models.Plan{Rates: []models.Rate{{Calls: 70, Seconds: 60}}, QuotaCalls: 500, QuotaPeriod: models.QuotaDay}}
		first, err := k.Portal.Plans.Except(ctx, manager, "orders", p.Plan.ID, in)
		must(t, err)
		policy(`"minute";q=70;w=60, "quota-day";q=500;w=86400`)
		in.Limits.QuotaCalls = 600
		row, err := k.Portal.Plans.Except(ctx, manager, "orders", p.Plan.ID, in)
		must(t, err)
		policy(`"minute";q=70;w=60, "quota-day";q=600;w=86400`)
		if m := k.Mail(p.Partner.User.Email, "Other limits"); !strings.Contains(m.Text, "Their launch week.") {
			t.Errorf("the mail says %s", m.Text)
		}
		own, err := k.Portal.Subscriptions.Own(ctx, k.Actor(p.Partner, "nq"))
		must(t, err)
		if own[0].Until == nil || !own[0].Until.Equal(models.Time(ends)) || own[0].Plan.QuotaCalls != 600 {
			t.Errorf("the team sees %+v until %v", own[0].Plan, own[0].Until)
		}
		_, err = k.Portal.Plans.EndException(ctx, manager, "orders", p.Plan.ID, row.ID)
		must(t, err)
		policy(`"minute";q=10000;w=60, "quota-month";q=1000000`)
		for _, over := range []string{first.ID, row.ID} {
			if _, err := k.Portal.Plans.EndException(ctx, manager, "orders", p.Plan.ID, over); err == nil {
				t.Error("what is over was ended again")
			}
		}
		k.Stop()
		k.Start()
		policy(`"minute";q=10000;w=60, "quota-month";q=1000000`)
	})
}

// history gives the usage what somebody called.
func history(t *testing.T, k *testkit.Kit, p *testkit.Place, at time.Time, n int, operation string) {
	t.Helper()
	id := func(text string) gateway.ID { return gateway.ID(uuid.MustParse(text)) }
	must(t, k.Usage.Folder.Fold(t.Context(), func(yield func(gateway.Record) bool) {
		for i := range n {
			if !yield(gateway.Record{Start: at.Add(time.Duration(i) * time.Second / 2), Tenant: id(p.Tenant.ID), API: id(p.API.ID), Version: id(p.Version.ID), Token: id(p.Token.ID),
				Team: id(p.Team.ID), Subscription: id(p.Subscription.ID), Operation: operation, Method: "GET", Status: 200, Outcome: gateway.OutcomeOK,
				Admitted: true, Price: 1, RequestID: fmt.Sprint("r", i)}) {
				return
			}
		}
	}))
}

// What a change would have refused is told by team and day, and nothing is changed.
func TestWhatAChangeWouldHaveRefused(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, p := context.Background(), k.Place("nq", true)
		today := time.Now().UTC().Truncate(24 * time.Hour)
		five := today.AddDate(0, 0, -5)
		history(t, k, p, five.Add(10*time.Hour), 300, "GET /orders")
		history(t, k, p, five.Add(11*time.Hour), 100, "GET /orders/{id}")
		history(t, k, p, today.AddDate(0, 0, -3), 50, "GET /orders")
		history(t, k, p, today.AddDate(0, 0, -20), 900, "GET /orders") // too long ago
		recent := time.Now().UTC().Add(-90 * time.Minute).Truncate(time.Minute)
		history(t, k, p, recent, 60, "GET /orders") // within one minute
		manager := k.Actor(p.Manager, "nq")
		for name, tt := range map[string]struct {
			change  func(*models.Plan)
			refused int64
			days    int
			limit   string
		}{
			"nothing changes": {func(*models.Plan) {}, 0, 0, ""},
			"an hour's rate":  {func(p *models.Plan) { p.Rates = []models.Rate{{Calls: 100, Seconds: 3600}} }, 200 - 100, 1, "the one-hour rate"},
			"a minute's rate": {func(p *models.Plan) { p.Rates = []models.Rate{{Calls: 25, Seconds: 60}} }, 60 - 50, 1, "the one-minute rate"},
			"a day's quota":   {func(p *models.Plan) { p.QuotaCalls, p.QuotaPeriod, p.QuotaDay = 250, models.QuotaDay, 0 }, 150, 1, "the quota of the day"},
			"one that costs": {func(p *models.Plan) {
				p.Operations = []models.OperationLimit{{Operation: "GET /orders/{id}", Cost: 4}}
				p.QuotaCalls, p.QuotaPeriod, p.QuotaDay = 500, models.QuotaDay, 0
			}, 50, 1, "the quota of the day"},
			"one that is rare": {func(p *models.Plan) {
				p.Operations = []models.OperationLimit{{Operation: "GET /orders/{id}", Cost: 1, Calls: 20, Seconds: 3600}}
			}, 60, 1, "the limit of an operation"},
			"by token": {func(p *models.Plan) {
				p.Rates = append(p.Rates, models.Rate{Calls: 100, Seconds: 3600, PerToken: true})
			}, 100, 1, "the one-hour rate of a token"},
		} {
			t.Run(name, func(t *testing.T) {
				change := p.Plan
				tt.change(&change)
				what, err := k.Portal.Plans.WhatIf(ctx, manager, "orders", p.Plan.ID, change)
				must(t, err)
				if what.Passed != 510 && len(what.Rows) > 0 || what.Refused != tt.refused || what.Teams != 1 {
					t.Fatalf("%d of %d calls of %d teams: %+v", what.Refused, what.Passed, what.Teams, what.Rows)
				}
				if tt.refused > 0 && (len(what.Rows[0].Days) != tt.days || what.Rows[0].Limit != tt.limit || what.Rows[0].Team.ID != p.Team.ID) {
					t.Errorf("%+v", what.Rows[0])
				}
			})
		}
		_, after, err := k.Portal.Plans.Show(ctx, manager, "orders", p.Plan.ID)
		must(t, err)
		if after.Revision != p.Plan.Revision {
			t.Error("the plan was changed")
		}
		_, err = k.Portal.Plans.Except(ctx, manager, "orders", p.Plan.ID, portal.NewException{Team: p.Team.ID, Reason: "Their launch week.",
			EndsAt: time.Now().Add(time.Hour), Limits: models.Plan{Rates: []models.Rate{{Calls: 1, Seconds: 1}}}})
		must(t, err)
		change := p.Plan
		change.Rates = []models.Rate{{Calls: 1, Seconds: 3600}}
		if what, err := k.Portal.Plans.WhatIf(ctx, manager, "orders", p.Plan.ID, change); err != nil || what.Teams != 0 || what.Excepted != 1 || what.Refused != 0 {
			t.Errorf("of a team with limits of its own: %+v, %v", what, err)
		}
	})
}

// A team is told at 80 % and at 100 % of its quota, once each in a period, whoever
// looks how often.
func TestQuotaIsWarnedOf(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, p := context.Background(), k.Place("nq", true)
		plan(t, k, p, func(plan *models.Plan) { plan.QuotaCalls, plan.QuotaPeriod, plan.QuotaDay = 10, models.QuotaMonth, 1 })
		told := func(after int, want ...string) {
			t.Helper()
			for range after {
				call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal())
			}
			must(t, k.Usage.Folder.Flush(ctx))
			var looks sync.WaitGroup
			for range 3 { // as the workers of several servers do
				looks.Go(func() {
					if err := k.Portal.Quotas.Warn(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			looks.Wait()
			rows, err := k.Portal.Notifications.List(ctx, k.Actor(p.Partner, ""))
			must(t, err)
			var got []string
			for _, r := range rows {
				if r.Kind == models.NotifyQuota {
					got = append(got, strings.TrimPrefix(r.Title, "Orders v1: "))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		told(7)
		told(1, "quota used to 80 %")
		told(1, "quota used to 80 %")
		told(1, "quota used up", "quota used to 80 %")
		told(3, "quota used up", "quota used to 80 %")
		for subject, says := range map[string]string{"Quota used to 80 %": "8 of 10 calls of this month are used", "Quota used up": "All 10 calls of this month are used"} {
			if m := k.Mail(p.Partner.User.Email, subject); !strings.Contains(m.Text, says) {
				t.Errorf("%s: %s", subject, m.Text)
			}
		}
		plan(t, k, p, func(plan *models.Plan) { plan.QuotaCalls = 12 }) // another quota has its own 80 %
		told(0, "quota used to 80 %", "quota used up", "quota used to 80 %")
	})
}
