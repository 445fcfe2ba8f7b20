package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/limit"
)

// MockPrefix stands before the address of a version's mock: a client goes from
// one to the other by its base URL alone, and as "-" is no tenant's slug, neither
// can be taken for the other, by a person or by a rule of a proxy.
const MockPrefix = "/-/mock"

// Mocker answers in place of upstreams, from what the documents of versions say.
// It is safe for concurrent use and keeps nothing of a call.
type Mocker interface {
	Mock(ctx context.Context, c MockCall) (MockAnswer, error)
}

// MockCall is what an answer is made from. It holds no credential.
type MockCall struct {
	Tenant, Document ID
	Operation        string // key
	Method           string
	Path, Query      string // behind the version, as received; the query without its question mark
	Header           http.Header
	Body             []byte
}

// MockAnswer is what the document says that the operation answers. Where the call
// does not fit the document, Misfit says so, naming what is wrong, and the rest is empty.
type MockAnswer struct {
	Status int
	Header http.Header
	Body   []byte
	Misfit string
}

// Limits of calls to mocks: nobody's plan counts them.
const (
	mockCalls = 120 // a minute and token
	mockBody  = 1 << 20
)

// mockPlan is what calls to mocks are counted against. It is made of constants
// that compile.
var mockPlan, _ = compileLimits(limit.Plan{Rates: []limit.Rate{{Name: "mock-minute", Calls: mockCalls, Window: time.Minute}}})

// mocked is a target without the prefix of mocks, if it has it.
func mocked(target string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(target, MockPrefix)
	if !ok || !strings.HasPrefix(rest, "/") {
		return target, false
	}
	return rest, true
}

// permitMock lets in whoever has a live token of the version's tenant whose team
// sees the API; a subscription is not needed, and no right to the live version is
// used. It counts the call against a limit of its own.
func (g *Gateway) permitMock(ctx context.Context, r *Request, v *Verdict, now time.Time) *Code {
	if !v.Token.Rights.From(r.Peer) {
		return AddressNotAllowed
	}
	if r.Length > min(v.version.bodyLimit, mockBody) {
		return BodyTooLarge
	}
	v.plan, v.subject = mockPlan, limit.Subject(limit.PartOf("mock "+string(v.Token.ID[:])))
	result, err := g.limiter.Take(ctx, v.subject, limit.Part(v.Token.ID), &v.plan.Plan, now)
	if err != nil {
		v.RetryAfter = time.Second
		return VerdictUnavailable
	}
	v.limits, v.Admitted = result, result.Allowed
	if !result.Allowed {
		v.RetryAfter = result.RetryAfter
		return RateLimited
	}
	return nil
}

// mock answers the call from its document. Nothing of it leaves the gateway.
func (c *call) mock() {
	v := &c.verdict
	var body []byte
	if c.body = c.incoming(min(v.version.bodyLimit, mockBody)); c.body != nil {
		var err error
		if body, err = io.ReadAll(c.body); err != nil {
			c.failed(c.r.Context(), err)
			return
		}
	}
	header := c.r.Header.Clone()
	header.Del("Authorization")
	answer, err := c.g.mocker().Mock(c.r.Context(), MockCall{
		Tenant: v.Tenant, Document: v.version.document, Operation: v.Operation.Key, Method: c.r.Method,
		Path: v.rest, Query: strings.TrimPrefix(v.query, "?"), Header: header, Body: body,
	})
	switch {
	case err != nil:
		c.g.config.Log.Error("a mock could not answer", "request_id", c.record.RequestID, "operation", v.Operation.Key, "error", err.Error())
		c.refuse(InternalError)
	case answer.Misfit != "":
		v.Detail = answer.Misfit
		c.refuse(MockMismatch)
	default:
		c.pretend(answer)
	}
}

// pretend writes what the mock answers, held to what an upstream's answer is held to.
func (c *call) pretend(a MockAnswer) {
	h := c.w.Header()
	for name, values := range a.Header {
		if !notReturned[name] && !withheld(name) && name != "Content-Length" {
			h[name] = values
		}
	}
	if !inert(h["Content-Type"]) {
		h["Content-Security-Policy"] = sandbox
	}
	h["Cache-Control"] = noStore
	c.commonHeaders(h)
	c.leaveBody(h)
	body := a.Body
	if !bodyAllowed(a.Status) {
		body = nil
	} else {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	if len(h["Content-Type"]) == 0 {
		h["Content-Type"] = nil // or net/http would guess
	}
	c.extend(c.g.clock.Now())
	if c.r.Method == http.MethodHead {
		body = nil
	}
	c.record.BytesOut = int64(len(body))
	c.note(a.Status, OutcomeOK)
	c.started = true
	c.w.WriteHeader(a.Status)
	_, _ = c.w.Write(body)
}

// mocker is who answers; a gateway that was given none says so.
func (g *Gateway) mocker() Mocker {
	if g.config.Mocker == nil {
		return noMocker{}
	}
	return g.config.Mocker
}

type noMocker struct{}

func (noMocker) Mock(context.Context, MockCall) (MockAnswer, error) {
	return MockAnswer{}, errors.New("this gateway has nobody to answer for mocks")
}
