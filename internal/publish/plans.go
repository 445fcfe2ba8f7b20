package publish

import (
	"gatehouse/internal/gateway"
	"gatehouse/internal/planned"
	"gatehouse/models"
)

func planOf(p models.Plan) gateway.Plan {
	rules := planned.Rules(p)
	return gateway.Plan{ID: id(p.ID), Rates: rules.Rates, Quota: rules.Quota, Operations: rules.Operations}
}

// exceptionsTo are those to one plan, in their order.
func exceptionsTo(p models.Plan, all []models.Exception) (out []gateway.Exception) {
	for _, e := range all {
		if e.PlanID == p.ID {
			out = append(out, gateway.Exception{Plan: planOf(e.Over(p)), Team: id(e.TeamID), Ends: e.EndsAt})
		}
	}
	return out
}
