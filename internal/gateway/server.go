package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Time and size limits of the listener (R90, R91).
const (
	readHeaderTimeout = 5 * time.Second
	keepAlive         = 60 * time.Second
	maxHeader         = 32<<10 - 4096 // net/http allows 4096 bytes more than it is told
	maxStreams        = 100           // of an HTTP/2 connection
)

// ServerConfig of a listener of the gateway.
type ServerConfig struct {
	TLS                   *tls.Config   // nil is plain HTTP/1.1; with TLS there is HTTP/2 too
	ConnectionsPerAddress int           // 0 is 100; trusted proxies are not counted (R91)
	Drain                 time.Duration // how long a stop waits for calls under way; 0 is 25 s
}

// Server serves a gateway on a listener.
type Server struct {
	gateway *Gateway
	http    http.Server
	config  ServerConfig
}

// NewServer makes a server with the gateway's limits.
func NewServer(c ServerConfig, g *Gateway) *Server {
	if c.ConnectionsPerAddress <= 0 {
		c.ConnectionsPerAddress = 100
	}
	if c.Drain <= 0 {
		c.Drain = 25 * time.Second
	}
	s := &Server{gateway: g, config: c}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(c.TLS != nil)
	s.http = http.Server{
		Handler: g, TLSConfig: c.TLS.Clone(), Protocols: &protocols,
		ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: keepAlive,
		MaxHeaderBytes: maxHeader, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		DisableGeneralOptionsHandler: true, ConnContext: g.withPeer,
		ErrorLog: slog.NewLogLogger(g.config.Log.Handler(), slog.LevelDebug),
	}
	if s.http.TLSConfig != nil {
		s.http.TLSConfig.MinVersion = max(s.http.TLSConfig.MinVersion, tls.VersionTLS12)
	}
	return s
}

// Serve answers on ln until ctx ends, then finishes what is under way, at most
// for as long as Drain says. The listener is closed when it returns.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	counted := &counting{Listener: ln, most: s.config.ConnectionsPerAddress, open: map[netip.Addr]int{}, trusted: s.gateway.config.TrustedProxies}
	done := make(chan error, 1)
	go func() {
		if s.http.TLSConfig != nil {
			done <- s.http.ServeTLS(counted, "", "")
			return
		}
		done <- s.http.Serve(counted)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	s.gateway.Drain()
	timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Drain)
	defer cancel()
	err := s.http.Shutdown(timeout)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	<-done
	return err
}

// counting closes connections above the limit of their address, unanswered: an
// answer would cost what the limit saves.
type counting struct {
	net.Listener
	most    int
	trusted []netip.Prefix
	mu      sync.Mutex
	open    map[netip.Addr]int
}

func (l *counting) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		a, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil || within(l.trusted, a.Addr().Unmap()) {
			return c, nil
		}
		if l.enter(a.Addr().Unmap()) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { l.leave(a.Addr().Unmap()) })}, nil
		}
		_ = c.Close()
	}
}

func (l *counting) enter(a netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[a] >= l.most {
		return false
	}
	l.open[a]++
	return true
}

func (l *counting) leave(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[a]--; l.open[a] == 0 {
		delete(l.open, a)
	}
}

type counted struct {
	net.Conn
	leave func()
}

func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}

// CloseWrite lets net/http end an answer to a request that it did not read whole
// without a reset that would take the answer along.
func (c *counted) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
