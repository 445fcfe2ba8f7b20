package spec

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gatehouse/internal/fault"
)

// wholeOrder is the line before the document that the child is to write whole.
type wholeOrder struct {
	YAML    bool   `json:"yaml,omitempty"`
	Gateway string `json:"gateway"`
}

// WriteWhole writes what Whole or WholeYAML makes of a document that Read has
// accepted to out. A large document takes a multiple of its size in memory, so it is
// a child's, of which there is one at a time beside the one that reads. The error is
// a fault: Unavailable when ctx ends or it takes too much.
func (r *Reader) WriteWhole(ctx context.Context, document io.Reader, yaml bool, gatewayBaseURL string, out io.Writer) error {
	select {
	case r.writing <- struct{}{}:
		defer func() { <-r.writing }()
	case <-ctx.Done():
		return unwritten(ctx.Err())
	}
	order, err := json.Marshal(wholeOrder{yaml, gatewayBaseURL})
	if err != nil {
		return err
	}
	input := io.MultiReader(strings.NewReader(string(order)+"\n"), document)
	err = r.supervise(ctx, taskWhole, input, func(stdout io.Reader) error {
		_, err := io.Copy(out, io.LimitReader(stdout, maxAnswer))
		return err
	})
	if err != nil {
		return unwritten(err)
	}
	return nil
}

func unwritten(cause error) error {
	return fault.New(fault.Unavailable, "document_queue", "The document is being prepared for download. Try again in a moment.").Because(cause)
}

// wholeChild is the child's side. What it wrote counts only where it ends well.
func wholeChild(in *bufio.Reader, out io.Writer) (code int) {
	line, err := in.ReadBytes('\n')
	var order wholeOrder
	if err := errors.Join(err, json.Unmarshal(line, &order)); err != nil {
		return 1
	}
	raw, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return 1
	}
	write := Whole
	if order.YAML {
		write = WholeYAML
	}
	err = func() (err error) {
		defer rescue(&err)
		document, err := write(raw, order.Gateway)
		if err == nil {
			_, err = out.Write(document)
		}
		return err
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err) // which the parent logs
		return 1
	}
	return 0
}
