package portal_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/internal/clock"
	"gatehouse/internal/keyring"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/usage"
	"gatehouse/internal/vault"
	"gatehouse/models"
)

// accessWorld is two tenants with an API each, and people in every role that has to do
// with access. What it enqueues is kept.
type accessWorld struct {
	t      *testing.T
	ctx    context.Context
	store  *store.Store
	portal *portal.Portal
	usage  *usage.Usage
	clock  *clock.Manual
	users  map[string]models.User
	api    map[string]models.Version // by tenant slug
	other  models.Version            // of the first tenant, that nobody subscribed to

	mu   sync.Mutex
	jobs []store.Job
}

// Enqueue makes the world the store's queue.
func (w *accessWorld) Enqueue(_ context.Context, _ *sql.Tx, jobs ...store.Job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, jobs...)
	return nil
}

func newAccessWorld(t *testing.T, o store.Options) *accessWorld {
	t.Helper()
	w := &accessWorld{t: t, ctx: context.Background(), clock: o.Clock.(*clock.Manual), users: map[string]models.User{}, api: map[string]models.Version{}}
	var err error
	w.store, err = store.Open(w.ctx, o)
	w.must(err)
	t.Cleanup(func() { _ = w.store.Close() })
	key, err := vault.NewKey(bytes.Repeat([]byte{7}, vault.KeyLen))
	w.must(err)
	v, err := vault.New(key)
	w.must(err)
	ring := keyring.New(w.store, v)
	w.store.Wire(ring, w, nil)
	w.must(ring.Open(w.ctx))
	u, err := usage.Open(w.ctx, filepath.Join(t.TempDir(), "usage.db"), filepath.Join(t.TempDir(), "spool"), o.Clock)
	w.must(err)
	t.Cleanup(func() { _ = u.Close() })
	w.usage = u
	w.portal = portal.New(portal.Deps{Store: w.store, Keys: ring, Clock: o.Clock, Usage: u.Reader})

	for _, name := range []string{"operator", "admin", "admin2", "manager", "partner", "colleague", "rival", "stranger", "foreign-admin"} {
		w.users[name] = storetest.User(t, w.store, name)
	}
	operator := w.users["operator"]
	operator.Staff = models.StaffOperator
	for _, slug := range []string{"port", "grid"} {
		tenant, err := w.portal.Tenants.Create(w.ctx, models.NewActor(models.Standing{User: operator}, models.Tenant{}, models.Request{}),
			portal.NewTenant{Slug: slug, Code: slug, Name: slug, Colour: "#0f766e", Public: true})
		w.must(err)
		w.api[slug] = w.publish(tenant, "berths")
	}
	port := w.actor("admin", "port").Tenant()
	w.other = w.publish(port, "cranes")
	w.do(port, func(tx *store.Tx) error {
		for name, role := range map[string]models.Role{"admin": models.RoleAdmin, "admin2": models.RoleAdmin, "manager": models.RoleAPIManager} {
			if err := tx.SetMember(w.users[name].ID, role); err != nil {
				return err
			}
		}
		for team, people := range map[string][]string{"partner-team": {"partner", "colleague"}, "rival-team": {"rival"}} {
			row := models.Team{ID: models.NewID(), Name: team}
			if err := tx.InsertTeam(&row, w.users[people[0]].ID); err != nil {
				return err
			}
			for _, p := range people[1:] {
				if err := tx.InsertMembership(row.ID, w.users[p].ID, models.TeamMember); err != nil {
					return err
				}
			}
		}
		return nil
	})
	w.do(w.actor("foreign-admin", "grid").Tenant(), func(tx *store.Tx) error { return tx.SetMember(w.users["foreign-admin"].ID, models.RoleAdmin) })
	return w
}

func (w *accessWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// do writes what a test needs that no use case of this package makes.
func (w *accessWorld) do(tenant models.Tenant, fn func(*store.Tx) error) {
	w.t.Helper()
	a := models.NewActor(models.Standing{User: w.users["operator"], Role: models.RoleAdmin}, tenant, models.Request{})
	w.must(w.store.Do(w.ctx, a, models.TenantConfigure, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record("fixture", "x", nil, nil, nil)
	}))
}

// publish makes an API of one version with a read and a write operation, and four plans: two
// alike, of which one approves by itself, and one below and one above them.
func (w *accessWorld) publish(tenant models.Tenant, slug string) (v models.Version) {
	api := models.API{ID: models.NewID(), Slug: slug, Name: slug}
	v = models.Version{ID: models.NewID(), APIID: api.ID, Name: "v1", State: models.VersionDraft, Upstream: "https://up.example/", BodyLimit: 1000}
	w.do(tenant, func(tx *store.Tx) error {
		if err := tx.InsertAPI(&api); err != nil {
			return err
		}
		if err := tx.InsertVersion(&v); err != nil {
			return err
		}
		r := models.Revision{ID: models.NewID(), VersionID: v.ID, Document: []byte{}, SHA256: []byte{}, Outline: packed(w.t, spec.Document{})}
		ops := []models.Operation{operation("GET", "/"+slug, models.ClassRead), operation("POST", "/"+slug, models.ClassWrite)}
		if err := tx.InsertRevision(&r, ops); err != nil {
			return err
		}
		if err := v.Publish(r.ID, tx.Now()); err != nil {
			return err
		}
		if err := tx.UpdateVersion(v); err != nil {
			return err
		}
		for _, auto := range []bool{false, true} {
			p := models.Plan{ID: models.NewID(), APIID: api.ID, Slug: fmt.Sprintf("auto-%t", auto), Name: "Plan", Rates: []models.Rate{{Calls: 10, Seconds: 1}}, AutoApprove: auto}
			if err := tx.InsertPlan(&p); err != nil {
				return err
			}
		}
		for name, calls := range map[string]int64{"small": 5, "large": 50} {
			p := models.Plan{ID: models.NewID(), APIID: api.ID, Slug: name, Name: name, Rates: []models.Rate{{Calls: calls, Seconds: 1}}}
			if err := tx.InsertPlan(&p); err != nil {
				return err
			}
		}
		return nil
	})
	v.Revision++
	return v
}

func operation(method, path string, class models.OperationClass) models.Operation {
	o := spec.Operation{Key: method + " " + path, Slug: method + path[1:], Method: method, Path: path}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_ = json.NewEncoder(z).Encode(o)
	_ = z.Close()
	return models.Operation{Key: o.Key, Slug: o.Slug, Method: method, Path: path, Class: class, Scopes: [][]string{}, Detail: packed.Bytes()}
}

// actor is who somebody is in a tenant now, as a guard finds it out.
func (w *accessWorld) actor(name, slug string) models.Actor {
	w.t.Helper()
	a, err := w.portal.Actors.OfSession(w.ctx, w.users[name].ID, slug, models.Request{ID: "req-" + name})
	w.must(err)
	return a
}

// proven is the actor with a step-up for one action on one object.
func (w *accessWorld) proven(name, slug string, action models.Action, object string) models.Actor {
	w.t.Helper()
	session := []byte("session of " + name)
	id, err := w.store.InsertProof(w.ctx, session, w.users[name].ID, action.String(), object, nil)
	w.must(err)
	return w.actor(name, slug).WithProof(models.Proof{ID: id, Session: session})
}

const purpose = "To show arrivals on our screens."

// request asks for the port's berths as somebody.
func (w *accessWorld) request(name, plan string) portal.SubscriptionRow {
	w.t.Helper()
	row, err := w.portal.Subscriptions.Request(w.ctx, w.actor(name, "port"), portal.NewSubscription{API: "berths", Version: "v1", Plan: plan, TeamName: "Team of " + name, Purpose: purpose})
	w.must(err)
	return row
}

// team is the only team of somebody.
func (w *accessWorld) team(name string) string { return w.actor(name, "port").Teams()[0] }

// token makes a token of the partner's team.
func (w *accessWorld) token(key string) (models.Token, string) {
	w.t.Helper()
	team := w.team("partner")
	token, secret, err := w.portal.Tokens.Create(w.ctx, w.proven("partner", "port", models.TokenCreate, team), w.newToken(key))
	w.must(err)
	return token, secret.Reveal()
}

func (w *accessWorld) newToken(key string) portal.NewToken {
	return portal.NewToken{Team: w.team("partner"), Name: "ETA sync", Expires: "30", Key: key,
		Access: map[string]models.Access{w.api["port"].ID: models.AccessRead}}
}

// audited counts the audit events of an object, by action.
func (w *accessWorld) audited(slug, object string) map[string]int {
	w.t.Helper()
	out := map[string]int{}
	w.must(w.store.As(w.ctx, w.actor("admin", slug), func(r store.Tenant) error {
		events, err := r.AuditEvents(store.AuditFilter{Limit: 100})
		for _, e := range events {
			if e.ObjectID == object {
				out[e.Action]++
			}
		}
		return err
	}))
	return out
}

// changes are the change feed's rows behind a number, as kind and object.
func (w *accessWorld) changes(after int64) (out []string, last int64) {
	w.t.Helper()
	w.must(w.store.Survey(w.ctx, func(p store.Platform) error {
		cs, err := p.ChangesAfter(after, 100)
		last = after
		for _, c := range cs {
			out, last = append(out, string(c.Kind)+" "+c.ObjectID), c.Seq
		}
		return err
	}))
	return out, last
}

// inbox counts a person's notifications of a kind.
func (w *accessWorld) inbox(name string, kind models.NotificationKind) (n int) {
	w.t.Helper()
	rows, err := w.portal.Notifications.List(w.ctx, models.NewActor(models.Standing{User: w.users[name]}, models.Tenant{}, models.Request{}))
	w.must(err)
	for _, r := range rows {
		if r.Kind == kind {
			n++
		}
	}
	return n
}

// mails counts mails of a kind to somebody.
func (w *accessWorld) mails(name string, kind portal.MailKind) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.jobs {
		if m, ok := j.(portal.Mail); ok && m.Mail == kind && m.User == w.users[name].ID {
			n++
		}
	}
	return n
}
