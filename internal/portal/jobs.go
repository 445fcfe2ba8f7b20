package portal

import (
	"context"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Work is where later work waits; internal/jobs is it.
type Work interface {
	Overview(ctx context.Context) ([]models.JobQueue, error)
	List(ctx context.Context, f models.JobFilter) ([]models.Job, error)
	Find(ctx context.Context, id int64) (models.JobDetail, error)
	Retry(ctx context.Context, id int64) error
	Discard(ctx context.Context, id int64) error
}

// Jobs are the operator's use cases around later work.
type Jobs struct {
	store *store.Store
	work  Work
}

// Wire gives the use cases the queues, which are made after them: some jobs are
// use cases themselves. It must be called before the first of them.
func (j *Jobs) Wire(w Work) { j.work = w }

// List shows the queues, and a page of jobs.
func (j *Jobs) List(ctx context.Context, actor models.Actor, f models.JobFilter) (queues []models.JobQueue, page []models.Job, err error) {
	if err := j.may(actor); err != nil {
		return nil, nil, err
	}
	if queues, err = j.work.Overview(ctx); err != nil {
		return nil, nil, err
	}
	page, err = j.work.List(ctx, f)
	return queues, page, err
}

// Find shows one job, and the tenant that it is about, zero where it is about none.
func (j *Jobs) Find(ctx context.Context, actor models.Actor, id int64) (d models.JobDetail, tenant models.Tenant, err error) {
	if err := j.may(actor); err != nil {
		return d, tenant, err
	}
	if d, err = j.work.Find(ctx, id); err != nil || d.TenantID == "" {
		return d, tenant, err
	}
	tenant, err = j.store.TenantByID(ctx, d.TenantID)
	return d, tenant, refusedIfMissing(err, nil)
}

// Retry lets a job run now, one that was given up too.
func (j *Jobs) Retry(ctx context.Context, actor models.Actor, id int64) error {
	if err := j.note(ctx, actor, "job.retry", id); err != nil {
		return err
	}
	return j.work.Retry(ctx, id)
}

// Discard gives a job up.
func (j *Jobs) Discard(ctx context.Context, actor models.Actor, id int64) error {
	if err := j.note(ctx, actor, "job.discard", id); err != nil {
		return err
	}
	return j.work.Discard(ctx, id)
}

// note writes what an operator is about to do to a job, before it is done: the
// queue has transactions of its own.
func (j *Jobs) note(ctx context.Context, actor models.Actor, action string, id int64) error {
	if err := j.may(actor); err != nil {
		return err
	}
	return j.store.Do(ctx, self(actor, actor.Account()), models.JobsRead, func(tx *store.Tx) error {
		return tx.RecordAs(action, "job", strconv.FormatInt(id, 10), nil, nil, nil)
	})
}

func (j *Jobs) may(actor models.Actor) error {
	if err := actor.May(models.JobsRead); err != nil {
		return err
	}
	if j.work == nil {
		return fault.New(fault.Unavailable, "jobs_elsewhere", "Jobs are not shown by this server. Ask one that works them.")
	}
	return nil
}
