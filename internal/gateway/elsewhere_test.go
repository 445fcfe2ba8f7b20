package gateway_test

import (
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"gatehouse/internal/gateway"
)

// R97, R81: where an upstream sends a caller is the caller's business: a redirect is
// passed on as it is, and the gateway goes nowhere, least of all with the credential.
func TestRedirectsAreTheCallersBusiness(t *testing.T) {
	trap, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer trap.Close()
	var trapped atomic.Int64
	go func() {
		for {
			c, err := trap.Accept()
			if err != nil {
				return
			}
			trapped.Add(1)
			c.Close()
		}
	}()
	w := newWorld(t)
	elsewhere, itself := "http://"+trap.Addr().String()+"/take", "http://"+w.upstream.address+"/base/berths/2"
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, to := range map[string]string{"to another host": elsewhere, "to the upstream itself": itself, "by a path alone": "/base/other"} {
			t.Run(fmt.Sprintf("%d %s", status, name), func(t *testing.T) {
				w.upstream.answers(fmt.Sprintf("HTTP/1.1 %d %s\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status, http.StatusText(status), to))
				before := len(w.upstream.requests())
				a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
				a.t = t
				a.want(status, "")
				if got := a.Header.Get("Location"); got != to {
					t.Errorf("Location: %q, want %q", got, to)
				}
				if n := len(w.upstream.requests()) - before; n != 1 {
					t.Errorf("the upstream was asked %d times", n)
				}
				if r := w.last(); r.Status != status || r.Outcome != gateway.OutcomeOK {
					t.Errorf("recorded %d %q", r.Status, r.Outcome)
				}
			})
		}
	}
	if n := trapped.Load(); n != 0 {
		t.Errorf("the gateway followed %d times", n)
	}
}

// R100: three gateways may stand behind one another, a fourth is a loop. The hops
// are counted in a header of ours and in Via, whichever a gateway before left.
func TestHopLimit(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		headers []string
		status  int
		code    string
	}{
		"the first":                     {nil, 200, ""},
		"behind three":                  {[]string{"Gatehouse-Hop: 3"}, 200, ""},
		"behind four":                   {[]string{"Gatehouse-Hop: 4"}, 508, "loop_detected"},
		"behind others that are no one": {[]string{"Via: 1.1 fred, 1.1 cache, 1.1 proxy, 1.1 other, 1.0 more"}, 200, ""},
		"behind three, by Via":          {[]string{"Via: 1.1 gatehouse, 1.1 fred, 1.1 gatehouse, 2.0 gatehouse"}, 200, ""},
		"behind four, by Via":           {[]string{"Via: 1.1 gatehouse, 1.1 gatehouse", "Via: 1.1 gatehouse, 2.0 gatehouse"}, 508, "loop_detected"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(w.upstream.requests())
			a := w.call("GET", "/north-quay/berths/v1/berths", append(tt.headers, bearer(good))...)
			a.t = t
			a.want(tt.status, tt.code)
			if reached := len(w.upstream.requests()) > before; reached != (tt.status == 200) {
				t.Errorf("reached the upstream: %v", reached)
			}
		})
	}
}

// R100: an API whose upstream is its own gateway, with a credential that opens it,
// comes to an end.
func TestALoopEnds(t *testing.T) {
	var version gateway.Version
	w := newWorld(t, func(s *setup) { version = s.version })
	version.Upstream = "http://" + w.address + "/north-quay/berths/v1"
	version.Credential = gateway.NewCredential("c1", "Authorization", "Bearer "+good.Reveal())
	w.publish(version, false)
	a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
	if a.Response == nil || a.StatusCode != http.StatusLoopDetected {
		t.Fatalf("%v %s", a.Response, a.body)
	}
	if n := len(w.recorded()); n != 5 {
		t.Errorf("the call came by %d times, want four times and once to be refused", n)
	}
}
