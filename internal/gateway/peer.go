package gateway

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
)

// peer is what is known of a connection, found out once for all of its requests.
type peer struct {
	address  netip.Addr
	text     string
	trusted  bool            // one of our proxies: its X-Forwarded-* count
	loopback bool            // the connection does not leave the machine
	socket   syscall.RawConn // nil where it has none
}

type peerKey struct{}

func (g *Gateway) withPeer(ctx context.Context, c net.Conn) context.Context {
	p := g.peerOf(c.RemoteAddr().String(), c.LocalAddr())
	p.socket = socketOf(c)
	return context.WithValue(ctx, peerKey{}, p)
}

// socketOf finds the socket below TLS and our own counting.
func socketOf(c net.Conn) syscall.RawConn {
	for {
		switch inner := c.(type) {
		case *counted:
			c = inner.Conn
		case interface{ NetConn() net.Conn }:
			c = inner.NetConn()
		case syscall.Conn:
			socket, err := inner.SyscallConn()
			if err != nil {
				return nil
			}
			return socket
		default:
			return nil
		}
	}
}

func (g *Gateway) peerOf(remote string, local net.Addr) *peer {
	p := &peer{}
	if a, err := netip.ParseAddrPort(remote); err == nil {
		p.address = a.Addr().Unmap().WithZone("")
	}
	p.text = p.address.String()
	p.trusted = within(g.config.TrustedProxies, p.address)
	if tcp, ok := local.(*net.TCPAddr); ok {
		p.loopback = tcp.IP.IsLoopback()
	}
	return p
}

func (g *Gateway) peer(r *http.Request) *peer {
	if p, ok := r.Context().Value(peerKey{}).(*peer); ok {
		return p
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return g.peerOf(r.RemoteAddr, local)
}

// client is the address a request comes from (R77): the peer, or where that is
// a trusted proxy, the last address in X-Forwarded-For that is not one.
func (g *Gateway) client(p *peer, h http.Header) netip.Addr {
	address := p.address
	if !p.trusted {
		return address
	}
	list := strings.Join(h["X-Forwarded-For"], ",")
	for list != "" {
		i := strings.LastIndexByte(list, ',')
		next, err := netip.ParseAddr(strings.Trim(list[i+1:], " \t"))
		if err != nil {
			return address // whoever wrote that is as far as we know
		}
		address = next.Unmap().WithZone("")
		if !within(g.config.TrustedProxies, address) {
			return address
		}
		list = list[:max(i, 0)]
	}
	return address
}

// encrypted reports whether the client's own connection is; what a trusted proxy
// says counts before what we see.
func encrypted(p *peer, r *http.Request) bool {
	if said := r.Header["X-Forwarded-Proto"]; p.trusted && len(said) > 0 {
		return len(said) == 1 && strings.EqualFold(said[0], "https")
	}
	return r.TLS != nil
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}
