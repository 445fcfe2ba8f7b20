package spec

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"
)

// The child's limits on itself; the parent ends it a little past them.
const (
	childSoftMemory = 768 << 20
	exitPanic       = 3
)

// answer is the first line of what the child writes; one operation a line
// follows, then the schemas and the webhooks.
type answer struct {
	Document   Document `json:"document"`
	Operations int      `json:"operations"`
	Schemas    int      `json:"schemas,omitempty"`
	Hooks      int      `json:"hooks,omitempty"`
	Failed     string   `json:"failed,omitempty"` // our own mistake, for the log
}

// ChildMain is the whole life of the child process: it reads a document from
// stdin, or the two that it is to compare, or the one that it is to write whole, writes what it understood to stdout
// for Reader, and returns the exit code.
func ChildMain(stdin io.Reader, stdout io.Writer) (code int) {
	debug.SetMemoryLimit(childSoftMemory)
	debug.SetGCPercent(200)
	time.AfterFunc(ReadTimeout+time.Second, func() { os.Exit(exitPanic) }) // also when the parent is gone
	out := bufio.NewWriterSize(stdout, 1<<16)
	defer func() {
		if err := out.Flush(); err != nil && code == 0 {
			code = 1
		}
	}()
	in := bufio.NewReaderSize(stdin, 1<<16)
	switch task, err := in.ReadString('\n'); {
	case err != nil:
		return 1
	case task == taskCompare:
		return compareChild(in, out)
	case task == taskWhole:
		return wholeChild(in, out)
	}
	raw, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return 1
	}
	d, err := safely(raw)
	a := answer{Document: d, Operations: len(d.Operations), Schemas: len(d.Schemas), Hooks: len(d.Hooks)}
	if err != nil {
		a, d = answer{Failed: err.Error()}, Document{}
	}
	enc := json.NewEncoder(out)
	if err := enc.Encode(a); err != nil {
		return 1
	}
	if encodeAll(enc, d.Operations) != nil || encodeAll(enc, d.Schemas) != nil || encodeAll(enc, d.Hooks) != nil {
		return 1
	}
	return 0
}

func encodeAll[T any](enc *json.Encoder, all []T) error {
	for _, one := range all {
		if err := enc.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

// safely turns a panic of a library into an error.
func safely(raw []byte) (d Document, err error) {
	defer func() {
		if p := recover(); p != nil {
			d, err = Document{}, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return examine(raw)
}
