package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/riverqueue/river/rivertype"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// pageMost is how long the database may take for what a page shows (SECURITY §4).
const pageMost = 2 * time.Second

// Queue counts the jobs of one kind by what has become of them.
type Queue = models.JobQueue

// Overview returns a queue for each kind there is, in the order of their names.
func (j *Jobs) Overview(ctx context.Context) (_ []Queue, err error) {
	ctx, cancel := context.WithTimeout(ctx, pageMost)
	defer cancel()
	defer func() { err = store.Classify(err) }()
	rows, err := j.handles.Read.QueryContext(ctx, `SELECT kind, CAST(state AS text), count(*) FROM river_job
		WHERE state <> 'completed' OR finalized_at > $1 GROUP BY kind, state`, j.time(clock.System.Now().Add(-24*time.Hour)))
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	queues := map[string]*Queue{}
	for kind := range j.registry.kinds {
		queues[kind] = &Queue{Kind: kind}
	}
	for rows.Next() {
		var kind, state string
		var n int
		if err := rows.Scan(&kind, &state, &n); err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
		if queues[kind] == nil {
			queues[kind] = &Queue{Kind: kind}
		}
		*counter(queues[kind], state) += n
	}
	var all []Queue
	for _, q := range queues {
		all = append(all, *q)
	}
	slices.SortFunc(all, func(a, b Queue) int { return strings.Compare(a.Kind, b.Kind) })
	return all, rows.Err()
}

// counter is where jobs in a state are counted.
func counter(q *Queue, state string) *int {
	switch rivertype.JobState(state) {
	case rivertype.JobStateRunning:
		return &q.Running
	case rivertype.JobStateRetryable:
		return &q.Retryable
	case rivertype.JobStateDiscarded, rivertype.JobStateCancelled:
		return &q.Discarded
	case rivertype.JobStateCompleted:
		return &q.Completed24h
	}
	return &q.Available
}

// time is t as the database compares it: River writes text on SQLite.
func (j *Jobs) time(t time.Time) any {
	if j.handles.Pool != nil {
		return t
	}
	return t.UTC().Format("2006-01-02 15:04:05.000")
}

// cut shortens an error to its first 300 characters.
func cut(s string) string {
	const most = 300
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// Retry lets a job run now, one that was given up too.
func (j *Jobs) Retry(ctx context.Context, id int64) error {
	ctx, cancel := context.WithTimeout(ctx, pageMost)
	defer cancel()
	if _, err := j.client.JobRetry(ctx, id); err != nil {
		return explain(err)
	}
	j.client.wake()
	return nil
}

// Discard removes a job: it is not tried again, and not among the failures any
// more. A job that runs at the moment is refused with a Conflict.
func (j *Jobs) Discard(ctx context.Context, id int64) error {
	ctx, cancel := context.WithTimeout(ctx, pageMost)
	defer cancel()
	_, err := j.client.JobDelete(ctx, id)
	return explain(err)
}

func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, rivertype.ErrNotFound):
		return fault.Missing("job").Because(err)
	case errors.Is(err, rivertype.ErrJobRunning):
		return fault.New(fault.Conflict, "job_running",
			"This job is running at the moment. Wait until its attempt has ended, then discard it.").Because(err)
	}
	return store.Classify(fmt.Errorf("jobs: %w", err))
}
