package gateway

import (
	"net/http"
	"slices"
	"strings"
)

// preflight answers what browsers and others ask before a call: OPTIONS with the
// headers of a CORS preflight, and OPTIONS *. Neither needs a credential nor is
// it metered (R93).
func (c *call) preflight() bool {
	if c.r.Method != http.MethodOptions {
		return false
	}
	h := c.w.Header()
	c.extend(c.g.clock.Now())
	if c.r.RequestURI == "*" {
		h["Allow"] = []string{strings.Join(methods, ", ")}
		c.w.WriteHeader(http.StatusNoContent)
		return true
	}
	if len(c.r.Header["Origin"]) != 1 || len(c.r.Header["Access-Control-Request-Method"]) != 1 {
		return false
	}
	if path, _, _ := strings.Cut(c.r.RequestURI, "?"); !canonical(path) {
		return false // refused like any other call
	}
	if c.allowOrigin(h) {
		h["Access-Control-Allow-Methods"] = []string{strings.Join(methods, ", ")}
		h["Access-Control-Allow-Headers"] = []string{"Authorization, Content-Type"}
		h["Access-Control-Max-Age"] = []string{"600"}
	}
	c.w.WriteHeader(http.StatusNoContent)
	return true
}

// allowOrigin lets a browser's page of a listed origin read the answer, never
// with the browser's own credentials.
func (c *call) allowOrigin(h http.Header) bool {
	if before := h["Vary"]; len(before) > 0 {
		// One line: there are caches that heed the last one alone (R94).
		h["Vary"] = []string{strings.Join(before, ", ") + ", Origin"}
	} else {
		h["Vary"] = varyOrigin
	}
	sent := c.r.Header["Origin"]
	if len(sent) != 1 || !slices.Contains(c.g.config.Origins, sent[0]) && !slices.Contains(c.origins(), sent[0]) {
		return false
	}
	h["Access-Control-Allow-Origin"] = sent
	h["Access-Control-Expose-Headers"] = exposed
	return true
}

var varyOrigin = []string{"Origin"}

// exposed are the headers that say how a call stands, for a page to explain (R93).
var exposed = []string{"Gatehouse-Error, Gatehouse-Mock, Gatehouse-Request-Id, Gatehouse-Token-Expiration, RateLimit, RateLimit-Policy, Retry-After, Deprecation, Sunset, Link"}

// origins of the addressed version. A page must be able to read a refusal too,
// so this does not wait for the decision.
func (c *call) origins() []string {
	if c.verdict.version != nil {
		return c.verdict.version.origins
	}
	s, target := c.g.snapshot.Load(), c.r.RequestURI
	if s == nil || !strings.HasPrefix(target, "/") {
		return nil
	}
	path, _, _ := strings.Cut(target, "?")
	path, _ = mocked(path)
	t, api, name, _ := s.split(path)
	if t == nil {
		return nil
	}
	if v := t.find(api, name); v != nil {
		return v.origins
	}
	return nil
}
