package spec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
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

// Reader reads documents, or compares two, one at a time, in a child process of
// its own that it ends when it takes too long or too much memory, and beside it
// writes them for download.
type Reader struct {
	Timeout time.Duration // ReadTimeout unless set
	Memory  int64         // ReadMemory unless set

	command []string
	turn    chan struct{}
	writing chan struct{}
	ended   func(*os.ProcessState)
}

// NewReader makes a Reader. command starts this binary so that it calls
// ChildMain, e.g. os.Executable() and a hidden subcommand.
func NewReader(command ...string) *Reader {
	return &Reader{Timeout: ReadTimeout, Memory: ReadMemory, command: command, turn: make(chan struct{}, 1), writing: make(chan struct{}, 1)}
}

// Read reads a document. The error is a fault for the person who uploaded it:
// document_too_large (TooLarge), document_refused (Invalid, with a field for
// each fault of the document), document_too_slow and document_too_heavy
// (Invalid), or Unavailable when ctx ends while others are read. With
// document_refused the Document holds the Problems, with their lines.
func (r *Reader) Read(ctx context.Context, raw []byte) (Document, error) {
	if err := CheckSize(raw); err != nil {
		return Document{}, err
	}
	done, err := r.wait(ctx)
	if err != nil {
		return Document{}, err
	}
	defer done()
	d, err := r.run(ctx, raw)
	if err != nil {
		return Document{}, err
	}
	return d, refusal(d)
}

// wait takes the only place among the children.
func (r *Reader) wait(ctx context.Context) (done func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return func() { <-r.turn }, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "document_queue",
			"Other documents are being read just now. Try again in a minute.").Because(ctx.Err()).After(time.Minute)
	}
}

// CheckSize is nil where a document may be read, as far as its size goes, or
// document_too_large.
func CheckSize(raw []byte) error {
	if len(raw) <= MaxBytes {
		return nil
	}
	return fault.New(fault.TooLarge, "document_too_large",
		"The document is larger than %d MiB. Split it into several APIs, or leave out long examples.", MaxBytes>>20)
}

// refusal is the fault that says why a document is not imported, if it is not.
func refusal(d Document) error {
	faults := d.Faults()
	if len(faults) == 0 {
		return nil
	}
	f := fault.New(fault.Invalid, "document_refused", "The document cannot be imported. %s", faults[0].text())
	for _, p := range faults {
		msg := p.text()
		if where := p.Where(); where != "" {
			msg = where + ": " + msg
		}
		f = f.WithFields(fault.Field{Name: "document" + p.Pointer, Message: msg})
	}
	return f
}

// text is what is wrong and how it is mended, in one.
func (p Problem) text() string { return strings.TrimSpace(p.Message + " " + p.Repair) }

// run has a child read a document and says in words why it could not.
func (r *Reader) run(ctx context.Context, raw []byte) (d Document, err error) {
	failed := ""
	err = r.supervise(ctx, taskRead, bytes.NewReader(raw), func(stdout io.Reader) (err error) {
		d, failed, err = receive(stdout)
		return err
	})
	switch {
	case errors.Is(err, errHeavy):
		return Document{}, fault.New(fault.Invalid, "document_too_heavy",
			"Reading the document takes more than %d MiB of memory. Split it into several APIs, or leave out long examples and YAML aliases.", r.Memory>>20)
	case errors.Is(err, errStopped):
		return Document{}, fault.New(fault.Unavailable, "document_stopped", "The document was not read to the end. Try again.").Because(err)
	case errors.Is(err, errSlow):
		return Document{}, fault.New(fault.Invalid, "document_too_slow",
			"Reading the document takes longer than %d seconds. Split it into several APIs.", int(r.Timeout.Seconds()))
	case failed != "" || err != nil:
		return Document{}, fault.New(fault.Invalid, "document_unreadable",
			"The document makes our reader fail, which is our mistake. Check it with another tool; if it is valid, please report it.").
			Because(fmt.Errorf("%w: %s", errors.Join(errReader, err), failed))
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
	err = errors.Join(decodeAll(dec, &d.Operations, a.Operations), decodeAll(dec, &d.Schemas, a.Schemas), decodeAll(dec, &d.Hooks, a.Hooks))
	return d, a.Failed, err
}

// decodeAll reads as many values as were announced.
func decodeAll[T any](dec *json.Decoder, into *[]T, count int) error {
	if count < 0 || count > MaxOperations {
		return fmt.Errorf("%d values announced", count)
	}
	*into = make([]T, count)
	for i := range *into {
		if err := dec.Decode(&(*into)[i]); err != nil {
			return err
		}
	}
	return nil
}
