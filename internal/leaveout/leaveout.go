// Package leaveout is for tests of what a machine may lack: a browser, a
// PostgreSQL server. Locally they are left out, and `make test` names them at
// its end; with CI set nothing may be left out.
package leaveout

import (
	"fmt"
	"os"
	"testing"
)

// List is the variable with the file that `make test` prints at its end, a line
// for each thing.
const List = "GATEHOUSE_LEFT_OUT"

// Skip leaves a test out, with what is missing, or fails it where CI is set.
func Skip(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s; with CI set nothing is left out", what)
	}
	Anywhere(t, what)
}

// Anywhere leaves a test out also where CI is set: for the corpus of real
// documents, which is no part of the source.
func Anywhere(t testing.TB, what string) {
	t.Helper()
	if path := os.Getenv(List); path != "" {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := fmt.Fprintln(f, what); err != nil {
			t.Fatal(err)
		}
	}
	t.Skip(what)
}
