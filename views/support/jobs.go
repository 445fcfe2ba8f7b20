package support

import (
	"net/url"
	"strconv"
	"time"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Jobs is the page of later work.
type Jobs struct {
	Queues                   []models.JobQueue
	Rows                     []models.Job
	Kind, Show, Text, Before string // as in the address
	Kinds                    []ui.Option
	Shows                    []ui.SegLink
	First, Next              string // pages, or ""
	Now                      time.Time
}

func (j Jobs) sum(count func(models.JobQueue) int) string {
	n := 0
	for _, q := range j.Queues {
		n += count(q)
	}
	return ui.Number(n)
}

// JobPage is the page of one job.
type JobPage struct {
	models.JobDetail
	Tenant ui.Link // that it is about; without address where it is about none
	Now    time.Time
}

// jobsOf is the list of the jobs of a kind that something became of.
func jobsOf(kind, show string) string {
	return "/support/jobs?" + url.Values{"kind": {kind}, "show": {show}}.Encode()
}

func jobURL(id int64) string { return "/support/jobs/" + strconv.FormatInt(id, 10) }

func jobNumber(id int64) string { return strconv.FormatInt(id, 10) }

// attempts says how often a job was tried.
func attempts(j models.Job) string {
	return "attempt " + strconv.Itoa(j.Attempt) + " of " + strconv.Itoa(j.MaxAttempts)
}

// open reports whether something can be done to a job: it is not done and does not run.
func open(j models.Job) bool { return j.State != "completed" && j.State != "running" }

// whenWord is what the time of a job is.
func whenWord(j models.Job) string {
	switch {
	case j.Ended():
		return "Ended"
	case j.State == "running":
		return "Began"
	}
	return "Next attempt"
}

// nothingToDo says why a list of jobs is empty.
func (j Jobs) nothing() (title, text string) {
	switch {
	case j.Text != "" || j.Kind != "":
		return "No job fits", "Jobs are kept for a day once they are done, and for a week once they are given up."
	case j.Show == models.JobsFailing:
		return "Nothing has failed", "Jobs whose last attempt failed stand here, with the reason, until they are done or discarded."
	}
	return "No such jobs now", "Jobs are kept for a day once they are done, and for a week once they are given up."
}
