package portal

import (
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// tokenOwners names whose tokens are, by the ids of people and of service accounts.
// A service account has a name and no address.
func tokenOwners(r store.Tenant, owners []string) (map[string]models.User, error) {
	out, err := r.Users(owners)
	if err != nil {
		return nil, err
	}
	services, err := r.ServiceAccountsByID(owners)
	for id, s := range services {
		out[id] = models.User{ID: id, Name: s.Name}
	}
	return out, err
}

// tokenPeople are the users who get a token's notices: its owner and the others
// who are responsible for it.
func tokenPeople(tx *store.Tx, token models.Token) ([]string, error) {
	if token.ServiceID != nil {
		return serviceAudience(tx.Tenant, *token.TeamID, *token.ServiceID)
	}
	others, err := tx.TokenPeople(token.ID)
	people := append([]string{token.UserID}, others[token.ID]...)
	slices.Sort(people)
	return slices.Compact(people), err
}

// tokenOwner are those who are told of what is done to a token: the person whose it
// is, or all who answer for its service account.
func tokenOwner(tx *store.Tx, token models.Token) ([]string, error) {
	if token.ServiceID == nil {
		return []string{token.UserID}, nil
	}
	return tokenPeople(tx, token)
}

// serviceAudience are the people who get a service account's notices: those who
// answer for it, and where nobody does any more, the owners of its team.
func serviceAudience(r store.Tenant, team, service string) ([]string, error) {
	people, err := r.ServicePeople(service)
	if err != nil || len(people[service]) > 0 {
		return people[service], err
	}
	return teamOwners(r, team)
}

// teamOwners are the users who own a team.
func teamOwners(r store.Tenant, team string) (out []string, err error) {
	members, err := r.Memberships(team)
	for _, m := range members {
		if m.Role == models.TeamOwner {
			out = append(out, m.UserID)
		}
	}
	return out, err
}

// answersFor reports whether a token is the actor's own to rotate, to widen and to
// wake: theirs, or of a service account that they answer for or whose team they own.
func answersFor(r store.Tenant, actor models.Actor, token models.Token) (bool, error) {
	if token.ServiceID == nil {
		return token.UserID == actor.User(), nil
	}
	return answersForService(r, *token.ServiceID, actor.User(), actor.TeamRole(*token.TeamID))
}

// answersForService reports whether somebody with a role in its team answers for a
// service account: the owners always do.
func answersForService(r store.Tenant, service, user string, role models.TeamRole) (bool, error) {
	switch role {
	case "":
		return false, nil
	case models.TeamOwner:
		return true, nil
	}
	people, err := r.ServicePeople(service)
	return slices.Contains(people[service], user), err
}

// handles is nil for whoever may give a token a new secret or more rights: anybody of
// the team for a colleague's, but for a service account's only those who answer for it.
func handles(r store.Tenant, actor models.Actor, token models.Token) error {
	if token.ServiceID == nil {
		return nil
	}
	ok, err := answersFor(r, actor, token)
	if err == nil && !ok {
		err = notResponsible()
	}
	return err
}

func notResponsible() error {
	return fault.New(fault.Forbidden, "not_responsible", "Only who answers for this service account, or owns its team, can do that.")
}
