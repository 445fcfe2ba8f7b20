package jobs_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/jobs"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// childVariable holds the database that a process of TestChild works for.
const childVariable = "GATEHOUSE_JOBS_TEST_CHILD"

// database is what a child must know.
type database struct{ URL, Owner, Schema string }

// TestChild is another process: it begins the job it finds, says so and never ends.
func TestChild(t *testing.T) {
	var db database
	if json.Unmarshal([]byte(os.Getenv(childVariable)), &db) != nil {
		t.Skip("the child of another test")
	}
	_, j := open(t, store.Options{URL: db.URL, Owner: db.Owner, Schema: db.Schema}, func(r *jobs.Registry) {
		jobs.Define(r, func(context.Context, note) error { fmt.Println("begun"); select {} }, jobs.Settings{Timeout: time.Second})
	})
	_ = j.Run(context.Background())
}

// child starts a process and returns how to wait for its job to begin and kill it.
func child(t *testing.T, o store.Options) (killAtWork func()) {
	t.Helper()
	db, err := json.Marshal(database{o.URL, o.Owner, o.Schema})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childVariable+"="+string(db))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return func() {
		t.Helper()
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.HasSuffix(lines.Text(), "begun") {
		}
		if err := cmd.Process.Kill(); err != nil { // SIGKILL
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
}

func TestAJobWhoseProcessWasKilledIsDoneAgain(t *testing.T) { // R116
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		again := make(chan struct{})
		s, j := open(t, o, func(r *jobs.Registry) {
			jobs.Define(r, func(context.Context, note) error { close(again); return nil }, jobs.Settings{Timeout: time.Second})
		}, func(j *jobs.Options) {
			if o.Postgres() { // on SQLite the start itself takes the job back
				j.RescueAfter = 2 * time.Second
			}
		})
		enqueue(t, s, note{1})
		child(t, o)()
		if o.Postgres() {
			lapse(t, s)
		}
		start(t, j)
		select {
		case <-again:
		case <-time.After(45 * time.Second):
			t.Fatal("the job was not done again")
		}
		drain(t, j)
		if q := overview(t, j)["note"]; q.Completed24h != 1 || q.Running != 0 {
			t.Errorf("overview: %+v", q)
		}
	})
}

// lapse lets pass the 15 seconds after which a killed leader counts as gone, and
// the time after which the job it was at does.
func lapse(t *testing.T, s *store.Store) {
	h, err := s.Handles()
	if err != nil {
		t.Fatal(err)
	}
	exec := func(db *sql.DB, statement string) {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(h.Write, `DELETE FROM river_leader`)
	exec(h.Write, `UPDATE river_job SET attempted_at = attempted_at - interval '1 minute'`)
}

func TestAStopLetsJobsFinish(t *testing.T) { // R146
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		begun, finished := make(chan struct{}), atomic.Bool{}
		s, j := open(t, o, func(r *jobs.Registry) {
			jobs.Define(r, func(ctx context.Context, _ note) error {
				close(begun)
				select {
				case <-time.After(200 * time.Millisecond):
					finished.Store(true)
				case <-ctx.Done():
				}
				return ctx.Err()
			}, jobs.Settings{})
		})
		enqueue(t, s, note{})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- j.Run(ctx) }()
		<-begun
		stop()
		if err := <-ended; err != nil || !finished.Load() {
			t.Errorf("stopped with %v, the job finished: %v", err, finished.Load())
		}
		if q := overview(t, j)["note"]; q.Completed24h != 1 {
			t.Errorf("overview: %+v", q)
		}
	})
}

func TestTwoProcessesShareTheWork(t *testing.T) {
	t.Parallel()
	o := storetest.Postgres(t)
	var d done
	var worked [2]atomic.Int32
	var s *store.Store
	var queues [2]*jobs.Jobs
	for i := range queues {
		s, queues[i] = open(t, o, func(r *jobs.Registry) {
			jobs.Define(r, func(ctx context.Context, n note) error {
				worked[i].Add(1)
				select { // as long as a mail takes
				case <-time.After(5 * time.Millisecond):
				case <-ctx.Done():
				}
				return d.note(ctx, n)
			}, jobs.Settings{})
		}, func(o *jobs.Options) { o.Workers = 2 })
		start(t, queues[i])
	}
	const n = 100
	for i := range n {
		enqueue(t, s, note{i})
	}
	drain(t, queues[0])
	d.expect(t, n)
	if worked[0].Load() == 0 || worked[1].Load() == 0 {
		t.Errorf("the processes did %d and %d jobs", worked[0].Load(), worked[1].Load())
	}
}

func TestManyStartersMigrateOnceAndANewerQueueIsRefused(t *testing.T) { // R144
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := storetest.Open(t, o)
		const n = 5
		errs := make(chan error, n)
		for range n {
			go func() { errs <- jobs.Migrate(t.Context(), o) }()
		}
		for range n {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if o.Postgres() {
			r := store.Options{URL: o.Owner, Schema: o.Schema, Relaxed: true, Clock: o.Clock}
			s = storetest.Open(t, r)
		}
		h, err := s.Handles()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Write.ExecContext(t.Context(), `INSERT INTO river_migration (line, version) VALUES ('main', 999)`); err != nil {
			t.Fatal(err)
		}
		if err := jobs.Migrate(t.Context(), o); err == nil || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("a newer queue: %v", err)
		}
	})
}
