package egress_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
)

// R96: none of these is dialled, whoever names it.
func TestSpecialAddressesAreRefused(t *testing.T) {
	p := &egress.Policy{PlainHTTP: true}
	for _, a := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.170",
		"192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1",
		"3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "4000::1", "1::1",
	} {
		if _, err := p.DialContext(context.Background(), "tcp", net.JoinHostPort(a, "443")); !errors.Is(err, egress.ErrRefused) {
			t.Errorf("dialling %s ended with %v", a, err)
		}
		host := a
		if strings.Contains(a, ":") {
			host = "[" + strings.ReplaceAll(a, "%", "%25") + "]"
		}
		if _, err := p.CheckURL("https://" + host + "/"); !fault.Is(err, fault.Invalid) {
			t.Errorf("the URL of %s is allowed: %v", a, err)
		}
	}
	for _, a := range []string{"1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00::1", "2001:200::1"} {
		host := a
		if strings.Contains(a, ":") {
			host = "[" + a + "]"
		}
		if _, err := p.CheckURL("https://" + host); err != nil {
			t.Errorf("%s is refused: %v", a, err)
		}
	}
}

// names answers as told, each time with the next answer.
type names struct {
	answers [][]netip.Addr
	asked   atomic.Int64
}

func (n *names) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return n.answers[int(n.asked.Add(1)-1)%len(n.answers)], nil
}

// R98: a name is resolved once, all of its answers count, and what was checked is dialled.
func TestNames(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepted atomic.Int64
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { ln.Close() })
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	local, public, private := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("10.0.0.1")
	allow, _ := egress.ParseAllowed(ln.Addr().String())
	for name, tt := range map[string]struct {
		host    string
		answers [][]netip.Addr
		allow   []egress.Allowed
		reached bool
	}{
		"a private answer":                          {"api.example.com", [][]netip.Addr{{private}}, nil, false},
		"a public and a private answer":             {"api.example.com", [][]netip.Addr{{public, local}}, nil, false},
		"the other order":                           {"api.example.com", [][]netip.Addr{{local, public}}, nil, false},
		"a mapped private answer":                   {"api.example.com", [][]netip.Addr{{netip.MustParseAddr("::ffff:127.0.0.1")}}, nil, false},
		"localhost":                                 {"localhost", [][]netip.Addr{{local}}, nil, false},
		"an internal name with a public address":    {"metadata.google.internal", [][]netip.Addr{{public}}, nil, false},
		"no answer":                                 {"api.example.com", [][]netip.Addr{{}}, nil, false},
		"an allowed address under any name":         {"localhost", [][]netip.Addr{{local}}, []egress.Allowed{allow}, true},
		"an allowed and another private answer":     {"localhost", [][]netip.Addr{{local, private}}, []egress.Allowed{allow}, false},
		"an allowed address that changes afterward": {"localhost", [][]netip.Addr{{local}, {private}}, []egress.Allowed{allow}, true},
	} {
		t.Run(name, func(t *testing.T) {
			before, resolver := accepted.Load(), &names{answers: tt.answers}
			p := &egress.Policy{Allow: tt.allow, Resolver: resolver}
			c, err := p.DialContext(context.Background(), "tcp", net.JoinHostPort(tt.host, port))
			if (err == nil) != tt.reached {
				t.Errorf("dialling ended with %v", err)
			}
			if err == nil {
				_, _ = c.Read(make([]byte, 1)) // until the server has accepted and closed
				c.Close()
			}
			if reached := accepted.Load() > before; reached != tt.reached || resolver.asked.Load() != 1 {
				t.Errorf("connected %v, resolved %d times", reached, resolver.asked.Load())
			}
		})
	}
}

// R96: an allowed address is allowed on its port alone.
func TestAllowedIsExact(t *testing.T) {
	exact, _ := egress.ParseAllowed("127.0.0.1:9000")
	p := &egress.Policy{Allow: []egress.Allowed{exact}}
	for raw, ok := range map[string]bool{
		"http://127.0.0.1:9000/v1": true, "http://127.0.0.1:9001/v1": false, "http://127.0.0.2:9000": false, "https://127.0.0.1:9000": true, "http://[::ffff:127.0.0.1]:9000": true,
	} {
		if _, err := p.CheckURL(raw); (err == nil) != ok {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for s, ok := range map[string]bool{"10.0.0.0/8:443": true, "[fd00::/8]:443": true, "[::1]:80": true, "10.0.0.0/8": false, "10.0.0.0/8:0": false, "10.0.0.0/8:99999": false, "host:443": false, "": false, "10.0.0.0/99:443": false, "*:443": false} {
		if _, err := egress.ParseAllowed(s); (err == nil) != ok {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// R99, R100
func TestCheckURL(t *testing.T) {
	p := &egress.Policy{OwnHosts: []string{"gateway.gatehouse.example"}}
	for raw, want := range map[string]string{
		"https://api.example.com":                              "https://api.example.com",
		"https://API.Example.COM/":                             "https://api.example.com",
		"HTTPS://api.example.com:443/v1/":                      "https://api.example.com/v1",
		"https://api.example.com:8443/a/b":                     "https://api.example.com:8443/a/b",
		"https://bücher.example.com":                           "https://xn--bcher-kva.example.com",
		"https://1.1.1.1/x":                                    "https://1.1.1.1/x",
		"https://[2606:4700::1111]:8443/":                      "https://[2606:4700::1111]:8443",
		"":                                                     "",
		"api.example.com":                                      "",
		"//api.example.com":                                    "",
		"http://api.example.com":                               "",
		"ftp://api.example.com":                                "",
		"file:///etc/passwd":                                   "",
		"https:api.example.com":                                "",
		"https:///x":                                           "",
		"https://":                                             "",
		"https://a@api.example.com":                            "",
		"https://a:b@api.example.com":                          "",
		"https://@api.example.com":                             "",
		`https://evil\@api.example.com`:                        "",
		"https://api.example.com\\@evil":                       "",
		"https://api.example.com#frag":                         "",
		"https://api.example.com?q=1":                          "",
		"https://api.example.com?":                             "",
		"https://api.example.com/a b":                          "",
		"https://api.example.com/\x00":                         "",
		"https://api.example.com/a\n":                          "",
		"https://api.example.com:":                             "",
		"https://api.example.com:0":                            "",
		"https://api.example.com:65536":                        "",
		"https://api.example.com:22":                           "",
		"https://api.example.com:6379":                         "",
		"https://api.example.com:x":                            "",
		"https://api.example.com.":                             "",
		"https://api..example.com":                             "",
		"https://api.example.com/../x":                         "",
		"https://api.example.com/a/./b":                        "",
		"https://api.example.com//a":                           "",
		"https://api.example.com/%2e%2e":                       "",
		"https://api.example.com/a;b":                          "",
		"https://api.example.com/a[b]":                         "",
		"https://api.example.com/[x]/y":                        "",
		"https://api.example.com/a|b":                          "",
		"https://api.example.com/-._~!$&'()*+,=:@":             "https://api.example.com/-._~!$&'()*+,=:@",
		"https://2130706433/":                                  "",
		"https://0x7f000001/":                                  "",
		"https://0177.0.0.1/":                                  "",
		"https://127.1/":                                       "",
		"https://0x7f.0.0.1":                                   "",
		"https://1.1.1.1.":                                     "",
		"https://[::1%25lo]":                                   "",
		"https://[::1":                                         "",
		"https://[api.example.com]":                            "",
		"https://localhost":                                    "",
		"https://LOCALHOST":                                    "",
		"https://metadata.google.internal":                     "",
		"https://printer.local":                                "",
		"https://intranet":                                     "",
		"https://%61pi.example.com":                            "",
		"https://api_1.example.com":                            "",
		"https://Gateway.gatehouse.example":                    "",
		"https://" + strings.Repeat("a", 70) + ".example.com":  "",
		"https://api.example.com/" + strings.Repeat("a", 2000): "",
	} {
		u, err := p.CheckURL(raw)
		got := ""
		if err == nil {
			got = u.String()
		} else if !fault.Is(err, fault.Invalid) || len(fault.From(err).Fields) != 1 {
			t.Errorf("%q: the fault is %v", raw, err)
		}
		if got != want {
			t.Errorf("%q is %q, want %q (%v)", raw, got, want, err)
		}
	}
	if _, err := (&egress.Policy{PlainHTTP: true}).CheckURL("http://api.example.com"); err != nil {
		t.Errorf("plain http where the operator allows it: %v", err)
	}
}

// A canonical URL is canonical: checking it again changes nothing.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://api.example.com/v1", "https://[2606:4700::1]:8443/", "https://a@b", "https://evil\\@ok", "https://127.0.0.1", "https://a.example/[x]", "https://a.example/-._~!$&'()*+,=:@"} {
		f.Add(s)
	}
	p := &egress.Policy{}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := p.CheckURL(raw)
		if err != nil {
			return
		}
		again, err := p.CheckURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q became %q and then %v %v", raw, u, again, err)
		}
		if err := gateway.CheckUpstream(u.String()); err != nil {
			t.Errorf("%q is allowed and the gateway cannot serve it: %v", raw, err)
		}
		if u.User != nil || u.Fragment != "" || u.RawQuery != "" || u.Scheme != "https" {
			t.Errorf("%q became %q", raw, u)
		}
	})
}
