package jobs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/logging"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// shown is what each list of jobs holds.
var shown = map[string]string{
	models.JobsFailing:  "errors IS NOT NULL AND state <> 'completed'",
	models.JobsWaiting:  "state IN ('available', 'pending', 'scheduled')",
	models.JobsRunning:  "state = 'running'",
	models.JobsRetrying: "state = 'retryable'",
	models.JobsGivenUp:  "state IN ('discarded', 'cancelled')",
	models.JobsDone:     "state = 'completed'",
	models.JobsAll:      "state = state",
}

// when is the time of a job's end; before, of its attempt that is next or runs.
const when = "COALESCE(finalized_at, CASE WHEN state = 'running' THEN attempted_at END, scheduled_at)"

// lastError is the reason why a job's last attempt failed.
func (j *Jobs) lastError() string {
	if j.handles.Pool != nil {
		return `COALESCE(errors[array_upper(errors, 1)]->>'error', '')`
	}
	return `COALESCE(json_extract(errors, '$[#-1].error'), '')`
}

// moment writes a time of the database as text that readTime reads.
func (j *Jobs) moment(column string) string {
	if j.handles.Pool != nil {
		return `to_char(` + column + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')`
	}
	return `CAST(` + column + ` AS text)`
}

func readTime(text string) (time.Time, error) {
	return time.Parse(time.DateTime, strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z"))
}

// List finds jobs, those that were asked for last first. It leaves out what they were
// told, which may be personal, and secrets in what went wrong.
func (j *Jobs) List(ctx context.Context, f models.JobFilter) (all []models.Job, err error) {
	ctx, cancel := context.WithTimeout(ctx, pageMost)
	defer cancel()
	defer func() { err = store.Classify(err) }()
	where, args := []string{cmp.Or(shown[f.Shows], shown[models.JobsFailing])}, []any(nil)
	bind := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	if f.Kind != "" {
		bind("kind = ?", f.Kind)
	}
	if f.Before > 0 {
		bind("id < ?", f.Before)
	}
	if id, err := strconv.ParseInt(f.Text, 10, 64); err == nil {
		bind("id = ?", id)
	} else if f.Text != "" {
		bind(`(lower(kind) LIKE ? ESCAPE '\' OR lower(`+j.lastError()+`) LIKE ? ESCAPE '\')`,
			"%"+strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(f.Text))+"%")
	}
	args = append(args, f.Limit)
	rows, err := j.handles.Read.QueryContext(ctx, `SELECT `+j.columns()+` FROM river_job WHERE `+strings.Join(where, " AND ")+
		` ORDER BY id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		job, err := scanJob(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, job)
	}
	return all, rows.Err()
}

func (j *Jobs) columns() string {
	return `id, kind, attempt, max_attempts, CAST(state AS text), ` + j.lastError() + `, ` + j.moment(when)
}

func scanJob(scan func(...any) error, more ...any) (job models.Job, err error) {
	var text, at string
	if err := scan(append([]any{&job.ID, &job.Kind, &job.Attempt, &job.MaxAttempts, &job.State, &text, &at}, more...)...); err != nil {
		return job, err
	}
	job.LastError = cut(logging.Redact(text))
	job.At, err = readTime(at)
	return job, err
}

// Find shows one job with all that went wrong, the last attempt first.
func (j *Jobs) Find(ctx context.Context, id int64) (d models.JobDetail, err error) {
	ctx, cancel := context.WithTimeout(ctx, pageMost)
	defer cancel()
	defer func() { err = store.Classify(err) }()
	failed, told := `json(errors)`, `json(args)`
	if j.handles.Pool != nil {
		failed, told = `CAST(to_jsonb(errors) AS text)`, `CAST(args AS text)`
	}
	var made, args string
	var wrong sql.NullString
	row := j.handles.Read.QueryRowContext(ctx, `SELECT `+j.columns()+`, `+j.moment("created_at")+`, `+told+`, `+failed+` FROM river_job WHERE id = $1`, id)
	d.Job, err = scanJob(row.Scan, &made, &args, &wrong)
	if errors.Is(err, sql.ErrNoRows) {
		return d, fault.Missing("job").Because(err)
	}
	if err != nil {
		return d, fmt.Errorf("jobs: %w", err)
	}
	if d.CreatedAt, err = readTime(made); err != nil {
		return d, err
	}
	var attempts []struct {
		Attempt int       `json:"attempt"`
		At      time.Time `json:"at"`
		Error   string    `json:"error"`
	}
	if wrong.Valid {
		if err := json.Unmarshal([]byte(wrong.String), &attempts); err != nil {
			return d, fmt.Errorf("jobs: %w", err)
		}
	}
	for _, a := range slices.Backward(attempts) {
		d.Errors = append(d.Errors, models.JobError{Attempt: a.Attempt, At: a.At, Text: cut(logging.Redact(a.Error))})
	}
	d.TenantID = tenantIn(args)
	return d, nil
}

// tenantIn is the tenant that a job was told of, "" where it was told of none.
func tenantIn(args string) string {
	var told map[string]any
	if json.Unmarshal([]byte(args), &told) != nil {
		return ""
	}
	for _, name := range []string{"tenant", "Tenant", "tenant_id", "TenantID"} {
		if id, ok := told[name].(string); ok && id != "" {
			return id
		}
	}
	return ""
}
