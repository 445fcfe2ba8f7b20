package usage

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// BenchmarkRecord: PERFORMANCE §2 wants ≤ 300 ns and no allocation.
func BenchmarkRecord(b *testing.B) {
	run := func(b *testing.B, body func(s *Spool, r *gateway.Record)) {
		s, err := OpenSpool(b.TempDir(), slog.New(slog.DiscardHandler))
		must(b, err)
		defer func() { must(b, s.Close()) }()
		r := call()
		b.ReportAllocs()
		b.ResetTimer()
		body(s, r)
		b.StopTimer()
		if s.Dropped() > 0 {
			b.Fatalf("%d dropped", s.Dropped())
		}
	}
	// fold does the Folder's part: new segments instead of full ones.
	fold := func(s *Spool) {
		for _, p := range s.pending() {
			if p.full {
				s.forget([]*source{p.source})
			}
		}
		s.prepare()
	}
	b.Run("one", func(b *testing.B) {
		run(b, func(s *Spool, r *gateway.Record) {
			for n := range b.N {
				if n%4000 == 0 {
					b.StopTimer()
					fold(s)
					b.StartTimer()
				}
				s.Record(r)
			}
		})
	})
	b.Run("parallel, folding beside it", func(b *testing.B) {
		run(b, func(s *Spool, r *gateway.Record) {
			done := make(chan struct{})
			var folder sync.WaitGroup
			folder.Go(func() {
				for {
					select {
					case <-done:
						return
					case <-time.After(5 * time.Millisecond):
						fold(s)
					}
				}
			})
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					s.Record(r)
				}
			})
			close(done)
			folder.Wait()
		})
	})
}

// history is n calls over the days before the clock's time, as a demo fills in:
// 3 tenants, 40 tokens, 15 operations, a few failures.
func history(n int, end time.Time, span time.Duration) iter.Seq[gateway.Record] {
	return func(yield func(gateway.Record) bool) {
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range n {
			k := rng.IntN(40)
			t := k % 3
			op := rng.IntN(15)
			r := call(at(end.Add(-span+time.Duration(float64(span)*float64(i)/float64(n))).Truncate(time.Microsecond)), token(k))
			r.Tenant, r.API, r.Version, r.Subscription, r.Team = id('t', t), id('a', t*5+op%4), id('v', t*5+op%4), id('s', k/2), id('m', k/4)
			r.Operation = fmt.Sprintf("operation%d", op)
			r.Path = fmt.Sprintf("/api%d/v1/things/%d", op%4, rng.IntN(500))
			r.Took = time.Duration(rng.ExpFloat64() * float64(30*time.Millisecond))
			r.BytesOut = int64(300 + rng.IntN(2000))
			r.ClientIP = call().ClientIP
			r.UserAgent = fmt.Sprintf("client-%d/1.0", k)
			r.RequestID = fmt.Sprintf("%016x%04x", rng.Uint64(), rng.IntN(1<<16))
			if rng.IntN(30) == 0 {
				r.Status, r.Outcome, r.Admitted = 429, "rate_limited", false
			}
			if !yield(*r) {
				return
			}
		}
	}
}

// BenchmarkHistory fills in 30 days of 300,000 calls, and says what each call and
// each row take of the disk.
func BenchmarkHistory(b *testing.B) {
	const calls = 300_000
	fold := func(b *testing.B, dsn string) *Usage {
		u := open(b, dsn, b.TempDir(), clock.NewManual(noon))
		start := time.Now()
		must(b, u.Folder.Fold(context.Background(), history(calls, noon, 30*24*time.Hour)))
		b.ReportMetric(time.Since(start).Seconds(), "s/300k")
		return u
	}
	b.Run("sqlite", func(b *testing.B) {
		u := fold(b, dsn(b, ""))
		number := func(query string) (n float64) {
			must(b, u.db.write.QueryRow(query).Scan(&n))
			return n
		}
		rows := number("SELECT (SELECT COUNT(*) FROM usage_minute) + (SELECT COUNT(*) FROM usage_hour) + (SELECT COUNT(*) FROM usage_day)")
		b.ReportMetric(number("SELECT SUM(pgsize) FROM dbstat WHERE name LIKE '%usage_block%'")/calls, "B/call-log")
		b.ReportMetric(number("SELECT SUM(pgsize) FROM dbstat WHERE name IN ('usage_minute', 'usage_hour', 'usage_day')")/rows, "B/row")
		b.ReportMetric(rows, "rows")
	})
	if pg := os.Getenv("GATEHOUSE_TEST_POSTGRES"); pg != "" {
		b.Run("postgres", func(b *testing.B) { fold(b, dsn(b, pg)) })
	}
}

// BenchmarkSeries reads each range of a token that is called every second.
func BenchmarkSeries(b *testing.B) {
	u := open(b, dsn(b, ""), b.TempDir(), clock.NewManual(noon))
	must(b, u.Folder.Fold(context.Background(), history(300_000, noon, 48*time.Hour)))
	must(b, u.Folder.Fold(context.Background(), history(300_000, noon, 90*24*time.Hour)))
	for span := range ranges {
		b.Run(Range(span).String(), func(b *testing.B) {
			for range b.N {
				_, err := u.Series(context.Background(), acme, Filter{Token: key0}, Range(span))
				must(b, err)
			}
		})
	}
	b.Run("log", func(b *testing.B) {
		for range b.N {
			_, err := u.LastRequests(context.Background(), acme, LogQuery{Token: key0, Limit: 20})
			must(b, err)
		}
	})
	b.Run("operations", func(b *testing.B) {
		for range b.N {
			_, err := u.TopOperations(context.Background(), acme, Filter{Token: key0}, Last30, 10)
			must(b, err)
		}
	})
}
