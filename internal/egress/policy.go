// Package egress guards connections that go out to addresses which people typed:
// upstreams, webhooks and the like. Only globally reachable addresses are
// dialled, and what the operator named (R96-R99). It follows no redirect and
// speaks no HTTP.
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// Allowed is an address range and port that the operator lets through although it
// is not globally reachable. Tenants cannot set it.
type Allowed struct {
	Prefix netip.Prefix
	Port   uint16
}

// ParseAllowed reads "10.1.0.0/16:8443", "[fd00::/8]:443" or an exact address
// like "127.0.0.1:9000".
func ParseAllowed(s string) (Allowed, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		i := strings.LastIndexByte(s, ':')
		return Allowed{}, fmt.Errorf("%q is no address range with a port, like 10.1.0.0/16:8443 (%s)", s, s[i+1:])
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Allowed{}, fmt.Errorf("%q has no port between 1 and 65535", s)
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Zone() == "" {
		return Allowed{netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), uint16(n)}, nil
	}
	p, err := netip.ParsePrefix(host)
	if err != nil {
		return Allowed{}, fmt.Errorf("%q is no address range with a port, like 10.1.0.0/16:8443", s)
	}
	return Allowed{p.Masked(), uint16(n)}, nil
}

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Policy says where connections may go. The zero Policy allows globally
// reachable addresses over https alone.
type Policy struct {
	Allow     []Allowed
	PlainHTTP bool     // http upstreams may be named too; without it only those in Allow, by address
	OwnHosts  []string // host names of this installation, to which nothing may lead back (R100)
	Resolver  Resolver // nil is net.DefaultResolver
	Dialer    net.Dialer
}

// ErrRefused is in the chain of every error of an address that is not allowed.
var ErrRefused = errors.New("the address is not allowed")

// DialContext connects to host:port if all addresses of the host are allowed. It
// resolves the name once and dials what it checked, so that a name which changes
// its answer gains nothing (R98).
func (p *Policy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := splitPort(address)
	if err != nil {
		return nil, err
	}
	addresses, err := p.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if err := p.check(host, a, port); err != nil {
			return nil, err
		}
	}
	dialer := p.Dialer
	dialer.ControlContext = func(_ context.Context, _, actual string, _ syscall.RawConn) error { return p.control(host, actual) }
	var errs []error
	for _, a := range addresses {
		c, err := dialer.DialContext(ctx, network, netip.AddrPortFrom(a, port).String())
		if err == nil {
			return c, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func splitPort(address string) (string, uint16, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("%w: no host with a port", ErrRefused)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return "", 0, fmt.Errorf("%w: no port", ErrRefused)
	}
	return host, uint16(port), nil
}

func (p *Policy) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	var r Resolver = net.DefaultResolver
	if p.Resolver != nil {
		r = p.Resolver
	}
	all, err := r.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the name has no address")
	}
	for i := range all {
		all[i] = all[i].Unmap()
	}
	return all, nil
}

// check refuses an address of a host unless it is globally reachable under a
// public name, or in Allow.
func (p *Policy) check(host string, a netip.Addr, port uint16) error {
	if p.allowed(a, port) {
		return nil
	}
	if use := specialUse(a); use != "" {
		return fmt.Errorf("%w: it is not globally reachable (%s)", ErrRefused, use)
	}
	if inside(host) {
		return fmt.Errorf("%w: the name is one of an internal network", ErrRefused)
	}
	return nil
}

// control looks at the address of the socket itself, as the last line.
func (p *Policy) control(host, actual string) error {
	a, err := netip.ParseAddrPort(actual)
	if err != nil {
		return fmt.Errorf("%w: %q is no address", ErrRefused, actual)
	}
	return p.check(host, a.Addr().Unmap(), a.Port())
}

func (p *Policy) allowed(a netip.Addr, port uint16) bool {
	for _, e := range p.Allow {
		if e.Port == port && a.Zone() == "" && e.Prefix.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// inside reports whether a name belongs to internal networks or to the metadata
// services of clouds, whatever it resolves to.
func inside(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	if !strings.Contains(host, ".") {
		return true // localhost, metadata, and names that depend on a search list
	}
	for _, suffix := range []string{".localhost", ".internal", ".local", ".lan", ".home.arpa"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}
