package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/support"
	"gatehouse/views/ui"
)

// jobsPage is how many jobs a page shows.
const jobsPage = 50

// jobShows are the filters of the jobs, as they stand in the address.
var jobShows = []struct{ name, text string }{
	{models.JobsFailing, "Failing"}, {models.JobsWaiting, "Waiting"}, {models.JobsRunning, "Running"}, {models.JobsRetrying, "Trying again"},
	{models.JobsGivenUp, "Given up"}, {models.JobsDone, "Done"}, {models.JobsAll, "All"},
}

// readJobs reads the address, or the fields that a form kept of it; what is none of the
// choices is the first of them.
func readJobs(value func(string) string) (f models.JobFilter) {
	f.Kind, f.Text = value("kind"), strings.TrimSpace(value("q"))
	for _, s := range jobShows {
		if value("show") == s.name {
			f.Shows = s.name
		}
	}
	f.Before, _ = strconv.ParseInt(value("before"), 10, 64) // what is no number is the first page
	return f
}

// jobsURL is the list with a filter.
func jobsURL(f models.JobFilter) string {
	q := url.Values{}
	for name, value := range map[string]string{"kind": f.Kind, "show": f.Shows, "q": f.Text} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Before > 0 {
		q.Set("before", strconv.FormatInt(f.Before, 10))
	}
	if len(q) == 0 {
		return "/support/jobs"
	}
	return "/support/jobs?" + q.Encode()
}

// ListJobs shows the queues of later work, and the jobs in them.
func (w *Web) ListJobs(c echo.Context) error {
	at := readJobs(c.QueryParam)
	f := at
	f.Limit = jobsPage + 1
	queues, page, err := w.Jobs.List(c.Request().Context(), guard.Actor(c), f)
	if err != nil {
		return err
	}
	d := support.Jobs{Queues: queues, Kind: at.Kind, Show: at.Shows, Text: at.Text, Before: c.QueryParam("before"), Now: w.Clock.Now()}
	first := at
	first.Before = 0
	if at.Before > 0 {
		d.First = jobsURL(first)
	}
	if len(page) > jobsPage {
		page = page[:jobsPage]
		next := at
		next.Before = page[jobsPage-1].ID
		d.Next = jobsURL(next)
	}
	d.Rows = page
	for _, s := range jobShows {
		link := first
		link.Shows = s.name
		d.Shows = append(d.Shows, ui.SegLink{Text: s.text, URL: jobsURL(link), Current: at.Shows == s.name})
	}
	d.Kinds = []ui.Option{{Value: "", Label: "All kinds"}}
	for _, q := range queues {
		d.Kinds = append(d.Kinds, ui.Option{Value: q.Kind, Label: q.Kind})
	}
	if !slices.ContainsFunc(d.Kinds, func(o ui.Option) bool { return o.Value == at.Kind }) {
		d.Kinds = append(d.Kinds, ui.Option{Value: at.Kind, Label: at.Kind})
	}
	return render(c, http.StatusOK, support.Work(w.console(c, "Jobs"), d))
}

// Job shows one job with all that went wrong.
func (w *Web) Job(c echo.Context) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	job, tenant, err := w.Jobs.Find(c.Request().Context(), guard.Actor(c), id)
	if err != nil {
		return err
	}
	d := support.JobPage{JobDetail: job, Tenant: ui.Link{Text: tenant.Name}, Now: w.Clock.Now()}
	if tenant.ID != "" {
		d.Tenant.URL = "/support/tenants/" + tenant.Slug
	}
	return render(c, http.StatusOK, support.OneJob(w.console(c, "Job "+c.Param("id")), d))
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
	return done(c, "The job runs now. If it fails again, it is among the failing ones again.", jobsURL(readJobs(c.FormValue)))
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
	return done(c, "The job was discarded; it is not tried again.", jobsURL(readJobs(c.FormValue)))
}

func jobID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0, fault.Missing("job")
	}
	return id, nil
}
