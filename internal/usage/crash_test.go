package usage

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// crashSegment is small, so that segments turn often.
const crashSegment = 64 << 10

// TestMain runs the process that TestKilledProcessLosesNothing kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("USAGE_CRASH_DIR"); dir != "" {
		crashChild(dir, os.Getenv("USAGE_CRASH_DSN"), os.Getenv("USAGE_CRASH_ROUND"))
	}
	os.Exit(m.Run())
}

// crashChild records calls from four goroutines, writes a line to a journal after
// each, and folds all the time.
func crashChild(dir, dsn, round string) {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	spool, err := openSpool(filepath.Join(dir, "spool"), log, crashSegment)
	exitOn(err)
	db, err := openDatabase(ctx, dsn)
	exitOn(err)
	folder := newFolder(spool, db, clock.System, log)
	for g := range 4 {
		journal, err := os.Create(filepath.Join(dir, fmt.Sprintf("journal-%s-%d", round, g)))
		exitOn(err)
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("r%s-%d-%d", round, g, n)
				spool.Record(call(at(time.Now()), token(g), func(r *gateway.Record) { r.RequestID = name }))
				_, err := journal.WriteString(name + "\n")
				exitOn(err)
				if n%5 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}()
	}
	fmt.Println("ready")
	for {
		exitOn(folder.Flush(ctx))
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// R128 as settled: a killed process loses no answered call and counts none twice,
// killed while it records and folds.
func TestKilledProcessLosesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		rounds := 4
		if os.Getenv("GATEHOUSE_SOAK") != "" {
			rounds = 60
		}
		dir := t.TempDir()
		for round := range rounds {
			killSoon(t, dir, dsn, round)
		}
		ctx := context.Background()
		u := small(t, dsn, filepath.Join(dir, "spool"), clock.System)
		must(t, u.Folder.Flush(ctx))

		answered, begun := journals(t, dir)
		logged := map[string]int{}
		var total uint64
		for g := range 4 {
			s, err := u.Series(ctx, acme, Filter{Token: idText(id('k', g))}, LastHour)
			must(t, err)
			total += s.Total.Calls
			for q := (LogQuery{Token: idText(id('k', g)), Limit: 100}); ; {
				page, err := u.LastRequests(ctx, acme, q)
				must(t, err)
				for _, r := range page.Requests {
					logged[r.RequestID]++
				}
				if !page.More {
					break
				}
				q.Before = page.Next
			}
		}
		if int(total) != len(logged) {
			t.Errorf("%d calls in the sums, %d in the log", total, len(logged))
		}
		for name, n := range logged {
			if n != 1 {
				t.Fatalf("%s was counted %d times", name, n)
			}
		}
		for name := range answered {
			if logged[name] == 0 {
				t.Fatalf("%s was answered and is not counted", name)
			}
		}
		if len(logged) > begun {
			t.Errorf("%d calls are counted, %d were made", len(logged), begun)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "spool", "*"+segmentExt)); len(left) != len(u.Spool.shards) {
			t.Errorf("%d segments are left, want the %d that are written to", len(left), len(u.Spool.shards))
		}
		t.Logf("%d rounds, %d calls answered, %d counted", rounds, len(answered), total)
	})
}

// killSoon starts a child and kills it within half a second.
func killSoon(t *testing.T, dir, dsn string, round int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "USAGE_CRASH_DIR="+dir, "USAGE_CRASH_DSN="+dsn, fmt.Sprint("USAGE_CRASH_ROUND=", round))
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if !bufio.NewScanner(out).Scan() {
		t.Fatalf("the child did not start: %v: %s", cmd.Wait(), errs.String())
	}
	time.Sleep(time.Duration(rand.Int64N(int64(400 * time.Millisecond))))
	must(t, cmd.Process.Kill())
	if err := cmd.Wait(); err == nil || errs.Len() > 0 {
		t.Fatalf("the child ended by itself: %v: %s", err, errs.String())
	}
}

// journals lists the calls that were answered, and how many may have been begun:
// one more in each goroutine.
func journals(t *testing.T, dir string) (answered map[string]bool, begun int) {
	t.Helper()
	answered = map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "journal-*"))
	must(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		for line := range strings.Lines(string(b)) {
			if name, whole := strings.CutSuffix(line, "\n"); whole {
				answered[name] = true
			}
		}
	}
	return answered, len(answered) + len(files)
}

// small opens usage with small segments.
func small(t *testing.T, dsn, dir string, clk clock.Clock) *Usage {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	spool, err := openSpool(dir, log, crashSegment)
	must(t, err)
	db, err := openDatabase(context.Background(), dsn)
	must(t, err)
	u := &Usage{spool, newFolder(spool, db, clk, log), &Reader{db, clk}, db}
	t.Cleanup(func() { must(t, u.Close()) })
	return u
}

func TestManyRecordAndFoldAtOnce(t *testing.T) {
	ctx := context.Background()
	u := small(t, dsn(t, ""), t.TempDir(), clock.NewManual(noon))
	const each = 5000
	var calls sync.WaitGroup
	for g := range 8 {
		calls.Go(func() {
			for range each {
				u.Spool.Record(call(token(g)))
			}
		})
	}
	run, stop := context.WithCancel(ctx)
	var folds sync.WaitGroup
	folds.Go(func() {
		if err := u.Folder.Run(run); err != nil {
			t.Error(err)
		}
	})
	calls.Wait()
	stop() // R146: what was recorded is counted before Run returns
	folds.Wait()
	s, err := u.Series(ctx, acme, Filter{}, LastHour)
	must(t, err)
	if s.Total.Calls != 8*each || u.Spool.Dropped() != 0 {
		t.Errorf("%d calls counted, %d dropped, want %d and 0", s.Total.Calls, u.Spool.Dropped(), 8*each)
	}
}
