package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
)

// world is a gateway on a real listener, with a real upstream behind it, two
// tenants, and a clock that stands still unless moved.
type world struct {
	t        *testing.T
	g        *gateway.Gateway
	clock    *clock.Manual
	address  string // of the gateway
	upstream *upstream
	log      bytes.Buffer
	version  gateway.Version // that is published
	stop     context.CancelFunc
	stopped  chan error

	mu      sync.Mutex
	records []gateway.Record
}

var (
	pepper   = bytes.Repeat([]byte{7}, 32)
	portal   = "http://portal.example"
	northQ   = uuid(1)
	grid     = uuid(2)
	carriers = uuid(10) // team with an approved subscription
	waiting  = uuid(11) // team with a pending one
	berthsV1 = uuid(20)
	planID   = uuid(30)
	subID    = uuid(40)

	good    = keys.Derive(keys.Access, "nq", [32]byte{1})
	reader  = keys.Derive(keys.Access, "nq", [32]byte{2})
	foreign = keys.Derive(keys.Access, "gr", [32]byte{3})
	revoked = keys.Derive(keys.Access, "nq", [32]byte{4}) // never put into the table
	undecid = keys.Derive(keys.Access, "nq", [32]byte{5})
	bound   = keys.Derive(keys.Access, "nq", [32]byte{6}) // to other addresses
	manager = keys.Derive(keys.Management, "nq", [32]byte{7})
)

func uuid(n byte) gateway.ID { return gateway.ID{0, 15: n} }

type option func(*setup)

type setup struct {
	config  gateway.Config
	server  gateway.ServerConfig
	version gateway.Version
	public  bool
}

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewManual(time.Now()), upstream: newUpstream(t), stopped: make(chan error, 1)}
	s := &setup{version: gateway.Version{
		ID: berthsV1, API: uuid(21), APISlug: "berths", Name: "v1", Upstream: "http://" + w.upstream.address + "/base",
		Credential: gateway.NewCredential("c1", "X-Upstream-Key", "the-vaulted-value"),
		Operations: []gateway.Operation{
			{Key: "list", Method: "GET", Path: "/berths"}, {Key: "add", Method: "POST", Path: "/berths", Write: true},
			{Key: "one", Method: "GET", Path: "/berths/{id}"}, {Key: "put", Method: "PUT", Path: "/berths/{id}", Write: true, Scopes: [][]string{{"berths:admin"}}},
			{Key: "any", Method: "GET", Path: "/any/{a}/{b}"}, {Key: "options", Method: "OPTIONS", Path: "/berths"},
		},
		Origins:       []string{"https://app.example"},
		Plans:         []gateway.Plan{{ID: planID, Rates: []limit.Rate{{Calls: 1000, Window: time.Minute}}}},
		Subscriptions: []gateway.Subscription{{ID: subID, Team: carriers, Plan: planID}, {ID: uuid(41), Team: waiting, Plan: planID, State: gateway.Pending}},
	}}
	s.config = gateway.Config{
		PortalURL: portal, Origins: []string{portal}, Clock: w.clock, Limiter: limit.NewMemory(w.clock.Now()), Meter: w,
		Dial: (&net.Dialer{}).DialContext, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	}
	s.server.Drain = 5 * time.Second
	for _, o := range options {
		o(s)
	}
	w.g = gateway.New(s.config)
	w.fill()
	w.version = s.version
	w.publish(s.version, s.public)
	w.g.SetFresh(w.clock.Now())
	w.serve(s.server)
	return w
}

func (w *world) fill() { w.fillUntil(w.clock.Now().Add(time.Hour)) }

// fillUntil puts the tokens into the table, to live until then.
func (w *world) fillUntil(end time.Time) {
	all := &gateway.Rights{Grants: []gateway.Grant{{Version: berthsV1, Access: gateway.Write}}}
	read := &gateway.Rights{Grants: []gateway.Grant{{Version: berthsV1, Access: gateway.Read}}}
	elsewhere := &gateway.Rights{Grants: all.Grants, Prefixes: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}
	for i, tk := range []struct {
		secret       keys.Secret
		tenant, team gateway.ID
		rights       *gateway.Rights
	}{{good, northQ, carriers, all}, {reader, northQ, carriers, read}, {foreign, grid, uuid(12), all}, {undecid, northQ, waiting, all}, {bound, northQ, carriers, elsewhere}, {manager, northQ, carriers, all}} {
		w.g.Tokens.Put(keys.Digest(pepper, tk.secret.SHA256()), gateway.TokenRecord{
			ID: uuid(byte(100 + i)), Tenant: tk.tenant, Team: tk.team, Owner: uuid(50), Expires: end, Rights: tk.rights})
	}
}

func (w *world) publish(v gateway.Version, public bool) {
	w.t.Helper()
	nq, err := gateway.Compile(gateway.Tenant{ID: northQ, Slug: "north-quay", Code: "nq", Public: public, Peppers: []gateway.Pepper{{KeyID: "k1", Secret: pepper}}, Versions: []gateway.Version{v}})
	if err != nil {
		w.t.Fatal(err)
	}
	gr, _ := gateway.Compile(gateway.Tenant{ID: grid, Slug: "grid", Code: "gr", Peppers: []gateway.Pepper{{KeyID: "k2", Secret: pepper}}})
	w.g.Publish(gateway.NewSnapshot(nq, gr))
}

func (w *world) serve(c gateway.ServerConfig) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.address = ln.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	go func() { _ = w.g.Run(ctx) }()
	go func() { w.stopped <- gateway.NewServer(c, w.g).Serve(ctx, ln) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-w.stopped; err != nil {
			w.t.Errorf("the server ended with %v", err)
		}
	})
}

// Record implements gateway.Meter.
func (w *world) Record(r *gateway.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records = append(w.records, *r)
}

func (w *world) recorded() []gateway.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]gateway.Record(nil), w.records...)
}

// last record; it is written before the answer ends, so it is there.
func (w *world) last() gateway.Record {
	w.t.Helper()
	all := w.recorded()
	if len(all) == 0 {
		w.t.Fatal("nothing was recorded")
	}
	return all[len(all)-1]
}

// raw sends bytes on a connection of their own and reads answers until the
// gateway closes it.
func (w *world) raw(text string) string {
	w.t.Helper()
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		return ""
	}
	all, _ := io.ReadAll(c)
	return string(all)
}

// call makes one request with its own connection; header lines are "Name: value".
func (w *world) call(method, target string, headers ...string) *answer {
	w.t.Helper()
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: gateway.example", "Connection: close"}, headers...)
	fmt.Fprint(c, strings.Join(lines, "\r\n")+"\r\n\r\n")
	return w.read(c, method)
}

func (w *world) read(c io.Reader, method string) *answer {
	w.t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		return &answer{t: w.t, err: err}
	}
	a := &answer{t: w.t, Response: res}
	a.body, a.err = io.ReadAll(res.Body)
	return a
}

type answer struct {
	*http.Response
	t    *testing.T
	body []byte
	err  error
}

// code of the problem document, "" when it is none.
func (a *answer) code() string {
	var d struct {
		Type, Instance string
		Status         int
	}
	if a.Response == nil || json.Unmarshal(a.body, &d) != nil || d.Status != a.StatusCode || d.Instance != a.Header.Get("Gatehouse-Request-Id") {
		return ""
	}
	code, _ := strings.CutPrefix(d.Type, portal+"/docs/errors/")
	return code
}

func (a *answer) want(status int, code string) {
	a.t.Helper()
	if a.Response == nil {
		a.t.Fatalf("no answer: %v", a.err)
	}
	if a.StatusCode != status || a.code() != code {
		a.t.Errorf("answered %d %q, want %d %q: %s", a.StatusCode, a.code(), status, code, a.body)
	}
}

func bearer(s keys.Secret) string { return "Authorization: Bearer " + s.Reveal() }

// upstream is a real server that keeps what it got, as it came over the wire.
type upstream struct {
	address string
	mu      sync.Mutex
	got     []string
	answer  func(c net.Conn, r *http.Request, raw string) // nil answers 200 with the request's own text
}

func newUpstream(t *testing.T) *upstream {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &upstream{address: ln.Addr().String()}
	var open sync.Map
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			open.Store(c, nil)
			go u.serve(c)
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		open.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
	})
	return u
}

func (u *upstream) serve(c net.Conn) {
	defer c.Close()
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(c, &raw))
	for {
		raw.Reset()
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		head := raw.String()
		u.mu.Lock()
		u.got = append(u.got, head)
		answer := u.answer
		u.mu.Unlock()
		if answer != nil {
			answer(c, r, head)
			if strings.HasPrefix(r.URL.Path, "/base/close") || r.Close {
				return
			}
			continue
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		head += string(body)
		if r.Method == http.MethodHead {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(head))
			continue
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(head), head)
	}
}

func (u *upstream) requests() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]string(nil), u.got...)
}

// answers sets what every request gets, as raw bytes.
func (u *upstream) answers(raw string) {
	u.does(func(c net.Conn, r *http.Request, _ string) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(c, raw)
	})
}

func (u *upstream) does(f func(c net.Conn, r *http.Request, raw string)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answer = f
}
