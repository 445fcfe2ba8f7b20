package portal

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// TokenDiff is one thing that is another than before.
type TokenDiff struct {
	What           string // "Berths v1", "Addresses"
	Before, After  string
	Added, Removed []string // operations, by key
	Wider          bool     // and lets the token do more
}

// AccessWords says in words how much a permission opens.
func AccessWords(p models.Permission) string {
	switch p.Access {
	case models.AccessRead:
		return "read"
	case models.AccessWrite:
		return "read and write"
	case models.AccessCustom:
		var parts []string
		if n := len(p.Operations); n > 0 {
			parts = append(parts, counted(n, "operation"))
		}
		if n := len(p.Scopes); n > 0 {
			parts = append(parts, counted(n, "scope")+" ("+strings.Join(p.Scopes, ", ")+")")
		}
		return strings.Join(parts, " and ")
	}
	return "nothing"
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// FromWords says in words from where a token may be used.
func FromWords(rights models.Rights) string {
	if len(rights.AllowedIPs) == 0 {
		return "any address"
	}
	return strings.ReplaceAll(models.RangesText(rights.AllowedIPs), "\n", ", ")
}

// diffRights says what of rights is another than before.
func diffRights(r store.Tenant, before, after models.Rights, operations map[string][]models.Operation) (out []TokenDiff, err error) {
	both := before.Versions(after)
	versions, err := r.VersionsByID(both)
	if err != nil {
		return nil, err
	}
	var apiIDs []string
	for _, v := range versions {
		apiIDs = append(apiIDs, v.APIID)
	}
	apis, err := r.APIsByID(apiIDs)
	for _, version := range both {
		from, to := before.For(version), after.For(version)
		if (models.Rights{Permissions: []models.Permission{from}}).Same(models.Rights{Permissions: []models.Permission{to}}) {
			continue
		}
		v := versions[version]
		d := TokenDiff{What: apis[v.APIID].Name + " " + v.Name, Before: AccessWords(from), After: AccessWords(to), Wider: models.WidensAt(from, to, operations[version])}
		for _, o := range operations[version] {
			switch had, has := from.Opens(o), to.Opens(o); {
			case has && !had:
				d.Added = append(d.Added, o.Key)
			case had && !has:
				d.Removed = append(d.Removed, o.Key)
			}
		}
		out = append(out, d)
	}
	if from, to := FromWords(before), FromWords(after); from != to {
		out = append(out, TokenDiff{What: "Addresses", Before: from, After: to, Wider: models.WidensFrom(before.AllowedIPs, after.AllowedIPs)})
	}
	return out, err
}

// operationsInForce are the operations of versions, by version.
func operationsInForce(r store.Tenant, ids []string) (map[string][]models.Operation, error) {
	versions, err := r.VersionsByID(ids)
	out := map[string][]models.Operation{}
	for id, v := range versions {
		if v.PublishedID == nil || err != nil {
			continue
		}
		out[id], err = r.Operations(*v.PublishedID)
	}
	return out, err
}

// before finds what a new token is compared with: the newest earlier one of the
// same owner, or else of the same team, that may call one of the same versions.
func before(r store.Tenant, token models.Token, has models.Rights) (earlier models.Token, ps []models.Permission, found bool, err error) {
	tokens, err := r.Tokens(store.TokenFilter{Kinds: []models.TokenKind{models.TokenAccess}, Teams: []string{tokenTeam(token)}, After: token.ID, Limit: store.PageMost})
	if err != nil {
		return earlier, nil, false, err
	}
	permissions, err := r.PermissionsOf(ids(tokens, func(t models.Token) string { return t.ID }))
	for _, t := range tokens {
		common := slices.ContainsFunc(permissions[t.ID], func(p models.Permission) bool { return has.For(p.VersionID).Access != "" })
		if !common || t.State == models.TokenPending || t.Cause == models.CauseDenied || found && t.OwnerID() != token.OwnerID() {
			continue
		}
		earlier, ps, found = t, permissions[t.ID], true
		if t.OwnerID() == token.OwnerID() {
			break
		}
	}
	return earlier, ps, found, err
}
