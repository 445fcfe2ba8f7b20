// Package planned says a plan of the portal in the words of the limiter, for the
// gateway that holds calls against it and for the replay that says what a change
// would have refused: the two must not understand a plan differently. It reads
// nothing and decides nothing.
package planned

import (
	"time"

	"gatehouse/internal/limit"
	"gatehouse/models"
)

// Rules are the limits of a plan.
func Rules(p models.Plan) limit.Rules {
	var rules limit.Rules
	for _, r := range p.Rates {
		rules.Rates = append(rules.Rates, limit.Rate{Calls: r.Calls, Window: seconds(r.Seconds), PerToken: r.PerToken})
	}
	if p.QuotaPeriod != models.NoQuota {
		rules.Quota = limit.Quota{Calls: p.QuotaCalls, Refill: limit.Refill{Period: periods[p.QuotaPeriod], Day: p.QuotaDay}}
	}
	for _, o := range p.Operations {
		if rules.Operations == nil {
			rules.Operations = make(map[string]limit.OperationRule, len(p.Operations))
		}
		rules.Operations[o.Operation] = operation(o)
	}
	return rules
}

func operation(o models.OperationLimit) limit.OperationRule {
	rule := limit.OperationRule{Cost: o.Cost}
	if o.Cost == 0 {
		rule.Cost = limit.Free
	}
	if o.Calls > 0 {
		rule.Rate = &limit.Rate{Calls: o.Calls, Window: seconds(o.Seconds)}
	}
	return rule
}

var periods = map[models.QuotaPeriod]limit.Period{models.QuotaDay: limit.Day, models.QuotaMonth: limit.Month}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
