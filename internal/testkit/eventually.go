package testkit

import (
	"testing"
	"time"
)

// Eventually asks until the answer is yes, and fails the test where that is not
// within half a minute: for what another part of the program does in its own time.
func Eventually(t testing.TB, what string, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !yes(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}
