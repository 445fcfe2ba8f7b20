package stage

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/demo/traffic"
	"gatehouse/internal/gateway"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// HistoryMost is how many calls the demo's past has at most.
const HistoryMost = 300_000

// known is what a profile's token stands for.
type known struct {
	tenant, token, team gateway.ID
	subscriptions       map[string]gateway.ID // by version id
}

// fillHistory folds the calls of the last 30 days through the same code that
// folds real ones. Whoever called before something was announced is told then.
func (i *installer) fillHistory(ctx context.Context, profiles []traffic.Profile) error {
	tokens, versions, err := i.known(ctx)
	if err != nil {
		return err
	}
	next, stop := iter.Pull(i.records(profiles, tokens, versions))
	defer stop()
	first, ok := next()
	until := func(end time.Time) iter.Seq[gateway.Record] {
		return func(yield func(gateway.Record) bool) {
			for ; ok && first.Start.Before(end) && yield(first); first, ok = next() {
			}
		}
	}
	for _, t := range i.told {
		i.clock.Set(t.at)
		if err := i.app.Usage.Folder.Fold(ctx, until(t.at)); err != nil {
			return err
		}
		if err := i.app.Portal.Versions.Tell(ctx, t.job); err != nil {
			return err
		}
	}
	i.clock.Set(i.now)
	return i.app.Usage.Folder.Fold(ctx, until(i.now))
}

func (i *installer) records(profiles []traffic.Profile, tokens map[string]known, versions map[string]models.Version) iter.Seq[gateway.Record] {
	return func(yield func(gateway.Record) bool) {
		for c := range traffic.History(i.now, profiles, i.calls) {
			tenant, _, _ := strings.Cut(c.Ref, "/")
			t, v := tokens[c.Ref], versions[key(tenant, c.API, c.Version)]
			method, _, _ := strings.Cut(c.Operation, " ")
			r := gateway.Record{
				Start: c.At, Took: c.Took, Upstream: c.Took * 9 / 10, Tenant: t.tenant, Home: t.tenant, API: uuid.MustParse(v.APIID), Version: uuid.MustParse(v.ID),
				Token: t.token, Team: t.team, Subscription: t.subscriptions[v.ID], Operation: c.Operation, Method: method, Path: c.Path,
				Status: c.Status, Outcome: c.Outcome, Admitted: c.Outcome == traffic.OutcomeOK, BytesIn: c.BytesIn, BytesOut: c.BytesOut,
				ClientIP: c.ClientIP, UserAgent: c.UserAgent, RequestID: gateway.RequestID(c.At),
			}
			if r.Admitted {
				r.Price = 1
			} else {
				r.Upstream = 0
			}
			if !yield(r) {
				return
			}
		}
	}
}

// known reads what the tokens and versions of the world became.
func (i *installer) known(ctx context.Context) (tokens map[string]known, versions map[string]models.Version, err error) {
	tokens, versions = map[string]known{}, map[string]models.Version{}
	for _, t := range i.world.Tenants {
		place := i.places[t.Slug]
		err := i.store.Survey(ctx, func(p store.Platform) error {
			published, err := p.Published(place.ID)
			if err != nil {
				return err
			}
			slugs := map[string]string{}
			for _, a := range published.APIs {
				slugs[a.ID] = a.Slug
			}
			for _, v := range published.Versions {
				versions[key(t.Slug, slugs[v.APIID], v.Name)] = v
			}
			for _, token := range t.Tokens {
				if token.Team == "" {
					continue
				}
				team := i.teams[key(t.Slug, token.Team)].ID
				k := known{tenant: uuid.MustParse(place.ID), token: uuid.MustParse(i.tokens[t.Ref(token)].ID), team: uuid.MustParse(team),
					subscriptions: map[string]gateway.ID{}}
				for _, s := range published.Subscriptions {
					if s.TeamID == team {
						k.subscriptions[s.VersionID] = uuid.MustParse(s.ID)
					}
				}
				tokens[t.Ref(token)] = k
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return tokens, versions, nil
}
