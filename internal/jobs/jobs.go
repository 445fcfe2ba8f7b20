// Package jobs does work later, by River, in the database of the records: what is
// enqueued in a transaction is done, at least once, if and only if the transaction
// is committed (R116). It hides River, whose types follow the database.
//
// On SQLite the queue uses the store's one connection that writes, so the two wait
// for each other in order instead of finding the file locked. Nothing here may be
// called inside a transaction of the store but Enqueue, which the store calls.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"gatehouse/internal/store"
)

// grace is how long Run waits for what it began once it is told to stop; after
// it the jobs' contexts end, and after as long again Run goes without them.
const grace = 20 * time.Second

// Options of New. Store, Database and Registry are required.
type Options struct {
	Store    *store.Store
	Database store.Options // with which Store was opened
	Registry *Registry
	Logger   *slog.Logger // nil is the default one
	// Workers is how many jobs run at the same time; 0 is 10.
	Workers int
	// RescueAfter is how long after its start a job counts as lost with its
	// process, and is done again; 0 is half a minute more than the longest timeout.
	RescueAfter time.Duration
}

// Jobs is the queue. It implements store.Queue and is safe for concurrent use.
type Jobs struct {
	client   client
	handles  store.Handles
	registry *Registry
	slot     chan struct{} // full while jobs are worked
}

// client is what we use of River on either database.
type client interface {
	Start(ctx context.Context) error
	Stopped() <-chan struct{}
	JobRetry(ctx context.Context, id int64) (*rivertype.JobRow, error)
	JobDelete(ctx context.Context, id int64) (*rivertype.JobRow, error)

	// insert adds jobs in a transaction of the store.
	insert(ctx context.Context, tx *sql.Tx, jobs []river.InsertManyParams) error
	// wake makes the workers of this process look now, once the writer is free.
	wake()
	// reclaim takes back the jobs of a process that is gone, where that is known at once.
	reclaim(ctx context.Context) error
}

// New migrates the queue's own tables and opens the queue. Nothing is worked until Run.
func New(ctx context.Context, o Options) (*Jobs, error) {
	if err := o.Registry.check(); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	if err := Migrate(ctx, o.Database); err != nil {
		return nil, err
	}
	handles, err := o.Store.Handles()
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	open := openSQLite
	if handles.Pool != nil {
		open = openPostgres
	}
	c, err := open(handles, config(o))
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Jobs{client: c, handles: handles, registry: o.Registry, slot: make(chan struct{}, 1)}, nil
}

func config(o Options) *river.Config {
	const week = 7 * 24 * time.Hour
	if o.Workers == 0 {
		o.Workers = 10
	}
	if o.RescueAfter == 0 {
		o.RescueAfter = o.Registry.longest + 30*time.Second
	}
	return &river.Config{
		CancelledJobRetentionPeriod: week,
		CompletedJobRetentionPeriod: 24 * time.Hour,
		DiscardedJobRetentionPeriod: week,
		ErrorHandler:                reporter{o.Logger},
		FetchCooldown:               20 * time.Millisecond,
		FetchPollInterval:           time.Second, // a backstop: commits wake the workers
		JobTimeout:                  min(defaultTimeout, o.RescueAfter/2),
		Logger:                      o.Logger,
		MaxAttempts:                 defaultAttempts,
		PeriodicJobs:                o.Registry.periodic,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: o.Workers}},
		ReindexerIndexNames:         []string{}, // the runtime role may not
		RescueStuckJobsAfter:        o.RescueAfter,
		SoftStopTimeout:             grace,
		Workers:                     o.Registry.workers,
	}
}

// Enqueue adds jobs in a transaction of the store. They run after its commit. A
// kind that was never defined is refused.
func (j *Jobs) Enqueue(ctx context.Context, tx *sql.Tx, jobs ...store.Job) error {
	if len(jobs) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(jobs))
	for i, job := range jobs {
		opts, ok := j.registry.kinds[job.Kind()]
		if !ok {
			return fmt.Errorf("jobs: nobody has defined what is done for %q", job.Kind())
		}
		params[i] = river.InsertManyParams{Args: job, InsertOpts: &opts}
	}
	return j.client.insert(ctx, tx, params)
}

// Run works jobs until ctx ends, then finishes what it began: for 20 seconds, after
// which the jobs' contexts end and what did not finish is done again later. A
// second Run waits for the end of the first.
func (j *Jobs) Run(ctx context.Context) error {
	select {
	case j.slot <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-j.slot }()
	return j.work(ctx)
}

func (j *Jobs) work(ctx context.Context) error {
	err := j.client.reclaim(ctx)
	if err == nil {
		err = j.client.Start(ctx)
	}
	if err != nil && ctx.Err() != nil {
		return nil // told to stop before it had begun
	}
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	stopped := j.client.Stopped()
	select {
	case <-ctx.Done():
	case <-stopped:
		return nil
	}
	late := time.NewTimer(2 * grace)
	defer late.Stop()
	select {
	case <-stopped:
		return nil
	case <-late.C:
		return errors.New("jobs: some did not end with their context; they are done again after the next start")
	}
}

// reporter writes to the log what needs somebody's attention.
type reporter struct{ logger *slog.Logger }

func (r reporter) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	if job.Attempt >= job.MaxAttempts {
		r.logger.ErrorContext(ctx, "job given up", "job", job.ID, "kind", job.Kind, "attempts", job.Attempt, "error", err.Error())
	}
	return nil
}

func (r reporter) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	r.logger.ErrorContext(ctx, "job panicked", "job", job.ID, "kind", job.Kind, "attempt", job.Attempt, "panic", fmt.Sprint(value), "trace", trace)
	return nil
}
