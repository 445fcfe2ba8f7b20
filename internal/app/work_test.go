package app

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"gatehouse/internal/clock"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// SECURITY §4: a mail is tried for three days, and not for a week.
func TestMailsAreTriedForThreeDays(t *testing.T) {
	begin := time.Now()
	at := begin
	for n := range mailAttempts - 1 {
		at = at.Add(time.Until((&river.DefaultClientRetryPolicy{}).NextRetry(&rivertype.JobRow{Errors: make([]rivertype.AttemptError, n)})))
	}
	if took := at.Sub(begin); took < 72*time.Hour || took > 120*time.Hour {
		t.Errorf("the last attempt is after %s", took)
	}
}

// R123: a chain is signed when it grew by much, when it grew some time ago, and at
// the stop; one that did not grow is not.
func TestCheckpointsFollowTheChains(t *testing.T) {
	c := quick(t, t.TempDir())
	path := filepath.Join(c.Dir, CheckpointFile)
	lines := func() int {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return bytes.Count(text, []byte("\n"))
	}
	now := clock.NewManual(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))
	a := openAt(t, c, now)
	closed := false
	defer func() {
		if !closed {
			_ = a.Close()
		}
	}()
	person := 0
	grow := func() {
		t.Helper()
		person++
		if _, err := a.Portal.Accounts.DemoPerson(t.Context(), "Ann", string(rune('a'+person))+"@test.example", models.NotStaff); err != nil {
			t.Fatal(err)
		}
	}
	look := func(want int, when string) {
		t.Helper()
		if err := a.signDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := lines(); got != want {
			t.Errorf("%s: %d checkpoints, want %d", when, got, want)
		}
	}
	grow()
	look(1, "a first look")
	now.Advance(time.Hour)
	look(1, "nothing grew")
	grow()
	look(2, "an hour later")
	grow()
	look(2, "too soon")
	err := a.Store.Do(t.Context(), models.Actor{}, models.AccountUse, func(tx *store.Tx) error {
		for range checkpointEvents {
			if err := tx.RecordAs("account.test", "user", "u", nil, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	look(3, "much grew")
	grow()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	closed = true
	if lines() != 4 {
		t.Errorf("%d checkpoints after the stop", lines())
	}
	a, closed = openAt(t, c, now), false
	now.Advance(time.Hour)
	look(4, "after a start")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	look(1, "after the file was taken away")
}
