package gateway

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/clock"
)

// A body may take slowStart and then must come at minRate bytes a second, counted
// over the time that we wait for the client alone (R91).
const (
	slowStart = 10 * time.Second
	minRate   = 1 << 10
)

var errTooLarge = errors.New("the body is larger than the limit")

// requestBody reads the client's body for the upstream. It holds the body to its
// limit and rate, and remembers what went wrong on the client's side, so that it
// is not taken for the upstream's fault (R78). It may be read after the call is
// over, by net/http's writer; close ends that.
type requestBody struct {
	clock    clock.Clock
	limit    int64
	deadline func(time.Time) error // of reading; nil where the connection has none
	n        atomic.Int64
	err      atomic.Pointer[error] // of the client, io.EOF aside
	closed   atomic.Bool
	ended    bool         // close was called
	whole    atomic.Bool  // it was read to its end
	idle     atomic.Int64 // Unix nanoseconds since when the upstream takes no more of it; 0 while we wait for the client

	mu    sync.Mutex // held while reading
	from  io.Reader
	spent time.Duration // waiting for the client
}

// Read implements io.Reader.
func (b *requestBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Load() {
		return 0, io.ErrClosedPipe
	}
	if err := b.failure(); err != nil {
		return 0, err
	}
	room := b.limit - b.n.Load() + 1 // one more than allowed, to see whether there is more
	if int64(len(p)) > room {
		p = p[:room]
	}
	started := b.clock.Now()
	if b.deadline != nil {
		_ = b.deadline(started.Add(slowStart + time.Duration(b.n.Load()/minRate)*time.Second - b.spent))
		if b.closed.Load() {
			return 0, io.ErrClosedPipe // or close's own deadline might be overwritten
		}
	}
	b.idle.Store(0)
	n, err := b.from.Read(p)
	now := b.clock.Now()
	b.idle.Store(now.UnixNano())
	b.spent += now.Sub(started)
	if b.n.Add(int64(n)) > b.limit {
		n, err = n-1, errTooLarge
	}
	switch {
	case err == io.EOF:
		b.whole.Store(true)
		if b.deadline != nil {
			_ = b.deadline(time.Time{}) // or it would hit the server's watch for the client's going
		}
	case err != nil:
		b.err.Store(&err)
	}
	return n, err
}

// Close implements io.Closer for net/http; the server closes the client's side.
func (b *requestBody) Close() error { return nil }

// close ends reading for good: after the handler returns, the connection is the
// next request's. A read under way is woken by its deadline. What is left of the
// body is read by net/http, for a short time; the server closes a connection
// whose body was not read to the end.
func (b *requestBody) close() {
	if b == nil || b.ended {
		return
	}
	b.ended = true
	b.closed.Store(true)
	if !b.mu.TryLock() {
		b.wake()
		b.mu.Lock()
	}
	b.mu.Unlock() //nolint:staticcheck // waiting for the reader to leave is the point
	if b.deadline != nil && !b.whole.Load() {
		_ = b.deadline(b.clock.Now().Add(unwanted))
	}
}

// interrupt ends reading without waiting for the reader to leave: the transport
// waits for it before it reports that a call was cancelled.
func (b *requestBody) interrupt() {
	if b.unfinished() && b.closed.CompareAndSwap(false, true) {
		b.wake()
	}
}

func (b *requestBody) wake() {
	if b.deadline != nil {
		_ = b.deadline(time.Unix(1, 0))
	}
}

// unfinished reports whether something of the body was not read.
func (b *requestBody) unfinished() bool { return b != nil && !b.whole.Load() }

// stuck reports whether the upstream, not the client, is waited for, and for how long.
func (b *requestBody) stuck(now time.Time) (time.Duration, bool) {
	if b == nil {
		return 0, false
	}
	since := b.idle.Load()
	return time.Duration(now.UnixNano() - since), since != 0
}

// failure is what went wrong on the client's side, or nil.
func (b *requestBody) failure() error {
	if b == nil {
		return nil
	}
	if err := b.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (b *requestBody) read() int64 {
	if b == nil {
		return 0
	}
	return min(b.n.Load(), b.limit)
}
