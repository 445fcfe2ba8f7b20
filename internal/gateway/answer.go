package gateway

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// answer passes the upstream's answer to the client. It is noted before its last
// piece is written (see Meter).
func (c *call) answer(ctx context.Context, res *http.Response, asked time.Time) {
	c.returnHeader(res)
	c.record.Status = res.StatusCode
	c.extend(c.g.clock.Now())
	if c.r.Method == http.MethodHead || res.ContentLength == 0 || !bodyAllowed(res.StatusCode) {
		c.note(res.StatusCode, OutcomeOK)
		c.started = true
		c.w.WriteHeader(res.StatusCode)
		return
	}
	c.started = true
	c.w.WriteHeader(res.StatusCode)
	if isStream(res) {
		c.running.events.Store(true)
		c.flush() // who listens to events wants to know that it listens
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	for {
		now := c.g.clock.Now()
		c.running.waiting(now)
		n, err := res.Body.Read(*buffer)
		now = c.g.clock.Now()
		c.running.arrived()
		c.record.Upstream = now.Sub(asked)
		c.record.BytesOut += int64(n)
		last := err == io.EOF || c.record.BytesOut == res.ContentLength
		if last {
			c.note(res.StatusCode, OutcomeOK)
		}
		c.extend(now)
		if n > 0 {
			if _, err := c.w.Write((*buffer)[:n]); err != nil {
				c.broken(ctx, OutcomeClientGone)
			}
		}
		if last {
			return
		}
		if err != nil {
			c.broken(ctx, OutcomeTruncated)
			return
		}
		if res.ContentLength < 0 {
			c.flush() // more is to come, and nobody knows when (R95)
		}
	}
}

// broken ends an answer that cannot be completed so that the client sees it:
// the connection, or the HTTP/2 stream, is aborted (R84). A stream of events
// that ends because we stop ends as such streams do.
func (c *call) broken(ctx context.Context, outcome string) {
	switch context.Cause(ctx) {
	case errDrained:
		c.note(c.record.Status, OutcomeOK)
		return
	case errCut, errStale:
		outcome = OutcomeCut
	case errIdle:
		outcome = OutcomeTruncated
	default:
		if c.r.Context().Err() != nil {
			outcome = OutcomeClientGone
		}
	}
	status := c.record.Status
	if outcome == OutcomeClientGone {
		status = statusClientGone
	}
	c.note(status, outcome)
	c.flush() // so that the client knows what it missed the end of
	panic(http.ErrAbortHandler)
}

func (c *call) flush() {
	if f, ok := c.w.(http.Flusher); ok {
		f.Flush()
	}
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// returnHeader passes on the upstream's header but what must not act on the
// gateway's origin (R82), and adds ours.
func (c *call) returnHeader(res *http.Response) {
	h, v := c.w.Header(), c.verdict.version
	c.leaveBody(h)
	for name, values := range res.Header {
		if notReturned[name] || withheld(name) || v.tells(values) {
			continue
		}
		h[name] = values
	}
	for _, list := range res.Header["Connection"] {
		for _, name := range strings.Split(list, ",") {
			if name = http.CanonicalHeaderKey(strings.TrimSpace(name)); name != "Connection" && !strings.HasPrefix(name, "Gatehouse-") {
				delete(h, name)
			}
		}
	}
	if _, there := h["Content-Type"]; !there {
		h["Content-Type"] = nil // or net/http would guess
	}
	if !inert(h["Content-Type"]) {
		h["Content-Security-Policy"] = sandbox
	}
	if !cacheable(res.Header) {
		h["Cache-Control"] = noStore
	}
	c.commonHeaders(h)
}

var sandbox = []string{"sandbox; default-src 'none'"}

func withheld(name string) bool {
	switch name[0] | 0x20 {
	case 'g', 'x', 'a', 'p':
		return inFamily(name, returnedNever)
	}
	return odd(name) && inFamily(name, returnedNever)
}

// inert reports whether browsers run nothing of a body of this type, so that it
// needs no sandbox. What is not known to be inert is not; so are lists, of which
// browsers take the last.
func inert(types []string) bool {
	if len(types) != 1 || strings.IndexByte(types[0], ',') >= 0 {
		return false
	}
	kind, _, _ := strings.Cut(types[0], ";")
	kind = strings.TrimSpace(kind)
	if kind == "application/json" {
		return true // and nothing was spent on it
	}
	kind = strings.ToLower(kind)
	family, name, _ := strings.Cut(kind, "/")
	switch family {
	case "image":
		return !strings.Contains(name, "xml") && name != "svg"
	case "audio", "video", "font":
		return !strings.Contains(name, "xml")
	}
	return inertTypes[kind] || strings.HasSuffix(kind, "+json")
}

var inertTypes = setOf("text/plain", "text/csv", "text/event-stream", "application/pdf", "application/octet-stream", "application/x-ndjson",
	"application/yaml", "application/zip", "application/gzip", "application/protobuf", "application/x-protobuf", "application/cbor", "application/x-www-form-urlencoded")

// cacheable reports whether the upstream says itself how to cache an answer that
// depends on who asks (R94).
func cacheable(h http.Header) bool {
	control := strings.ToLower(strings.Join(h["Cache-Control"], ","))
	return (strings.Contains(control, "private") || strings.Contains(control, "public")) &&
		strings.Contains(strings.ToLower(strings.Join(h["Vary"], ",")), "authorization")
}

func isStream(res *http.Response) bool {
	return res.ContentLength < 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")
}

func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}
