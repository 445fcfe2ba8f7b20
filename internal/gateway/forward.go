package gateway

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Why a call under way was ended.
var (
	errCut     = errors.New("the token or what it may do ended")
	errIdle    = errors.New("the upstream stood still")
	errDrained = errors.New("the gateway is stopping")
	errStale   = errors.New("what may be called has not been known for too long")
	errGone    = errors.New("the client went away")
	errDone    = errors.New("the call is over")
)

// forward passes the call to its upstream and the answer back.
func (c *call) forward() {
	v := c.verdict.version
	cancelled, cancel := context.WithCancelCause(c.r.Context())
	defer cancel(errDone)
	ctx := &attempts{Context: cancelled}
	c.body = c.incoming(v.bodyLimit)
	c.g.running.add(c, cancel)
	asked := c.g.clock.Now()
	res, err := c.g.transports.of(&v.base, asked).roundTrip(c.outgoing(ctx, c.body))
	c.record.Upstream = c.g.clock.Now().Sub(asked)
	if err == nil {
		if err = invalid(res); err != nil {
			_ = res.Body.Close()
		}
	}
	if err != nil {
		c.failed(ctx, err)
		return
	}
	defer res.Body.Close() //nolint:errcheck // nothing is left to tell
	c.running.answering.Store(true)
	c.answer(ctx, res, asked)
}

// invalid says why an upstream's answer cannot be passed on, or nil.
func invalid(res *http.Response) error {
	switch {
	case res.StatusCode < 200 || res.StatusCode > 599: // 101, which nobody asked for, or nonsense
		return errUpgrade
	case len(res.Header["Content-Type"]) > 1: // everybody would take another one of them
		return errTypes
	}
	return nil
}

var (
	errUpgrade = errors.New("the upstream switched protocols without being asked, or sent a status that does not exist")
	errTypes   = errors.New("the upstream sent more than one Content-Type")
)

// incoming is the client's body, nil where there is none.
func (c *call) incoming(limit int64) *requestBody {
	if c.r.Body == nil || c.r.Body == http.NoBody || c.r.ContentLength == 0 {
		return nil
	}
	b := &requestBody{clock: c.g.clock, limit: limit, from: c.r.Body}
	if d, ok := c.w.(interface{ SetReadDeadline(time.Time) error }); ok {
		b.deadline = d.SetReadDeadline
	}
	return b
}

// failed answers for a call that brought no answer, by whose fault it was.
func (c *call) failed(ctx context.Context, err error) {
	cause := context.Cause(ctx)
	switch client := c.body.failure(); {
	case errors.Is(client, errTooLarge):
		c.refuse(BodyTooLarge)
	case cause == errCut:
		c.refuse(InvalidToken)
	case cause == errStale:
		c.verdict.RetryAfter = staleRetry
		c.refuse(VerdictUnavailable)
	case cause == errIdle:
		c.refuse(UpstreamTimeout)
	case client != nil && isTimeout(client):
		c.refuse(BodyTooSlow)
	case cause == errGone, c.r.Context().Err() != nil:
		c.note(statusClientGone, OutcomeClientGone)
		panic(http.ErrAbortHandler)
	case client != nil:
		c.refuse(BodyMalformed)
	default:
		code := blame(err)
		c.g.config.Log.Warn("an upstream failed", "request_id", c.record.RequestID, "code", code.Name, "error", err.Error())
		c.refuse(code)
	}
}

// statusClientGone is what nginx logs for it; it is never sent.
const statusClientGone = 499

// blame finds the code for what a transport reports (R85).
func blame(err error) *Code {
	var op *net.OpError
	switch text := err.Error(); {
	case errors.Is(err, errDial), errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return UpstreamUnreachable
	case strings.Contains(text, "TLS handshake timeout"):
		return UpstreamUnreachable
	case isTimeout(err):
		return UpstreamTimeout
	case errors.Is(err, errUpgrade), errors.Is(err, errTypes), strings.Contains(text, "transport connection broken"), strings.Contains(text, "malformed"), strings.Contains(text, "exceeded"):
		return UpstreamInvalid
	}
	return UpstreamUnreachable
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
