package models_test

import (
	"testing"
	"time"

	"gatehouse/models"
)

// One plan is within another where it allows no more in any time.
func TestPlansWithinPlans(t *testing.T) {
	plan := func(quota int64, period models.QuotaPeriod, rates ...models.Rate) models.Plan {
		return models.Plan{Rates: rates, QuotaCalls: quota, QuotaPeriod: period}
	}
	rate := func(calls, seconds int64) models.Rate { return models.Rate{Calls: calls, Seconds: seconds} }
	each := func(calls, seconds int64) models.Rate {
		return models.Rate{Calls: calls, Seconds: seconds, PerToken: true}
	}
	with := func(p models.Plan, operations ...models.OperationLimit) models.Plan {
		p.Operations = operations
		return p
	}
	ten := plan(0, "", rate(10, 1))
	for name, c := range map[string]struct {
		a, b models.Plan
		want bool
	}{
		"each token's for the team's":             {plan(1_000_000, models.QuotaDay, each(10, 1)), plan(0, "", rate(10, 1)), false}, // R132
		"the team's for each token's":             {ten, plan(1_000_000, models.QuotaDay, each(10, 1)), true},
		"each token's for each token's":           {plan(9, models.QuotaDay, each(9, 1)), plan(10, models.QuotaDay, each(10, 1)), true},
		"an operation that is not counted":        {with(ten, models.OperationLimit{Operation: "GET /a"}), ten, false},
		"an operation that is not counted either": {with(ten, models.OperationLimit{Operation: "GET /a"}), with(ten, models.OperationLimit{Operation: "GET /a"}), true},
		"an operation that counts more":           {with(ten, models.OperationLimit{Operation: "GET /a", Cost: 5}), ten, true},
		"an operation that counted more":          {ten, with(ten, models.OperationLimit{Operation: "GET /a", Cost: 5}), false},
		"an operation with a limit":               {with(ten, models.OperationLimit{Operation: "GET /a", Cost: 1, Calls: 1, Seconds: 60}), ten, true},
		"an operation that had a limit":           {ten, with(ten, models.OperationLimit{Operation: "GET /a", Cost: 1, Calls: 1, Seconds: 60}), false},
		"an operation whose limit is kept anyway": {ten, with(ten, models.OperationLimit{Operation: "GET /a", Cost: 1, Calls: 10, Seconds: 1}), true},
		"itself":                           {plan(0, "", rate(10, 1)), plan(0, "", rate(10, 1)), true},
		"fewer in the same time":           {plan(0, "", rate(9, 1)), plan(0, "", rate(10, 1)), true},
		"more in the same time":            {plan(0, "", rate(11, 1)), plan(0, "", rate(10, 1)), false},
		"as many in a longer time":         {plan(0, "", rate(10, 60)), plan(0, "", rate(10, 1)), true},
		"as many in a shorter time":        {plan(0, "", rate(10, 1)), plan(0, "", rate(10, 60)), false},
		"a minute's in seconds":            {plan(0, "", rate(1, 1)), plan(0, "", rate(60, 60)), true},
		"more limits":                      {plan(0, "", rate(10, 1), rate(100, 60)), plan(0, "", rate(10, 1)), true},
		"fewer limits":                     {plan(0, "", rate(10, 1)), plan(0, "", rate(10, 1), rate(100, 60)), false},
		"a quota where there is none":      {plan(5, models.QuotaDay, rate(10, 1)), plan(0, "", rate(10, 1)), true},
		"no quota where there is one":      {plan(0, "", rate(10, 1)), plan(5, models.QuotaDay, rate(10, 1)), false},
		"a smaller quota":                  {plan(4, models.QuotaMonth, rate(10, 1)), plan(5, models.QuotaMonth, rate(10, 1)), true},
		"a day's quota within a month's":   {plan(10, models.QuotaDay, rate(10, 1)), plan(280, models.QuotaMonth, rate(10, 1)), true},
		"a day's quota above a month's":    {plan(11, models.QuotaDay, rate(10, 1)), plan(280, models.QuotaMonth, rate(10, 1)), false},
		"numbers as large as they can be":  {plan(0, "", rate(1_000_000_000, 1)), plan(0, "", rate(1_000_000_000, 86400)), false},
		"a rate that keeps a quota anyway": {plan(0, "", rate(1, 86400)), plan(28, models.QuotaMonth, rate(10, 1)), true},
	} {
		if got := c.a.Within(c.b); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A notice of the end is due on its day, once, and none that the news of the
// date has given already.
func TestNoticesOfTheEnd(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		ends time.Duration // from the start, when it is set
		at   []int         // days after the start on which a notice is due
	}{
		"in 40 days": {40 * 24 * time.Hour, []int{10, 33, 39}},
		"in 30 days": {30 * 24 * time.Hour, []int{23, 29}},
		"in 7 days":  {7 * 24 * time.Hour, []int{6}},
		"in 1 day":   {24 * time.Hour, nil},
	} {
		end := start.Add(c.ends)
		s := models.Subscription{State: models.SubscriptionApproved}
		if err := s.EndOn(&end, start); err != nil {
			t.Fatal(err)
		}
		var at []int
		for day := range 60 {
			for range 2 {
				if due := s.NoticeDue(start.AddDate(0, 0, day)); due != 0 {
					at, s.EndNotice = append(at, day), due
				}
			}
		}
		if len(at) != len(c.at) || len(at) > 0 && at[len(at)-1] != c.at[len(at)-1] {
			t.Errorf("%s: notices on days %v, want %v", name, at, c.at)
		}
	}
}
