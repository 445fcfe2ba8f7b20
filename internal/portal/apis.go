package portal

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// APIs are the use cases around what a tenant publishes: reading and trying it
// (here and in reference.go), and making it (publishing.go, documents.go).
type APIs struct {
	store     *store.Store
	keys      *keyring.Keyring
	reader    Reader
	upstreams Upstreams
	calls     *usage.Reader
	health    *standingCache
	slicing   chan struct{} // places for those who cut documents at the moment
	comparing *singleflight.Group
	contents  *shelf[contents]
	pages     *shelf[[]models.ReferencePage]
	wholes    *shelf[whole]
	writing   *singleflight.Group
	seen      seen
	accepting bool   // documents that may stop callers' programs
	over      string // in place of this one alone; "" is any
	latest    bool   // a document only while it is the newest
}

func newAPIs(d Deps) *APIs {
	return &APIs{store: d.Store, keys: d.Keys, reader: d.Reader, upstreams: d.Upstreams, calls: d.Usage, health: &standingCache{},
		slicing: make(chan struct{}, slicersMost), comparing: new(singleflight.Group),
		contents: newShelf[contents](contentsMost), pages: newShelf[[]models.ReferencePage](pagesMost),
		wholes: newShelf[whole](wholesMost), writing: new(singleflight.Group)}
}

// Listing is an API of the catalog with what its card says.
type Listing struct {
	models.API
	Versions   []models.Version // that the reader may see, the newest first
	Plans      []models.Plan    // that can be chosen
	Operations int              // of the version that stands first
	Standing   []models.Subscription
	Health     *Standing       // of the version that stands first; nil where it is not live or the usage cannot be read
	Waiting    map[string]bool // versions, by id, whose newest document is not published; only from Show
	Teams      []string        // that it is shown to by name, for those who read drafts; only from Show
}

// Front is the version that a card leads to: the newest one that partners see,
// or the newest draft for those who see no other.
func (l Listing) Front() (models.Version, bool) {
	if i := slices.IndexFunc(l.Versions, models.Version.Live); i >= 0 {
		return l.Versions[i], true
	}
	if len(l.Versions) == 0 {
		return models.Version{}, false
	}
	return l.Versions[0], true
}

// listings adds to APIs what their cards say, in a handful of queries.
func listings(r store.Tenant, actor models.Actor, apis []models.API) ([]Listing, error) {
	ids, at := make([]string, len(apis)), make(map[string]int, len(apis))
	out := make([]Listing, len(apis))
	for i, api := range apis {
		ids[i], at[api.ID], out[i].API = api.ID, i, api
	}
	versions, err := r.VersionsOf(ids)
	if err != nil {
		return nil, err
	}
	plans, err := r.PlansOf(ids)
	if err != nil {
		return nil, err
	}
	standing, err := standings(r, actor)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		out[at[v.APIID]].Versions = append(out[at[v.APIID]].Versions, v)
	}
	for _, p := range plans {
		out[at[p.APIID]].Plans = append(out[at[p.APIID]].Plans, p)
	}
	for _, s := range standing {
		if i, ok := at[s.APIID]; ok {
			out[i].Standing = append(out[i].Standing, s)
		}
	}
	return out, countOperations(r, out)
}

// standings are the open subscriptions of the reader's own teams.
func standings(r store.Tenant, actor models.Actor) ([]models.Subscription, error) {
	teams := actor.Teams()
	if len(teams) == 0 {
		return nil, nil
	}
	return allSubscriptions(r, store.SubscriptionFilter{Teams: teams, States: models.OpenSubscriptions})
}

func countOperations(r store.Tenant, list []Listing) error {
	var ids []string
	for _, l := range list {
		if v, ok := l.Front(); ok && v.PublishedID != nil {
			ids = append(ids, *v.PublishedID)
		}
	}
	revisions, err := r.RevisionsByID(ids)
	for i, l := range list {
		if v, ok := l.Front(); ok && v.PublishedID != nil {
			list[i].Operations = revisions[*v.PublishedID].Operations
		}
	}
	return err
}

// Show is one API with its versions, its plans and the reader's standing.
func (a *APIs) Show(ctx context.Context, actor models.Actor, slug string) (one Listing, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return one, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		api, _, err := r.API(slug)
		if err != nil {
			return err
		}
		list, err := listings(r, actor, []models.API{api})
		if err != nil {
			return err
		}
		one = list[0]
		if !actor.Can(models.APIReadAll) {
			return nil
		}
		if one.Teams, err = r.APITeams(api.ID); err != nil {
			return err
		}
		one.Waiting, err = waiting(r, one.Versions)
		return err
	})
	if err == nil {
		list := []Listing{one}
		a.addStanding(ctx, actor, list)
		one = list[0]
	}
	return one, err
}

// waiting are the versions whose newest document is not published.
func waiting(r store.Tenant, versions []models.Version) (map[string]bool, error) {
	ids := make([]string, len(versions))
	for i, v := range versions {
		ids[i] = v.ID
	}
	latest, err := r.LatestRevisions(ids)
	out := make(map[string]bool, len(latest))
	for id, revision := range latest {
		out[id] = revision.PublishedAt == nil
	}
	return out, err
}

// originsOf are the versions of some revisions and the APIs of these, by id.
func originsOf(r store.Tenant, revisions []models.Revision) (map[string]models.Version, map[string]models.API, error) {
	versions, err := r.VersionsByID(ids(revisions, func(r models.Revision) string { return r.VersionID }))
	if err != nil {
		return nil, nil, err
	}
	apis, err := r.APIsByID(ids(slices.Collect(maps.Values(versions)), func(v models.Version) string { return v.APIID }))
	return versions, apis, err
}

// News is a document that was put in force.
type News struct {
	API      models.API
	Version  models.Version
	Revision models.Revision
}

// Welcome is what a tenant's home shows beside its APIs.
type Welcome struct {
	Operations int64 // that partners can call, of all APIs
	News       []News
	Approved   []models.Subscription // of the reader's teams
	Waiting    []models.Subscription
	Tokens     int64 // live access tokens of the reader's teams
}

// newsMost is how many news a home shows.
const newsMost = 5

// Welcome gathers what a tenant's home shows.
func (a *APIs) Welcome(ctx context.Context, actor models.Actor) (w Welcome, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return w, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if w.Operations, err = r.CountOperations(); err != nil {
			return err
		}
		if w.News, err = news(r); err != nil {
			return err
		}
		standing, err := standings(r, actor)
		if err != nil {
			return err
		}
		for _, s := range standing {
			if s.State == models.SubscriptionApproved {
				w.Approved = append(w.Approved, s)
			} else if s.State == models.SubscriptionPending {
				w.Waiting = append(w.Waiting, s)
			}
		}
		if teams := actor.Teams(); len(teams) > 0 {
			w.Tokens, err = r.CountTokens(store.TokenFilter{
				Kinds: []models.TokenKind{models.TokenAccess}, View: store.TokensActive, Teams: teams, User: actor.User(), Limit: 1})
		}
		return err
	})
	return w, err
}

func news(r store.Tenant) (out []News, err error) {
	revisions, err := r.PublishedLately("", newsMost)
	if err != nil || len(revisions) == 0 {
		return nil, err
	}
	versions, apis, err := originsOf(r, revisions)
	for _, rev := range revisions {
		v := versions[rev.VersionID]
		out = append(out, News{apis[v.APIID], v, rev})
	}
	return out, err
}
