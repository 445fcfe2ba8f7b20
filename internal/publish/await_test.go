package publish

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"gatehouse/internal/clock"
)

// Before Run nobody applies changes, and no call is decided: a start that writes
// does not wait for itself.
func TestNobodyAwaitsAPublisherThatDoesNotRun(t *testing.T) {
	p := New(nil, nil, nil, clock.System, slog.New(slog.NewTextHandler(io.Discard, nil)))
	begun := time.Now()
	p.Await(t.Context(), 7)
	if took := time.Since(begun); took > patience/2 {
		t.Errorf("waited %s", took)
	}
}
