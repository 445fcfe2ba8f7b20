package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"gatehouse/internal/store"
)

// Settings say how a kind of job is worked. The zero value is a good choice.
type Settings struct {
	// MaxAttempts is how often a job is tried before it is given up; 0 is 12,
	// which with the waits between them, n⁴ seconds after the n-th, is eleven hours.
	MaxAttempts int
	// Timeout ends one attempt through its context; 0 is one minute.
	Timeout time.Duration
	// Unique drops a job while an equal one waits or runs. What changes while it
	// runs is then not seen by it, so it suits work that comes round again.
	Unique bool
}

const (
	defaultAttempts = 12
	defaultTimeout  = time.Minute
)

// Registry holds what the kinds of jobs do. Every process of an installation
// defines all of them, also one that only enqueues.
type Registry struct {
	workers  *river.Workers
	kinds    map[string]river.InsertOpts
	periodic []*river.PeriodicJob
	longest  time.Duration
	errs     []error
}

// NewRegistry returns a registry without kinds.
func NewRegistry() *Registry {
	return &Registry{workers: river.NewWorkers(), kinds: map[string]river.InsertOpts{}, longest: defaultTimeout}
}

// Define says what is done for jobs of type T, which travel as JSON. A job is
// done at least once: do must come to the same when it is called again. An error
// or a panic is a failed attempt, which is repeated after 1 s, 16 s, 81 s and so on;
// see Hopeless. The error's text is shown to the operator, so it holds no secret.
// A kind that is defined twice is an error of New.
func Define[T store.Job](r *Registry, do func(context.Context, T) error, s Settings) {
	if s.MaxAttempts == 0 {
		s.MaxAttempts = defaultAttempts
	}
	if s.Timeout == 0 {
		s.Timeout = defaultTimeout
	}
	opts := river.InsertOpts{MaxAttempts: s.MaxAttempts}
	if s.Unique {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}}
	}
	if err := river.AddWorkerSafely(r.workers, &worker[T]{do: do, timeout: s.Timeout}); err != nil {
		r.errs = append(r.errs, err)
		return
	}
	var zero T
	r.kinds[zero.Kind()] = opts
	r.longest = max(r.longest, s.Timeout)
}

// Every enqueues job once in each span of d in UTC (each hour, each day), however
// many processes there are and however often they start; where d is more than a
// day, a start may repeat it. The kind must be defined before; d is at least a second.
func (r *Registry) Every(d time.Duration, job store.Job) {
	opts, ok := r.kinds[job.Kind()]
	if !ok || d < time.Second {
		r.errs = append(r.errs, fmt.Errorf("every %v %q: the kind must be defined before, and the time be a second or more", d, job.Kind()))
		return
	}
	opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByPeriod: d}
	r.periodic = append(r.periodic, river.NewPeriodicJob(river.PeriodicInterval(d),
		func() (river.JobArgs, *river.InsertOpts) { return job, &opts },
		&river.PeriodicJobOpts{RunOnStart: true}))
}

// Hopeless marks an error that no further attempt would mend: the job is given up at once.
func Hopeless(err error) error { return river.JobCancel(err) }

// check returns what was wrong with the definitions.
func (r *Registry) check() error { return errors.Join(r.errs...) }

// worker is River's view of one kind.
type worker[T store.Job] struct {
	river.WorkerDefaults[T]
	do      func(context.Context, T) error
	timeout time.Duration
}

func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error { return w.do(ctx, job.Args) }
