package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/jobs"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// note is a job that says which one it is.
type note struct {
	N int `json:"n"`
}

func (note) Kind() string { return "note" }

// tick is a job without content.
type tick struct{}

func (tick) Kind() string { return "tick" }

// done counts how often each note was worked. It is safe for concurrent use.
type done struct {
	mu    sync.Mutex
	times map[int]int
}

func (d *done) note(_ context.Context, n note) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.times == nil {
		d.times = map[int]int{}
	}
	d.times[n.N]++
	return nil
}

// expect fails unless exactly the notes 0 to n-1 were worked, once each.
func (d *done) expect(t *testing.T, n int) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.times) != n {
		t.Errorf("%d notes were worked, want %d", len(d.times), n)
	}
	for i := range n {
		if d.times[i] != 1 {
			t.Errorf("note %d was worked %d times, want once", i, d.times[i])
		}
	}
}

var quiet = slog.New(slog.DiscardHandler)

// open opens a store whose queue works what define says.
func open(t testing.TB, o store.Options, define func(*jobs.Registry), change ...func(*jobs.Options)) (*store.Store, *jobs.Jobs) {
	t.Helper()
	s := storetest.Open(t, o)
	r := jobs.NewRegistry()
	define(r)
	options := jobs.Options{Store: s, Database: o, Registry: r, Logger: quiet}
	for _, fn := range change {
		fn(&options)
	}
	j, err := jobs.New(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	s.Wire(storetest.Keys(), j, nil)
	return s, j
}

// start runs j until the test ends.
func start(t testing.TB, j *jobs.Jobs) {
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- j.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// enqueue commits jobs.
func enqueue(t testing.TB, s *store.Store, work ...store.Job) {
	t.Helper()
	err := s.Platform(t.Context(), func(p store.Platform) error { return p.Enqueue(work...) })
	if err != nil {
		t.Fatal(err)
	}
}

func drain(t testing.TB, j *jobs.Jobs) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := j.Drain(ctx); err != nil {
		t.Fatalf("Drain: %v", err)
	}
}

func TestCommittedJobsRunOnceAndRolledBackOnesNever(t *testing.T) { // R116
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		var d done
		s, j := open(t, o, func(r *jobs.Registry) { jobs.Define(r, d.note, jobs.Settings{}) })
		start(t, j)
		undone := errors.New("undone")
		for i := range 50 {
			err := s.Platform(t.Context(), func(p store.Platform) error {
				if err := p.Enqueue(note{1000 + i}, note{2000 + i}); err != nil {
					return err
				}
				return undone
			})
			if !errors.Is(err, undone) {
				t.Fatalf("rolled back with %v", err)
			}
			enqueue(t, s, note{2 * i}, note{2*i + 1})
		}
		drain(t, j)
		d.expect(t, 100)
	})
}

func TestEnqueueBesideAWriteThroughTheDoor(t *testing.T) { // R116
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		var d done
		s, j := open(t, o, func(r *jobs.Registry) { jobs.Define(r, d.note, jobs.Settings{}) })
		admin := storetest.Tenant(t, s, "acme")
		write := func(refuse error, n int) error {
			return s.Do(t.Context(), admin, models.TenantCreate, func(tx *store.Tx) error {
				if err := tx.Enqueue(note{n}); err != nil {
					return err
				}
				if err := tx.Record("tenant", admin.Tenant().ID, nil, nil, nil); err != nil {
					return err
				}
				return refuse
			})
		}
		if err := write(nil, 0); err != nil {
			t.Fatal(err)
		}
		refused := errors.New("refused")
		if err := write(refused, 1); !errors.Is(err, refused) {
			t.Fatalf("got %v", err)
		}
		drain(t, j)
		d.expect(t, 1)
	})
}

func TestAJobThatIsCommittedLateIsPickedUpAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		worked := make(chan struct{}, 1)
		s, j := open(t, o, func(r *jobs.Registry) {
			jobs.Define(r, func(context.Context, tick) error { worked <- struct{}{}; return nil }, jobs.Settings{})
		})
		start(t, j)
		enqueue(t, s, tick{})
		<-worked
		waited := func() time.Duration {
			var committed time.Time
			err := s.Platform(t.Context(), func(p store.Platform) error {
				if err := p.Enqueue(tick{}); err != nil {
					return err
				}
				time.Sleep(30 * time.Millisecond) // the rest of a slow transaction
				committed = time.Now()
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			<-worked
			return time.Since(committed)
		}
		for tries := 0; waited() > 500*time.Millisecond; tries++ { // the poll alone takes a second, each time
			if tries == 10 { // the listener listens a while after the workers work
				t.Fatal("committed jobs wait for the poll")
			}
		}
		var all []time.Duration
		for range 5 {
			all = append(all, waited())
		}
		slices.Sort(all)
		if all[2] > 500*time.Millisecond { // a busy machine may hold up one of them
			t.Errorf("committed jobs waited for %v", all)
		}
		t.Logf("waited: %v", all)
	})
}

func TestUniqueJobsWaitOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		var d done
		s, j := open(t, o, func(r *jobs.Registry) { jobs.Define(r, d.note, jobs.Settings{Unique: true}) })
		enqueue(t, s, note{0}, note{1})
		enqueue(t, s, note{1}, note{0}, note{2})
		drain(t, j)
		d.expect(t, 3)
		enqueue(t, s, note{3})
		drain(t, j)
		d.expect(t, 4)
	})
}

func TestPeriodicJobsRunOncePerPeriodHoweverOftenTheProcessStarts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		var daily done
		seconds := make(chan struct{}, 100)
		run := func(periods int) {
			_, j := open(t, o, func(r *jobs.Registry) {
				jobs.Define(r, daily.note, jobs.Settings{})
				jobs.Define(r, func(context.Context, tick) error { seconds <- struct{}{}; return nil }, jobs.Settings{})
				r.Every(10*365*24*time.Hour, note{0})
				r.Every(time.Second, tick{})
			})
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- j.Run(ctx) }()
			for range periods {
				select {
				case <-seconds:
				case <-time.After(20 * time.Second):
					t.Error("a periodic job did not run")
				}
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		run(1)
		run(1)
		daily.expect(t, 1)
	})
}

func TestWrongDefinitionsAreRefused(t *testing.T) {
	t.Parallel()
	define := func(r *jobs.Registry) { jobs.Define(r, (&done{}).note, jobs.Settings{}) }
	for name, wrong := range map[string]func(*jobs.Registry){
		"a kind twice":                 define,
		"a period of an unknown kind":  func(r *jobs.Registry) { r.Every(time.Hour, tick{}) },
		"a period of less than second": func(r *jobs.Registry) { r.Every(time.Millisecond, note{}) },
	} {
		t.Run(name, func(t *testing.T) {
			r := jobs.NewRegistry()
			define(r)
			wrong(r)
			o := storetest.SQLite(t)
			if _, err := jobs.New(t.Context(), jobs.Options{Store: storetest.Open(t, o), Database: o, Registry: r}); err == nil {
				t.Error("accepted")
			}
		})
	}
	t.Run("a job that nobody does", func(t *testing.T) {
		s, _ := open(t, storetest.SQLite(t), define)
		if err := s.Platform(t.Context(), func(p store.Platform) error { return p.Enqueue(tick{}) }); err == nil {
			t.Error("accepted")
		}
	})
}
