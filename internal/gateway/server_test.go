package gateway_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway"
	"gatehouse/internal/limit"
)

// R91: connections above the limit of an address are closed; trusted proxies are not counted.
func TestConnectionsPerAddress(t *testing.T) {
	for name, tt := range map[string]struct {
		trusted []netip.Prefix
		closed  bool
	}{
		"a client":        {nil, true},
		"a trusted proxy": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *setup) { s.server.ConnectionsPerAddress = 2; s.config.TrustedProxies = tt.trusted })
			dial := func() net.Conn {
				c, err := net.Dial("tcp", w.address)
				if err != nil {
					t.Fatal(err)
				}
				_ = c.SetDeadline(time.Now().Add(5 * time.Second))
				return c
			}
			ask := func(c net.Conn) error {
				fmt.Fprintf(c, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
				return w.read(c, "GET").err
			}
			first, second, third := dial(), dial(), dial()
			defer second.Close()
			defer third.Close()
			if ask(first) != nil || ask(second) != nil {
				t.Fatal("two connections are allowed")
			}
			if err := ask(third); (err != nil) != tt.closed {
				t.Errorf("the third ended with %v", err)
			}
			first.Close()
			for range 100 { // the gateway has to notice
				if c := dial(); ask(c) == nil {
					c.Close()
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Error("a closed connection still counts")
		})
	}
}

// R84: HTTP/2 over TLS passes the same stages; a truncated answer is a broken stream.
func TestHTTP2(t *testing.T) {
	certificate := selfSigned(t)
	w := newWorld(t, func(s *setup) { s.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}} })
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	t.Cleanup(client.CloseIdleConnections)
	get := func(method, path string, body io.Reader) (*http.Response, []byte, error) {
		r, _ := http.NewRequest(method, "https://"+w.address+path, body)
		r.Header.Set("Authorization", "Bearer "+good.Reveal())
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		all, err := io.ReadAll(res.Body)
		return res, all, err
	}
	res, body, err := get("POST", "/north-quay/berths/v1/berths?x=%2F", strings.NewReader("hello"))
	if err != nil || res.ProtoMajor != 2 || res.StatusCode != 200 || !strings.HasPrefix(string(body), "POST /base/berths?x=%2F HTTP/1.1\r\n") || !strings.HasSuffix(string(body), "hello") {
		t.Errorf("%v %v %s", err, res, body)
	}
	if !strings.Contains(string(body), "\r\nX-Forwarded-Proto: https\r\n") || !strings.Contains(string(body), "Via: 2.0 gatehouse") {
		t.Errorf("%s", body)
	}
	if res, _, _ := get("GET", "/north-quay/berths/v1/a%2fb", nil); res.StatusCode != 400 {
		t.Errorf("an ambiguous path is answered %d", res.StatusCode)
	}
	w.upstream.does(say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"))
	if _, _, err := get("GET", "/north-quay/berths/v1/berths", nil); err == nil {
		t.Error("a truncated answer ended cleanly")
	}
}

func selfSigned(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// R146: a stop lets calls under way finish, and ends streams of events cleanly.
func TestGracefulStop(t *testing.T) {
	w := newWorld(t)
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	w.upstream.does(func(c net.Conn, r *http.Request, _ string) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
			arrived <- struct{}{}
			_, _ = c.Read(make([]byte, 1))
			return
		}
		arrived <- struct{}{}
		<-release
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	})
	slow, events := make(chan *answer, 1), make(chan *answer, 1)
	go func() { slow <- w.call("GET", "/north-quay/berths/v1/berths", bearer(good)) }()
	first := make(chan struct{})
	go func() {
		c, err := net.Dial("tcp", w.address)
		if err != nil {
			events <- &answer{t: t, err: err}
			return
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprintf(c, "GET /north-quay/berths/v1/berths/events HTTP/1.1\r\n%s%s\r\nConnection: close\r\n\r\n", head, good.Reveal())
		events <- w.read(&telling{Reader: c, want: "hello", heard: first}, "GET")
	}()
	<-arrived
	<-arrived
	select {
	case <-first: // the first event has left the gateway
	case <-time.After(10 * time.Second):
	}
	w.g.Drain()
	if a := <-events; a.err != nil || string(a.body) != "hello" {
		t.Errorf("the stream ended with %v %q", a.err, a.body)
	}
	close(release)
	if a := <-slow; a.err != nil || string(a.body) != "ok" {
		t.Errorf("the call ended with %v %q", a.err, a.body)
	}
}

// telling is a reader that says when it has passed on certain bytes.
type telling struct {
	io.Reader
	want  string
	so    string
	heard chan struct{}
}

func (r *telling) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if !strings.Contains(r.so, r.want) {
		if r.so += string(p[:n]); strings.Contains(r.so, r.want) {
			close(r.heard)
		}
	}
	return n, err
}

// R91: what a refused request leaves unread holds its connection for moments only.
func TestUnwantedBody(t *testing.T) {
	w := newWorld(t)
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(8 * time.Second))
	fmt.Fprint(c, "POST /north-quay/berths/v1/berths HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx")
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != 401 {
		t.Errorf("%v %v", res, err)
	}
}

// PERFORMANCE §1: the decision alone costs no garbage.
func TestDecideDoesNotAllocate(t *testing.T) {
	w := newWorld(t, func(s *setup) {
		s.version.Operations[2].Deprecated, s.version.Operations[2].Page = time.Now(), "page"
		s.version.Plans[0] = gateway.Plan{ID: planID, Rates: []limit.Rate{{Calls: 1e9, Window: time.Minute}, {Calls: 1e9, Window: time.Minute, PerToken: true}},
			Quota:      limit.Quota{Calls: 1e9, Refill: limit.Refill{Period: limit.Month, Day: 15}},
			Operations: map[string]limit.OperationRule{"one": {Cost: 5, Rate: &limit.Rate{Calls: 1e9, Window: time.Second}}}}
	})
	r := &gateway.Request{Method: "GET", Target: "/north-quay/berths/v1/berths/42?x=1", Header: http.Header{"Authorization": {"Bearer " + good.Reveal()}}, Secure: true}
	var v gateway.Verdict
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() { w.g.Decide(ctx, r, &v) }); n > 0 || v.Code != nil {
		t.Errorf("%v allocations, refused with %v", n, v.Code)
	}
}

// Every code has what its page and its answer need.
func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range gateway.Codes {
		if seen[c.Name] || c.Status < 400 || c.Status > 599 || c.Title == "" || !strings.HasSuffix(strings.TrimSuffix(c.Help, "…"), ".") && !strings.HasSuffix(c.Help, "…") {
			t.Errorf("%+v", *c)
		}
		seen[c.Name] = true
	}
}

// R91: a client that does not read its answer does not hold it for ever.
func TestClientThatDoesNotRead(t *testing.T) {
	w := newWorld(t)
	gone := make(chan error, 1)
	w.upstream.does(func(c net.Conn, _ *http.Request, _ string) {
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
		piece := make([]byte, 1<<16)
		for {
			if _, err := c.Write(piece); err != nil {
				gone <- err
				return
			}
		}
	})
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w.clock.Advance(-59 * time.Second) // deadlines of the connection are real time: one second is left
	w.g.SetFresh(w.clock.Now())
	fmt.Fprintf(c, "GET /north-quay/berths/v1/berths HTTP/1.1\r\n%s%s\r\n\r\n", head, good.Reveal())
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Error("the upstream still sends to nobody")
	}
}
