package spec

import (
	"os"
	"testing"
)

// childArg makes the test binary the child that Reader starts.
const childArg = "read-document"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childArg {
		os.Exit(ChildMain(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func testReader(t testing.TB) *Reader {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := NewReader("env", "GORACE=atexit_sleep_ms=0", self, childArg)
	r.Memory *= slow // the race detector takes several times as much
	return r
}
