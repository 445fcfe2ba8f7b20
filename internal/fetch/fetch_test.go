package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/fetch"
)

const (
	document = `{"openapi":"3.1.0"}`
	secret   = "what stands on an internal page"
	most     = 1 << 20
)

// answers are what a name resolves to, one list after the other.
type answers struct {
	lists [][]netip.Addr
	asked atomic.Int64
}

func (a *answers) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return a.lists[min(int(a.asked.Add(1))-1, len(a.lists)-1)], nil
}

var (
	local  = netip.MustParseAddr("127.0.0.1")
	public = netip.MustParseAddr("198.20.0.1")
)

// listen serves documents on an address of this machine, and counts who asks.
func listen(t *testing.T, h http.HandlerFunc) (port string, hits *atomic.Int64) {
	t.Helper()
	hits = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits.Add(1); h(w, r) }))
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return port, hits
}

// allowing is a policy for which that port of this machine is a public place.
func allowing(t *testing.T, port string, lists ...[]netip.Addr) (*egress.Policy, *answers) {
	t.Helper()
	allow, err := egress.ParseAllowed("127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	a := &answers{lists: lists}
	return &egress.Policy{Allow: []egress.Allowed{allow}, PlainHTTP: true, Resolver: a}, a
}

func packed(t *testing.T, plain io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.Copy(z, plain); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// R99: one answer is read, of the address that was given, as far as the limit;
// nothing of what else comes is told.
func TestAnswers(t *testing.T) {
	inner, reached := listen(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, secret) })
	send := func(coding string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if coding != "" {
				w.Header().Set("Content-Encoding", coding)
			}
			_, _ = w.Write(body)
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:"+inner+"/")
			w.WriteHeader(code)
			_, _ = io.WriteString(w, secret)
		}
	}
	small := packed(t, strings.NewReader(document))
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		seen   fetch.Seen
		says   string // of the fault; "" where the document is read
	}{
		"a document":              {send("", []byte(document)), fetch.Seen{}, ""},
		"packed":                  {send("gzip", small), fetch.Seen{}, ""},
		"packed, by the old name": {send("X-GZIP", small), fetch.Seen{}, ""},
		"a bomb":                  {send("gzip", packed(t, io.LimitReader(zeros{}, 64<<20))), fetch.Seen{}, "larger than 1 MiB"},
		"packed twice":            {send("gzip, gzip", packed(t, bytes.NewReader(small))), fetch.Seen{}, "encoding"},
		"packed otherwise":        {send("br", small), fetch.Seen{}, "encoding"},
		"not packed at all":       {send("gzip", []byte(secret)), fetch.Seen{}, "is not"},
		"half of what was packed": {send("gzip", small[:len(small)-9]), fetch.Seen{}, "before its answer is complete"},
		"too large":               {send("", make([]byte, most+1)), fetch.Seen{}, "larger than 1 MiB"},
		"moved":                   {status(http.StatusMovedPermanently), fetch.Seen{}, "answers 301"},
		"moved for now":           {status(http.StatusTemporaryRedirect), fetch.Seen{}, "answers 307"},
		"not modified, unasked":   {status(http.StatusNotModified), fetch.Seen{}, "answers 304"},
		"not there":               {status(http.StatusNotFound), fetch.Seen{}, "answers 404 Not Found."},
		"an error":                {status(http.StatusInternalServerError), fetch.Seen{ETag: `"1"`}, "answers 500 Internal Server Error."},
		"a status without a name": {status(599), fetch.Seen{}, "answers 599"},
		"part of it":              {status(http.StatusPartialContent), fetch.Seen{}, "answers 206"},
		"less than it said": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			_, _ = io.WriteString(w, secret)
		}, fetch.Seen{}, "before its answer is complete"},
		"headers without an end": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 1<<20)) }, fetch.Seen{}, "cannot be reached"},
		"tags that are too long": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", strings.Repeat("x", 4000))
			_, _ = io.WriteString(w, document)
		}, fetch.Seen{}, ""},
		"one that looks at us": {func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Cookie")+r.Header.Get("Authorization")+r.Header.Get("Referer") == "" && r.Method == http.MethodGet {
				_, _ = io.WriteString(w, document)
			}
		}, fetch.Seen{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			port, _ := listen(t, tt.answer)
			p, _ := allowing(t, port)
			innerAllowed, err := egress.ParseAllowed("127.0.0.1:" + inner)
			if err != nil {
				t.Fatal(err)
			}
			p.Allow = append(p.Allow, innerAllowed) // even where the policy would let it
			body, now, unchanged, err := fetch.New(p).Document(t.Context(), "http://127.0.0.1:"+port+"/openapi.json", tt.seen, most)
			switch {
			case tt.says == "" && (err != nil || string(body) != document || unchanged):
				t.Errorf("%q, %v, %v", body, unchanged, err)
			case tt.says != "" && (err == nil || fault.Code(err) != "document_unreachable" || !strings.Contains(fault.From(err).Message, tt.says)):
				t.Errorf("%q, %v", body, err)
			}
			if err != nil && (body != nil || strings.Contains(err.Error(), secret) || strings.Contains(fault.From(err).Message, inner)) {
				t.Errorf("it tells what it read, or where that leads: %v", err)
			}
			if len(now.ETag) > 512 {
				t.Errorf("keeps %d bytes", len(now.ETag))
			}
		})
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

// zeros never end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// What was seen before is not read again.
func TestUnchanged(t *testing.T) {
	port, _ := listen(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"7"`)
		if r.Header.Get("If-None-Match") == `"7"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, document)
	})
	p, _ := allowing(t, port)
	f, address := fetch.New(p), "http://127.0.0.1:"+port+"/openapi.json"
	_, seen, unchanged, err := f.Document(t.Context(), address, fetch.Seen{}, most)
	if err != nil || unchanged || seen.ETag != `"7"` {
		t.Fatalf("%+v, %v, %v", seen, unchanged, err)
	}
	if _, again, unchanged, err := f.Document(t.Context(), address, seen, most); err != nil || !unchanged || again != seen {
		t.Errorf("%+v, %v, %v", again, unchanged, err)
	}
}

// R96, R98, R99: where a URL or the name in it leads to decides, each time anew.
func TestAddresses(t *testing.T) {
	port, hits := listen(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, document) })
	other, others := listen(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, secret) })
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+other) // R97
	t.Setenv("http_proxy", "http://127.0.0.1:"+other)
	private := netip.MustParseAddr("10.0.0.1")
	for name, tt := range map[string]struct {
		address string
		answers [][]netip.Addr
		code    string // "" where the document is read
	}{
		"an allowed address":               {"http://127.0.0.1:PORT/a.json", nil, ""},
		"a name of it":                     {"http://docs.example.com:PORT/a.json", [][]netip.Addr{{local}}, ""},
		"a name that changes afterward":    {"http://docs.example.com:PORT/a.json", [][]netip.Addr{{local}, {private}}, ""},
		"a public and a private address":   {"http://docs.example.com:PORT/a.json", [][]netip.Addr{{public, private}}, "document_unreachable"},
		"the other order":                  {"http://docs.example.com:PORT/a.json", [][]netip.Addr{{private, public}}, "document_unreachable"},
		"an allowed and a private address": {"http://docs.example.com:PORT/a.json", [][]netip.Addr{{local, private}}, "document_unreachable"},
		"the address of metadata":          {"http://docs.example.com:PORT/a.json", [][]netip.Addr{{netip.MustParseAddr("169.254.169.254")}}, "document_unreachable"},
		"an IPv4 address as IPv6":          {"http://docs.example.com:PORT/a.json", [][]netip.Addr{{netip.MustParseAddr("::ffff:10.0.0.1")}}, "document_unreachable"},
		"a translated address":             {"http://docs.example.com:PORT/a.json", [][]netip.Addr{{netip.MustParseAddr("64:ff9b::a00:1")}}, "document_unreachable"},
		"this machine at another port":     {"http://docs.example.com:OTHER/a.json", [][]netip.Addr{{local}}, "document_unreachable"},
		"an address at another port":       {"http://127.0.0.1:OTHER/a.json", nil, "url_not_allowed"},
		"IPv6 of this machine":             {"http://[::1]:PORT/a.json", nil, "url_not_allowed"},
		"IPv6 of IPv4 at another port":     {"http://[::ffff:127.0.0.1]:OTHER/a.json", nil, "url_not_allowed"},
		"one number":                       {"http://2130706433:PORT/a.json", nil, "url_not_allowed"},
		"a number in octal":                {"http://0177.0.0.1:PORT/a.json", nil, "url_not_allowed"},
		"localhost":                        {"http://localhost:OTHER/a.json", [][]netip.Addr{{local}}, "url_not_allowed"},
		"a file":                           {"file:///etc/passwd", nil, "url_not_allowed"},
		"a name and a password":            {"http://me:word@127.0.0.1:PORT/a.json", nil, "url_not_allowed"},
		"a port of another service":        {"http://docs.example.com:22/a.json", [][]netip.Addr{{public}}, "url_not_allowed"},
		"a line break":                     {"http://127.0.0.1:PORT/a\r\nX-Evil: 1", nil, "url_not_allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			before := hits.Load()
			p, resolver := allowing(t, port, tt.answers...)
			address := strings.NewReplacer("PORT", port, "OTHER", other).Replace(tt.address)
			body, _, _, err := fetch.New(p).Document(t.Context(), address, fetch.Seen{}, most)
			if fault.Code(err) != tt.code || (err == nil) != (string(body) == document) {
				t.Errorf("%q, %v", body, err)
			}
			if reached := hits.Load() > before; reached != (tt.code == "") {
				t.Errorf("asked: %v", reached)
			}
			if resolver.asked.Load() > 1 {
				t.Error("the name was resolved twice")
			}
		})
	}
	if others.Load() > 0 {
		t.Error("another port of this machine was asked")
	}
}

// A server that takes its time holds nobody up longer than they wait.
func TestSlowServers(t *testing.T) {
	done := make(chan struct{})
	for name, answer := range map[string]http.HandlerFunc{
		"that says nothing": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-done:
			}
		},
		"that never ends": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				select {
				case <-time.After(10 * time.Millisecond):
				case <-done:
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			port, _ := listen(t, answer)
			p, _ := allowing(t, port)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, _, _, err := fetch.New(p).Document(ctx, "http://127.0.0.1:"+port+"/", fetch.Seen{}, most)
			if !fault.Is(err, fault.Unavailable) || fault.Code(err) != "document_stopped" {
				t.Errorf("ended with %v", err)
			}
		})
	}
	close(done)
}

// A certificate that nobody vouches for is no server's.
func TestCertificates(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, secret) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // the refusal is what is wanted
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	p, _ := allowing(t, port)
	_, _, _, err := fetch.New(p).Document(t.Context(), "https://127.0.0.1:"+port+"/", fetch.Seen{}, most)
	if fault.Code(err) != "document_unreachable" || !strings.Contains(fault.From(err).Message, "certificate") {
		t.Errorf("ended with %v", err)
	}
}
