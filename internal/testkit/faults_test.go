package testkit_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	_ "modernc.org/sqlite"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// beside opens the server's SQLite file a second time, and waits for its writes.
func beside(t *testing.T, k *testkit.Kit) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+k.Config.Database+"?_pragma=busy_timeout(20000)")
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// teamsNamed counts the teams of a name: what a write that was refused must not leave.
func teamsNamed(t *testing.T, k *testkit.Kit, p *testkit.Place, name string) int {
	t.Helper()
	db := beside(t, k)
	var n int
	must(t, db.QueryRow("SELECT count(*) FROM teams WHERE name = ?", name).Scan(&n))
	return n
}

// makeTeam is a write with an audit event, a change row and two tables.
func makeTeam(k *testkit.Kit, p *testkit.Place, name string) error {
	actor := k.Actor(p.Admin, p.Slug)
	team := models.Team{ID: models.NewID(), Name: name}
	return k.Store.Do(context.Background(), actor, models.TeamManage, func(tx *store.Tx) error {
		if err := tx.InsertTeam(&team, actor.User()); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeMembership, actor.User()); err != nil {
			return err
		}
		return tx.Record("team", team.ID, nil, nil, nil)
	})
}

// SECURITY §4, disk full: writes are refused whole, calls go on, and when there
// is room again everything works without a restart.
func TestDiskFull(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	h, err := k.Store.Handles()
	must(t, err)
	var pages int
	must(t, h.Write.QueryRow("PRAGMA page_count").Scan(&pages))
	_, err = h.Write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)) // SQLite answers SQLITE_FULL as on a full disk
	must(t, err)
	refused := 0
	for i := range 400 {
		name := fmt.Sprintf("team %d of many, with a long name", i)
		if err := makeTeam(k, p, name); err != nil {
			refused++
			if !fault.Is(err, fault.Unavailable) {
				t.Fatal(err)
			}
			if n := teamsNamed(t, k, p, name); n != 0 {
				t.Fatalf("the refused write left %d rows", n)
			}
		}
		if refused > 2 {
			break
		}
	}
	if refused == 0 {
		t.Fatal("the disk never was full") // the control: the fault happened
	}
	if status, _, body := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal()); status != http.StatusOK {
		t.Errorf("a call with the disk full: %d %s", status, body)
	}
	status := http.StatusSeeOther
	for i := 0; status == http.StatusSeeOther && i < 60; i++ { // until the last free page is used
		status = p.Admin.Post("/account", url.Values{"name": {fmt.Sprintf("Admin %d", i)}}).StatusCode
	}
	if status != http.StatusServiceUnavailable {
		t.Errorf("a form with the disk full: %d", status)
	}
	_, err = h.Write.Exec("PRAGMA max_page_count = 1073741823")
	must(t, err)
	must(t, makeTeam(k, p, "after the fault"))
	if teamsNamed(t, k, p, "after the fault") != 1 {
		t.Error("the write after the fault is gone")
	}
}

// SECURITY §4, database locked: a write waits, and is refused whole if the lock stays.
func TestDatabaseLocked(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	db := beside(t, k)
	conn, err := db.Conn(context.Background())
	must(t, err)
	_, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	must(t, err)
	if status, _, _ := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal()); status != http.StatusOK {
		t.Errorf("a call while the database is locked: %d", status)
	}
	if answer := p.Partner.Get("/t/nq/apis"); answer.StatusCode != http.StatusOK {
		t.Errorf("a page while the database is locked: %d", answer.StatusCode)
	}
	if err := makeTeam(k, p, "while locked"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a write while the database is locked: %v", err)
	}
	_, err = conn.ExecContext(context.Background(), "ROLLBACK")
	must(t, err)
	must(t, conn.Close())
	must(t, makeTeam(k, p, "after the lock"))
	if teamsNamed(t, k, p, "while locked") != 0 || teamsNamed(t, k, p, "after the lock") != 1 {
		t.Error("the refused write is there, or the later one is not")
	}
}

// R121: what cannot be written to the audit log is not done.
func TestNothingIsDoneWithoutItsAuditEvent(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		refuse, allow := []string{"CREATE TRIGGER audit_fails BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'no'); END"},
			[]string{"DROP TRIGGER audit_fails"}
		if k.Config.DatabaseOwner != "" {
			refuse = []string{"CREATE FUNCTION audit_fails() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
				"CREATE TRIGGER audit_fails BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_fails()"}
			allow = []string{"DROP FUNCTION audit_fails CASCADE"}
		}
		invitations := func() (n int) {
			must(t, k.Store.As(context.Background(), k.Actor(p.Partner, p.Slug), func(r store.Tenant) error {
				ls, err := r.TeamInvitations(p.Team.ID)
				n = len(ls)
				return err
			}))
			return n
		}
		must(t, k.Jobs.Drain(context.Background()))
		before, mails := invitations(), len(k.Mailbox.Messages())
		tamper(t, k, refuse...)
		if answer := invite(p, "new@test.example"); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("without the audit log: %d, Retry-After %q", answer.StatusCode, answer.Header.Get("Retry-After"))
		}
		if err := k.Portal.Tokens.Pause(context.Background(), k.Actor(p.Partner, p.Slug), p.Token.ID, "For now."); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a use case without the audit log: %v", err)
		}
		if status, _, body := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal()); status != http.StatusOK {
			t.Errorf("a call with the token that was not paused: %d %s", status, body)
		}
		if n := invitations(); n != before {
			t.Errorf("%d invitations were made", n-before)
		}
		tamper(t, k, allow...)
		must(t, k.Jobs.Drain(context.Background()))
		if n := len(k.Mailbox.Messages()); n != mails {
			t.Errorf("%d mails went out", n-mails)
		}
		if answer := invite(p, "new@test.example"); answer.StatusCode != http.StatusSeeOther || invitations() != before+1 {
			t.Errorf("with it again: %d", answer.StatusCode)
		}
	})
}
