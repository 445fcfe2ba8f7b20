package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
)

// upload begins a POST of 8 MiB and sends until nobody takes any more of it.
func upload(t *testing.T, w *world) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(c, "POST /north-quay/berths/v1/berths HTTP/1.1\r\n%s%s\r\nContent-Length: %d\r\n\r\n", head, good.Reveal(), 8<<20)
	piece := make([]byte, 64<<10)
	for range 127 { // never the whole
		_ = c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		if _, err := c.Write(piece); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// deaf is an upstream that reads a request's head and nothing more.
func deaf(t *testing.T, w *world) {
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	w.upstream.does(func(net.Conn, *http.Request, string) { <-ended })
}

// R85: an upstream that takes the connection and not the body is waited for as
// long as for an answer.
func TestUpstreamThatDoesNotReadTheBody(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.version.HeaderTimeout = 5 * time.Second })
	deaf(t, w)
	c := upload(t, w)
	go func() {
		for range 100 {
			w.g.SetFresh(w.clock.Now().Add(2 * time.Second))
			w.clock.Advance(2 * time.Second)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	a := w.read(c, "POST")
	a.want(504, "upstream_timeout")
	if !a.Close || w.last().Outcome != "upstream_timeout" {
		t.Errorf("to be closed %v, recorded %q", a.Close, w.last().Outcome)
	}
}

// R85: its client can go all the same, and takes the call with it.
func TestClientGoneWhileTheUpstreamDoesNotRead(t *testing.T) {
	w := newWorld(t)
	deaf(t, w)
	c := upload(t, w)
	_ = c.(*net.TCPConn).SetLinger(0) // as when its process is killed with an answer unread
	c.Close()
	gone := func() bool {
		all := w.recorded()
		return len(all) == 1 && all[0].Outcome == gateway.OutcomeClientGone && all[0].Status == 499
	}
	for range 200 {
		if gone() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("two seconds later there is recorded %+v", w.recorded())
}

// R85, R91: an answer does not wait for what the client still owes of its body,
// whether it is our refusal or the upstream's own.
func TestAnswerBeforeTheEndOfTheBody(t *testing.T) {
	for name, tt := range map[string]struct {
		upstream string // "" is not there
		status   int
		code     string
	}{
		"an upstream that is down":         {"", 502, "upstream_unreachable"},
		"an upstream that answers at once": {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno", 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *setup) {
				if tt.upstream == "" {
					s.version.Upstream = "http://127.0.0.1:1"
				}
			})
			w.upstream.does(func(c net.Conn, _ *http.Request, _ string) { _, _ = io.WriteString(c, tt.upstream) })
			c, err := net.Dial("tcp", w.address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(10 * time.Second))
			fmt.Fprintf(c, "POST /north-quay/berths/v1/berths HTTP/1.1\r\n%s%s\r\nContent-Length: 1000\r\n\r\nx", head, good.Reveal())
			begun := time.Now()
			a := w.read(c, "POST")
			a.t = t
			a.want(tt.status, tt.code)
			if a.err != nil || !a.Close {
				t.Errorf("the body ended with %v, to be closed %v", a.err, a.Close)
			}
			// The body may take 10 s by itself; the connection is given up long before.
			if _, err := io.ReadAll(c); err != nil || time.Since(begun) > 8*time.Second {
				t.Errorf("the connection ended after %s with %v", time.Since(begun), err)
			}
		})
	}
}

// R13: a call whose token ends does not wait for the client's body either.
func TestCutWhileTheBodyIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	deaf(t, w)
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(8 * time.Second)) // the body may take 10 s
	fmt.Fprintf(c, "POST /north-quay/berths/v1/berths HTTP/1.1\r\n%s%s\r\nContent-Length: 1000\r\n\r\nx", head, good.Reveal())
	for len(w.upstream.requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	w.g.Tokens.Remove(keys.Digest(pepper, good.SHA256()))
	w.read(c, "POST").want(401, "invalid_token")
}

// R86: a call is repeated at most once, on a connection that did not come from
// the pool, however many stale ones are there.
func TestRepeatedOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		method string
		deadly bool // the upstream dies of the call itself
		status int
		sent   int
	}{
		"GET of stale connections":       {"GET", false, 200, 1},
		"GET that the upstream dies of":  {"GET", true, 502, 2},
		"POST that the upstream dies of": {"POST", true, 502, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			const idle = 5
			arrived, release := make(chan net.Conn, idle), make(chan struct{})
			w.upstream.does(func(c net.Conn, _ *http.Request, _ string) {
				arrived <- c
				<-release
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			})
			done := make(chan *answer, idle)
			for range idle {
				go func() { done <- w.call("GET", "/north-quay/berths/v1/berths", bearer(good)) }()
			}
			var conns []net.Conn
			for range idle {
				conns = append(conns, <-arrived)
			}
			close(release)
			for range idle {
				(<-done).want(200, "")
			}
			before := len(w.upstream.requests())
			w.upstream.does(func(c net.Conn, r *http.Request, _ string) {
				if tt.deadly || isOneOf(conns, c) {
					c.Close()
					return
				}
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			})
			a := w.call(tt.method, "/north-quay/berths/v1/berths", bearer(good), "Content-Length: 0")
			a.t = t
			if a.Response == nil || a.StatusCode != tt.status {
				t.Errorf("answered %v", a.Response)
			}
			if n := len(w.upstream.requests()) - before; n != tt.sent && !(tt.status == 200 && n == 2) {
				t.Errorf("sent %d times, want %d", n, tt.sent)
			}
		})
	}
}

func isOneOf(all []net.Conn, c net.Conn) bool {
	for _, x := range all {
		if x == c {
			return true
		}
	}
	return false
}

// A body that is announced too large costs nothing of the quota.
func TestTooLargeIsNotCounted(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/north-quay/berths/v1/berths", bearer(good), fmt.Sprintf("Content-Length: %d", 10<<20+1))
	a.want(413, "body_too_large")
	if w.last().Admitted || a.Header.Get("RateLimit") != "" {
		t.Errorf("it was counted: %v", a.Header)
	}
	if got := w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).Header.Get("RateLimit"); !strings.HasPrefix(got, `"minute";r=999;`) {
		t.Errorf("left is %s", got)
	}
}

// SECURITY §4: nothing goes on unchecked for longer than StaleMax, not even what
// was let in before.
func TestStreamEndsWhenNothingIsKnown(t *testing.T) {
	w := newWorld(t)
	begun := make(chan struct{})
	w.upstream.does(func(c net.Conn, _ *http.Request, _ string) {
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
		close(begun)
		_, _ = c.Read(make([]byte, 1))
	})
	go func() {
		<-begun
		for range 100 {
			w.clock.Advance(time.Second)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
	if a.err == nil || w.last().Outcome != gateway.OutcomeCut {
		t.Errorf("the stream ended with %v, recorded %q", a.err, w.last().Outcome)
	}
}
