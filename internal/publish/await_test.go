package publish

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// An outage is two lines in the log, however long it is.
func TestAnOutageIsLoggedOnceAtEachEnd(t *testing.T) {
	var out bytes.Buffer
	p := New(nil, nil, nil, clock.System, slog.New(slog.NewTextHandler(&out, nil)))
	failing := false
	for _, err := range []error{nil, errors.New("down"), errors.New("down"), errors.New("down"), nil, nil, errors.New("down"), nil} {
		failing = p.report(t.Context(), failing, err)
	}
	if got := out.String(); strings.Count(got, "cannot be read") != 2 || strings.Count(got, "read again") != 2 || strings.Count(got, "\n") != 4 {
		t.Error(got)
	}
}

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

// R13: who was answered without having waited long enough may still rely on it.
func TestTheGatewayIsClosedUntilItHasWhatWasPromised(t *testing.T) {
	g := gateway.New(gateway.Config{})
	g.Publish(gateway.NewSnapshot())
	p := New(nil, nil, g, clock.System, slog.New(slog.NewTextHandler(io.Discard, nil)))
	p.reached(6)
	p.freshAt(clock.System.Now())
	if !g.Ready() {
		t.Fatal("the gateway is not open")
	}
	p.owe(7)
	if g.Ready() {
		t.Error("the gateway is open without the change")
	}
	p.freshAt(clock.System.Now()) // of a reading that began before the change
	if g.Ready() {
		t.Error("an older reading opened the gateway")
	}
	p.reached(7)
	p.freshAt(clock.System.Now())
	if !g.Ready() {
		t.Error("the gateway stays closed")
	}
	p.owe(7) // which came while it was applied
	if !g.Ready() {
		t.Error("a change that is there closed the gateway")
	}
}
