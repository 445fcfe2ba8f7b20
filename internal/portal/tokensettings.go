package portal

import (
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// words puts what may be said in words into a token.
func (n NewToken) words(token *models.Token) {
	token.Name, token.Purpose, token.Description = n.Name, n.Purpose, n.Description
}

// checkPurpose is about what an admin has to know who approves tokens.
func checkPurpose(p *fault.Problems, actor models.Actor, purpose string) {
	p.Add(actor.Tenant().TokenPolicy.Approval && len([]rune(purpose)) < purposeLeast, "purpose",
		"Say what it is for, in %d characters or more: an admin reads it before the token works.", purposeLeast)
}

const purposeLeast = 5

// rights are what the settings ask for: nothing that the team has no approved
// subscription for (R7). What a token already has for a version that its team
// cannot reach just now stays, unless the settings say none. A token that may do
// nothing is of use where it calls mocks.
func (n NewToken) rights(p *fault.Problems, apis []ReachableAPI, has models.Rights, mocks bool) (out models.Rights) {
	for version, access := range n.Access {
		at := slices.IndexFunc(apis, func(a ReachableAPI) bool { return a.VersionID == version })
		switch kept := has.For(version); {
		case access == models.AccessNone:
		case at < 0 && kept.Access == access && access != "":
			out.Permissions = append(out.Permissions, kept)
		case at < 0:
			p.Add(true, "access", "Your team has no access to one of these APIs any more. Reload the page to see what is left.")
		case access == models.AccessCustom:
			out.Permissions = append(out.Permissions, n.custom(p, apis[at]))
		case access != models.AccessRead && access != models.AccessWrite:
			p.Add(true, "access", "Choose none, read, write or custom for each API.")
		default:
			out.Permissions = append(out.Permissions, models.Permission{VersionID: version, Access: access})
		}
	}
	for _, version := range has.Versions(models.Rights{}) {
		if _, said := n.Access[version]; !said && !slices.ContainsFunc(apis, func(a ReachableAPI) bool { return a.VersionID == version }) {
			out.Permissions = append(out.Permissions, has.For(version))
		}
	}
	p.Add(len(*p) == 0 && len(out.Permissions) == 0 && !mocks, "access", "Choose something for at least one API; a token that may do nothing is of no use.")
	ranges, err := models.ParseRanges(n.Ranges)
	if err != nil {
		*p = append(*p, fault.From(err).Fields...)
	}
	out.AllowedIPs = ranges
	slices.SortFunc(out.Permissions, func(a, b models.Permission) int { return strings.Compare(a.VersionID, b.VersionID) })
	return out
}

// custom is the permission for single scopes and operations of a version.
func (n NewToken) custom(p *fault.Problems, api ReachableAPI) models.Permission {
	out := models.Permission{VersionID: api.VersionID, Access: models.AccessCustom, Scopes: n.Scopes[api.VersionID], Operations: n.Operations[api.VersionID]}
	known := api.ScopeNames()
	for _, name := range out.Scopes {
		p.Add(!slices.Contains(known, name), "access", "%s has no scope %q any more. Reload the page to see what there is.", api.Called(), name)
	}
	for _, key := range out.Operations {
		p.Add(!slices.ContainsFunc(api.Operations, func(o models.Operation) bool { return o.Key == key }), "access",
			"%s has no operation %q any more. Reload the page to see what there is.", api.Called(), key)
	}
	p.Add(len(out.Scopes) == 0 && len(out.Operations) == 0, "access", "Tick at least one scope or operation of %s, or choose none.", api.Called())
	return out
}

// Called is how people call it: "Berths v1".
func (a ReachableAPI) Called() string { return a.API.Name + " " + a.Version.Name }

// ScopeNames are the scopes that the API's operations ask for, sorted.
func (a ReachableAPI) ScopeNames() (names []string) {
	for _, o := range a.Operations {
		names = append(names, o.ScopeNames()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// operationsByVersion are the operations in force of what a team reaches, by version.
func operationsByVersion(apis []ReachableAPI) map[string][]models.Operation {
	out := make(map[string][]models.Operation, len(apis))
	for _, a := range apis {
		out[a.VersionID] = a.Operations
	}
	return out
}

// colleagues are the members of a team but one, the oldest first.
func colleagues(r store.Tenant, team, but string) ([]models.User, error) {
	members, err := r.Memberships(team)
	if err != nil {
		return nil, err
	}
	users, err := r.Users(ids(members, func(m models.Membership) string { return m.UserID }))
	var out []models.User
	for _, m := range members {
		if u, ok := users[m.UserID]; ok && m.UserID != but {
			out = append(out, u)
		}
	}
	return out, err
}

// people are the settings' responsible people, sorted: members of the team.
func (n NewToken) people(p *fault.Problems, team []models.User, owner string) (out []string) {
	for _, id := range n.People {
		if id == owner {
			continue
		}
		p.Add(!slices.ContainsFunc(team, func(u models.User) bool { return u.ID == id }), "people",
			"Somebody you chose is no longer in the team. Reload the page and choose again.")
		out = append(out, id)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
