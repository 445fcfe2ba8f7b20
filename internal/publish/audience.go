package publish

import (
	"gatehouse/internal/gateway"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// audienceOf is who finds an API of this visibility at the gateway. One that is
// not known is for the fewest.
func audienceOf(v models.Visibility) gateway.Audience {
	switch v {
	case models.VisiblePublic:
		return gateway.ForAll
	case models.VisibleSignedIn:
		return gateway.ForTenant
	}
	return gateway.ForTeams
}

// seers are the teams for which an API of limited visibility is there: those that
// it names and those with an open subscription to any version of it.
func seers(in store.Published, api models.API) (teams []gateway.ID) {
	for _, t := range in.APITeams {
		if t.APIID == api.ID && api.Visibility == models.VisibleTeams {
			teams = append(teams, id(t.TeamID))
		}
	}
	for _, s := range in.Subscriptions {
		if s.APIID == api.ID {
			teams = append(teams, id(s.TeamID))
		}
	}
	return teams
}
