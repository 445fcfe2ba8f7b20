package gateway

import (
	"io"
	"mime"
	"net/http"
	"time"
)

// formMost is how long a form may be that is looked through for a token, in bytes.
const formMost = 8 << 10

// formWait is how long such a form may take to arrive: nobody is recognised yet.
const formWait = time.Second

// formHoldsToken reports whether a call without a credential has a token of ours in
// its form, as RFC 6750 §2.2 would allow. Here that is the wrong place: forms are
// kept in logs and caches that do not know what stands in them (R8).
func (c *call) formHoldsToken() bool {
	if c.r.ContentLength < 1 || c.r.ContentLength > formMost {
		return false
	}
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return false
	}
	now := c.g.clock.Now()
	_ = http.NewResponseController(c.w).SetReadDeadline(now.Add(formWait))
	form, err := io.ReadAll(io.LimitReader(c.r.Body, formMost))
	if err != nil {
		return false
	}
	token, found := tokenIn(string(form))
	if found {
		c.g.expose(token, InForm, &c.verdict, now)
	}
	return found
}
