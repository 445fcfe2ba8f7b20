package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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
	used atomic.Int64 // Unix seconds
}

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
	return &transport{Transport: http.Transport{
		DialContext:            t.connect,
		DisableCompression:     true, // bodies pass as they are (R92)
		TLSHandshakeTimeout:    connectTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: upstreamHeader,
		MaxIdleConns:           0,
		MaxIdleConnsPerHost:    512,
		IdleConnTimeout:        upstreamIdle,
		ForceAttemptHTTP2:      true, // over TLS, as the upstream offers
		Proxy:                  nil,  // never one from the environment (R97)
	}}
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
