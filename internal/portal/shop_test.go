package portal_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"gatehouse/internal/demo/world"
	"gatehouse/internal/egress"
	"gatehouse/internal/keyring"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/usage"
	"gatehouse/internal/vault"
	"gatehouse/models"
)

const readDocument = "read-document"

// The test binary is its own reader of documents.
func init() {
	if slices.Contains(os.Args[1:], readDocument) {
		os.Exit(spec.ChildMain(os.Stdin, os.Stdout))
	}
}

// shop is a tenant that publishes, with somebody in every role, and another tenant.
type shop struct {
	t        *testing.T
	ctx      context.Context
	store    *store.Store
	keys     *keyring.Keyring
	portal   *portal.Portal
	tenant   models.Tenant
	rival    models.Tenant
	users    map[string]models.User
	announce atomic.Int64 // last change that gateways were told of
}

// idle is a queue whose jobs nobody does.
type idle struct{}

func (idle) Enqueue(context.Context, *sql.Tx, ...store.Job) error { return nil }

func newShop(t *testing.T, o store.Options) *shop {
	t.Helper()
	s := &shop{t: t, ctx: t.Context(), users: map[string]models.User{}}
	var err error
	s.store, err = store.Open(s.ctx, o)
	s.must(err)
	t.Cleanup(func() { _ = s.store.Close() })
	key, err := vault.NewKey(bytes.Repeat([]byte{7}, vault.KeyLen))
	s.must(err)
	v, err := vault.New(key)
	s.must(err)
	s.keys = keyring.New(s.store, v)
	s.store.Wire(s.keys, idle{}, func(_ context.Context, seq int64) { s.announce.Store(seq) })
	s.must(s.keys.Open(s.ctx))
	u, err := usage.OpenReader(s.ctx, filepath.Join(t.TempDir(), "usage.db"), o.Clock)
	s.must(err)
	t.Cleanup(func() { _ = u.Close() })
	s.portal = portal.New(portal.Deps{Store: s.store, Keys: s.keys, Clock: o.Clock, Usage: u.Reader,
		Reader: s.reader(), Upstreams: &egress.Policy{OwnHosts: []string{"portal.example"}}})
	for _, name := range []string{"operator", "manager", "admin", "auditor", "partner"} {
		s.users[name] = storetest.User(t, s.store, name)
	}
	s.tenant, s.rival = s.newTenant("port"), s.newTenant("grid")
	return s
}

// reader reads in child processes of this test.
func (s *shop) reader() *spec.Reader {
	self, err := os.Executable()
	s.must(err)
	return spec.NewReader("env", "GORACE=atexit_sleep_ms=0", self, readDocument)
}

func (s *shop) newTenant(slug string) models.Tenant {
	operator := s.users["operator"]
	operator.Staff = models.StaffOperator
	t, err := s.portal.Tenants.Create(s.ctx, models.NewActor(models.Standing{User: operator}, models.Tenant{}, models.Request{}),
		portal.NewTenant{Slug: slug, Code: slug, Name: slug, Colour: "#0f766e", Public: true})
	s.must(err)
	return t
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// as is somebody in a role.
func (s *shop) as(name string) models.Actor { return s.in(s.tenant, name) }

func (s *shop) in(t models.Tenant, name string) models.Actor {
	roles := map[string]models.Role{"manager": models.RoleAPIManager, "admin": models.RoleAdmin, "auditor": models.RoleAuditor}
	return models.NewActor(models.Standing{User: s.users[name], Role: roles[name]}, t, models.Request{ID: "req"})
}

// proven is the manager with a step-up for a version's credential.
func (s *shop) proven(version string) models.Actor {
	session := []byte("session")
	id, err := s.store.InsertProof(s.ctx, session, s.users["manager"].ID, models.CredentialWrite.String(), version, nil)
	s.must(err)
	return s.as("manager").WithProof(models.Proof{ID: id, Session: session})
}

// upload puts one of the demo's documents.
func (s *shop) upload(api, version, file string) models.Revision {
	s.t.Helper()
	_, r, _, err := s.portal.APIs.PutDocument(s.ctx, s.as("manager"), api, version, world.Document(file))
	s.must(err)
	return r
}

// plan makes a plan of an API.
func (s *shop) plan(api, slug string) models.Plan {
	s.t.Helper()
	p, err := s.portal.Plans.Create(s.ctx, s.as("manager"), api, models.Plan{Slug: slug, Name: slug, Rates: []models.Rate{{Calls: 60, Seconds: 60}}})
	s.must(err)
	return p
}

// upstream says where a version's calls go.
func (s *shop) upstream(api, version, url string) models.Version {
	s.t.Helper()
	w, err := s.portal.APIs.Workbench(s.ctx, s.as("manager"), api, version)
	s.must(err)
	v, err := s.portal.APIs.SetUpstream(s.ctx, s.as("manager"), api, version,
		models.Version{Upstream: url, BodyLimit: w.Version.BodyLimit, Revision: w.Version.Revision})
	s.must(err)
	return v
}

// publish makes an API of one of the demo's documents that partners see.
func (s *shop) publish(api, version, file string) models.Version {
	s.t.Helper()
	r := s.upload(api, version, file)
	s.plan(api, "standard")
	s.upstream(api, version, "https://up.example/base")
	v, err := s.portal.APIs.Publish(s.ctx, s.as("manager"), api, version, r.ID)
	s.must(err)
	return v
}
