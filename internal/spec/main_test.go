package spec

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
)

// childArg makes the test binary the child that Reader starts.
const childArg = "read-document"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childArg {
		os.Exit(ChildMain(os.Stdin, os.Stdout))
	}
	if len(os.Args) > 1 && os.Args[1] == halfArg {
		os.Exit(halfChild(bufio.NewReader(os.Stdin), os.Stdout))
	}
	os.Exit(m.Run())
}

// halfArg makes it one that ends when it has compared in our own way, as one does
// that takes too much of anything then.
const halfArg = "half-compare"

func halfChild(in *bufio.Reader, out io.Writer) (code int) {
	var documents [2][]byte
	var size int
	if _, err := fmt.Fscanf(in, taskCompare+"%d\n", &size); err != nil {
		return 1
	}
	all, err := io.ReadAll(in)
	if err != nil {
		return 1
	}
	documents[0], documents[1] = all[:size], all[size:]
	own, _, err := prepare(documents[0], documents[1])
	if err != nil || json.NewEncoder(out).Encode(comparison{Changes: capped(own)}) != nil {
		return 1
	}
	return exitPanic
}

func testReader(t testing.TB) *Reader {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return readerOf(self, childArg)
}

func readerOf(self, arg string) *Reader {
	r := NewReader("env", "GORACE=atexit_sleep_ms=0", self, arg)
	r.Memory *= slow // the race detector takes several times as much
	return r
}
