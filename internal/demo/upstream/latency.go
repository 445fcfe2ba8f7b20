package upstream

import (
	"context"
	"hash/fnv"
	"math"
	"net/http"
	"slices"
	"time"
)

// chance draws how long a call takes and whether it fails by itself.
func (e *Engine) chance(op *operation) (delay time.Duration, fault int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	spread := math.Exp(0.4 * e.luck.NormFloat64())
	if e.luck.IntN(100) == 0 { // the tail that a p99 shows
		spread *= 6
	}
	delay = time.Duration(e.options.Latency * spread * float64(op.median()))
	if e.luck.Float64() < e.options.Faults {
		fault = http.StatusServiceUnavailable
		documented := slices.DeleteFunc(slices.Clone(op.errors), func(status int) bool {
			return status != http.StatusTooManyRequests && status < 500
		})
		if len(documented) > 0 {
			fault = documented[e.luck.IntN(len(documented))]
		}
	}
	return min(delay, 5*time.Second), fault
}

// median is how long half of an operation's calls take: each operation has
// its own, around what its kind of work costs.
func (o *operation) median() time.Duration {
	median := 26 * time.Millisecond
	switch _, list := o.list(); {
	case o.media != "" && o.media != "application/json":
		median = 90 * time.Millisecond
	case o.method != http.MethodGet:
		median = 44 * time.Millisecond
	case list != nil:
		median = 34 * time.Millisecond
	}
	h := fnv.New32a()
	h.Write([]byte(o.Key()))
	return median * time.Duration(75+h.Sum32()%60) / 100
}

func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
