package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"

	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
)

// R79, R83-R85: what upstreams do wrong, and what the client and the record see.
func TestBrokenUpstreams(t *testing.T) {
	for name, tt := range map[string]struct {
		does    func(c net.Conn, r *http.Request, raw string)
		status  int
		code    string
		outcome string
		aborted bool
	}{
		"closes without an answer":        {func(c net.Conn, _ *http.Request, _ string) { c.Close() }, 502, "upstream_unreachable", "upstream_unreachable", false},
		"says what is no HTTP":            {say("nonsense\r\n\r\n"), 502, "upstream_invalid", "upstream_invalid", false},
		"has a malformed header":          {say("HTTP/1.1 200 OK\r\nbad header\r\n\r\n"), 502, "upstream_invalid", "upstream_invalid", false},
		"has headers above 64 KiB":        {say("HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("a", 70<<10) + "\r\n\r\n"), 502, "upstream_invalid", "upstream_invalid", false},
		"switches protocols unasked":      {say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), 502, "upstream_invalid", "upstream_invalid", false},
		"does not answer in time":         {func(net.Conn, *http.Request, string) { time.Sleep(400 * time.Millisecond) }, 504, "upstream_timeout", "upstream_timeout", false},
		"answers after hints":             {say("HTTP/1.1 103 Early Hints\r\nSet-Cookie: evil=1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 200, "", "ok", false},
		"sends less than it announced":    {say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"), 200, "", "truncated", true},
		"breaks off in a chunk":           {say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n9\r\nxx"), 200, "", "truncated", true},
		"ends chunks without the last":    {say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), 200, "", "truncated", true},
		"redirects, which is not for us":  {say("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"), 302, "", "ok", false},
		"answers an error of its own":     {say("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno"), 500, "", "ok", false},
		"ends the body with the link":     {say("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall"), 200, "", "ok", false},
		"has no body to send":             {say("HTTP/1.1 204 No Content\r\n\r\n"), 204, "", "ok", false},
		"says two types":                  {say("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"), 502, "upstream_invalid", "upstream_invalid", false},
		"announces two lengths":           {say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"), 502, "upstream_invalid", "upstream_invalid", false},
		"answers nothing but a status 99": {say("HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n"), 502, "upstream_invalid", "upstream_invalid", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *setup) {
				if tt.status == 504 { // the others must not be timed out on a busy machine
					s.version.HeaderTimeout = 200 * time.Millisecond
				}
			})
			w.upstream.does(tt.does)
			a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
			a.t = t
			a.want(tt.status, tt.code)
			if (a.err != nil) != tt.aborted {
				t.Errorf("reading the body ended with %v", a.err)
			}
			if r := w.last(); r.Outcome != tt.outcome || r.Status != tt.status {
				t.Errorf("recorded %d %q", r.Status, r.Outcome)
			}
			if strings.Contains(string(a.body), w.upstream.address) || a.Header.Get("Set-Cookie") != "" {
				t.Errorf("too much is told: %v %s", a.Header, a.body)
			}
		})
	}
}

func say(raw string) func(net.Conn, *http.Request, string) {
	return func(c net.Conn, _ *http.Request, _ string) {
		_, _ = io.WriteString(c, raw)
		c.Close()
	}
}

// R85: an upstream that cannot be connected to.
func TestUnreachableUpstream(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.version.Upstream = "http://127.0.0.1:1" })
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(502, "upstream_unreachable")
}

// R82, R94: headers that would act on the gateway's origin stay behind.
func TestResponseHeaders(t *testing.T) {
	w := newWorld(t)
	w.upstream.answers("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nSet-Cookie: evil=1\r\nSet-Cookie2: evil\r\nClear-Site-Data: evil\r\nStrict-Transport-Security: evil\r\n" +
		"Service-Worker-Allowed: /evil\r\nX-Accel-Redirect: /evil\r\nX-Sendfile: /evil\r\nServer: evil\r\nVia: 1.1 evil\r\nAccess-Control-Allow-Origin: evil\r\nAccess_Control_Allow_Origin: evil\r\n" +
		"Alt-Svc: evil\r\nPublic-Key-Pins: evil\r\nNEL: evil\r\nReport-To: evil\r\nX-Portal-Subject: evil\r\nGatehouse-Request-Id: evil\r\nProxy-Authenticate: evil\r\nRateLimit: evil\r\n" +
		"Connection: X-Evil, Content-Security-Policy\r\nX-Evil: evil\r\nX-Echo: evil the-vaulted-value\r\nCache-Control: max-age=100, evil\r\nX-Kept: yes\r\nETag: \"1\"\r\nVary: Accept\r\nContent-Length: 2\r\n\r\nok")
	a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
	var b strings.Builder
	_ = a.Header.Write(&b)
	if strings.Contains(b.String(), "evil") || strings.Contains(b.String(), "vaulted") {
		t.Errorf("passed on:\n%s", b.String())
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store", "X-Kept": "yes", "Etag": `"1"`,
		"Gatehouse-Token-Expiration": w.clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)} {
		if a.Header.Get(name) != want {
			t.Errorf("%s: %q", name, a.Header.Get(name))
		}
	}
	if got := strings.Join(a.Header["Vary"], "|"); got != "Accept, Origin" {
		t.Errorf("Vary: %s", got)
	}
	w.upstream.answers("HTTP/1.1 200 OK\r\nCache-Control: private, max-age=9\r\nVary: Authorization\r\nContent-Length: 2\r\n\r\n{}")
	a = w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
	if _, typed := a.Header["Content-Type"]; typed || a.Header.Get("Cache-Control") != "private, max-age=9" {
		t.Errorf("%v", a.Header)
	}
}

// R131, 3.7: the numbers are structured fields, agree with what happens, and
// Retry-After is never before t.
func TestRateLimitHeaders(t *testing.T) {
	w := newWorld(t, func(s *setup) {
		s.version.Plans[0] = gateway.Plan{ID: planID, Rates: []limit.Rate{{Calls: 2, Window: time.Minute}, {Name: "burst", Calls: 100, Window: 10 * time.Second}}, Quota: limit.Quota{Calls: 3, Refill: limit.Refill{Period: limit.Month}}}
	})
	get := func() *answer {
		w.g.SetFresh(w.clock.Now())
		return w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
	}
	a := get()
	if got, want := a.Header.Get("RateLimit-Policy"), `"minute";q=2;w=60, "burst";q=100;w=10, "quota-month";q=3`; got != want {
		t.Errorf("policy %s", got)
	}
	for i, want := range []int64{1, 99, 2} {
		if got := fields(t, a)[i]["r"]; got != want {
			t.Errorf("limit %d has r=%d, want %d", i, got, want)
		}
	}
	get().want(200, "")
	a = get()
	a.want(429, "rate_limited")
	retry, _ := strconv.ParseInt(a.Header.Get("Retry-After"), 10, 64)
	if f := fields(t, a); retry != 30 || f[0]["r"] != 0 || f[0]["t"] > retry || f[2]["r"] != 1 {
		t.Errorf("retry after %d, %v", retry, f)
	}
	if !strings.Contains(string(a.body), `"violated-policies":["minute"]`) {
		t.Errorf("%s", a.body)
	}
	w.clock.Advance(time.Minute)
	get().want(200, "")
	get().want(429, "quota_exceeded")
	if w.last().Admitted {
		t.Error("a refused call is recorded as counted")
	}
}

func fields(t *testing.T, a *answer) (all []map[string]int64) {
	t.Helper()
	for _, name := range []string{"RateLimit-Policy", "RateLimit"} {
		list, err := httpsfv.UnmarshalList(a.Header[http.CanonicalHeaderKey(name)])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = nil
		for _, member := range list {
			item := member.(httpsfv.Item)
			if _, text := item.Value.(string); !text {
				t.Errorf("%v is no string", item.Value)
			}
			values := map[string]int64{}
			for _, p := range item.Params.Names() {
				v, _ := item.Params.Get(p)
				values[p] = v.(int64)
			}
			all = append(all, values)
		}
	}
	return all
}

// R131: 200 at once at a rate of 100 are 100.
func TestRateUnderLoad(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.version.Plans[0].Rates[0].Calls = 100; s.server.ConnectionsPerAddress = 300 })
	var passed, limited atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			switch a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good)); {
			case a.Response == nil:
			case a.StatusCode == 200:
				passed.Add(1)
			case a.StatusCode == 429 && a.Header.Get("Retry-After") != "":
				limited.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 100 || limited.Load() != 100 {
		t.Errorf("%d passed, %d limited", passed.Load(), limited.Load())
	}
}

// R93
func TestCORS(t *testing.T) {
	w := newWorld(t)
	preflight := func(origin string) *answer {
		return w.call("OPTIONS", "/north-quay/berths/v1/berths", "Origin: "+origin, "Access-Control-Request-Method: GET")
	}
	for origin, allowed := range map[string]bool{portal: true, "https://app.example": true, "https://evil.example": false, "null": false, "http://portal.example.evil": false, "https://portal.example": false} {
		a := preflight(origin)
		if got := a.Header.Get("Access-Control-Allow-Origin"); a.StatusCode != 204 || (got == origin) != allowed || !allowed && got != "" || a.Header.Get("Vary") != "Origin" {
			t.Errorf("preflight from %s: %d, %q, Vary %q", origin, a.StatusCode, got, a.Header.Get("Vary"))
		}
		if a.Header.Get("Access-Control-Allow-Credentials") != "" || allowed && a.Header.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type" {
			t.Errorf("preflight from %s: %v", origin, a.Header)
		}
		refused := w.call("GET", "/north-quay/berths/v1/berths", "Origin: "+origin)
		if got := refused.Header.Get("Access-Control-Allow-Origin"); (got == origin) != allowed {
			t.Errorf("a refusal to %s: %q", origin, got)
		}
	}
	for _, r := range w.recorded() {
		if r.Method == "OPTIONS" {
			t.Error("a preflight is metered")
		}
	}
}

// R95, R13: events arrive when they are sent; a revoked token ends the stream.
func TestStream(t *testing.T) {
	w := newWorld(t)
	next, gone := make(chan string), make(chan error, 1)
	w.upstream.does(func(c net.Conn, _ *http.Request, _ string) {
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
		for s := range next {
			fmt.Fprintf(c, "%x\r\n%s\r\n", len(s), s)
		}
		_, err := c.Read(make([]byte, 1))
		gone <- err
	})
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(c, "GET /north-quay/berths/v1/berths HTTP/1.1\r\n%s%s\r\n\r\n", head, good.Reveal())
	res, err := http.ReadResponse(bufio.NewReader(c), nil) // before the first event
	if err != nil {
		t.Fatal(err)
	}
	body := bufio.NewReader(res.Body)
	for _, s := range []string{"data: 1\n", "data: 2\n"} {
		next <- s
		if got, err := body.ReadString('\n'); got != s {
			t.Fatalf("got %q %v", got, err)
		}
	}
	w.g.Tokens.Remove(keys.Digest(pepper, good.SHA256()))
	close(next)
	if _, err := io.ReadAll(body); err == nil {
		t.Error("the stream of a revoked token ended as if it were complete")
	}
	if err := <-gone; err == nil {
		t.Error("the upstream still has a reader")
	}
	if r := w.last(); r.Outcome != gateway.OutcomeCut || r.BytesOut != 16 {
		t.Errorf("recorded %q, %d bytes", r.Outcome, r.BytesOut)
	}
}

// R85: an upstream that stands still in the middle of a body.
func TestIdleUpstream(t *testing.T) {
	w := newWorld(t)
	stuck := make(chan struct{})
	w.upstream.does(func(c net.Conn, _ *http.Request, _ string) {
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
		close(stuck)
		_, _ = c.Read(make([]byte, 1))
	})
	go func() {
		<-stuck
		for range 40 { // the gateway may not have come to wait yet
			time.Sleep(50 * time.Millisecond)
			w.g.SetFresh(w.clock.Now().Add(10 * time.Second))
			w.clock.Advance(10 * time.Second)
		}
	}()
	a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
	if a.err == nil || w.last().Outcome != gateway.OutcomeTruncated {
		t.Errorf("ended with %v, recorded %q", a.err, w.last().Outcome)
	}
}

// R85: a client that goes away takes the upstream's work with it.
func TestClientGone(t *testing.T) {
	w := newWorld(t)
	arrived, gone := make(chan struct{}), make(chan error, 1)
	w.upstream.does(func(c net.Conn, _ *http.Request, _ string) {
		close(arrived)
		_, err := c.Read(make([]byte, 1))
		gone <- err
	})
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /north-quay/berths/v1/berths HTTP/1.1\r\n%s%s\r\n\r\n", head, good.Reveal())
	<-arrived
	c.Close()
	select {
	case <-gone:
	case <-time.After(2 * time.Second):
		t.Fatal("the upstream still works for nobody")
	}
	for range 100 {
		if len(w.recorded()) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if r := w.last(); r.Outcome != gateway.OutcomeClientGone || r.Status != 499 {
		t.Errorf("recorded %d %q", r.Status, r.Outcome)
	}
}

// R102: a panic is a 500, and the process goes on.
func TestPanic(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.config.Limiter = panicking{} })
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(500, "gateway_error")
	w.call("GET", "/north-quay/berths/v1/berths").want(401, "authentication_required")
	if len(w.upstream.requests()) != 0 || !strings.Contains(w.log.String(), "a call panicked") {
		t.Error("the call went on, or nobody was told")
	}
}

type panicking struct{ limit.Limiter }

// R128: a call is recorded before the client can have the whole answer.
func TestRecordedBeforeAnswered(t *testing.T) {
	meter := &slowMeter{release: make(chan struct{})}
	w := newWorld(t, func(s *setup) { s.config.Meter = meter })
	for name, upstream := range map[string]string{
		"with a length": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"a long one":    "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 100000),
		"in chunks":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"empty":         "HTTP/1.1 204 No Content\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w.upstream.answers(upstream)
			done := make(chan *answer, 1)
			go func() { done <- w.call("GET", "/north-quay/berths/v1/berths", bearer(good)) }()
			select {
			case a := <-done:
				t.Fatalf("answered %v before it was recorded", a.Response)
			case <-time.After(50 * time.Millisecond):
			}
			meter.release <- struct{}{}
			if a := <-done; a.err != nil {
				t.Error(a.err)
			}
		})
	}
}

type slowMeter struct{ release chan struct{} }

func (m *slowMeter) Record(*gateway.Record) { <-m.release }

// What is wrong with a version costs its own calls and nobody else's: it is
// refused, never forgotten, and what is right about it goes on.
func TestBadPartsOfAVersion(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil  func(*gateway.Version)
		status int
		code   string
	}{
		"an operation": {func(v *gateway.Version) {
			v.Operations = append(v.Operations, gateway.Operation{Key: "bad", Method: "GET", Path: "/{x"})
		}, 200, ""},
		"its upstream":   {func(v *gateway.Version) { v.Upstream = "ftp://b.example" }, 502, "upstream_unreachable"},
		"its path":       {func(v *gateway.Version) { v.Upstream += "/[x]" }, 502, "upstream_unreachable"},
		"its credential": {func(v *gateway.Version) { v.Credential = gateway.NewCredential("c", "X-Key", "a\nb") }, 503, "credential_detached"},
		"its plan":       {func(v *gateway.Version) { v.Plans[0].Rates[0].Calls = 0 }, 403, "subscription_required"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v := w.version
			tt.spoil(&v)
			c, err := gateway.Compile(gateway.Tenant{ID: northQ, Slug: "north-quay", Code: "nq", Peppers: []gateway.Pepper{{KeyID: "k1", Secret: pepper}}, Versions: []gateway.Version{v}})
			if err == nil || !strings.Contains(err.Error(), "north-quay/berths/v1") {
				t.Errorf("it is not named: %v", err)
			}
			w.g.Publish(w.g.Published().With(c))
			a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
			a.t = t
			a.want(tt.status, tt.code)
		})
	}
}
