package testkit_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/store/storetest"
	"gatehouse/internal/testkit"
)

// answeredBy is when a request must be answered while the database hangs: a
// request has more than one step, and the machine may be slow.
const answeredBy = 10 * time.Second

// unavailable says that an answer was a 503 in time that says when to come again.
func unavailable(t *testing.T, what string, ask func() testkit.Answer) {
	t.Helper()
	began := time.Now()
	answer := ask()
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("%s: %d, Retry-After %q", what, answer.StatusCode, answer.Header.Get("Retry-After"))
	}
	if took := time.Since(began); took > answeredBy {
		t.Errorf("%s: answered after %v", what, took)
	}
}

// comesBack waits until ask is answered with a status.
func comesBack(t *testing.T, what string, status int, ask func() int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := ask()
		if got == status {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: still %d", what, got)
		}
	}
}

func readiness(t *testing.T, k *testkit.Kit) int {
	t.Helper()
	resp, err := http.Get(k.OpsURL.String() + "/readyz")
	must(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

func invite(p *testkit.Place, email string) testkit.Answer {
	return p.Partner.Post("/t/nq/team/"+p.Team.ID+"/invitations", url.Values{"email": {email}})
}

// SECURITY §4, database hung or gone: pages are 503 in time, and all is well
// again without a restart.
func TestPostgresHungOrGone(t *testing.T) {
	o, proxy := storetest.Between(t, storetest.Postgres(t))
	k := testkit.NewOn(t, o)
	p := k.Place("nq", true)
	for _, fault := range []struct {
		what  string
		begin func()
	}{{"gone", proxy.Refuse}, {"hung", proxy.Hang}} { // and right after it the stop
		what := fault.what
		fault.begin()
		unavailable(t, what+": a page", func() testkit.Answer { return p.Partner.Get("/t/nq/apis") })
		unavailable(t, what+": a form", func() testkit.Answer { return invite(p, "a@test.example") })
		if status := readiness(t, k); status != http.StatusServiceUnavailable {
			t.Errorf("%s: readiness is %d", what, status)
		}
		proxy.Resume()
		comesBack(t, what+": a page", http.StatusOK, func() int { return p.Partner.Get("/t/nq/apis").StatusCode })
		comesBack(t, what+": readiness", http.StatusOK, func() int { return readiness(t, k) })
		comesBack(t, what+": a call", http.StatusOK, func() int {
			status, _, _ := call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal())
			return status
		})
	}
}

// SECURITY §4, database locked: forms are refused together, not one after the other.
func TestFormsWhileTheDatabaseIsLocked(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	conn, err := beside(t, k).Conn(context.Background())
	must(t, err)
	_, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	must(t, err)
	var forms sync.WaitGroup
	for range 8 {
		forms.Go(func() {
			unavailable(t, "a form", func() testkit.Answer { return invite(p, "a@test.example") })
		})
	}
	forms.Wait()
	_, err = conn.ExecContext(context.Background(), "ROLLBACK")
	must(t, err)
	must(t, conn.Close())
	comesBack(t, "a form", http.StatusSeeOther, func() int { return invite(p, "a@test.example").StatusCode })
}

// A write to a file that was moved away would be lost with the next start.
func TestTheDatabaseFileIsMoved(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	away := k.Config.Database + ".away"
	must(t, os.Rename(k.Config.Database, away))
	unavailable(t, "a form", func() testkit.Answer { return invite(p, "a@test.example") })
	if status := readiness(t, k); status != http.StatusServiceUnavailable {
		t.Errorf("readiness is %d", status)
	}
	must(t, os.Rename(away, k.Config.Database))
	comesBack(t, "readiness", http.StatusOK, func() int { return readiness(t, k) })
	if answer := invite(p, "a@test.example"); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("a form with the file in its place: %d", answer.StatusCode)
	}
}
