package world

import (
	"net/netip"

	"gatehouse/internal/demo/traffic"
	"gatehouse/models"
)

// addresses are of the ranges for documentation (RFC 5737), the usual one first.
func addresses(texts ...string) (list []netip.Addr) {
	for _, t := range texts {
		list = append(list, netip.MustParseAddr(t))
	}
	return list
}

// calls is a mix of one version's operations: each with its weight behind it.
func calls(api, version string, weighted ...any) (mix []traffic.Mix) {
	for i := 0; i+1 < len(weighted); i += 2 {
		mix = append(mix, traffic.Mix{API: api, Version: version, Operation: weighted[i].(string), Weight: float64(weighted[i+1].(int))})
	}
	return mix
}

func permit(api, version string, access models.Access, scopes ...string) Permission {
	return Permission{API: api, Version: version, Access: access, Scopes: scopes}
}

func management(key, name, description, person string, scopes []string, age, expires float64, printed bool) Token {
	return Token{Key: key, Name: name, Description: description, Kind: models.TokenManagement, Person: person, Scopes: scopes,
		State: models.TokenActive, AgeDays: age, ExpiresDays: expires, Printed: printed}
}

func allScopes() (scopes []string) {
	for _, s := range models.ManagementScopes {
		scopes = append(scopes, s.Name)
	}
	return scopes
}
