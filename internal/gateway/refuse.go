package gateway

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/problem"
)

// document is a refusal's body, RFC 9457.
type document struct {
	problem.Document
	Violated []string `json:"violated-policies,omitempty"` // with 429, as named in RateLimit-Policy
	Explain  string   `json:"explain,omitempty"`           // where the token's people read why, by the request id
}

// refuse answers with a problem document. Nothing was written before.
func (c *call) refuse(code *Code) {
	c.record.Refusal = c.verdict.refusal(code)
	c.note(code.Status, code.Name)
	c.sight(code)
	h := c.w.Header()
	c.commonHeaders(h)
	v := &c.verdict
	if challenge := v.challenge(code, c.g.config.Realm); challenge != "" {
		h["Www-Authenticate"] = []string{challenge}
	}
	if v.RetryAfter > 0 {
		h["Retry-After"] = []string{strconv.FormatInt(wholeSeconds(v.RetryAfter), 10)}
	}
	if v.Allow != "" {
		h["Allow"] = []string{v.Allow}
	}
	if code == BodyTooLarge || code == BodyMalformed || code == BodyTooSlow {
		h["Connection"] = []string{"close"} // what is left of the body is nobody's request
	}
	c.leaveBody(h)
	c.body.close()
	h["Content-Type"] = []string{problem.MediaType}
	h["Gatehouse-Error"] = []string{code.Name} // an upstream's answer never has it: it is how the two are told apart
	h["Cache-Control"] = noStore
	body, _ := json.Marshal(c.document(code)) // strings and numbers alone: cannot fail
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.extend(c.g.clock.Now())
	c.hurry()
	c.started = true
	c.w.WriteHeader(code.Status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body)
	}
}

// hurry gives a body that nobody wants little time: net/http reads some of it to
// be able to use the connection again, and would wait for it without end (R91).
func (c *call) hurry() {
	if c.body == nil && c.r.ContentLength != 0 {
		_ = http.NewResponseController(c.w).SetReadDeadline(c.g.clock.Now().Add(unwanted))
	}
}

const unwanted = 2 * time.Second

// leaveBody ends the connection with the answer where the body was begun and not
// read to its end: net/http would wait for the rest before it writes the answer.
func (c *call) leaveBody(h http.Header) {
	if c.body.unfinished() && c.r.ProtoMajor == 1 {
		h["Connection"] = []string{"close"}
	}
}

func (c *call) document(code *Code) document {
	v := &c.verdict
	detail := v.Detail
	if detail == "" {
		detail = code.Help
	}
	d := document{Document: problem.Document{
		Type: c.g.config.PortalURL + "/docs/errors/" + code.Name, Title: code.Title, Status: code.Status,
		Detail: detail, Instance: c.record.RequestID,
	}}
	if v.home != nil && code != InvalidToken { // a token that has ended is not told from none (R11)
		d.Explain = c.g.config.PortalURL + "/t/" + v.home.slug + "/requests/" + c.record.RequestID
	}
	if code == RateLimited || code == QuotaExceeded {
		for i, name := range v.plan.names {
			if v.limits.Violated>>i&1 == 1 {
				d.Violated = append(d.Violated, strings.Trim(name, `"`))
			}
		}
	}
	return d
}

// challenge is WWW-Authenticate, RFC 6750 §3. It has no error attribute when no
// credential was sent (R12).
func (v *Verdict) challenge(code *Code, realm string) string {
	base := `Bearer realm="` + realm + `"`
	switch code {
	case AuthRequired:
		return base
	case BearerRequired, InvalidToken, TokenExpired:
		return base + `, error="invalid_token"`
	case InvalidRequest, TokenOverHTTP:
		return base + `, error="invalid_request"`
	case InsufficientScope:
		return base + `, error="insufficient_scope", scope="` + v.Scope + `"`
	case SubscriptionNeeded, SubscriptionPending, SubscriptionPaused:
		return base + `, error="insufficient_scope"`
	}
	return ""
}

// commonHeaders are on every answer: what is left of the limits, who may read it
// from a browser, until when the token and the version live.
func (c *call) commonHeaders(h http.Header) {
	v := &c.verdict
	h["X-Content-Type-Options"] = noSniff
	if v.plan != nil && len(v.plan.names) > 0 {
		h["Ratelimit-Policy"] = []string{v.plan.policy}
		if v.Admitted || v.limits.Violated != 0 {
			h["Ratelimit"] = []string{v.rateLimit()}
		}
	}
	if !v.Token.Expires.IsZero() {
		h["Gatehouse-Token-Expiration"] = []string{v.Token.Expires.UTC().Format(time.RFC3339)}
	}
	if life := v.life(); life != nil {
		life.tell(h)
	}
	c.allowOrigin(h)
}

// rateLimit is RateLimit of draft-ietf-httpapi-ratelimit-headers-10 §4: for each
// limit the calls that would pass now and the seconds until it is whole again,
// or with none left, until one passes.
func (v *Verdict) rateLimit() string {
	var room [256]byte
	b := room[:0]
	for i, name := range v.plan.names {
		if i > 0 {
			b = append(b, ", "...)
		}
		s := v.limits.States[i]
		b = append(append(b, name...), ";r="...)
		b = strconv.AppendInt(b, s.Remaining, 10)
		b = append(b, ";t="...)
		b = strconv.AppendInt(b, wholeSeconds(s.Reset), 10)
	}
	return string(b)
}

func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// Values that many answers share; nobody changes them.
var (
	noStore  = []string{"no-store"}
	noSniff  = []string{"nosniff"}
	mockMark = []string{"true"}
)
