package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/views/support"
)

// ListJobs shows the queues of later work, and what failed.
func (w *Web) ListJobs(c echo.Context) error {
	queues, failures, err := w.Jobs.List(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, support.Work(w.console(c, "Jobs"), support.Jobs{Queues: queues, Failures: failures, Now: w.Clock.Now()}))
}

// RetryJob lets a job run now.
func (w *Web) RetryJob(c echo.Context) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	if err := w.Jobs.Retry(c.Request().Context(), guard.Actor(c), id); err != nil {
		return err
	}
	return done(c, "The job runs now. If it fails again, it stands here again.", "/support/jobs")
}

// DiscardJob gives a job up.
func (w *Web) DiscardJob(c echo.Context) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	if err := w.Jobs.Discard(c.Request().Context(), guard.Actor(c), id); err != nil {
		return err
	}
	return done(c, "The job was discarded.", "/support/jobs")
}

func jobID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0, fault.Missing("job")
	}
	return id, nil
}
