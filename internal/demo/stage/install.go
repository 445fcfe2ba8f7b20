// Package stage puts the demo on: it fills an empty installation with the
// world, as if its people had lived in it for months, and then runs server,
// upstreams and traffic together.
package stage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/clock"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/world"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// installer lives through the world's past: each step runs at its own time, by
// a clock that the store and the use cases read.
type installer struct {
	app   *app.App
	store *store.Store
	clock *clock.Manual
	now   time.Time // when the past ends
	world world.World
	base  string // of the upstreams' addresses
	calls int    // of the past, at most

	people   map[string]models.User   // by key
	places   map[string]models.Tenant // by slug
	teams    map[string]models.Team   // by tenant/key
	services map[string]string        // ids of service accounts, by tenant/key
	tokens   map[string]*models.Token // by tenant/key
	steps    []step
	told     []telling // in the order of time
}

// step is one thing that happened.
type step struct {
	at   time.Time
	what string
	do   func(ctx context.Context) error
}

// at plans a step so long before the end of the past.
func (i *installer) at(ago time.Duration, what string, do func(ctx context.Context) error) {
	i.steps = append(i.steps, step{i.now.Add(-ago), what, do})
}

func days(n float64) time.Duration  { return time.Duration(n * 24 * float64(time.Hour)) }
func hours(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }

// run lives through the steps in the order of their times. Things of the same
// time happen in the order in which they were planned.
func (i *installer) run(ctx context.Context) error {
	slices.SortStableFunc(i.steps, func(a, b step) int { return a.at.Compare(b.at) })
	for _, s := range i.steps {
		i.clock.Set(s.at)
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("demo: %s: %w", s.what, err)
		}
	}
	i.clock.Set(i.now)
	return nil
}

// telling is an announcement whose callers were told at once.
type telling struct {
	at  time.Time
	job portal.Announce
}

// pastJobs keeps the announcements of the past, and drops its mails: nobody waits for
// them any more.
type pastJobs struct{ i *installer }

func (p pastJobs) Enqueue(_ context.Context, _ *sql.Tx, jobs ...store.Job) error {
	for _, j := range jobs {
		if told, ok := j.(portal.Announce); ok {
			p.i.told = append(p.i.told, telling{p.i.clock.Now(), told})
		}
	}
	return nil
}

// install fills an empty installation. A is opened with the manual clock and
// serves nobody yet.
func install(ctx context.Context, a *app.App, c *clock.Manual, w world.World, u *demo.Upstreams, base string, calls int) error {
	i := &installer{app: a, store: a.Store, clock: c, now: c.Now(), world: w, base: base, calls: calls,
		people: map[string]models.User{}, places: map[string]models.Tenant{}, teams: map[string]models.Team{}, services: map[string]string{},
		tokens: map[string]*models.Token{}}
	a.Store.Wire(a.Keys, pastJobs{i}, nil)
	i.planPeople()
	for _, t := range w.Tenants {
		i.planTenant(t)
		i.planAPIs(t)
		i.planSubscriptions(t)
		i.planTokens(t)
		i.planClients(t)
		i.planAlerts(t)
	}
	if err := i.run(ctx); err != nil {
		return err
	}
	if err := i.fillHistory(ctx, u.Complete(w.Profiles())); err != nil {
		return fmt.Errorf("demo: the history of calls: %w", err)
	}
	return a.Store.Platform(ctx, func(p store.Platform) error { return p.SetSetting(installed, "yes") })
}

// installed is the setting that says that the past is complete.
const installed = "demo_installed"

// beginning is before everything else in the world.
const beginning = 700 * 24 * time.Hour

func (i *installer) planPeople() {
	for _, p := range i.world.People {
		i.at(beginning, "account of "+p.Key, func(ctx context.Context) error {
			u, err := i.app.Portal.Accounts.DemoPerson(ctx, p.Name, p.Email, p.Staff)
			i.people[p.Key] = u
			return err
		})
	}
}

// as is a person in a tenant, with the rights that they have at that time.
func (i *installer) as(ctx context.Context, person, slug string) (models.Actor, error) {
	return i.app.Portal.Actors.OfSession(ctx, i.people[person].ID, slug, models.Request{ID: "demo"})
}

// inside is a person in a tenant whatever their rights: for what the operator's
// use cases do from outside.
func (i *installer) inside(person, slug string) models.Actor {
	return models.NewActor(models.Standing{User: i.people[person]}, i.places[slug], models.Request{ID: "demo"})
}

// proven is the actor with the step-up that an action demands.
func (i *installer) proven(ctx context.Context, actor models.Actor, action models.Action, object string) (models.Actor, error) {
	session := []byte("demo")
	id, err := i.store.InsertProof(ctx, session, actor.User(), action.String(), object, nil)
	return actor.WithProof(models.Proof{ID: id, Session: session}), err
}

// write is a transaction that leaves one audit event.
func (i *installer) write(ctx context.Context, actor models.Actor, action, kind, id string, details map[string]any, fn func(tx *store.Tx) error) error {
	return i.store.Do(ctx, actor, models.AccountUse, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.RecordAs(action, kind, id, details, nil, nil)
	})
}

func key(parts ...string) string { return strings.Join(parts, "/") }
