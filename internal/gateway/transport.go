package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

const (
	connectTimeout   = 3 * time.Second
	upstreamIdle     = 60 * time.Second
	upstreamHeader   = 64 << 10
	transportsUnused = 10 * time.Minute // after which a transport is forgotten
)

// transports keeps one pool of connections for each upstream: nothing is shared
// between tenants, credentials or hosts (R88).
type transports struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	pool sync.Map // pool -> *transport
}

// pool is the full key: two upstreams that differ in anything are two pools.
type pool struct {
	tenant        ID
	scheme, host  string
	credential    string
	headerTimeout time.Duration
}

type transport struct {
	http.Transport
	used  atomic.Int64 // Unix seconds
	http2 atomic.Bool  // the upstream speaks it
}

// attempts is the context of one call to an upstream; it counts the connections
// that the call was tried on.
type attempts struct {
	context.Context
	n int
}

func (t *transport) roundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.RoundTrip(r)
	if err == nil && res.ProtoMajor == 2 && !t.http2.Load() {
		t.http2.Store(true)
	}
	return res, err
}

// attempt is where net/http asks for a proxy, before each attempt of a request:
// there is none, and never one from the environment (R97). net/http by itself
// repeats a GET on one idle connection after the other until none is stale; an
// upstream that dies of the call would get it as often. The first repetition goes
// to a connection that was not waiting in the pool, and it is the last (R86). With
// HTTP/2 attempts are also what finds a connection with room, so they are not counted.
func (t *transport) attempt(r *http.Request) (*url.URL, error) {
	a, ok := r.Context().(*attempts)
	if !ok {
		return nil, nil
	}
	if a.n++; a.n > 2 && !t.http2.Load() {
		return nil, errTwice
	}
	if a.n > 1 {
		t.CloseIdleConnections()
	}
	return nil, nil
}

var errTwice = errors.New("the upstream closed two connections without an answer")

func (t *transports) of(u *upstream, now time.Time) *transport {
	key := pool{u.tenant, u.scheme, u.host, u.credential, u.headerTimeout}
	found, ok := t.pool.Load(key)
	if !ok {
		found, _ = t.pool.LoadOrStore(key, t.fresh(u.headerTimeout))
	}
	tr := found.(*transport)
	if s := now.Unix(); tr.used.Load() != s {
		tr.used.Store(s)
	}
	return tr
}

func (t *transports) fresh(headerTimeout time.Duration) *transport {
	tr := &transport{Transport: http.Transport{
		DialContext:            t.connect,
		DisableCompression:     true, // bodies pass as they are (R92)
		TLSHandshakeTimeout:    connectTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: upstreamHeader,
		MaxIdleConns:           0,
		MaxIdleConnsPerHost:    512,
		IdleConnTimeout:        upstreamIdle,
		ForceAttemptHTTP2:      true, // over TLS, as the upstream offers
	}}
	tr.Proxy = tr.attempt
	return tr
}

func (t *transports) connect(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	c, err := t.dial(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDial, err)
	}
	return c, nil
}

var errDial = errors.New("no connection")

// forget drops what was not used for long; calls under way keep their transport.
func (t *transports) forget(now time.Time) {
	t.pool.Range(func(key, found any) bool {
		if tr := found.(*transport); now.Unix()-tr.used.Load() > int64(transportsUnused/time.Second) {
			t.pool.Delete(key)
			tr.CloseIdleConnections()
		}
		return true
	})
}

func (t *transports) close() {
	t.pool.Range(func(_, found any) bool {
		found.(*transport).CloseIdleConnections()
		return true
	})
}
