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
	}
	n, err := b.from.Read(p)
	b.spent += b.clock.Now().Sub(started)
	if b.n.Add(int64(n)) > b.limit {
		n, err = n-1, errTooLarge
	}
	switch {
	case err == io.EOF && b.deadline != nil:
		_ = b.deadline(time.Time{}) // or it would hit the server's watch for the client's going
	case err != nil && err != io.EOF:
		b.err.Store(&err)
	}
	return n, err
}

// Close implements io.Closer for net/http; the server closes the client's side.
func (b *requestBody) Close() error { return nil }

// close ends reading for good: after the handler returns, the connection is the
// next request's. A read under way is woken by its deadline; the server closes a
// connection whose body was not read to the end.
func (b *requestBody) close() {
	if b == nil {
		return
	}
	b.closed.Store(true)
	if !b.mu.TryLock() {
		if b.deadline != nil {
			_ = b.deadline(time.Unix(1, 0))
		}
		b.mu.Lock()
	}
	b.mu.Unlock() //nolint:staticcheck // waiting for the reader to leave is the point
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
