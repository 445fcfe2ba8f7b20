package jobs

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/clock"
)

// Drain works whatever is due until nothing is, on its own where Run does not, and
// returns. Jobs that wait for a later attempt are left. It is for tests, and for
// commands that do one thing and end.
func (j *Jobs) Drain(ctx context.Context) (err error) {
	select {
	case j.slot <- struct{}{}:
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- j.work(running) }()
		defer func() {
			stop()
			err = errors.Join(err, <-ended)
			<-j.slot
		}()
	default: // Run is at it
	}
	const soon = 50 * time.Millisecond // the database's clock may be a little ahead
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var due bool
		err := j.handles.Read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM river_job
			WHERE state = 'running' OR state = 'available' AND scheduled_at <= $1)`, j.time(clock.System.Now().Add(soon))).Scan(&due)
		if err != nil || !due {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
