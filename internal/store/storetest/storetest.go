// Package storetest opens databases for tests: one suite, both databases. With
// GATEHOUSE_TEST_POSTGRES set it runs on PostgreSQL too, as a runtime role that
// owns nothing, in a schema of its own that is dropped afterwards.
package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes schemas and roles

	"gatehouse/internal/audit"
	"gatehouse/internal/clock"
	"gatehouse/internal/leaveout"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Start is where the clocks of tests stand at first.
var Start = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// PostgresVariable names the server that tests may make schemas on.
const PostgresVariable = "GATEHOUSE_TEST_POSTGRES"

// Each runs a test on every database there is.
func Each(t *testing.T, run func(t *testing.T, o store.Options)) {
	t.Run("sqlite", func(t *testing.T) { run(t, SQLite(t)) })
	if os.Getenv(PostgresVariable) != "" {
		t.Run("postgres", func(t *testing.T) { run(t, Postgres(t)) })
	}
}

// SQLite is a new database file.
func SQLite(t testing.TB) store.Options {
	return store.Options{URL: filepath.Join(t.TempDir(), "gatehouse.db"), Clock: clock.NewManual(Start)}
}

// Server is the PostgreSQL server, as its superuser. Where there is none the test is left out.
func Server(t testing.TB) string {
	t.Helper()
	server := os.Getenv(PostgresVariable)
	if server == "" {
		leaveout.Skip(t, "tests on PostgreSQL, for want of a server (tools/with-postgres starts one)")
	}
	return server
}

// Postgres is a new schema with a runtime role.
func Postgres(t testing.TB) store.Options {
	t.Helper()
	server := Server(t)
	name := "t_" + strings.ToLower(rand.Text()[:12])
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	exec(t, db, `CREATE ROLE `+name+` LOGIN PASSWORD 'test'`, `CREATE SCHEMA `+name)
	t.Cleanup(func() {
		exec(t, db, `DROP SCHEMA `+name+` CASCADE`, `DROP OWNED BY `+name, `DROP ROLE `+name)
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, "test")
	return store.Options{URL: u.String(), Owner: server, Schema: name, Clock: clock.NewManual(Start)}
}

func exec(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// Open opens the database and wires audit keys that need no vault.
func Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.Wire(plainKeys{}, nil, nil)
	err = s.Platform(context.Background(), func(p store.Platform) error {
		if _, _, err := p.WrappedKey(store.Installation, store.KeyAudit); err == nil {
			return nil
		}
		return p.InsertInstallationKey(store.InstallationKey{Kind: store.KeyAudit, KeyID: "k1", Wrapped: []byte{1}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Keys are the audit keys that Open wires, for tests that wire more than them.
func Keys() store.Keys { return plainKeys{} }

// plainKeys are audit keys that anybody can compute, for tests only.
type plainKeys struct{}

func (plainKeys) AuditKey(scope, keyID string, _ []byte) (audit.Key, error) {
	sum := sha256.Sum256([]byte(scope + keyID))
	return audit.NewKey(keyID, sum[:])
}

// Tenant stores a tenant with a user who is its admin, and returns that admin as actor.
func Tenant(t testing.TB, s *store.Store, slug string) models.Actor {
	t.Helper()
	u := User(t, s, slug+"-admin")
	tenant := models.Tenant{ID: models.NewID(), Slug: slug, Code: slug, Name: strings.ToUpper(slug), Colour: "#0f766e",
		State: models.TenantActive, TokenDays: 90, TokenPolicy: models.DefaultTokenPolicy(), SignUp: models.SignUpOpen, Public: true}
	actor := models.NewActor(models.Standing{User: u, Role: models.RoleAdmin}, tenant, models.Request{ID: "req"})
	err := s.Do(context.Background(), actor, models.TenantCreate, func(tx *store.Tx) error {
		if err := tx.InsertTenant(&tenant, store.TenantKey{Kind: store.KeyAudit, KeyID: "k1", Wrapped: []byte{1}}); err != nil {
			return err
		}
		if err := tx.SetMember(u.ID, models.RoleAdmin); err != nil {
			return err
		}
		return tx.Record("tenant", tenant.ID, nil, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return models.NewActor(models.Standing{User: u, Role: models.RoleAdmin}, tenant, models.Request{ID: "req"})
}

// User stores an account.
func User(t testing.TB, s *store.Store, name string) models.User {
	t.Helper()
	handle := make([]byte, 64)
	_, _ = rand.Read(handle)
	u := models.User{ID: models.NewID(), Email: name + "@test.example", Name: name, Handle: handle, State: models.UserActive}
	err := s.Do(context.Background(), models.Actor{}, models.AccountUse, func(tx *store.Tx) error {
		if err := tx.InsertUser(&u); err != nil {
			return err
		}
		return tx.Record("user", u.ID, nil, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}
