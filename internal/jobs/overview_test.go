package jobs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/jobs"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

func TestAFailingJobIsRetriedAndShownUntilItIsGivenUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		var d done
		broken := true
		s, j := open(t, o, func(r *jobs.Registry) {
			jobs.Define(r, func(_ context.Context, n note) error {
				_ = d.note(t.Context(), n)
				if broken {
					return errors.New("mail server said no " + strings.Repeat("ü", 400))
				}
				return nil
			}, jobs.Settings{MaxAttempts: 2})
		})
		enqueue(t, s, note{0})
		drain(t, j)
		f := only(t, j)
		if f.Attempt != 1 || f.MaxAttempts != 2 || f.Kind != "note" || time.Since(f.At) > time.Minute {
			t.Errorf("after one failure: %+v", f)
		}
		if n := len([]rune(f.LastError)); n != 300 || !strings.HasPrefix(f.LastError, "mail server said no ü") {
			t.Errorf("the error is shown with %d characters: %s", n, f.LastError)
		}
		start(t, j)
		for deadline := time.Now().Add(10 * time.Second); f.State != "discarded" && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			f = only(t, j)
		}
		if f.State != "discarded" || f.Attempt != 2 {
			t.Fatalf("after all attempts: %+v", f)
		}
		if q := overview(t, j)["note"]; q.Discarded != 1 || q.Completed24h != 0 {
			t.Errorf("overview: %+v", q)
		}

		broken = false
		if err := j.Retry(t.Context(), f.ID); err != nil {
			t.Fatal(err)
		}
		drain(t, j)
		if q := overview(t, j)["note"]; q != (jobs.Queue{Kind: "note", Completed24h: 1}) {
			t.Errorf("overview after the retry: %+v", q)
		}
		if all, err := j.List(t.Context(), models.JobFilter{Limit: 10}); err != nil || len(all) != 0 {
			t.Errorf("failures after the retry: %v %v", all, err)
		}
	})
}

func TestWhatCannotBeMendedIsGivenUpAtOnce(t *testing.T) { // R102
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, j := open(t, o, func(r *jobs.Registry) {
			jobs.Define(r, func(_ context.Context, n note) error {
				if n.N == 0 {
					panic("boom")
				}
				return jobs.Hopeless(errors.New("no such mailbox"))
			}, jobs.Settings{MaxAttempts: 1})
			jobs.Define(r, func(context.Context, tick) error { return nil }, jobs.Settings{})
		})
		start(t, j)
		enqueue(t, s, note{0}, note{1}, tick{})
		drain(t, j)
		all, err := j.List(t.Context(), models.JobFilter{Limit: 10})
		if err != nil || len(all) != 2 {
			t.Fatalf("failures: %+v %v", all, err)
		}
		for _, f := range all {
			want := map[string]string{"discarded": "boom", "cancelled": "no such mailbox"}[f.State]
			if want == "" || !strings.Contains(f.LastError, want) {
				t.Errorf("failure: %+v", f)
			}
			if err := j.Discard(t.Context(), f.ID); err != nil {
				t.Error(err)
			}
			if err := j.Discard(t.Context(), f.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("discarded again: %v", err)
			}
		}
		o2 := overview(t, j)
		if o2["note"] != (jobs.Queue{Kind: "note"}) || o2["tick"] != (jobs.Queue{Kind: "tick", Completed24h: 1}) {
			t.Errorf("overview: %+v", o2)
		}
	})
}

func TestARunningJobIsNotDiscarded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		begun, end := make(chan struct{}), make(chan struct{})
		s, j := open(t, o, func(r *jobs.Registry) {
			jobs.Define(r, func(_ context.Context, n note) error {
				if n.N == 1 {
					return errors.New("not now")
				}
				close(begun)
				<-end
				return nil
			}, jobs.Settings{})
		})
		enqueue(t, s, note{1})
		drain(t, j)
		id := only(t, j).ID + 1
		start(t, j)
		enqueue(t, s, note{0})
		<-begun
		if q := overview(t, j)["note"]; q.Running != 1 || q.Available+q.Retryable != 1 {
			t.Errorf("overview: %+v", q)
		}
		if err := j.Discard(t.Context(), id); !fault.Is(err, fault.Conflict) {
			t.Errorf("discarding a running job: %v", err)
		}
		close(end)
		drain(t, j)
	})
}

// only returns the one failure there is.
func only(t *testing.T, j *jobs.Jobs) models.Job {
	t.Helper()
	all, err := j.List(t.Context(), models.JobFilter{Limit: 10})
	if err != nil || len(all) != 1 {
		t.Fatalf("failures: %+v %v, want one", all, err)
	}
	return all[0]
}

func overview(t *testing.T, j *jobs.Jobs) map[string]jobs.Queue {
	t.Helper()
	all, err := j.Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]jobs.Queue{}
	for _, q := range all {
		m[q.Kind] = q
	}
	return m
}

// SECURITY §4: what the pages about jobs ask is answered like everything else
// when the database does not answer.
func TestTheOverviewOfADatabaseThatIsGone(t *testing.T) {
	t.Parallel()
	direct := storetest.Postgres(t)
	o, proxy := storetest.Between(t, direct)
	_, j := open(t, o, func(r *jobs.Registry) {
		jobs.Define(r, func(context.Context, note) error { return nil }, jobs.Settings{})
	})
	all := map[string]func() error{
		"overview": func() error { _, err := j.Overview(t.Context()); return err },
		"list":     func() error { _, err := j.List(t.Context(), models.JobFilter{Limit: 10}); return err },
		"retry":    func() error { return j.Retry(t.Context(), 1) },
		"discard":  func() error { return j.Discard(t.Context(), 1) },
	}
	for what, begin := range map[string]func(){"gone": proxy.Refuse, "hung": proxy.Hang} {
		begin()
		for name, ask := range all {
			if err := ask(); !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s, %s: %v", what, name, err)
			}
		}
		proxy.Resume()
	}
	if _, err := j.Overview(t.Context()); err != nil && !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
}
