package gateway

import (
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// call is one request on its way through the stages.
type call struct {
	g       *Gateway
	w       http.ResponseWriter
	r       *http.Request
	peer    *peer
	request Request
	verdict Verdict
	record  Record
	body    *requestBody

	started  bool      // the status line was written
	recorded bool      // the meter knows
	writable time.Time // until when writes to the client may take
	running  running
}

var calls = sync.Pool{New: func() any { return new(call) }}

// writeTimeout is how long one piece of an answer may take to leave (R91), renewed
// before a write when half is gone. The server's own WriteTimeout would end long
// uploads over HTTP/2, which it counts from the request's first byte.
const writeTimeout = time.Minute

// ServeHTTP answers one call.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := calls.Get().(*call)
	c.begin(g, w, r)
	defer c.end()
	if c.preflight() {
		return
	}
	if refusal := tooMuch(r.Header); refusal != nil {
		c.refuse(refusal)
		return
	}
	g.Decide(r.Context(), &c.request, &c.verdict)
	if c.verdict.Code == AuthRequired && c.formHoldsToken() {
		c.verdict.Code, c.verdict.Credential = BearerRequired, true
	}
	if c.verdict.Code != nil {
		c.refuse(c.verdict.Code)
		return
	}
	if c.verdict.Mock {
		c.mock()
		return
	}
	c.forward()
}

func (c *call) begin(g *Gateway, w http.ResponseWriter, r *http.Request) {
	now := g.clock.Now()
	*c = call{g: g, w: w, r: r, peer: g.peer(r)}
	c.request = Request{Method: r.Method, Target: r.RequestURI, Header: r.Header, Peer: g.client(c.peer, r.Header), Length: r.ContentLength}
	c.request.Secure = encrypted(c.peer, r) || c.peer.loopback && !c.proxied()
	c.record = Record{
		Start: now, Method: r.Method, ClientIP: c.request.Peer, RequestID: RequestID(now),
		UserAgent: firstOf(r.Header["User-Agent"], 256),
	}
	if len(r.Header["Expect"]) > 0 {
		c.extend(now) // 100 Continue is written when the body is asked for
	}
	w.Header()["Gatehouse-Request-Id"] = []string{c.record.RequestID}
	if _, c.record.Mock = mocked(r.RequestURI); c.record.Mock {
		w.Header()["Gatehouse-Mock"] = mockMark // refusals too: it is not the API that speaks
	}
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// Content-Length beside chunked is dropped by net/http without a word. Such a
		// connection must not be used again (RFC 9112 §6.1), so no chunked one is.
		w.Header()["Connection"] = []string{"close"}
	}
}

// proxied reports whether a trusted proxy spoke of the client's connection.
func (c *call) proxied() bool { return c.peer.trusted && len(c.r.Header["X-Forwarded-Proto"]) > 0 }

// end answers what panicked (R102) and returns the call's memory.
func (c *call) end() {
	p := recover()
	if p != nil && p != http.ErrAbortHandler {
		c.g.config.Log.Error("a call panicked", "request_id", c.record.RequestID, "panic", p, "stack", string(debug.Stack()))
		if !c.started {
			c.refuse(InternalError)
			p = nil
		} else {
			c.note(c.record.Status, InternalError.Name)
			p = http.ErrAbortHandler
		}
	}
	c.g.running.remove(c)
	c.body.close()
	*c = call{}
	calls.Put(c)
	if p != nil {
		panic(p)
	}
}

// note tells the meter, once. It is called before the last byte of the answer is
// written (see Meter).
func (c *call) note(status int, outcome string) {
	if c.recorded || c.g.config.Meter == nil {
		return
	}
	c.recorded = true
	r, v := &c.record, &c.verdict
	r.Status, r.Outcome, r.Took = status, outcome, c.g.clock.Now().Sub(r.Start)
	r.Tenant, r.API, r.Version, r.Subscription = v.Tenant, v.API, v.Version, v.Subscription
	token := &v.Token
	if v.Ended.State != Live {
		token = &v.Ended
		if outcome == InvalidToken.Name {
			r.Outcome = outcomes[token.State]
		}
	}
	if r.Tenant == (ID{}) {
		r.Tenant = token.Tenant
	}
	r.Home = token.Tenant
	r.Token, r.Team, r.Try, r.Admitted = token.ID, token.Team, token.Kind == TryToken, v.Admitted
	if v.Operation != nil {
		r.Operation = v.Operation.Key
	}
	if v.Admitted && !r.Mock {
		r.Price = v.plan.Price()
	}
	if v.clean {
		r.Path, _, _ = strings.Cut(c.request.Target, "?")
	}
	r.BytesIn = c.body.read()
	c.g.config.Meter.Record(r)
}

// extend makes sure that the next write may take half of writeTimeout at least.
func (c *call) extend(now time.Time) {
	if c.writable.Sub(now) > writeTimeout/2 {
		return
	}
	c.writable = now.Add(writeTimeout)
	_ = http.NewResponseController(c.w).SetWriteDeadline(c.writable)
}

// tooMuch holds headers to R90's counts; their size is the server's to limit.
func tooMuch(h http.Header) *Code {
	fields := 0
	for _, values := range h {
		fields += len(values)
	}
	cookies := 0
	for _, line := range h["Cookie"] {
		cookies += strings.Count(line, ";") + 1
	}
	if fields > 100 || cookies > 64 {
		return HeadersTooLarge
	}
	return nil
}

func firstOf(values []string, most int) string {
	if len(values) == 0 {
		return ""
	}
	return values[0][:min(len(values[0]), most)]
}
