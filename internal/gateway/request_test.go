package gateway_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/internal/gateway"
)

const head = "Host: gateway.example\r\nAuthorization: Bearer "

// R70, R72, R74, R78: what is ambiguous does not reach the upstream, whether
// net/http or we refuse it.
func TestRawRequests(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.config.Failures = 1000 })
	auth := head + good.Reveal() + "\r\nConnection: close\r\n"
	line := func(target string) string { return "GET " + target + " HTTP/1.1\r\n" + auth + "\r\n" }
	post := func(framing, body string) string {
		return "POST /north-quay/berths/v1/berths HTTP/1.1\r\n" + auth + framing + "\r\n" + body
	}
	for name, tt := range map[string]struct {
		raw    string
		status int
	}{
		"a whole URL":                        {line("http://evil/x"), 421},
		"a whole URL of a known host":        {line("http://gateway.example/north-quay/berths/v1/berths"), 421},
		"an authority":                       {line("//evil/x"), 400},
		"a path without a slash":             {line("north-quay"), 400},
		"an asterisk":                        {line("*"), 421},
		"dot segments":                       {line("/north-quay/berths/v1/../../x"), 400},
		"escaped dot segments":               {line("/north-quay/berths/v1/%2e%2e/x"), 400},
		"an escaped slash":                   {line("/north-quay/berths/v1/berths%2f1"), 400},
		"a backslash":                        {line(`/north-quay/berths/v1\berths`), 400},
		"a fragment":                         {line("/north-quay/berths/v1/berths#x"), 400},
		"a raw byte":                         {line("/north-quay/berths/v1/\x80"), 400},
		"an overlong encoding":               {line("/north-quay/berths/v1/%c0%ae"), 400},
		"a dot escaped twice":                {line("/north-quay/berths/v1/%252e"), 400},
		"an empty segment":                   {line("/north-quay//v1/berths"), 400},
		"a path parameter":                   {line("/north-quay/berths/v1/berths;a=1"), 400},
		"a semicolon in the query":           {line("/north-quay/berths/v1/berths?a=1;b=2&c=%zz&d=3"), 400},
		"10,001 parameters":                  {line("/north-quay/berths/v1/berths?" + strings.Repeat("&", 5000)), 400},
		"CONNECT":                            {"CONNECT evil:443 HTTP/1.1\r\n" + auth + "\r\n", 501},
		"CONNECT of a path":                  {"CONNECT /north-quay/berths/v1/berths HTTP/1.1\r\n" + auth + "\r\n", 501},
		"TRACE":                              {"TRACE /north-quay/berths/v1/berths HTTP/1.1\r\n" + auth + "\r\n", 501},
		"TRACK":                              {"TRACK /north-quay/berths/v1/berths HTTP/1.1\r\n" + auth + "\r\n", 501},
		"get in lower case":                  {"get /north-quay/berths/v1/berths HTTP/1.1\r\n" + auth + "\r\n", 501},
		"a method of 300 letters":            {strings.Repeat("X", 300) + " /x HTTP/1.1\r\n" + auth + "\r\n", 501},
		"PATCH, which is not declared":       {"PATCH /north-quay/berths/v1/berths HTTP/1.1\r\n" + auth + "\r\n", 405},
		"two lengths that differ":            {post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx"), 400},
		"a list of lengths":                  {post("Content-Length: 2, 2\r\n", "xx"), 400},
		"a length with a plus":               {post("Content-Length: +2\r\n", "xx"), 400},
		"a length in hex":                    {post("Content-Length: 0x2\r\n", "xx"), 400},
		"a negative length":                  {post("Content-Length: -1\r\n", "xx"), 400},
		"an unknown coding":                  {post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
		"two codings":                        {post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 501},
		"a coding twice":                     {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 501},
		"a space before the colon":           {post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
		"a control before the coding":        {post("Transfer-Encoding:\x0bchunked\r\n", "0\r\n\r\n"), 400},
		"a malformed chunk":                  {post("Transfer-Encoding: chunked\r\n", "zz\r\nxx\r\n0\r\n\r\n"), 400},
		"NUL in a value":                     {post("X-A: a\x00b\r\n", ""), 400},
		"a bare CR in a value":               {post("X-A: a\rb\r\n", ""), 400},
		"a space in a name":                  {post("X A: b\r\n", ""), 400},
		"an empty name":                      {post(": b\r\n", ""), 400},
		"no host":                            {"GET /north-quay/berths/v1/berths HTTP/1.1\r\n\r\n", 400},
		"two hosts":                          {"GET /north-quay/berths/v1/berths HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		"a bad host":                         {"GET /north-quay/berths/v1/berths HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
		"a protocol in lower case":           {"GET /north-quay/berths/v1/berths http/1.1\r\n" + auth + "\r\n", 400},
		"a version that does not exist":      {"GET /north-quay/berths/v1/berths HTTP/9.9\r\n" + auth + "\r\n", 505},
		"two spaces":                         {"GET  /north-quay/berths/v1/berths HTTP/1.1\r\n" + auth + "\r\n", 400},
		"headers of more than 32 KiB":        {post("X-A: "+strings.Repeat("a", 34<<10)+"\r\n", ""), 431},
		"more than a hundred fields":         {post(strings.Repeat("X-A: a\r\n", 101), ""), 431},
		"more than 64 cookies":               {post("Cookie: "+strings.Repeat("a=b; ", 65)+"\r\n", ""), 431},
		"a request line of more than 8 KiB":  {line("/north-quay/berths/v1/" + strings.Repeat("x", 8<<10)), 414},
		"a body announced above the limit":   {post("Content-Length: 10485761\r\n", "x"), 413},
		"a loop, by its hops":                {post("Gatehouse-Hop: 4\r\n", ""), 508},
		"a loop, by Via":                     {post("Via: 1.1 gatehouse, 1.1 gatehouse\r\nVia: 1.1 gatehouse, 2.0 gatehouse\r\n", ""), 508},
		"OPTIONS of the server needs no key": {"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 204},
	} {
		t.Run(name, func(t *testing.T) {
			before := completed(w)
			got := w.raw(tt.raw)
			if !strings.HasPrefix(got, fmt.Sprintf("HTTP/1.1 %d ", tt.status)) {
				t.Errorf("answered %.200q, want %d", got, tt.status)
			}
			if after := completed(w); after != before {
				t.Errorf("%d complete requests reached the upstream", after-before)
			}
		})
	}
}

// A client that ends its half in the middle of a body is gone: there is nobody to
// answer, and nothing whole reaches the upstream.
func TestBodyCutOff(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{"in a chunk": "Transfer-Encoding: chunked\r\n\r\n5\r\nxx", "before its length": "Content-Length: 10\r\n\r\nxx"} {
		c, err := net.Dial("tcp", w.address)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprintf(c, "POST /north-quay/berths/v1/berths HTTP/1.1\r\n%s%s\r\n%s", head, good.Reveal(), body)
		_ = c.(*net.TCPConn).CloseWrite()
		if got, _ := io.ReadAll(c); strings.HasPrefix(string(got), "HTTP/1.1 2") || completed(w) != 0 {
			t.Errorf("%s: answered %q", name, got)
		}
		_ = c.Close()
	}
}

// completed requests: a body that breaks off begins at the upstream, but never ends there.
func completed(w *world) (n int) {
	for _, r := range w.recorded() {
		if r.Outcome == gateway.OutcomeOK {
			n++
		}
	}
	return n
}

// R71, R80: what was decided on is byte for byte what the upstream gets.
func TestForwardedAsReceived(t *testing.T) {
	w := newWorld(t, func(s *setup) {
		s.version.Plans[0].Rates[0].Calls = 1_000_000
	})
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	piece := rapid.StringMatching(`([a-zA-Z0-9._~!$&'()*+,=:@-]|%20|%C3%A9|%c3%a9|%41|%25|%3F|%23){1,12}`)
	query := rapid.StringMatching(`(\?([a-z0-9._~!$'()*+,=:@/?|&"<>^{}\[\]-]|%20|%2F|%00|%ff){0,30})?`)
	rapid.Check(t, func(rt *rapid.T) {
		rest := "/any/" + piece.Draw(rt, "a") + "/" + piece.Draw(rt, "b") + query.Draw(rt, "query")
		if strings.Contains(rest, "%25") || strings.Contains(rest, "/./") || strings.Contains(rest, "/../") || strings.HasSuffix(rest, "/.") || strings.HasSuffix(rest, "/..") || strings.Contains(rest, "/.?") || strings.Contains(rest, "/..?") {
			return // refused, which is tested elsewhere
		}
		fmt.Fprintf(c, "GET /north-quay/berths/v1%s HTTP/1.1\r\n%s%s\r\n\r\n", rest, head, good.Reveal())
		a := w.read(c, "GET")
		if a.err != nil || a.StatusCode != 200 {
			rt.Fatalf("%q is answered %v %s", rest, a.err, a.body)
		}
		if line, _, _ := strings.Cut(string(a.body), "\r\n"); line != "GET /base"+rest+" HTTP/1.1" {
			rt.Fatalf("%q arrived as %q", rest, line)
		}
		if path, _, _ := strings.Cut(rest, "?"); w.last().Path != "/north-quay/berths/v1"+path {
			rt.Fatalf("recorded %q", w.last().Path)
		}
	})
}

// R75-R77, R79, R81: the upstream sees our word about the caller and none of the caller's.
func TestRequestHeaders(t *testing.T) {
	w := newWorld(t)
	secret := good.Reveal()
	a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good),
		"Gatehouse-Subject: evil", "Gatehouse_Subject: evil", "GATEHOUSE.Subject: evil", "X-Portal-Subject: evil", "X_Portal_Subject: evil", "X.Portal.Subject: evil",
		"X_Upstream_Key: evil", "X.Upstream.Key: evil", "Xupstreamkey: evil", "X-Upstream-Key: evil", "Remote-User: evil", "X-Forwarded-For: 203.0.113.66", "X_Forwarded_For: evil", "Forwarded: for=evil", "X-Real-IP: evil", "X-Original-URL: /evil",
		"Connection: Gatehouse-Subject, X-Dropped, Upgrade, HTTP2-Settings", "X-Dropped: evil", "Upgrade: h2c", "HTTP2-Settings: evil", "TE: trailers", "Keep-Alive: evil", "Proxy-Authorization: evil",
		"Cookie: session=evil", "X-Leak: it is "+secret, "Via: 1.0 fred", "Accept-Encoding: gzip", "X-Kept: yes", "X-Kept: twice", "User-Agent: tester/1", "Expect: 100-continue", "Idempotency-Key: k1")
	a.want(200, "")
	got := strings.ToLower(string(a.body))
	for _, no := range []string{"evil", "203.0.113.66", secret[:12], "authorization", "cookie", "upgrade", "h2c", "te: ", "expect", "keep-alive"} {
		if strings.Contains(got, strings.ToLower(no)) {
			t.Errorf("%q reached the upstream:\n%s", no, a.body)
		}
	}
	for _, yes := range []string{"gatehouse-subject: 00000000-0000-0000-0000-000000000032", "gatehouse-team: 00000000-0000-0000-0000-00000000000a",
		"gatehouse-token-id: 00000000-0000-0000-0000-000000000064", "gatehouse-tenant: nq", "gatehouse-scopes: read write", "gatehouse-hop: 1",
		"gatehouse-request-id: " + a.Header.Get("Gatehouse-Request-Id"), "x-forwarded-for: 127.0.0.1", "x-forwarded-proto: http", "via: 1.0 fred, 1.1 gatehouse",
		"x-upstream-key: the-vaulted-value", "x-kept: yes\r\nx-kept: twice", "user-agent: tester/1", "accept-encoding: gzip", "idempotency-key: k1", "host: " + w.upstream.address} {
		if strings.Count(got, "\r\n"+yes+"\r\n") != 1 {
			t.Errorf("the upstream does not see %q once:\n%s", yes, a.body)
		}
	}
}

// A version may ask for cookies; the portal's own and tokens are kept from it.
func TestCookiesWhereAllowed(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.version.AllowCookies = true })
	a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good), "Cookie: a=1; __Host-gatehouse=s; gatehouse_x=s; b=2; c="+reader.Reveal())
	if !strings.Contains(string(a.body), "\r\nCookie: a=1; b=2\r\n") {
		t.Errorf("%s", a.body)
	}
}

// R77: X-Forwarded-For counts from the right, and from trusted proxies alone.
func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for name, tt := range map[string]struct {
		trusted []netip.Prefix
		headers []string
		client  string
	}{
		"nobody is trusted":                      {nil, []string{"X-Forwarded-For: 192.0.2.1"}, "127.0.0.1"},
		"a trusted proxy names the client":       {trusted, []string{"X-Forwarded-For: 192.0.2.1"}, "192.0.2.1"},
		"what the client wrote itself is left":   {trusted, []string{"X-Forwarded-For: 198.51.100.9, 192.0.2.1"}, "192.0.2.1"},
		"two fields are one list":                {trusted, []string{"X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: 192.0.2.1"}, "192.0.2.1"},
		"a second trusted proxy is passed over":  {trusted, []string{"X-Forwarded-For: 192.0.2.1, 10.1.2.3"}, "192.0.2.1"},
		"IPv6":                                   {trusted, []string{"X-Forwarded-For: 2001:db8::1"}, "2001:db8::1"},
		"IPv6 with a zone":                       {trusted, []string{"X-Forwarded-For: fe80::1%eth0"}, "fe80::1"},
		"a mapped address is IPv4":               {trusted, []string{"X-Forwarded-For: ::ffff:192.0.2.1"}, "192.0.2.1"},
		"unknown":                                {trusted, []string{"X-Forwarded-For: unknown"}, "127.0.0.1"},
		"what is behind unknown is not believed": {trusted, []string{"X-Forwarded-For: 192.0.2.1, unknown, 10.1.2.3"}, "10.1.2.3"},
		"nothing":                                {trusted, nil, "127.0.0.1"},
		"an empty list":                          {trusted, []string{"X-Forwarded-For: "}, "127.0.0.1"},
		"a thousand entries":                     {trusted, []string{"X-Forwarded-For: " + strings.Repeat("1.1.1.1,", 1000) + "192.0.2.1"}, "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *setup) { s.config.TrustedProxies = tt.trusted })
			w.call("GET", "/north-quay/berths/v1/berths", tt.headers...)
			if got := w.last().ClientIP.String(); got != tt.client {
				t.Errorf("the client is %s, want %s", got, tt.client)
			}
		})
	}
}

// R150: where a trusted proxy speaks of the client's connection, its word counts.
func TestSchemeOfATrustedProxy(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good), "X-Forwarded-Proto: http").want(400, "token_over_http")
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good), "X-Forwarded-Proto: https").want(200, "")
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(200, "")
}

// R78: a chunked body arrives chunked, in one request, and the connection ends,
// since a Content-Length beside it would have been dropped without a word.
func TestChunkedBody(t *testing.T) {
	w := newWorld(t)
	got := w.raw("POST /north-quay/berths/v1/berths HTTP/1.1\r\n" + head + good.Reveal() +
		"\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 200 ") || strings.Count(got, "HTTP/1.1 ") != 1 || !strings.Contains(got, "Connection: close") {
		t.Errorf("answered %q", got)
	}
	all := w.upstream.requests()
	if len(all) != 1 || strings.Contains(all[0], "Content-Length") || !strings.Contains(all[0], "Transfer-Encoding: chunked") {
		t.Errorf("the upstream got %q", all)
	}
	if r := w.last(); r.BytesIn != 5 {
		t.Errorf("%d bytes in", r.BytesIn)
	}
}

// R90: the body limit holds where no length is announced.
func TestBodyLimit(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.version.BodyLimit = 10 })
	send := func(n int) *answer {
		return w.call("POST", "/north-quay/berths/v1/berths", bearer(good), "Transfer-Encoding: chunked", fmt.Sprintf("\r\n%x\r\n%s\r\n0", n, strings.Repeat("x", n)))
	}
	send(10).want(200, "")
	send(11).want(413, "body_too_large")
}

// R91: a client that dribbles its body is told so.
func TestSlowBody(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a real deadline")
	}
	w := newWorld(t)
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	w.clock.Advance(-9500 * time.Millisecond) // deadlines of the connection are real time
	w.g.SetFresh(w.clock.Now())
	fmt.Fprintf(c, "POST /north-quay/berths/v1/berths HTTP/1.1\r\n%s%s\r\nContent-Length: 100\r\n\r\nxx", head, good.Reveal())
	w.read(c, "POST").want(408, "body_too_slow")
}

// R86: what may have had its effect is not repeated, whatever headers say.
func TestNoRetry(t *testing.T) {
	w := newWorld(t)
	w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).want(200, "") // leaves a connection to reuse
	w.upstream.does(func(c net.Conn, r *http.Request, _ string) {
		_, _ = io.Copy(io.Discard, r.Body)
		c.Close()
	})
	before := len(w.upstream.requests())
	w.call("POST", "/north-quay/berths/v1/berths", bearer(good), "Idempotency-Key: k", "X-Idempotency-Key: k").want(502, "upstream_unreachable")
	if n := len(w.upstream.requests()) - before; n != 1 {
		t.Errorf("the upstream got the POST %d times", n)
	}
}
