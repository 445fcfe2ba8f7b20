package spec

import (
	"bytes"
	"context"
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
)

// Why a child did not come to its end.
var (
	errHeavy   = errors.New("the child took too much memory")
	errSlow    = errors.New("the child took too long")
	errStopped = errors.New("nobody waits for the child any more")
)

// The first line of what a child gets says what it is to do.
const (
	taskRead    = "read\n"
	taskCompare = "compare\n"
	taskWhole   = "whole\n"
)

// supervise starts a child for a task, watches it and lets receive take its
// answer. The error is errHeavy, errSlow or errStopped where it was ended, and
// otherwise tells what became of it.
func (r *Reader) supervise(ctx context.Context, task string, input io.Reader, receive func(stdout io.Reader) error) error {
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	cmd := exec.CommandContext(limited, r.command[0], r.command[1:]...)
	cmd.Env = []string{"GOMAXPROCS=" + strconv.Itoa(max(1, runtime.NumCPU()/2)), "GOTRACEBACK=single"}
	cmd.Dir, cmd.Stdin, cmd.WaitDelay = os.TempDir(), io.MultiReader(strings.NewReader(task), input), time.Second
	var stderr tail
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); ctx.Err() != nil {
		return errors.Join(errStopped, ctx.Err())
	} else if err != nil {
		return fmt.Errorf("starting the reader of documents: %w", err)
	}
	heavy, stop := r.watch(cmd.Process)
	readErr := receive(stdout)
	waitErr := cmd.Wait()
	stop()
	if r.ended != nil {
		r.ended(cmd.ProcessState)
	}
	switch err := errors.Join(readErr, waitErr); {
	case heavy.Load():
		return errHeavy
	case ctx.Err() != nil:
		return errors.Join(errStopped, ctx.Err())
	case limited.Err() != nil:
		return errSlow
	case err != nil:
		return fmt.Errorf("%w: %s", err, stderr.String())
	}
	return nil
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
