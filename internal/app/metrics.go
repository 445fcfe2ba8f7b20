package app

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gatehouse/internal/gateway"
	"gatehouse/models"
)

// callCounter counts calls by what became of them, and passes each on to the
// spool. The outcomes are few: the gateway's codes and four more.
type callCounter struct {
	gateway.Meter
	all       *prometheus.CounterVec
	byOutcome map[string]prometheus.Counter
}

func newCallCounter(to gateway.Meter) *callCounter {
	c := &callCounter{Meter: to, byOutcome: map[string]prometheus.Counter{}, all: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_calls_total", Help: "Calls of the gateway by outcome: ok, or why it was refused or broke off."}, []string{"outcome"})}
	outcomes := []string{gateway.OutcomeOK, gateway.OutcomeTruncated, gateway.OutcomeClientGone, gateway.OutcomeCut}
	for _, code := range gateway.Codes {
		outcomes = append(outcomes, code.Name)
	}
	for _, outcome := range outcomes {
		c.byOutcome[outcome] = c.all.WithLabelValues(outcome)
	}
	return c
}

// Record counts without a lock or an allocation.
func (c *callCounter) Record(r *gateway.Record) {
	if counter := c.byOutcome[r.Outcome]; counter != nil {
		counter.Inc()
	}
	c.Meter.Record(r)
}

// moreMetrics are what an operator watches beside the gateway itself.
func (a *App) moreMetrics(r *prometheus.Registry) {
	r.MustRegister(a.calls.all, &queueMetrics{read: a.Jobs.Overview})
	counter := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "gatehouse_" + name, Help: help}, value))
	}
	gauge := func(name, help string, labels prometheus.Labels, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "gatehouse_" + name, Help: help, ConstLabels: labels}, value))
	}
	counter("usage_dropped_total", "Calls that were not counted, for want of disk and memory.", func() float64 { return float64(a.Usage.Spool.Dropped()) })
	counter("usage_torn_total", "Records of calls that a power failure damaged.", func() float64 { return float64(a.Usage.Spool.Torn()) })
	counter("sightings_dropped_total", "Uses of ended or exposed tokens that nobody was told of, because there were too many at once.", func() float64 { return float64(a.sightings.dropped.Load()) })
	for answer, count := range map[string]*atomic.Int64{"there": &a.checked.there, "gone": &a.checked.gone, "none": &a.checked.failed} {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "gatehouse_identity_checks_total", ConstLabels: prometheus.Labels{"answer": answer},
			Help: "Questions to OpenID providers whether a person is still there, by answer; none is of one that does not answer."},
			func() float64 { return float64(count.Load()) }))
	}
	gauge("usage_spool_failing", "1 while calls are kept in memory, because the disk takes no more.", nil, func() float64 { return truth(a.Usage.Spool.Failing()) })
	gauge("changes_age_seconds", "How long ago the gateway last had all changes; above GATEHOUSE_STALE_MAX every call is refused.", nil,
		func() float64 { return a.clock.Now().Sub(a.Publish.Fresh()).Seconds() })
	gauge("backup_age_seconds", "How long ago the last backup was made, as gatehouse backup told; NaN where none was, or the database does not answer.", nil, func() float64 {
		return a.age(func(ctx context.Context) (time.Time, error) { made, _, err := a.backups(ctx); return made.At, err })
	})
	gauge("audit_checkpoint_age_seconds", "How long ago the audit chains were last looked at for a checkpoint, by any server; NaN where that is not known.", nil, func() float64 { return a.age(a.looked) })
	gauge("disk_free_bytes", "Free bytes on the disk of the data folder; 0 where the system does not tell.", nil, func() float64 { free, _ := room(a.config.Dir); return float64(free) })
	if h, err := a.Store.Handles(); err == nil {
		pools := map[string]*sql.DB{"write": h.Write, "read": h.Read}
		if h.Write == h.Read {
			pools = map[string]*sql.DB{"all": h.Write}
		}
		for name, pool := range pools {
			gauge("database_connections", "Open connections to the database of the records.", prometheus.Labels{"pool": name},
				func() float64 { return float64(pool.Stats().OpenConnections) })
		}
	}
}

// age is how long ago something was, in seconds.
func (a *App) age(last func(context.Context) (time.Time, error)) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	at, err := last(ctx)
	if err != nil || at.IsZero() {
		return math.NaN()
	}
	return a.clock.Now().Sub(at).Seconds()
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// queueMetrics count the jobs when they are asked for.
type queueMetrics struct {
	read func(context.Context) ([]models.JobQueue, error)
	mu   sync.Mutex // one question at a time
}

var queueLength = prometheus.NewDesc("gatehouse_jobs", "Jobs by kind and state.", []string{"kind", "state"}, nil)

// Describe is of prometheus.Collector.
func (q *queueMetrics) Describe(to chan<- *prometheus.Desc) { to <- queueLength }

// Collect leaves the jobs out where the database does not answer: the rest of
// the numbers is wanted then most.
func (q *queueMetrics) Collect(to chan<- prometheus.Metric) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	queues, err := q.read(ctx)
	if err != nil {
		return
	}
	for _, queue := range queues {
		for state, n := range map[string]int{"available": queue.Available, "running": queue.Running, "retryable": queue.Retryable, "discarded": queue.Discarded} {
			to <- prometheus.MustNewConstMetric(queueLength, prometheus.GaugeValue, float64(n), queue.Kind, state)
		}
	}
}

// warnings are what an operator should look at, though the process serves: its
// disk takes no more, say. Calls are decided in memory then, and pages are read.
func (a *App) warnings() map[string]string {
	out := map[string]string{}
	if err := writable(a.config.Dir); err != nil {
		out["disk"] = err.Error()
	}
	if a.Usage.Spool.Failing() {
		out["usage"] = "calls are kept in memory, and lost if the process is killed"
	}
	return out
}

// writable tries to write into a folder, as much as a block.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-")
	if err != nil {
		return fmt.Errorf("the data folder cannot be written to: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.Write(make([]byte, 4096)); err != nil {
		return fmt.Errorf("the data folder takes no more: %w", err)
	}
	return nil
}
