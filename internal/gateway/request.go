package gateway

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// outgoing builds the request to the upstream. The path and query behind the
// version go out byte for byte as they were decided on (R71, R80).
func (c *call) outgoing(ctx context.Context, body *requestBody) *http.Request {
	v := &c.verdict
	out := c.r.WithContext(ctx)
	base := &v.version.base
	// An opaque URL is written as it is; a parsed one would be encoded anew.
	out.URL = &url.URL{Scheme: base.scheme, Host: base.host, Opaque: base.path + v.rest + v.query}
	out.Host, out.RequestURI, out.RemoteAddr = base.host, "", ""
	out.Header = c.outgoingHeader()
	out.Proto, out.ProtoMajor, out.ProtoMinor = "HTTP/1.1", 1, 1
	out.TransferEncoding, out.Trailer, out.TLS, out.Close = nil, nil, nil, false
	out.Body, out.GetBody = nil, nil
	if body != nil {
		out.Body = body
	}
	return out
}

func (c *call) outgoingHeader() http.Header {
	in, v := c.r.Header, &c.verdict
	out := make(http.Header, len(in)+12)
	for name, values := range in {
		if notForwarded[name] || claims(name) || v.version.credential.goesBy(name) || slices.ContainsFunc(values, holdsToken) {
			continue
		}
		out[name] = values
	}
	for _, list := range in["Connection"] {
		for _, name := range strings.Split(list, ",") {
			delete(out, http.CanonicalHeaderKey(strings.TrimSpace(name)))
		}
	}
	if v.version.cookies {
		passCookies(out, in["Cookie"])
	}
	if key, there := out["Idempotency-Key"]; there {
		// net/http repeats any request with this header when a connection breaks. A
		// call that may have had its effect is never repeated (R86), so the name goes
		// out in a spelling that net/http does not look for.
		delete(out, "Idempotency-Key")
		out["idempotency-key"] = key
	}
	if key, there := out["X-Idempotency-Key"]; there {
		delete(out, "X-Idempotency-Key")
		out["x-idempotency-key"] = key
	}
	if _, there := out["User-Agent"]; !there {
		out["User-Agent"] = []string{""} // or net/http would name itself
	}
	c.introduce(out)
	if v.version.credential.Header != "" {
		out[v.version.credential.Header] = []string{v.version.credential.value}
	}
	return out
}

// introduce tells the upstream who is calling, after every claim of the client
// was taken out.
func (c *call) introduce(out http.Header) {
	v := &c.verdict
	// The values share one array, and the IDs one string.
	var ids [3 * 36]byte
	appendID(appendID(appendID(ids[:0], v.Token.Owner), v.Token.Team), v.Token.ID)
	text := string(ids[:])
	values := []string{c.record.RequestID, text[:36], text[36:72], text[72:], c.tenantCode(), v.Scopes,
		strconv.Itoa(hops(c.r.Header) + 1), c.clientText(), c.scheme(), c.via()}
	for i, name := range [...]string{"Gatehouse-Request-Id", "Gatehouse-Subject", "Gatehouse-Team", "Gatehouse-Token-Id",
		"Gatehouse-Tenant", "Gatehouse-Scopes", "Gatehouse-Hop", "X-Forwarded-For", "X-Forwarded-Proto", "Via"} {
		out[name] = values[i : i+1 : i+1]
	}
}

func (c *call) tenantCode() string { return c.verdict.tenant.code }

func (c *call) clientText() string {
	if c.peer.address == c.request.Peer {
		return c.peer.text
	}
	return c.request.Peer.String()
}

func (c *call) scheme() string {
	if encrypted(c.peer, c.r) {
		return "https"
	}
	return "http"
}

// via appends us to the list of who handled the message, RFC 9110 §7.6.3.
func (c *call) via() string {
	ours := "1.1 " + pseudonym
	if c.r.ProtoMajor == 2 {
		ours = "2.0 " + pseudonym
	}
	if before := strings.Join(c.r.Header["Via"], ", "); before != "" {
		return before + ", " + ours
	}
	return ours
}

// passCookies forwards cookies but the portal's own and those that hold a token.
func passCookies(out http.Header, in []string) {
	var kept []string
	for _, line := range in {
		for _, c := range strings.Split(line, ";") {
			c = strings.TrimSpace(c)
			if name, _, _ := strings.Cut(c, "="); c != "" && !inFamily(strings.TrimPrefix(name, "__Host-"), []string{"gatehouse"}) && !holdsToken(c) {
				kept = append(kept, c)
			}
		}
	}
	if len(kept) > 0 {
		out["Cookie"] = []string{strings.Join(kept, "; ")}
	}
}

// appendID writes a UUID in its usual form, RFC 9562 §4.
func appendID(b []byte, id ID) []byte {
	for i, n := 0, 0; i < len(id); i += n {
		n = 2
		if i == 0 {
			n = 4
		}
		if i == 10 {
			n = 6
		}
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, id[i:i+n])
	}
	return b
}
