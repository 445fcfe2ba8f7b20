package portal

import (
	"context"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// NewToken is what somebody fills in to make a token; to edit one they fill in
// the same, but for its team, its end and the key.
type NewToken struct {
	Team                       string // id; it is the object of the step-up
	Service                    string // id of the service account whose token it is, then that is the object; "" is the person's own
	Name, Purpose, Description string
	Expires                    string // days from now, like 30, or a date, like 2027-02-12

	Access             map[string]models.Access // by version id; none is left out
	Scopes, Operations map[string][]string      // by version id, with custom: names, keys
	Ranges             string                   // addresses that it may be used from, as models.ParseRanges reads them
	People             []string                 // users besides the owner who get its notices

	Key string // the same for a repeated request (R5)
}

// ReachableAPI is an API that a team's tokens can call, or could once it asked.
type ReachableAPI struct {
	SubscriptionRow
	Operations []models.Operation // of the revision in force
	Scopes     map[string]string  // what their scopes mean, in words
}

// TokenForm is what somebody can choose who makes a token.
type TokenForm struct {
	Team   models.Team
	Teams  []models.Team  // all of the person's
	APIs   []ReachableAPI // with an approved subscription
	Others []models.API   // without
	Mocks  []string       // that any token of the team can call, "Berths v1"
	People []models.User  // of the team, besides the person

	Barred   bool                    // the tenant lets owners of a team alone make tokens, and the person is none
	Services []models.ServiceAccount // of the team, for which the person may make one
	Service  models.ServiceAccount   // that was chosen, or zero
}

// Object of the step-up that making the token demands.
func (n NewToken) Object() string {
	if n.Service != "" {
		return n.Service
	}
	return n.Team
}

// Form shows what a new token of the team could be allowed, the person's own or a
// service account's. Without a team it is the person's first.
func (t *Tokens) Form(ctx context.Context, actor models.Actor, team, service string) (f TokenForm, err error) {
	if err := actor.May(models.TokenCreate); err != nil {
		return f, err
	}
	if team == "" {
		team = actor.Teams()[0]
	}
	if actor.TeamRole(team) == "" {
		return f, fault.Missing("team")
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		teams, err := r.Teams(actor.Teams())
		if err != nil {
			return err
		}
		for _, id := range actor.Teams() {
			f.Teams = append(f.Teams, teams[id])
		}
		f.Team, f.Barred = teams[team], ownersMake(actor.Tenant(), actor.TeamRole(team)) != nil
		if err := f.reach(r, actor.User(), actor.TeamRole(team), service); err != nil {
			return err
		}
		return nil
	})
	return f, err
}

// reach fills in what a person of the team can choose.
func (f *TokenForm) reach(r store.Tenant, user string, role models.TeamRole, service string) (err error) {
	if f.APIs, err = reachable(r, f.Team.ID); err != nil {
		return err
	}
	if f.Mocks, err = mocks(r); err != nil {
		return err
	}
	if err := f.serve(r, user, role, service); err != nil {
		return err
	}
	if service == "" {
		if f.People, err = colleagues(r, f.Team.ID, user); err != nil {
			return err
		}
	}
	all, err := r.APIs("")
	for _, api := range all {
		if !slices.ContainsFunc(f.APIs, func(a ReachableAPI) bool { return a.API.ID == api.ID }) {
			f.Others = append(f.Others, api)
		}
	}
	return err
}

// serve fills in the service accounts for which a person may make tokens.
func (f *TokenForm) serve(r store.Tenant, user string, role models.TeamRole, chosen string) error {
	all, err := r.ServiceAccounts([]string{f.Team.ID})
	if err != nil {
		return err
	}
	for _, s := range all {
		may, err := answersForService(r, s.ID, user, role)
		if err != nil {
			return err
		}
		if may && s.Enabled() {
			f.Services = append(f.Services, s)
		}
		if may && s.ID == chosen {
			f.Service = s
		}
	}
	if chosen != "" && f.Service.ID == "" {
		return fault.Missing("service account")
	}
	return nil
}

// reachable are the versions that the team may call now.
func reachable(r store.Tenant, team string) ([]ReachableAPI, error) {
	subs, err := allSubscriptions(r, store.SubscriptionFilter{Teams: []string{team}, States: []models.SubscriptionState{models.SubscriptionApproved}})
	if err != nil {
		return nil, err
	}
	rows, err := rowsOf(r, subs)
	if err != nil {
		return nil, err
	}
	var out []ReachableAPI
	for _, row := range rows {
		if !row.Version.Live() || row.Version.PublishedID == nil {
			continue
		}
		ops, err := r.Operations(*row.Version.PublishedID)
		if err != nil {
			return nil, err
		}
		one := ReachableAPI{SubscriptionRow: row, Operations: ops}
		if len(one.ScopeNames()) > 0 {
			if one.Scopes, err = wordsOf(r, row.Version); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
	}
	slices.Reverse(out) // the oldest first: the form keeps its order
	return out, nil
}

// wordsOf describe the scopes of a version that is in force.
func wordsOf(r store.Tenant, v models.Version) (map[string]string, error) {
	packed, err := r.Outline(*v.PublishedID)
	if err != nil {
		return nil, err
	}
	var d spec.Document
	if err := unpack(packed, &d); err != nil {
		return nil, err
	}
	return scopeWords(r, v.ID, d)
}
