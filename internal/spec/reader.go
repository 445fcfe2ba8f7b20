package spec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"gatehouse/internal/fault"
)

// Limits on one reading (R101 as settled). The time is below the minute that a
// client of the management API is promised, so that there is some left to say
// that it was too long.
const (
	ReadTimeout = 55 * time.Second
	ReadMemory  = 1 << 30   // bytes of resident memory
	maxAnswer   = 512 << 20 // bytes; details are bounded far below
	watchEvery  = 20 * time.Millisecond
)

// Reader reads documents, one at a time, in a child process of its own that it
// ends when it takes too long or too much memory.
type Reader struct {
	Timeout time.Duration // ReadTimeout unless set
	Memory  int64         // ReadMemory unless set

	command []string
	turn    chan struct{}
	ended   func(*os.ProcessState)
}

// NewReader makes a Reader. command starts this binary so that it calls
// ChildMain, e.g. os.Executable() and a hidden subcommand.
func NewReader(command ...string) *Reader {
	return &Reader{Timeout: ReadTimeout, Memory: ReadMemory, command: command, turn: make(chan struct{}, 1)}
}

// Read reads a document. The error is a fault for the person who uploaded it:
// document_too_large (TooLarge), document_refused (Invalid, with a field for
// each fault of the document), document_too_slow and document_too_heavy
// (Invalid), or Unavailable when ctx ends while others are read. With
// document_refused the Document holds the Problems, with their lines.
func (r *Reader) Read(ctx context.Context, raw []byte) (Document, error) {
	if len(raw) > MaxBytes {
		return Document{}, fault.New(fault.TooLarge, "document_too_large",
			"The document is larger than %d MiB. Split it into several APIs, or leave out long examples.", MaxBytes>>20)
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return Document{}, fault.New(fault.Unavailable, "document_queue",
			"Other documents are being read just now. Try again in a minute.").Because(ctx.Err()).After(time.Minute)
	}
	d, err := r.run(ctx, raw)
	if err != nil {
		return Document{}, err
	}
	return d, refusal(d)
}

// refusal is the fault that says why a document is not imported, if it is not.
func refusal(d Document) error {
	faults := d.Faults()
	if len(faults) == 0 {
		return nil
	}
	f := fault.New(fault.Invalid, "document_refused", "The document cannot be imported. %s", faults[0].Message)
	for _, p := range faults {
		msg := p.Message
		if where := p.Where(); where != "" {
			msg = where + ": " + msg
		}
		f = f.WithFields(fault.Field{Name: "document" + p.Pointer, Message: msg})
	}
	return f
}

// run starts the child, watches it and takes its answer.
func (r *Reader) run(ctx context.Context, raw []byte) (Document, error) {
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	cmd := exec.CommandContext(limited, r.command[0], r.command[1:]...)
	cmd.Env = []string{"GOMAXPROCS=" + strconv.Itoa(max(1, runtime.NumCPU()/2)), "GOTRACEBACK=single"}
	cmd.Dir, cmd.Stdin, cmd.WaitDelay = os.TempDir(), bytes.NewReader(raw), time.Second
	var stderr tail
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return Document{}, err
	}
	if err := cmd.Start(); err != nil {
		return Document{}, fmt.Errorf("starting the reader of documents: %w", err)
	}
	heavy, stop := r.watch(cmd.Process)
	d, failed, readErr := receive(stdout)
	waitErr := cmd.Wait()
	stop()
	if r.ended != nil {
		r.ended(cmd.ProcessState)
	}
	switch err := errors.Join(readErr, waitErr); {
	case heavy.Load():
		return Document{}, fault.New(fault.Invalid, "document_too_heavy",
			"Reading the document takes more than %d MiB of memory. Split it into several APIs, or leave out long examples and YAML aliases.", r.Memory>>20)
	case ctx.Err() != nil:
		return Document{}, fault.New(fault.Unavailable, "document_stopped", "The document was not read to the end. Try again.").Because(ctx.Err())
	case limited.Err() != nil:
		return Document{}, fault.New(fault.Invalid, "document_too_slow",
			"Reading the document takes longer than %d seconds. Split it into several APIs.", int(r.Timeout.Seconds()))
	case failed != "" || err != nil:
		return Document{}, fault.New(fault.Invalid, "document_unreadable",
			"The document makes our reader fail, which is our mistake. Check it with another tool; if it is valid, please report it.").
			Because(fmt.Errorf("%w: %s%s", errors.Join(errReader, err), failed, stderr.String()))
	}
	return d, nil
}

var errReader = errors.New("the reader of documents failed")

// receive decodes the child's answer.
func receive(stdout io.Reader) (d Document, failed string, err error) {
	defer func() { _, _ = io.Copy(io.Discard, stdout) }() // so that the child can end
	dec := json.NewDecoder(io.LimitReader(stdout, maxAnswer))
	var a answer
	if err := dec.Decode(&a); err != nil {
		return d, "", err
	}
	d = a.Document
	if a.Operations < 0 || a.Operations > MaxOperations {
		return d, "", fmt.Errorf("%d operations announced", a.Operations)
	}
	d.Operations = make([]Operation, a.Operations)
	for i := range d.Operations {
		if err := dec.Decode(&d.Operations[i]); err != nil {
			return d, "", err
		}
	}
	return d, a.Failed, nil
}

// watch ends the process when its resident memory passes the limit. Where there
// is no /proc, the child's own limit is all there is.
func (r *Reader) watch(p *os.Process) (passed *atomic.Bool, stop func()) {
	passed = new(atomic.Bool)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if resident(p.Pid) > r.Memory {
					passed.Store(true)
					_ = p.Kill() // it may have ended by itself
				}
			}
		}
	}()
	return passed, func() { close(done); <-ended }
}

// resident is a process's memory in bytes, 0 if it cannot be known (proc(5), statm).
func resident(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// tail keeps the end of what is written to it, for the log.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	n, err := t.Buffer.Write(p)
	if extra := t.Len() - most; extra > 0 {
		t.Next(extra)
	}
	return n, err
}
