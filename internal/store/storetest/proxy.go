package storetest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"gatehouse/internal/store"
)

// Proxy stands between a store and PostgreSQL, and does to the connection what
// networks and servers do.
type Proxy struct {
	listener net.Listener
	server   string

	mu     sync.Mutex
	moved  *sync.Cond
	hung   bool
	refuse bool
	conns  map[net.Conn]bool
}

// Between puts a proxy before the server of o; what o names is reached through it.
func Between(t testing.TB, o store.Options) (store.Options, *Proxy) {
	t.Helper()
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, server: u.Host, conns: map[net.Conn]bool{}}
	p.moved = sync.NewCond(&p.mu)
	u.Host = l.Addr().String()
	o.URL = u.String()
	go p.accept()
	t.Cleanup(func() {
		_ = l.Close()
		p.Resume()
		p.Cut()
	})
	return o, p
}

// Hang stops passing bytes on, as a server does that is stopped: connections
// are accepted, and nothing answers.
func (p *Proxy) Hang() { p.set(&p.hung, true) }

// Refuse closes all connections and every new one, as where no server is.
func (p *Proxy) Refuse() {
	p.set(&p.refuse, true)
	p.Cut()
}

// Resume passes bytes on again, also those that were held back.
func (p *Proxy) Resume() {
	p.set(&p.hung, false)
	p.set(&p.refuse, false)
}

// Cut closes all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *Proxy) set(what *bool, to bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*what = to
	p.moved.Broadcast()
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refuse := p.refuse
		p.mu.Unlock()
		s, err := net.Dial("tcp", p.server)
		if err != nil || refuse {
			_ = c.Close()
			continue
		}
		p.mu.Lock()
		p.conns[c], p.conns[s] = true, true
		p.mu.Unlock()
		go p.pass(c, s)
		go p.pass(s, c)
	}
}

// pass copies what one side says, and while the proxy hangs holds it back.
func (p *Proxy) pass(from, to net.Conn) {
	defer func() {
		_, _ = from.Close(), to.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, from)
	}()
	_, _ = io.Copy(held{to, p}, from)
}

type held struct {
	io.Writer
	p *Proxy
}

func (h held) Write(b []byte) (int, error) {
	h.p.mu.Lock()
	for h.p.hung {
		h.p.moved.Wait()
	}
	h.p.mu.Unlock()
	return h.Writer.Write(b)
}
